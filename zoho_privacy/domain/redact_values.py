"""Values that show what they are: addresses, numbers, keys, account names. Bounded patterns, checksums where there are.

Each rule yields (start, end, label) into a view's text. Pure. No pattern repeats a repetition, none looks further than
a bounded number of characters from where it starts, so that a hostile line costs no more than a long honest one.
Checksums: Luhn for cards and Swedish numbers, ISO 7064 mod 97 for IBANs, the national sums for CPF, DNI and NIR.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from ipaddress import IPv6Address
from typing import Final

from zoho_privacy.domain import redact_words as words
from zoho_privacy.domain.redact_view import BARRIER, View, scan

Find = tuple[int, int, str]

# ----------------------------------------------------------------------------------------------------- mail addresses

_LOCAL: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,128}")
_DOMAIN: Final = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,60}(?:xn--[a-z0-9-]{1,59}|[^\W\d_]{2,63})", re.IGNORECASE
)
_SPELLED: Final = re.compile(
    r"(?<![\w.])([\w.+-]{1,64}?)[ ]{0,2}(?:\(at\)|\[at\]|\{at\}|<at>|[ ]at[ ])[ ]{0,2}"
    r"([\w-]{1,63}(?:[ ]{0,2}(?:\(dot\)|\[dot\]|\{dot\}|[ ]dot[ ]|\.)[ ]{0,2}[\w-]{2,63}){1,4})(?![\w])"
)
_ENCODED: Final = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{16,2048}={0,2}")
_ADDRESS_BYTES: Final = re.compile(rb"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[A-Za-z]{2,24}")
_LEADING: Final = "'=/?&|{}`#!*%~^$+-."


def emails(view: View) -> Iterator[Find]:
    """Yield mail addresses; not `lodash@4.17.21`, `icon@2x.png`, `cid:part1@host` or `git@host:path`."""
    text = view.text
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        if domain and domain.group().rpartition(".")[2].lower() not in words.FILE_ENDINGS:
            start = _local_start(text, at)
            if start < at and not _technical_address(text, start, at, domain.end()):
                yield start, domain.end(), "EMAIL"
        at = text.find("@", at + 1)
    if any(sign in view.low for sign in (" dot ", "(at)", "[at]", "{at}", "<at>")):
        yield from _spelled(view)


def _local_start(text: str, at: int) -> int:
    """Return where the local part before this `@` starts, as far as 128 characters back."""
    window = text[max(0, at - 128) : at]
    found = _LOCAL.match(window[::-1])
    return at - found.end() if found else at


def _technical_address(text: str, start: int, at: int, end: int) -> bool:
    before = text[max(0, start - 4) : start].lower()
    if before == "cid:" or (before.endswith("cid:")):
        return True
    return text[start:at] == "git" and text[end : end + 1] in {":", "/"}


def _spelled(view: View) -> Iterator[Find]:
    for found in _SPELLED.finditer(view.low):
        whole = found.group()
        marked = "(" in whole or "[" in whole or "{" in whole
        if marked or (" dot " in whole and " at " in whole):
            yield found.start(), found.end(), "EMAIL"


def encoded(view: View) -> Iterator[Find]:
    """Yield base64 runs that hold a mail address, as tracking and unsubscribe links do."""
    for found in _ENCODED.finditer(view.text):
        run = found.group().rstrip("=")
        if run.isalpha() or run.isdigit():
            continue
        for offset in range(4 if len(run) < 256 else 1):
            piece = run[offset:]
            piece = piece[: len(piece) // 4 * 4] if len(piece) % 4 == 1 else piece
            try:
                raw = base64.b64decode(
                    piece + "=" * (-len(piece) % 4), altchars=b"-_" if set(piece) & set("-_") else None
                )
            except (ValueError, binascii.Error):
                continue
            if b"@" in raw and _ADDRESS_BYTES.search(raw):
                yield found.start(), found.end(), "EMAIL"
                break


# ------------------------------------------------------------------------------------------------------------ numbers

_CARD: Final = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_IBAN: Final = re.compile(r"(?<![a-z0-9])[a-z]{2}\d{2}(?:[ -]?[a-z0-9]){11,30}")
_SSN: Final = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}([ -])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_SSN_SAID: Final = re.compile(
    r"(?:\bssn|social security)(?: (?:number|no\.?|#))?[^\n\d]{0,15}(?!000|666"
    r"|9)(\d{3}[ .-]?\d{2}[ .-]?\d{4})(?!\d)"
)
_GOVID_SAID: Final = re.compile(
    rf"(?<![a-z])(?:{words.GOVID_LABEL})(?:'s)?\b(?:[ ]{{0,2}}(?:number|numero|nummer|num|no|nr|id|n|#)\b\.?){{0,2}}"
    r"[ \t]{0,3}(?:is|ist|est|es|e|was|[:=#])?[ \t]{0,3}(?:is[ ])?"
    r"((?=[a-z0-9 ./-]{0,12}\d)[a-z0-9](?:[ ./-]?[a-z0-9]){4,19})(?![a-z0-9])"
)
_NATIONAL: Final = re.compile(
    r"(?<![\w.-])(?:"
    r"(?P<nino>(?!bg|gb|nk|kn|tn|nt|zz)[abceghj-prstw-z][abceghj-npr-tw-z][ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?[abcd])"
    r"|(?P<cpf>\d{3}\.\d{3}\.\d{3}-\d{2})"
    r"|(?P<dni>[xyz]?\d{7,8}-?[a-hj-np-tv-z])"
    r"|(?P<fiscal>[a-z]{6}\d{2}[abcdehlmprst]\d{2}[a-z]\d{3}[a-z])"
    r"|(?P<nir>[12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2])[ ]?(?:\d{2}|2[ab])[ ]?\d{3}[ ]?\d{3}[ ]?\d{2})"
    r"|(?P<swedish>(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[+-]\d{4})"
    r")(?![\w-]|\.\d)"
)


def numbers(view: View) -> Iterator[Find]:
    """Yield cards, bank accounts and social security numbers."""
    low = view.low
    for found in scan(_CARD, low, view.near_digits):
        digits = _digits(found.group())
        if _brand(digits) and luhn(digits):
            yield found.start(), found.end(), "CARD"
    for found in scan(_IBAN, low, view.near_digits):
        end = _iban_end(found.group())
        if end and not low[found.start() + end : found.start() + end + 1].isalnum():
            yield found.start(), found.start() + end, "IBAN"
    for found in scan(_SSN, low, view.near_digits):
        if found.group(1) == "-" or _said_before(low, found.start(), ("ssn", "social security")):
            yield found.start(), found.end(), "SSN"


def identities(view: View) -> Iterator[Find]:
    """Yield national identity numbers, by their form and sum or by the word before them."""
    low = view.low
    for found in scan(_SSN_SAID, low, view.around_digits):
        yield found.start(1), found.end(1), "SSN"
    for found in scan(_GOVID_SAID, low, view.around_digits):
        if sum(char.isdigit() for char in found.group(1)) >= 4:
            yield found.start(1), found.end(1), "GOVID"
    for found in scan(_NATIONAL, low, view.near_digits):
        if _national_holds(found.lastgroup or "", found.group()):
            yield found.start(), found.end(), "GOVID"


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")


def _brand(digits: str) -> bool:
    """Tell whether a card issuer has numbers that start like this and are this long."""
    size = len(digits)
    if digits[0] == "4":
        return size in {13, 16, 19}
    if digits[:2] in {"34", "37"}:
        return size == 15
    if digits[:2] in {"36", "38", "39"} or digits[:3] in {"300", "301", "302", "303", "304", "305"}:
        return size == 14
    master = "51" <= digits[:2] <= "55" or "2221" <= digits[:4] <= "2720"
    return size in {16, 19} and (
        master or digits[:2] in {"35", "50", "56", "57", "58", "60", "62", "63", "64", "65", "67"}
    )


def luhn(digits: str) -> bool:
    """Check the Luhn sum of a run of digits that is not all one digit."""
    total = 0
    for index, char in enumerate(reversed(digits)):
        value = int(char) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and len(set(digits)) > 1


def _iban_end(candidate: str) -> int:
    """Return how much of the candidate is an IBAN, 0 where none starts here."""
    needed = words.IBAN_LENGTHS.get(candidate[:2], 0)
    taken, end = "", 0
    for index, char in enumerate(candidate):
        if char.isalnum():
            taken += char
            end = index + 1
            if len(taken) == needed:
                break
    if not needed or len(taken) != needed:
        return 0
    number = "".join(str(int(char, 36)) for char in taken[4:] + taken[:4])
    return end if int(number) % 97 == 1 else 0


def _said_before(low: str, start: int, said: tuple[str, ...]) -> bool:
    window = low[max(0, start - 40) : start]
    return any(word in window for word in said)


def _national_holds(kind: str, written: str) -> bool:
    bare = written.replace(" ", "").replace("-", "").replace(".", "").replace("+", "")
    if kind == "cpf":
        return len(set(bare)) > 1 and all(
            (sum(int(d) * w for d, w in zip(bare, range(n + 1, 1, -1), strict=False)) * 10 % 11 % 10) == int(bare[n])
            for n in (9, 10)
        )
    if kind == "dni":
        number = bare[:-1].replace("x", "0").replace("y", "1").replace("z", "2")
        return len(number) == 8 and "trwagmyfpdxbnjzsqvhlcke"[int(number) % 23] == bare[-1]
    if kind == "nir":
        body = bare[:-2].replace("2a", "19").replace("2b", "18")
        return body.isdigit() and 97 - int(body) % 97 == int(bare[-2:])
    if kind == "swedish":
        return luhn(bare[-10:])
    return True


# ------------------------------------------------------------------------------------------------------------- phones

_INTERNATIONAL: Final = re.compile(
    r"(?<![\w+.])(?:\+[ ]?|00[ ]?(?=\d{1,3}[ .\-/(]))[(]?[1-9]\d{0,3}[)]?(?:[ ().\-/]{0,3}\d){5,13}(?!\d)"
)
_AMERICAN: Final = re.compile(
    r"(?<![\w.\-/+])(?:1[ .-]?)?(?:\(\d{3}\)[ ]?|\d{3}[ .-])\d{3}[ .-]\d{4}"
    r"(?:[ ]?(?:x|ext\.?|extension)[ ]?\d{1,6})?(?![\w-]|\.\d)"
)
_BRACKETED: Final = re.compile(r"(?<![\w.)])\(0?\d{2,5}\)[ ]?\d(?:[ -]?\d){4,9}(?:[ ]?x\d{1,6})?(?![\w-]|\.\d)")
_TRUNK: Final = re.compile(
    r"(?<![\w.,:/+#-])0\d{1,4}(?:[ /]{1,3}|-)\d{2,8}(?:[ /-]{1,2}\d{2,8}){0,4}(?![\w/-]|[.:,]\d)"
)
_PHONE_NUMBER: Final = r"((?:[+(]{0,2}\d)(?:[ ().\-/]{0,3}\d){4,15}(?:[ ]?(?:x|ext\.?)[ ]?\d{1,6})?)(?![\d])"
_PHONE_SAID: Final = re.compile(
    rf"(?<![a-z])(?:{words.PHONE_LABEL})(?:phone)?\b\.?(?:[ ]{{0,2}}(?:at|on|under|unter|is|was|no|nr|num|number|nummer"
    rf"|office|work|home|direct|mobile|cell|line|phone|fax)\b\.?){{0,3}}[ \t]{{0,3}}[:=]?[ \t]{{0,3}}{_PHONE_NUMBER}"
)
_PHONE_FOLLOWED: Final = re.compile(
    r"(?<![\w.])((?:\+|\()?\d(?:[ ().\-/]{0,2}\d){5,14}(?:x\d{1,6})?)[ ]{0,2}[-,(]?[ ]{0,2}"
    r"(?:office|fax|mobile|cell|home|work|tel|phone|direct)\b"
)
_DATE_SHAPE: Final = re.compile(
    r"(?:\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)\d{2}|(?:19|20)\d{2}[ ./-]\d{1,2}[ ./-]\d{1,2})"
)


def phones(view: View) -> Iterator[Find]:
    """Yield telephone numbers: international, American, with a trunk zero, or with a word that says so."""
    low = view.low
    for pattern, least, most in ((_INTERNATIONAL, 8, 15), (_AMERICAN, 10, 17), (_BRACKETED, 7, 16), (_TRUNK, 8, 12)):
        for found in scan(pattern, low, view.near_digits):
            if least <= len(_digits(found.group())) <= most and not _DATE_SHAPE.match(found.group()):
                yield found.start(), found.end(), "PHONE"
    for pattern in (_PHONE_SAID, _PHONE_FOLLOWED):
        for found in scan(pattern, low, view.near_digits):
            number = found.group(1)
            if 6 <= len(_digits(number)) <= 20 and not _DATE_SHAPE.match(number) and not _dotted_quad(number):
                yield found.start(1), found.end(1), "PHONE"


def _dotted_quad(number: str) -> bool:
    return number.count(".") == 3 and all(part.isdigit() and int(part) < 256 for part in number.split("."))


# ------------------------------------------------------------------------------------------------------------ network

_IPV4: Final = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d|-\d)")
_IPV6: Final = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])")
_MAC: Final = re.compile(
    r"(?<![\w:.-])(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}"
    r"|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\w:-]|\.\w)"
)
_VERSIONED: Final = re.compile(
    r"(?:v|ver|vers|version|build|release|firmware|driver|oid|snmp|update|rev|revision|file)\W{0,3}$"
)
_PERSONLESS: Final = ("127.", "0.", "255.", "224.", "239.")


def network(view: View) -> Iterator[Find]:
    """Yield IP and MAC addresses, not versions, OIDs, masks, loopback or broadcast."""
    low = view.low
    for found in scan(_IPV4, low, view.near_digits):
        written = found.group()
        parts = written.split(".")
        sound = all(len(part) == len(str(int(part))) and int(part) < 256 for part in parts)
        if (
            sound
            and not written.startswith(_PERSONLESS)
            and not _VERSIONED.search(low[max(0, found.start() - 14) : found.start()])
        ):
            yield found.start(), found.end(), "IP"
    for found in scan(_IPV6, low, view.near_digits):
        if _is_ipv6(found.group()):
            yield found.start(), found.end(), "IP"
    for found in scan(_MAC, low, view.near_digits):
        bare = set(found.group()) - set(":-.")
        if len(bare) > 1:
            yield found.start(), found.end(), "MAC"


def _is_ipv6(written: str) -> bool:
    if written.count("::") == 0 and written.count(":") != 7:
        return False
    if sum(char != ":" for char in written) < 4:
        return False
    try:
        address = IPv6Address(written)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


# ------------------------------------------------------------------------------------------------------------ secrets

_KEYS: Final = re.compile(
    r"(?<![\w-])(?:(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}"
    r"|xox[abeoprs]-[\w-]{10,250}|[srp]k_(?:live|test)_\w{10,250}|sk-[\w-]{20,250}|AIza[\w-]{35}"
    r"|ya29\.[\w-]{20,500}"
    r"|eyJ[\w-]{8,3000}\.[\w-]{8,3000}(?:\.[\w-]{0,2000})?|1000\.[0-9a-f]{32}\.[0-9a-f]{32}|glpat-[\w-]{20,64}"
    r"|npm_\w{36}|pypi-[\w-]{20,250}|SG\.[\w-]{16,64}\.[\w-]{16,64}"
    r"|hooks\.slack\.com/services/[\w/]{20,100})(?![\w-])"
)
_VALUE: Final = r"(\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\s\"'<>;]{1,200})"
_CREDENTIAL: Final = re.compile(
    rf"(?<![a-z])(?:{words.CREDENTIAL_LABEL})[\"']?(?:[ ](?:is|ist|was))?[ \t]{{0,4}}(?::=|=>|[:=])[ \t]{{0,4}}{_VALUE}"
)
_CREDENTIAL_SAID: Final = re.compile(
    r"(?<![a-z])(?:password|passwort|kennwort|passcode|passphrase|pin|pwd|mot de passe|contrasena"
    r"|wachtwoord|senha|otp"
    r"|verification code)[ ](?:is|was|ist|lautet|est|es|e|to|as|for [\w.@-]{1,40} is)[ ]{1,3}(?:now[ ])?" + _VALUE
)
_COOKIE: Final = re.compile(r"(?<![a-z])(?:set-)?cookie2?:[ \t]{0,4}([^\n]{3,4000})")
_AUTHORIZATION: Final = re.compile(
    r"authorization[\"']?[ ]?[:=][ \t\"']{0,4}(?:(?:basic|bearer|digest|token|negotiate|zoho-oauthtoken)[ ]{1,2})?"
    r"([^\s\"',;]{4,3000})"
)
_BEARER: Final = re.compile(r"bearer[ ]([\w.~+/=-]{16,3000})")
_IN_URL: Final = re.compile(r"://([^\s/:@\"'<>]{1,64}:[^\s/@\"'<>]{1,128})@")
_NO_VALUE: Final = words.bag(
    "none null nil true false yes no required expired reset incorrect wrong invalid unknown missing"
    " empty changed secret"
    " password the a an my your not ok n/a na tbd todo blank and or is same below above attached policy"
)


def secrets(view: View) -> Iterator[Find]:
    """Yield keys, tokens, passwords, cookies and what else opens a door."""
    text, low = view.text, view.low
    for found in scan(_KEYS, text, view.near_digits):
        yield found.start(), found.end(), "SECRET"
    yield from _private_keys(text)
    if not view.hidden or any(sign in low for sign in ("token", "passw", "secret", "key=", "pwd", "sess", "sid=")):
        yield from _credentials(view)
    for sign, pattern in (
        ("cookie", _COOKIE),
        ("authorization", _AUTHORIZATION),
        ("bearer", _BEARER),
        ("://", _IN_URL),
    ):
        if sign in low:
            for found in pattern.finditer(low):
                yield found.start(1), found.end(1), "SECRET"


def _credentials(view: View) -> Iterator[Find]:
    text, low = view.text, view.low
    for found in scan(_CREDENTIAL, low, view.near_marks):
        start, end = _inside_quotes(text, *found.span(1))
        if _opens_a_door(view, start, end):
            yield start, end, "SECRET"
    for found in scan(_CREDENTIAL_SAID, low, view.near_marks):
        start, end = _inside_quotes(text, *found.span(1))
        value = text[start:end].rstrip(".,;!?)")
        if found.group(1)[0] in "\"'" or (len(value) > 3 and not value.isalpha()) or _mixed(value):
            yield start, start + len(value), "SECRET"


def _inside_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    if end - start > 1 and text[start] in "\"'" and text[end - 1] == text[start]:
        return start + 1, end - 1
    while end > start + 1 and text[end - 1] in ",)].":
        end -= 1
    return start, end


def _mixed(value: str) -> bool:
    return value.isalpha() and value[1:].lower() != value[1:] and value[1:].upper() != value[1:]


def _opens_a_door(view: View, start: int, end: int) -> bool:
    value = view.text[start:end]
    if not value or BARRIER in value or value.lower() in _NO_VALUE or set(value) <= set("*x.•-_#"):
        return False
    if not value.isalpha() or _mixed(value):
        return True
    line_end = view.text.find("\n", end, end + 40)
    rest = view.text[end : line_end if line_end >= 0 else end + 40].strip(" ,.;\"')&")
    return not rest or rest[0] in "=|/" or view.text[end : end + 1] in "\"';&"


def _private_keys(text: str) -> Iterator[Find]:
    start = text.find("-----BEGIN ")
    while start >= 0:
        if "PRIVATE KEY" in text[start : start + 60]:
            end = text.find("-----END ", start, start + 12_000)
            closing = text.find("-----", end + 9, end + 80) if end >= 0 else -1
            stop = closing + 5 if closing >= 0 else min(len(text), start + 4_000)
            yield start, stop, "SECRET"
            start = stop
        start = text.find("-----BEGIN ", start + 1)


# ------------------------------------------------------------------------------------------------------ account names

_USER_VALUE: Final = r"[\"']?([\w.$@+-]{2,64}(?:\\[\w.$-]{1,64})?)"
_USER_SAID: Final = re.compile(
    rf"(?<![a-z])(?:{words.USER_LABEL})[\"']?[ \t]{{0,3}}(?:[:=]|[ ]is[ ]|[ ]lautet[ ])[ \t]{{0,4}}{_USER_VALUE}"
)
_USER_LOGGED: Final = re.compile(
    r"(?:(?:accepted|failed) [\w/-]{1,24} for (?:invalid user )?|session (?:opened|closed) for user |invalid user "
    r"|(?:authentication failure|login failed|logon failure|logged in|access denied|locked out)[ ](?:for"
    r"|as)[ ](?:user )?"
    r"|(?:logged in|logged on|log in|signed in|sign in|running|connected|authenticated) as (?:user )?"
    r"|sudo: {1,8}|uid=\d{1,10}\(|new user: name=|su: \(to |useradd |usermod |net user |ssh )"
    r"[\"']?([a-z][\w.$-]{1,63})(?![\w@])"
)
_PATH: Final = re.compile(
    r"(?:\\users\\|/users/|/home/|\\documents and settings\\|\\profiles\\|\\home\$?\\"
    r"|/mail/)([^\\/\s:\"'<>|?*,;()]{1,64}"
    r"(?:[ ][^\\/\s:\"'<>|?*,;()]{1,40})?(?=\\)|[^\\/\s:\"'<>|?*,;()]{1,64})"
)
_DOMAIN_USER: Final = re.compile(r"(?<![\\/:\w.$-])([a-z][a-z0-9.-]{1,20})\\([a-z][\w.$-]{1,40})(?![\\\w])")
_PROMPT: Final = re.compile(r"(?<![\w@./-])([a-z_][a-z0-9_.-]{1,30})@[a-z0-9][a-z0-9-]{0,40}:[~/][^\s$#]{0,60}[$#]")
_MENTION: Final = re.compile(r"zsu\[@user:(\d{1,20})\]zsu")
_PROFILE: Final = re.compile(
    r"(?:https?://)?(?:www\.)?(?:linkedin\.com/in/|facebook\.com/(?!legal|help|policies|policy|privacy"
    r"|about|business|groups|pages|settings|sharer)|twitter\.com/|x\.com/|instagram\.com/"
    r"|t\.me/|xing\.com/profile/"
    r"|github\.com/(?=[\w-]{1,39}(?![\w/-]))|wa\.me/)[\w.%@-]{2,100}/?"
)
_NO_DOMAIN: Final = words.bag(
    "hklm hkcu hkcr hku hkey_local_machine hkey_current_user nt builtin windows system32 program software authority"
    " microsoft c d e"
)


def accounts(view: View) -> Iterator[Find]:
    """Yield account names from labels, logs, paths, prompts and profile links."""
    low = view.low
    for hits in (scan(_USER_SAID, low, view.near_marks), _logged(low), paths(view)):
        for found in hits:
            name = found.group(1)
            end = found.end(1) - (len(name) - len(name.rstrip(".,-")))
            if _is_account(low[found.start(1) : end]):
                yield found.start(1), end, "USERNAME"
    if "\\" in low:
        for found in _DOMAIN_USER.finditer(low):
            if found.group(1) not in _NO_DOMAIN and _is_account(found.group(2)) and "." not in found.group(2)[-5:-1]:
                yield found.start(2), found.end(2), "USERNAME"
    if "@" in low:
        for pattern in (_PROMPT, _MENTION):
            for found in pattern.finditer(low):
                if _is_account(found.group(1)):
                    yield found.start(1), found.end(1), "USERNAME"


def _logged(low: str) -> Iterator[re.Match[str]]:
    if any(sign in low for sign in ("user", "uid=", "sudo", "ssh", " for ", " as ", "su: ")):
        yield from _USER_LOGGED.finditer(low)


def paths(view: View) -> Iterator[re.Match[str]]:
    """Yield the account names in file paths as group 1."""
    if any(sign in view.low for sign in ("users", "home", "settings", "profiles", "/mail/")):
        yield from _PATH.finditer(view.low)


def profiles(view: View) -> Iterator[Find]:
    """Yield links to a person's page on a social network."""
    if ".com/" in view.low or ".me/" in view.low:
        for found in _PROFILE.finditer(view.low):
            yield found.start(), found.end(), "URL"


def _is_account(name: str) -> bool:
    return len(name) > 1 and name not in words.SYSTEM_ACCOUNTS and BARRIER not in name and not name.startswith(".")


# ---------------------------------------------------------------------------------------------- birth dates, addresses

_BIRTH: Final = re.compile(
    rf"(?<![a-z])(?:{words.BIRTH_LABEL})(?![a-z])[^\n\d]{{0,25}}\n?[^\n\d]{{0,3}}"
    rf"(\d{{1,4}}[ ]?[./-][ ]?\d{{1,2}}[ ]?[./-][ ]?\d{{2,4}}|\d{{1,2}}(?:st|nd|rd|th|\.|er)?[ ](?:de[ ]"
    rf"|of[ ])?{words.MONTHS},?[ ]"
    rf"(?:de[ ]|del[ ])?\d{{4}}|{words.MONTHS}[ ]\d{{1,2}}(?:st|nd|rd|th)?,?[ ]\d{{4}}|(?:19|20)\d{{6}})(?!\d)"
)
_WORD: Final = r"[^\W\d_][\w'.-]{0,24}"
_STREETS: Final = (
    r"street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|square|sq"
    r"|terrace|ter|parkway"
    r"|pkwy|highway|hwy|close|crescent|cres|circle|cir|trail|trl|alley|row|gardens|grove|mews|hill|rise"
    r"|broadway|quay"
)
_UNIT: Final = (
    r"(?:[ ]?[,\n][ ]{0,3}|[ ]{1,3})(?:apt|apartment|suite|unit|flat|floor|fl|ste|room|rm|p\.?o\.?"
    r"[ ]?box|#)\.?[ ]?#?[\w-]{1,6}"
)
_PLACE: Final = (
    rf"(?:[ ]?[,\n][ ]{{0,3}}{_WORD}(?:[ ]{_WORD}){{0,3}})?(?:[ ]?[,\n][ ]{{0,3}}|[ ]{{1,2}})(?:[a-z]{{2}}[ ]{{1,2}})?"
    r"(?:\d{5}(?:-\d{4})?|[a-z]{1,2}\d[a-z\d]?[ ]?\d[a-z]{2}|[a-z]\d[a-z][ ]?\d[a-z]\d|[a-z]\d{2}[ ]?"
    r"[a-z0-9]{4}|\d{4}[ ]?[a-z]{2})(?![\w-])"
)
_ENGLISH: Final = re.compile(
    rf"(?<![\w.:/-])\d{{1,5}}[a-z]?,?[ ](?:{_WORD}[ ]){{1,4}}(?:{_STREETS})\b\.?(?:[ ](?:n|s|e|w|ne|nw"
    rf"|se|sw|north|south|east|west)\b)?"
    rf"(?:{_UNIT})?(?:{_PLACE})?"
)
_TOWN: Final = (
    rf"(?:(?:[ ]?[,\n][ ]{{0,3}}|[ ]{{1,2}})(?:[a-z]{{1,2}}-)?(?:\d{{4,5}}(?:[ ][a-z]{{2}})?|\d{{3}}"
    rf"[ ]\d{{2}})[ ]{_WORD}(?:"
    rf"[ ]{_WORD}){{0,2}})?"
)
_COMPOUND: Final = re.compile(  # found by its ending, the start of the word is looked up after
    r"(?:strasse|straße|strase|str\.|weg|platz|allee|gasse|damm|ufer|laan|straat|plein|gracht|gade|vej"
    r"|gatan|vagen|veien"
    rf"|gata|utca)[ ]\d{{1,4}}[ ]?[a-z]?\b{_TOWN}"
)
_SQUARE: Final = re.compile(
    rf"(?<![\w-])(?:strasse|straße|strase|platz|weg)(?:[ ][^\W\d_][\w-]{{1,20}}){{1,3}}[ ]\d{{1,4}}[ ]?[a-z]?\b{_TOWN}"
)
_ROMANCE: Final = re.compile(
    r"(?<![\w-])(?:\d{1,4}(?:[ ]?bis|[ ]?ter)?,?[ ])?(?:rue|avenue|av\.|boulevard|bd|place|allee|chemin"
    r"|quai|impasse|via|viale|piazza"
    r"|corso|largo|calle|c/|avenida|avda\.?|plaza|paseo|rua|travessa|praca|ul\.|ulica|aleja)[ ]"
    rf"(?:(?:de|du|des|della|delle|dei|del|di|da|do|la|le|los|las|el|l')[ ]?){{0,2}}{_WORD}(?:[ ]{_WORD}){{0,3}}"
    rf"(?:,?[ ](?:n[.o]{{0,2}}[ ]?)?\d{{1,5}}[a-z]?\b)?(?:[ ]?[,\n][ ]{{0,3}}\d{{4,5}}(?:-\d{{3}})?"
    rf"[ ]{_WORD}(?:[ ]{_WORD}){{0,2}})?"
)
_NUMBERED: Final = re.compile(  # any street, told by the number, the code and the town after it
    rf"(?<![\w-]){_WORD}(?:[ ]{_WORD}){{0,3}}[ ]\d{{1,4}}[ ]?[a-z]?,?(?:[ ]{{1,2}}|\n)(?:[a-z]{{1,2}}-)?"
    rf"(?:\d{{3}}[ ]\d{{2}}|\d{{4,5}}(?:[ ][a-z]{{2}})?)[ ]{_WORD}(?:[ ]{_WORD}){{0,1}}"
)
_BOX: Final = re.compile(
    r"(?<![a-z])(?:p\.?[ ]?o\.?[ ]?box|postfach|apartado(?: postal)?|boite postale|postbus)[ ]\d{1,7}\b"
)
_ADDRESS_SAID: Final = re.compile(
    r"(?<![a-z])(?<!ip )(?<!mac )(?<!mail )(?<!web )(?<!email )(?<!server )(?<!network )(?:home |postal "
    r"|street |mailing "
    r"|billing |shipping |delivery |work |office )?(?:address|anschrift|adresse|direccion|indirizzo|adres"
    r"|endereco|wohnhaft in)"
    r"(?: is)?[ ]?[:=][ \t]{0,4}([^\n@]{6,160})"
)


def places(view: View) -> Iterator[Find]:
    """Yield birth dates that are called so, and postal addresses."""
    low, text = view.low, view.text
    for found in scan(_BIRTH, low, view.around_digits):
        yield found.start(1), found.end(1), "DATE"
    for pattern in (_ENGLISH, _COMPOUND, _SQUARE, _ROMANCE, _NUMBERED):
        for found in scan(pattern, low, view.around_digits):
            start = _word_start(text, found.start()) if pattern is _COMPOUND else found.start()
            written = text[start : found.end()]
            strict = pattern is not _NUMBERED or all(part[0].isupper() for part in re.findall(r"[^\W\d_]{3,}", written))
            if strict and any(char.isdigit() for char in written) and _capitals(written):
                yield start, found.end(), "ADDRESS"
    for found in scan(_BOX, low, view.around_digits):
        yield found.start(), found.end(), "ADDRESS"
    for found in scan(_ADDRESS_SAID, low, view.around_digits):
        said = found.group(1)
        if (
            any(char.isdigit() for char in said)
            and "://" not in said
            and not _IPV4.search(said)
            and not _MAC.search(said)
        ):
            end = found.start(1) + len(said.rstrip(" .,;"))
            yield found.start(1), end, "ADDRESS"


def _word_start(text: str, position: int) -> int:
    """Return where the word that holds this place starts, at most 40 characters back."""
    start = position
    while start > 0 and position - start < 40 and (text[start - 1].isalnum() or text[start - 1] in ".-"):
        start -= 1
    return start


def _capitals(written: str) -> bool:
    """Most words of an address start with a capital; "2 days on the way" does not."""
    parts = [part for part in re.split(r"[ ,\n-]+", written) if part[:1].isalpha()]
    upper = sum(part[0].isupper() for part in parts)
    return bool(parts) and upper * 2 > len(parts) and (parts[0][0].isupper() or upper >= 2)
