"""Values that show what they are: addresses, numbers, keys, account names, birth dates. Rules and their checks. Pure.

A rule says where a value may stand (redact_rules.py), a check whether it is one. What is technical stays: versions,
object ids, order numbers, package names, content ids, addresses of private networks, accounts of machines.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, Final

from zoho_privacy.domain import redact_words as words
from zoho_privacy.domain.redact_rules import (
    LETTERS,
    WORD,
    Find,
    Hit,
    Look,
    Rule,
    Span,
    later,
    opening,
    sign,
    telling,
    value,
)
from zoho_privacy.domain.redact_sums import SUMS, card, iban
from zoho_privacy.domain.redact_view import BARRIER, OTHER, WALL, View, fold

_CHECK_NUMBER: Final = later(
    r"(?:cvv2?|cvc2?|security code|prufziffer|card code|check digits)[\"']?[ ]?(?:code|number|is|no\.?)?[ ]?[:=]?[ ]?$"
)
_KIND_AFTER: Final = (
    r"[ ]{0,2}[-\\,(]{0,3}[ ]{0,2}(?:office|fax|mobile|cell|home|work|tel|phone|direct|mobil|handy|buro)(?:$|[^a-z])"
)
_MAC_SAID: Final = later(
    r"(?:mac(?:[ -]?(?:addr(?:ess|esse)?|adresse))?|physical address|hwaddr|ether|bssid)[ .]{0,20}[:=]?[ ]{0,2}$"
)
_KEYED: Final = later(r"key|licen|serial|product|lizenz|schlussel|clave|cle |codice|aktiv|activ")
_ONE_TIME: Final = Look(
    r"(?:verification|one[ -]time|security|login|access|confirmation|sms|2fa|mfa|otp|auth\w{0,10}|bestatigungs|sicherheits|einmal|verifizierungs)[ -]?"
    r"(?:code|pass(?:word|code)?|pin|kennwort|passwort)[ ]?(?:is|was|ist|lautet|:|=)?[ ]?:?[ ]?$|(?:code de (?:verification|securite)|codigo de (?:verificacion|seguridad)|codice di verifica)[ ]?(?:est|es|e|:)?[ ]?:?[ ]?"
)
_L: Final = f"[{LETTERS}]"

# ----------------------------------------------------------------------------------------------------- mail addresses

_LOCAL: Final = rf"[{WORD}.!#$%&'*+/=?^`{{|}}~-]"
_HOST: Final = rf"(?:[a-z0-9\xa1-\xff](?:[{WORD}-]*[a-z0-9\xa1-\xff])?\.)+(?:xn--[a-z0-9-]+|[a-z\xa1-\xff]{{2,63}})"
_AT: Final = r"(?:[ ]?[(\[{<][ ]?(?:at|a|@|arroba|chez|kukac|zavinac)[ ]?[)\]}>][ ]?|[ ](?:at|arroba)[ ])"
_DOT: Final = r"(?:[ ]?[(\[{<][ ]?(?:dot|d|\.|punkt|punto|point|ponto|tecka)[ ]?[)\]}>][ ]?|[ ](?:dot|punkt|punto|point|ponto)[ ])"
_PART: Final = rf"[{WORD}+-]+"
_SAID_DOT: Final = "dot d punkt punto point ponto tecka"
_SAID_AT: Final = "at arroba"
_DOTTED: Final = tuple(f"{bracket}{gap}." for bracket in "([{<" for gap in ("", " "))
_BRACED: Final = tuple(
    f"{bracket}{gap}{said}"
    for bracket in "([{<"
    for gap in ("", " ")
    for said in ("at", "a", "@", "arroba", "chez", "kukac", "zavinac")
)
_LEADING: Final = later(r"^(?:mailto:|[!#$%&'*+/=?^`{|}~.-])+")
_URL_JUNK: Final = later(r"^[^@]*[/=?&|]")


def _mail(view: View, start: int, end: int) -> Span | None:
    """Narrow to the address; not `lodash@4.17.21`, `icon@2x.png`, `cid:part1@host` or `git@host:path`."""
    low, text = view.low, view.text
    at, whole = low.rfind("@", start, end), start
    if low[end - 8 : end].rpartition(".")[2] in words.FILE_ENDINGS:
        return None
    junk = _URL_JUNK.match(text[start:end])
    if junk and any(char.isalnum() for char in low[start + junk.end() : at]):
        start += junk.end()
    lead = _LEADING.match(low[start:at])
    if lead:
        start += lead.end()
    if start >= at:
        start = whole
    if (
        start >= at
        or low.startswith("cid:", max(0, start - 4))
        or "cid:" in low[max(0, start - 40) : start].split(" ")[-1]
    ):
        return None
    if low.startswith(":~", end) or _SHELL.search(low, max(0, start - 60), start):
        return None  # an account on a machine; another rule takes its name
    if low[start:at] in {"git", "hg"} and low[end : end + 1] in {":", "/"}:
        return None
    return start, end


_SHELL: Final = later(r"(?<![a-z])(?:ssh|scp|sftp|rsync|mosh)[ ](?:-\S{1,12}[ ](?:\d{1,5}[ ])?){0,4}$")


def _spelled(view: View, start: int, end: int) -> Span | None:
    """`jim [at] example [dot] org`; plain words only where both are said: "look at this dot com" is one too many."""
    whole = view.low[start:end]
    marked = any(sign in whole for sign in "([{<")
    return (start, end) if marked or ((" at " in whole or " arroba " in whole) and "." not in whole) else None


def _spelled_dotted(view: View, start: int, end: int) -> Span | None:
    """`jim at example.org`: only where the domain ends in a common top-level domain and no verb stands before `at`."""
    whole = view.low[start:end]
    local = re.split(r"[ (\[{<]", whole)[0]
    plain = " at " in whole and not any(sign in whole for sign in "([{<")
    ending = whole.rpartition(".")[2]
    if ending in words.FILE_ENDINGS or (
        plain and view.low[end : end + 1] == "("
    ):  # "... at com.example.App.main(App.java:42)"
        return None
    if plain and not ("." in local or "_" in local or any(char.isdigit() for char in local)):
        return None
    return start, end


_BASE64: Final = later(r"(?<![a-z0-9_\xa1-\xff+/-])[a-z0-9+/_-]{16,}")
_ADDRESS_BYTES: Final = re.compile(rb"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[A-Za-z]{2,24}")


def decoded_runs(view: View) -> Iterator[tuple[int, int, bytes]]:
    """Yield the base64 runs of a view that may hold words, decoded; the first of four alignments that gives text."""
    if view.longest < 16:
        return
    if view.runs is None:
        view.runs = list(_runs(view))
    for start, end in view.runs:
        run = view.text[start : min(end, start + 2048)]
        if run.isalpha() or run.isdigit() or run.islower():
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
            yield start, end + (view.text[end : end + 2].count("=")), raw


def _runs(view: View) -> Iterator[Span]:
    """Yield the long runs of letters, digits and signs of base64 that are not all of small letters."""
    text, at = view.text, 0
    for part in [part for part in text.split() if len(part) >= 16 and not part.islower()]:
        at = text.index(part, at)
        for found in _BASE64.finditer(view.low, at, at + len(part)):
            yield found.span()
        at += len(part)


def is_coded(view: View) -> bool:
    """Tell whether a view holds what may be base64."""
    return next(decoded_runs(view), None) is not None


def encoded(view: View) -> Iterator[Find]:
    """Yield base64 runs that hold a mail address, as tracking and unsubscribe links do."""
    for start, end, raw in decoded_runs(view):
        if b"@" in raw and _ADDRESS_BYTES.search(raw):
            yield start, end, "EMAIL"


_EMAIL_RULES: Final = (
    value("EMAIL", rf"{_LOCAL}+@{_HOST}", _mail, left="", right=WORD, hidden=True, sign=("@",)),
    value("EMAIL", rf"{_PART}(?:(?:\.|{_DOT}){_PART})*{_AT}{_PART}(?:{_DOT}{_PART})+", _spelled, when=_SAID_DOT, sign=_DOTTED),
    value("EMAIL", rf"{_PART}(?:\.{_PART})*{_AT}(?:{_PART}\.)+{_L}{{2,10}}", _spelled_dotted, when=_SAID_AT, sign=_BRACED),
    value("EMAIL", rf"{_PART}(?:\.{_PART})*[ ]?@[ ]?{_PART}(?:[ ]?\.[ ]?{_PART})*[ ]?\.[ ]?(?:com|org|net|de|fr|uk|it|es|nl|eu|io|example)", _mail, shape=rf"[ ]@|@[ ]|@[{WORD}+.-]*(?:[ ]\.|\.[ ])"),
    value("EMAIL", rf'"[^"\n@]{{1,64}}"@{_HOST}', left=WORD, sign=('"@',)),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------------------ numbers


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")


def _card(view: View, start: int, end: int) -> Span | None:
    digits = _digits(view.low[start:end])
    if card(digits):
        return start, end
    for size in (16, 15, 14):  # a check number or a date may follow it
        if len(digits) > size and card(digits[:size]):
            seen, at = 0, start
            while seen < size:
                seen += view.low[at] in "0123456789"
                at += 1
            if view.low[at : at + 1] in {" ", "-"}:
                return start, at
    return None


def _iban(view: View, start: int, end: int) -> Span | None:
    candidate = view.low[start:end]
    needed = words.IBAN_LENGTHS.get(candidate[:2], 0)
    taken, stop = "", 0
    for index, char in enumerate(candidate):
        if char.isalnum():
            taken += char
            if len(taken) == needed:
                stop = index + 1
                break
    after = view.low[start + stop : start + stop + 1]
    return (start, start + stop) if stop and iban(taken) and not after.isalnum() else None


def _ssn(view: View, start: int, end: int) -> Span | None:
    written = view.low[start:end]
    area, serial = written[:3], written[-4:]
    if area in {"000", "666"} or area[0] == "9" or serial == "0000" or written[4:6] == "00":
        return None
    if written[3] == written[6] == "-":
        return start, end
    said = view.low[max(0, start - 40) : start]
    return (start, end) if "ssn" in said or "social" in said else None


def _identity(kind: str, *, after: tuple[str, ...] = ()) -> Any:
    """Return the check of one state's number; `after`: only within forty characters of one of these words."""
    holds = SUMS[kind]

    def check(view: View, start: int, end: int) -> Span | None:
        bare = "".join(char for char in view.low[start:end] if char.isalnum())
        if after and not any(word in view.low[max(0, start - 48) : start] for word in after):
            return None
        return (start, end) if holds(bare) else None

    return check


def _said_id(view: View, start: int, end: int) -> Span | None:
    written = view.low[start:end]
    digits = sum(char in "0123456789" for char in written)
    return (start, end) if digits >= 4 and len(written) - written.count(" ") >= 5 else None


_N: Final = rf"{WORD}.-"
_NATIONAL: Final = (
    ("nino", "form", r"[abceghj-prstw-z][abceghj-npr-tw-z][ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?[abcd]", ()),
    ("cpf", "cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}", ()),
    ("dni", "dni", r"[xyz]?\d{7,8}-?[a-hj-np-tv-z]", ()),
    ("fiscal", "fiscal", r"[a-z]{6}\d{2}[abcdehlmprst]\d{2}[a-z]\d{3}[a-z]", ()),
    ("nir", "nir", r"[12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2])[ ]?(?:\d{2}|2[ab])[ ]?\d{3}[ ]?\d{3}[ ]?\d{2}", ()),
    ("swedish", "swedish", r"(?:19|20)?\d{6}[+-]\d{4}", ()),
    ("danish", "danish", r"\d{6}-\d{4}", ("cpr", "personnummer", "fodsel")),
    ("norwegian", "norwegian", r"\d{6}[ ]?\d{5}", ()),
    ("finnish", "finnish", r"\d{6}[-+a-fu-y]\d{3}[0-9a-y]", ()),
    ("pesel", "pesel", r"\d{11}", ()),
    ("turkish", "turkish", r"[1-9]\d{10}", ("tc", "t.c.", "kimlik", "turk")),
    ("belgian", "belgian", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", ()),
    ("czech", "czech", r"\d{6}/\d{3,4}", ()),
    ("romanian", "romanian", r"[1-8]\d{12}", ()),
    ("bulgarian", "bulgarian", r"\d{10}", ("egn", "ehz")),
    ("african", "african", r"\d{6}[ ]?\d{4}[ ]?\d{2}[ ]?\d", ("id", "identity", "sa ")),
    ("korean", "korean", r"\d{6}-[1-8]\d{6}", ()),
    ("chinese", "chinese", r"[1-9]\d{16}[0-9x]", ()),
    ("taiwanese", "taiwanese", r"[a-z][12]\d{8}", ()),
    ("singaporean", "singaporean", r"[stfgm]\d{7}[a-z]", ()),
    ("hongkong", "form", r"[a-z]{1,2}\d{6}\([0-9a]\)", ()),
    ("thai", "thai", r"\d-\d{4}-\d{5}-\d{2}-\d", ()),
    ("chilean", "chilean", r"\d{1,2}\.\d{3}\.\d{3}-[0-9k]", ()),
    ("curp", "form", r"[a-z]{4}\d{6}[hm][a-z]{5}[0-9a-z]\d", ()),
    ("rfc", "form", r"[a-z]{4}\d{6}[0-9a-z]{3}", ("rfc",)),
    ("pan", "form", r"[a-z]{3}p[a-z]\d{4}[a-z]", ()),
    ("aadhaar", "aadhaar", r"\d{4}[ -]\d{4}[ -]\d{4}", ()),
    ("nhs", "nhs", r"\d{3}[ -]\d{3}[ -]\d{4}", ("nhs",)),
    ("emirates", "luhn", r"784-?\d{4}-?\d{7}-?\d", ()),
    ("sin", "luhn", r"\d{3}-\d{3}-\d{3}", ()),
    ("itin", "form", r"9\d{2}-[5-9]\d-\d{4}", ()),
    ("mbi", "form", r"[1-9][ac-hj-np-rt-y][ac-hj-np-rt-y0-9]\d-?[ac-hj-np-rt-y][ac-hj-np-rt-y0-9]\d-?[ac-hj-np-rt-y]{2}\d\d", ()),
    ("oib", "mod11", r"\d{11}", ("oib",)),
    ("steuer", "mod11", r"[1-9]\d[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}", ("steuer", "idnr", "tin", "tax")),
    ("medicare", "form", r"[2-6]\d{3}[ ]\d{5}[ ]\d", ("medicare",)),
)  # fmt: skip
_SSN_SAID: Final = ("ssn", "social security", "soc sec")
_FEW_DIGITS: Final = {"pan": r"[a-z]\d{4}[a-z]", "mbi": r"[1-9][a-z][a-z0-9]\d-?[a-z]"}
_JOINT: Final = r"[ \t]{0,3}(?:(?:number|numero|nummer|numer|num|no|nr|id|n|#|code|card)?[.:]?[ \t]{0,2}){0,2}"
_COPULA: Final = r"[ \t]{0,3}(?:is|ist|est|es|e|was|war|er|ar|to|[:=#])?[ \t]{0,3}"


def _govid(view: View, start: int, end: int) -> Span | None:
    """Cut a labelled number where plain words follow it."""
    written = view.low[start:end]
    cut = _WORDS_AFTER.search(written)
    while cut is not None and not any(char.isdigit() for char in written[: cut.start()]):
        cut = _WORDS_AFTER.search(written, cut.end())
    if cut is not None:
        end = start + cut.start()
    if re.match(r"(?:is|ist|was|number|no|nr)[ ]", view.low[start:end]):
        start += view.low[start:end].index(" ") + 1
    return _said_id(view, start, end)


_NUMBERS: Final = (
    value("CARD", r"\d(?:[ -]?\d){11,18}", _card, left=rf"{WORD}.-", right=f"{WORD}-", hidden=True, digits=6),
    value("CARD", r"\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}[ -]\d{2,4}", _card, left=rf"{WORD}.-", right=f"{WORD}-", digits=6),
    value("IBAN", r"[a-z]{2}\d{2}(?:[ -]?[a-z0-9]){11,34}", _iban, left="a-z0-9", right="", hidden=True, digits=6),
    value("SSN", r"\d{3}[ -]\d{2}[ -]\d{4}", _ssn, left=rf"{WORD}-", right=f"{WORD}-", hidden=True, digits=6),
    value("SSN", r"(?:[1-8]\d{2}|0[1-9]\d|00[1-9])[ .-]?\d{2}[ .-]?\d{4}",
          _identity("form", after=_SSN_SAID), left=rf"{WORD}-", right=f"{WORD}-", digits=6, said=_SSN_SAID),
    *(
        value("GOVID", pattern, _identity(kind, after=after), left=_N, right=f"{WORD}-", said=after, digits=4 if name in _FEW_DIGITS else 6, shape=_FEW_DIGITS.get(name, ""))
        for name, kind, pattern, after in _NATIONAL
    ),
    Rule(
        "GOVID",
        rf"(?:^|[^{LETTERS}])(?:{words.GOVID_LABEL})(?:'s)?\b{_JOINT}{_COPULA}(?:is[ ])?"
        rf"([a-z0-9](?:[ ./-]?[a-z0-9]){{4,19}})(?:$|[^{WORD}])",
        _govid, when=words.GOVID_WORDS, digits=4,
    ),
    value("CARD", r"\d{3,4}", lambda view, start, end: _after(view, start, end, _CHECK_NUMBER), left=WORD, right=WORD, when="cvv cvc security prufziffer card check"),
)  # fmt: skip
_WORDS_AFTER: Final = later(r"[ ](?=[a-z]+(?:[ ,.;]|$))")


def _after(view: View, start: int, end: int, said: re.Pattern[str]) -> Span | None:
    return (start, end) if said.search(view.low[max(0, start - 40) : start]) else None


# ------------------------------------------------------------------------------------------------------------- phones

_GAP: Final = r"[ ().\-/]{0,3}"
_DATE_SHAPE: Final = later(
    r"(?:\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)\d{2}|(?:19|20)\d{2}[ ./-]\d{1,2}[ ./-]\d{1,2}|\d{1,2}:\d{2})"
)
_EXTENSION: Final = r"(?:[ ]?(?:x|ext\.?|extension|dw|durchwahl|poste|interno|#)[ ]?\d{1,6})?"
_OTHER_THINGS: Final = "|".join(
    map(
        fold,
        (
            "накладная",
            "заказ",
            "договор",
            "обращения",
            "заявки",
            "тикета",
            "инцидента",
            "обращение",
            "заявка",
            "артикул",
            "счётчик",
            "τιμολόγιο",
            "παραγγελία",
        ),
    )
)
_NUMBERED_THING: Final = Look(
    r"(?:order|invoice|ticket|case|rechnung|bestell|auftrag|serial|s/n|sn|article|artikel|version|build|kb|id|ref|part"
    r"|item|sku|asset|tracking|po|isbn|ean|upc|imei|job|pid|error|code|account|konto|kunden|customer|zip|plz|port|uid"
    r"|facture|commande|pedido|factura|ordine|fattura|asin|ohm|oid|zahlerstand|zahler|lieferschein|albaran|lote?|charge|batch|compteur|contador"
    rf"|contatore|counter|meter|teller|licznik|pocitadlo|vorgang|sendung|colis|remito|ddt|bolla|retry-after|matr|{_OTHER_THINGS})"
    r"(?:nummer|number|[ -]?id|[ -]?nr|[ -]?no|num)?[ .:#=\"'-]{0,4}"
)


def _phone(least: int, most: int) -> Any:
    def check(view: View, start: int, end: int) -> Span | None:
        written = view.low[start:end]
        if not least <= len(_digits(written)) <= most or _DATE_SHAPE.match(written) or _quad(written):
            return None
        if (
            written[0] != "+"
            and _NUMBERED_THING.behind(view, start, 24)
            and not _PORTABLE.search(view.low[:start][-9:])
        ):
            return None
        if view.low[max(0, start - 3) : start].strip() == "n" + OTHER:
            return None  # the number of a file
        if view.low[end : end + 1] in {".", ",", ":"} and view.low[end + 1 : end + 2].isdigit():
            return None
        return start, end

    return check


_PORTABLE: Final = later(r"port\.[ ]?:?[ ]{0,2}$")  # a mobile in France


def _quad(number: str) -> bool:
    parts = number.split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


def _near_person(view: View, start: int, end: int) -> Span | None:
    """A bare group of digits is a phone number only close to what else says how to reach somebody."""
    around = view.low[max(0, start - 120) : start] + " " + view.low[end : end + 90]
    if _phone(8, 12)(view, start, end) is None:
        return None
    lines = view.low[max(0, start - 200) : start].rsplit("\n", 1)
    alone = not lines[-1].strip(" >*|\t:") and view.low[end : end + 1] in {"", "\n", "\r"}
    told = "@" in around or "[email" in around or (alone and _REACHES.search(around)) or _REACHED_ON.search(lines[-1])
    return (start, end) if told else None


_REACHED_ON: Final = later(
    r"(?:^|[^a-z])(?:fanges|traffes|treffes|traffas|nas|nass|sitter|sidder|finns|ringes?|ringas|ring|erreich\w*|joignable|joindre|appel\w*|localizable|llam\w*|raggiungibile|reperibile|chiam\w*|bereikbaar|bereiken"
    r"|bel|bellen|dostepn\w*|zadzwon\w*|dzwon\w*|zavolejte|volejte|zastizen\w*|tavoittaa|tavoitettavissa|contact\w*|reached|reach|lig\w*|ligar|atend\w*|sunati|suna|gasit|hivhato|elerheto|aray\w*|pozvat\w*|nazvat\w*|nazovite|dostupan|dostupna)"
    r"[^\n.;:!?]{0,24}[ ](?:på|pa|paa|unter|auf|au|al|en|em|no|op|pod|na|nr|numer\w*|sotto|at|on|under|la|numarul|numarasindan|den|numerosta|szamon)[ ](?:nr\.?[ ]|numero[ ]|o[ ])?$"
)
_REACHES: Final = later(r"tel|phone|mobil|fax|www\.|regards|gruss|cordialement|saludos|@")
_P: Final = rf"{WORD}.,:/+#-"
_PHONES: Final = (
    value("PHONE", rf"(?:\+[ ]?|00[ ]?)[(]?[1-9]\d{{0,3}}[)]?(?:{_GAP}\d){{5,13}}{_EXTENSION}", _phone(8, 19),
          left=rf"{WORD}+.", right=r"\d\xa1-\xff", hidden=True, digits=6),
    value("PHONE", rf"(?:\+?1[ .-]?)?(?:\(\d{{3}}\)[ .-]?|\d{{3}}[ .-])\d{{3}}[ .-]\d{{4}}{_EXTENSION}", _phone(10, 17),
          left=rf"{WORD}.\-/+", right=f"{WORD}-", digits=6),
    value("PHONE", rf"\(0?\d{{2,5}}\)[ ]?\d(?:[ -]?\d){{4,9}}{_EXTENSION}", _phone(7, 19), left=rf"{WORD}.)", right=f"{WORD}-", digits=6),
    value("PHONE", r"0\d{1,5}(?:[ ]?/[ ]?|[ ]{1,3}|-)\d{2,8}(?:[ /-]{1,2}\d{2,8}){0,4}", _phone(8, 12), left=_P, right=f"{WORD}/-", digits=6),
    value("PHONE", r"[6-9]\d{4}[ -]\d{5}", _phone(10, 10), left=_P, right=f"{WORD}/-", digits=6),
    value("PHONE", r"0[1-9](?:[ .-]?\d{2}){4}", _phone(10, 10), left=_P, right=f"{WORD}/-", digits=6),
    value("PHONE", r"0[1-9]\d{1,2}[./]\d{2,4}[ .]\d{2,4}(?:[ .]\d{2,4})?", _phone(9, 12), left=_P, right=f"{WORD}/-", digits=6),
    value("PHONE", r"\d{2,4}(?:[ -]\d{2,4}){2,3}", _near_person, left=_P, right=f"{WORD}/-", digits=6),
    Rule(
        "PHONE",
        rf"(?:^|[^{LETTERS}])(?:{words.PHONE_LABEL})(?:phone|s)?\.?(?:[ ]{{0,2}}(?:at|on|under|unter|is|was|ist|no|nr|num|number"
        rf"|nummer|office|work|home|direct|mobile|cell|line|phone|fax|au|al|en|em|est|es)\.?){{0,3}}[ \t]{{0,3}}[:=#|]?[ \t\n>]{{0,4}}"
        rf"([+(]{{0,2}}\d(?:[ ().\-/]{{0,3}}\d){{4,15}}{_EXTENSION})(?:$|[^\d])",
        _phone(6, 20), when=opening(words.PHONE_LABEL), digits=6,
    ),
    Rule("PHONE", rf"(?:^|[^{WORD}.])([+(]?\d(?:[ ().\-/]{{0,2}}\d){{5,14}}(?:x\d{{1,6}})?){_KIND_AFTER}", _phone(6, 20), digits=6),
    Rule("PHONE", r"(?:^|[ \n(,:])@(\d{9,15})(?:$|[ \n),.:;!?])", sign=("@",), digits=6),
    Rule("PHONE", r"(?:^|[ (])pa[ ](\d{2}(?:[ ]\d{2}){3})(?:$|[ ]*[^\d ])", when="pa", digits=4),
    Rule("PHONE", r"wa\.me/(\+?\d{7,15})", hidden=True, when="wa"),
    Rule("PHONE", r"(?:tel|sms|callto|sip|whatsapp|fax):(?:/{0,2})([+(]?\d[\d ().-]{4,20}\d)", hidden=True, when="tel sms callto sip whatsapp fax"),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------------------ network

_VERSIONED: Final = later(
    r"(?:v|fw|sw|hw|f/w|s/w|ver|vers|versie|version|build|release|firmware|driver|treiber|oid|snmp|update|rev|revision|file|fileversion"
    r"|productversion|agent|client|bios|pack|sdk|jre|jdk|java|chrome/|edge|edg/|safari/|applewebkit/|assembly"
    r"|kli[je]{1,2}nt\w{0,3}|cliente|agente|wersj\w|verze|verzij\w|versi[oó]n\w?|versao|versione|programvara|softwarestand|yazilim|surum|ohjelmisto"
    r"|\w\.(?:dll|exe|sys|jar|so|apk|msi|ocx|drv))\W{0,3}$"
)
_VERSION_SAID: Final = later(
    r"user-agent:[^\n]*$|(?:versi\w{1,4}|firmware|verze|wersja|release)[ ](?:d[aeio]s?|del|der|des|of|van|von|za|programu)[ ][\w -]{1,30}[ .:=]{1,40}$"
)
_PROGRAM: Final = later(
    r"(?<![a-z])(?:veeam|acronis|citrix|forti[a-z]{2,10}|esxi|vcenter|vsphere|proxmox|firefox|chrome|edge|opera|safari|winscp|filezilla|putty|openssl"
    r"|nginx|apache|tomcat|jboss|wildfly|mariadb|mysql|postgresql|oracle|synology|qnap|unifi|mikrotik|routeros|sophos|mcafee|eset|kaspersky|norton"
    r"|malwarebytes|yealink|polycom|snom|gigaset|ios|aruba|pfsense|opnsense|zabbix|nagios|grafana|datev|sage|navision|autocad|solidworks|teamviewer"
    r"|anydesk|zoom|teams|outlook|exchange|acrobat|reader|silverlight|flash|webex|jabber|tableau|matlab|ansys|caldera|argyllcms|php|perl|ruby|python)[ ]$"
)
_PRODUCT: Final = later(r"(?:^|[ (])[A-Z][A-Za-z]{2,20} (?:& )?[A-Z][A-Za-z]{2,20} \Z")
_ADDRESSING: Final = later(
    r"(?:ip|addr\w{0,7}|adress\w{0,3}|host|from|von|src|dst|server|gateway|dns|ping|route|via|peer|remote|login|to|=|/|@|\[|:)\W{0,3}$"
)
_PERSONLESS: Final = ("127.", "0.", "255.", "224.", "239.")
_PRIVATE: Final = later(r"(?:10|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+")


def _ipv4(view: View, start: int, end: int) -> Span | None:
    """Not a version, a mask, loopback or multicast."""
    parts = view.low[start:end].split(".")
    if not all(len(part) == len(str(int(part))) and int(part) < 256 for part in parts):
        return None
    if view.kind == "markup" and view.low[start - 2 : start] != "//":
        return None  # a number in a style
    if view.low.startswith(_PERSONLESS, start, end):
        return None
    after = view.low[end : end + 2]
    if after[:1] == "." and after[1:].isdigit():
        return None
    small = [int(part) < most for part, most in zip(parts, (32, 32, 32, 100), strict=True)]
    named = small[0] and small[1] and _PRODUCT.search(view.text, max(0, start - 44), start)
    if (all(small) or named) and not _ADDRESSING.search(view.low[max(0, start - 16) : start]):
        return None  # hardly an address: numbers that small, or behind a product's name, are a version
    before = view.low[max(0, start - 80) : start].rsplit("\n", 1)[-1]
    if _VERSIONED.search(before[-16:]) or _VERSION_SAID.search(before) or _PROGRAM.search(before):
        return None
    return start, end


def is_private(address: str) -> bool:
    """Tell whether an address is one of a private network: it is found, and kept, as it names nobody outside."""
    return _PRIVATE.fullmatch(address) is not None


def _ipv6(view: View, start: int, end: int) -> Span | None:
    written = view.low[start:end].partition("%")[0]
    groups = written.split(":")
    if (
        (written.count("::") == 0 and len(groups) != 8)
        or written.count("::") > 1
        or len(groups) > 8
        or ":::" in written
    ):
        return None
    if sum(char != ":" for char in written) < 4 or any(len(group) > 4 for group in groups):
        return None
    if written.startswith(("fe80", "fc", "fd", "ff")) or written == "::1":
        return None
    return start, end


def _mac(view: View, start: int, end: int) -> Span | None:
    bare = view.low[start:end].replace(":", "").replace("-", "").replace(".", "")
    separators = {char for char in view.low[start:end] if not char.isalnum()}
    return (start, end) if len(set(bare)) > 1 and len(separators) == 1 else None


_NETWORK: Final = (
    value("IP", r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", _ipv4, left=rf"{WORD}.-", right=WORD, hidden=True, digits=4, shape=r"\d\.\d{1,3}\.\d{1,3}\.\d"),
    value("IP", r"(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}", _ipv6, left=rf"{WORD}:.", right=f"{WORD}:", shape="::|:[0-9a-f]{1,4}:", long=5),
    value("MAC", r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}", _mac, left=rf"{WORD}:.-", right=rf"{WORD}:-", hidden=True, shape=r"[:-][0-9a-f]{2}[:-][0-9a-f]{2}[:-]|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]", long=14),
    value("MAC", r"[0-9a-f]{12}", lambda view, start, end: _after(view, start, end, _MAC_SAID), long=12, when="mac macaddress macaddr macadresse physical hwaddr ether bssid"),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------------------ secrets

_PREFIXED: Final = (
    r"(?:akia|asia|aroa|aida)[0-9a-z]{16}|gh[pousr]_[a-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}"
    r"|gl(?:dt|rt|soat|ptt)-[\w-]{16,64}|xox[abeoprs]-[\w-]{8,250}|xapp-[\w-]{10,250}|[srp]k_(?:live|test)_\w{10,250}"
    r"|whsec_[\w+/]{16,64}|sk-(?:ant-|proj-|or-)?[\w-]{16,250}|aiza[\w-]{30,45}|ya29\.[\w-]{16,500}|1//0[\w-]{20,200}"
    r"|1000\.[0-9a-f]{16,40}\.[0-9a-f]{16,40}|npm_\w{30,40}|pypi-[\w-]{16,250}|sg\.[\w-]{16,64}\.[\w-]{16,64}"
    r"|key-[0-9a-f]{32}|do[opr]_v1_[0-9a-f]{32,64}|shp(?:at|ca|pa|ss)_[0-9a-f]{32}|hf_[a-z0-9]{20,60}|sq0[a-z]{3}-[\w-]{20,50}"
    r"|eaa[a-z0-9]{40,250}|atatt3[\w-]{20,250}|lin_api_\w{20,60}|hvs\.[\w-]{20,120}|dckr_pat_[\w-]{16,60}|rubygems_[0-9a-f]{32,64}"
    r"|pmak-[0-9a-f-]{30,80}|nr(?:ak|js|ii)-[\w-]{16,64}|sntrys_[\w+/=-]{20,250}|tskey-[\w-]{16,80}|age-secret-key-[0-9a-z]{40,80}"
    r"|hrku-[0-9a-f-]{30,40}|figd_[\w-]{20,60}|secret_[a-z0-9]{30,60}|ntn_[a-z0-9]{30,60}|phc_[a-z0-9]{30,60}"
    r"|dapi[0-9a-f]{32}|xkeysib-[0-9a-f]{40,100}-?\w{0,20}|v1\.0-[0-9a-f]{20,60}-[0-9a-f]{60,200}|\d{8,10}:aa[\w-]{30,40}|oauth2?:[\w-]{20,80}"
    r"|sha256~[\w-]{30,60}|vercel_\w{20,50}|nfp_\w{30,60}|gocspx-[\w-]{20,40}|eyj[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*){0,3}"
)  # fmt: skip
_PREFIXES: Final = (
    "akia", "asia", "aroa", "aida", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "gldt-", "glrt-", "glsoat-", "glptt-", "xox", "xapp-", "k_live", "k_test", "whsec_", "sk-",
    "aiza", "ya29.", "1//0", "1000.", "npm_", "pypi-", "sg.", "key-", "_v1_", "shpat_", "shpca_", "shppa_", "shpss_", "hf_", "sq0", "eaa", "atatt3", "lin_api", "hvs.", "_pat_",
    "rubygems_", "pmak-", "nrak-", "nrjs-", "nrii-", "hrku-", "sntrys_", "tskey-", "figd_", "secret_", "ntn_", "phc_", "dapi", "xkeysib-", "v1.0-",
    ":aa", "oauth:", "oauth2:", "sha256~", "vercel_", "nfp_", "gocspx-", "eyj",
)  # fmt: skip
_HASHES: Final = (
    r"\$(?:1|2[abxy]?|5|6|y|apr1|argon2(?:id|i|d))\$[\w./$=,+]{12,200}|\{s?sha(?:256|512)?\}[\w+/=]{20,120}"
    r"|[0-9a-f]{32}:[0-9a-f]{32}:::"
)
_QUOTED: Final = r"\"(?:[^\"\\\n]|\\.){1,300}\"|'(?:[^'\\\n]|\\.){1,300}'|`[^`\n]{1,300}`"
_BARE: Final = r"[^\s\"'<>;`]{1,500}"
_CREDENTIAL: Final = (
    rf"(?:^|[^{LETTERS}])(?:[a-z0-9]{{1,30}}[._-]){{0,4}}(?:{words.CREDENTIAL_LABEL})(?:[_-](?:value|text|string|hash|prod|live|test|dev))?"
    rf"[\"'*`)\]}}]{{0,3}}(?:[ ](?:is|ist|was|war|for [^\s:=]{{1,40}}|fur [^\s:=]{{1,40}}|\([^()\n]{{1,30}}\)))?[ \t]{{0,20}}"
    rf"(?::=|=>|==|->|[:=|\t])[ \t*]{{0,4}}({_QUOTED}|{_BARE})"
)
_CREDENTIAL_SAID: Final = (
    rf"(?:^|[^{LETTERS}])(?:{words.CREDENTIAL_SPOKEN})[ ](?:for [\w.@-]{{1,40}} |fur [\w.@-]{{1,40}} |von [\w.@-]{{1,40}} )?(?:{words.CREDENTIAL_IS})[ ]{{1,3}}"
    rf"(?:now[ ]|jetzt[ ]|still[ ]|again[ ]|currently[ ]|maintenant[ ]|ahora[ ]|to[ ]|set to[ ])?({_QUOTED}|{_BARE})"
)
_NO_VALUE: Final = words.bag(
    "none null nil true false yes no required expired reset incorrect wrong invalid unknown missing empty changed secret"
    " password the a an my your not ok n/a na tbd todo blank and or is same below above attached policy optional disabled"
    " enabled set unset hidden string str int var text undefined redacted removed masked error failed needed valid"
    " given here there this that it in on at to for with has was be been being still also abgelaufen falsch ungultig"
    " notwendig erforderlich vergessen gesperrt expire expires correct accepted rejected denied verified"
    " too only again working longer safe secure strong weak short long protected encrypted stored saved sent prompt"
    " {password} <password> $password %password% ${password} $pass {{ password }} getenv os.environ expire. expired."
)


def _inside_quotes(text: str, start: int, end: int) -> Span:
    if end - start > 1 and text[start] in "\"'`" and text[end - 1] == text[start]:
        return start + 1, end - 1
    while end > start + 1 and text[end - 1] in ",)].:":
        end -= 1
    return start, end


def _mixed(written: str) -> bool:
    return written.isalpha() and written[1:].lower() != written[1:] and written[1:].upper() != written[1:]


def _credential(view: View, start: int, end: int) -> Span | None:
    """A value beside its name; not a sentence about passwords, a variable, or what was starred out."""
    quoted = view.text[start] in "\"'`"
    start, end = _inside_quotes(view.text, start, end)
    amp = view.text.find("&", start + 4, end) if "=" in view.text[start:end] else -1
    end = amp if amp > start else end
    written = view.text[start:end]
    if not written or BARRIER in written or written.lower().rstrip(".,!?") in _NO_VALUE or _is_where(view, start):
        return None
    if set(written) <= set("*x.•-_#X \u2022\u25cf/=") or written.startswith(
        ("${", "$(", "%(", "{{", "<", "os.", "process.", "http://", "https://")
    ):
        return None
    if quoted or not written.isalpha() or _mixed(written):
        return None if _PLAIN_NUMBER.fullmatch(written) and not _pin(view, start) else (start, end)
    line_end = view.text.find("\n", end, end + 40)
    rest = view.text[end : line_end if line_end >= 0 else end + 40].strip(" ,.;\"')&|")
    shut = not rest or rest[0] in "=|/" or view.text[end : end + 1] in {'"', "'", ";", "&"}
    return (start, end) if shut else None


_PLAIN_NUMBER: Final = later(r"\d{1,3}|\d+[a-z]{1,4}")


def _pin(view: View, start: int) -> bool:
    return any(
        word in view.low[max(0, start - 24) : start]
        for word in ("pin", "otp", "code", "pass", "pwd", "puk", "kenn", "cvv", "cvc")
    )


def _coded(view: View, start: int, end: int) -> Span | None:
    """What a mail server is told: base64, so with a length of four and not all small letters."""
    parts = view.text[start:end].split(" ")
    return (start, end) if all(len(part) % 4 == 0 and not part.islower() for part in parts) else None


def _strewn(view: View, start: int, end: int) -> Span | None:
    """`pw Frost!55`: without any sign between, so only what has a letter and a digit and looks like no version."""
    start, end = _inside_quotes(view.text, start, end)
    written = view.text[start:end].rstrip(".,;!?)") if view.text[end - 1 : end] != "!" else view.text[start:end]
    mixed = any(map(str.isalpha, written)) and any(map(str.isdigit, written))
    if not mixed or BARRIER in written or _NO_SECRET.fullmatch(written.lower()) or _PARTS_OF_WORDS.fullmatch(written):
        return None
    return start, start + len(written)


_NO_SECRET: Final = later(
    r"v?\d[\d.]*[a-z]{0,4}|(?:sha|md|base|utf|win|windows|office|m|o|kb|tls|ipv|aes|rsa|ntlm|ldap|saml|oauth|sspr|2fa|http|net|q|rev|build)-?\d{1,7}[a-z]?"
    r"|\d{1,4}(?:-|/|\.|:)\d.*|[a-z]+://.*|[^\s]*[/\\][^\s]*|\d+(?:st|nd|rd|th|x|h|m|s|min|days?|tage|chars?|zeichen)"
)
_PARTS_OF_WORDS: Final = later(r"(?:[A-Za-z]{2,}[-_.])*[A-Za-z]{3,}\d{0,2}|[A-Z]{2,5}-?\d{1,6}")


def _told_loud(view: View, start: int, end: int) -> Span | None:
    """`PIN 4711`, not "pin 4711 of the connector" or a year."""
    year = view.text[start:end].startswith(("19", "20")) and end - start == 4
    return (start, end) if view.text[start - 4 : start - 1].isupper() and not year else None


def _shown_loud(view: View, start: int, end: int) -> Span | None:
    written = view.text[start:end]
    return (start, end) if written.isupper() and any(map(str.isdigit, written)) else None


def _has_digit(view: View, start: int, end: int) -> Span | None:
    return (start, end) if any(char.isdigit() for char in view.text[start:end]) else None


def _shouted(view: View, start: int, end: int) -> Span | None:
    """`SMTP_PASS=three plain words`: a variable of the environment holds all of its line, if no command follows."""
    name = view.text[max(view.text.rfind("\n", 0, start), 0) : start]
    command = _COMMAND.search(view.text, start, end)
    end = start + len(view.text[start : command.start() if command else end].rstrip())
    value = view.text[start:end]
    told = BARRIER not in value and value.lower() not in _NO_VALUE and not _is_where(view, start)
    return (start, end) if name.isupper() and told else None


def _with_digits(view: View, start: int, end: int) -> Span | None:
    written = view.text[start:end]
    return (start, end) if any(map(str.isdigit, written)) and BARRIER not in written else None


_COMMAND: Final = later(r"[ ](?:[a-z][\w./-]{1,40}[ ](?:[^\n]{0,80}[ ])?)?(?:--?[a-zA-Z]|[|>&;<])")


def _is_where(view: View, start: int) -> bool:
    """Tell whether it is the folder that a shell works in: `PWD=/home/ada`."""
    return view.text[start - 4 : start] == "PWD=" and view.text[start : start + 1] in {"/", "~"}


def _commanded(view: View, start: int, end: int) -> Span | None:
    """`PASS value` as mail and file servers are told it."""
    return (start, end) if view.text[start - 5 : start - 1] == "PASS" and not view.text[start:end].isupper() else None


def _answer(view: View, start: int, end: int) -> Span | None:
    """What a security question is answered with."""
    written = view.low[start:end].rstrip(".)\"'")
    told = written not in words.COMMON and written not in _NO_VALUE
    return (start, start + len(written)) if told and BARRIER not in view.text[start:end] else None


def _credential_said(view: View, start: int, end: int) -> Span | None:
    quoted = view.text[start] in "\"'`"
    start, end = _inside_quotes(view.text, start, end)
    written = view.text[start:end].rstrip(".,;!?)")
    if not written or BARRIER in written or written.lower() in _NO_VALUE or set(written) <= set("*x.•-_#"):
        return None
    sure = quoted or (len(written) > 3 and not written.isalpha() and not written.isnumeric()) or _mixed(written)
    sure = sure or (written.isnumeric() and len(written) >= 4)
    if sure and "-" in written and written.replace("-", "").isalpha() and written.islower() and not quoted:
        return None  # "the password is write-protected"
    return (start, start + len(written)) if sure else None


def _strong(view: View, start: int, end: int) -> Span | None:
    """A long run that looks random, near a word for keys."""
    named = _VARIABLE.match(view.text, start, end)
    start = named.end() if named else start
    written = view.text[start:end]
    gone = view.text.rfind(BARRIER, max(0, start - 60), start)  # a word whose value is gone tells of no other
    said = view.low[max(0, start - 60, gone) : start]
    if len(written) < 20 or written[0] == "/":
        return None  # a link or a path
    if _INTERFACE.match(view.low, start):
        return None
    if not any(word in said for word in _STRONG_SAID):
        return None
    if any(
        word in said[-24:]
        for word in (
            "sha256:",
            "sha1:",
            "commit",
            "digest",
            "md5",
            "sha256 ",
            "sha1 ",
            "thumbprint",
            "fingerprint",
            "publickeytoken",
            "public key",
            "correlation",
            "request id",
            "request-id",
            "trace",
            "integrity",
        )
    ):
        return None
    parts = _PARTS.split(written)
    if len(parts) > 1 and all(part.isalpha() or len(part) < 4 for part in parts):
        return None  # a name in a program
    kinds = sum(
        (any(c.isdigit() for c in written), any(c.islower() for c in written), any(c.isupper() for c in written))
    )
    return (start, end) if kinds >= 2 and len(set(written)) >= 10 and not _GUID.fullmatch(written) else None


_PARTS: Final = later(r"[._/=-]")
_VARIABLE: Final = later(r"[A-Z_.][A-Z0-9_.]{2,40}=(?!=|$)")
_INTERFACE: Final = later(r"[a-z-]{0,24}ethernet[\d./]*$|[a-z-]{0,24}ethernet\d{1,3}(?:[./]\d{1,3}){0,4}(?![a-z])")
_GUID: Final = later(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _prefixed(view: View, start: int, end: int) -> Span | None:
    written = view.text[start:end]
    if written[:3].lower() == "eyj":
        return (start, end) if written.startswith("eyJ") else None
    if view.low.startswith(("akia", "asia", "aroa", "aida"), start):
        return (start, end) if written.isupper() else None
    return (start, end) if any(char.isdigit() for char in written) or len(set(written.lower())) > 9 else None


def _private_key(view: View, match: Hit) -> Iterator[Find]:
    text, start = view.text, match.start
    end = view.next_key_end
    if end is None or 0 <= end < start:
        end = view.next_key_end = text.find("-----END ", start)
    end = -1 if end > start + 12_000 else end
    closing = text.find("-----", end + 9, end + 80) if end >= 0 else -1
    stop = closing + 5 if closing >= 0 else min(len(text), start + 4_000)
    if stop > view.key_end:
        yield max(start, min(view.key_end, stop)), stop, "SECRET"
        view.key_end = stop


def _putty_key(view: View, match: Hit) -> Iterator[Find]:
    at = view.low.find("private-lines:", match.end, match.end + 8000)
    stop = view.low.find("private-mac", at, at + 8000) if at >= 0 else -1
    if at >= 0:
        start = view.low.find("\n", at) + 1 or at
        yield start, stop - 1 if stop > start else min(len(view.text), start + 2000), "SECRET"


def _url_password(view: View, start: int, end: int) -> Span | None:
    return (start, end) if BARRIER not in view.text[start:end] else None


def _cookie(view: View, match: Hit) -> Iterator[Find]:
    """Each value of a cookie; a short plain one, as of a theme or a language, tells nothing and stays."""
    low = view.low[match.start : match.end]
    if OTHER * 3 in low:
        return
    for pair in _COOKIE.finditer(low):
        name, value = pair.group(1), pair.group(2)
        plain = _PLAIN_COOKIE.fullmatch(value) is not None and not any(said in name for said in _STRONG_SAID)
        if not plain and name not in _COOKIE_RULES:
            yield match.start + pair.start(2), match.start + pair.end(2), "SECRET"


_COOKIE: Final = later(r"([^\s=;,\"']{1,60})[ ]?=[ ]?([^\s;,\"'\\]{1,3000})")
_PLAIN_COOKIE: Final = later(r"[a-z]{1,10}|[a-z]{2}[-_][a-z]{2}|\d{1,3}")
_COOKIE_RULES: Final = words.bag("path domain expires max-age samesite priority version comment")


def _query(view: View, start: int, end: int) -> Span | None:
    written = view.text[start:end]
    if BARRIER in written:
        return None
    return (start, end) if any(char.isdigit() for char in written) or len(written) >= 16 else None


def _argument(view: View, start: int, end: int) -> Span | None:
    written = view.text[start:end]
    before = view.low[max(0, start - 2) : start]
    if before == "-p" and (
        (written.isalpha() and written.islower()) or written.isdigit() or "/" in written or "=" in written
    ):
        return None
    if written[0] in "-$%{<" or written.lower() in _NO_VALUE or BARRIER in written:
        return None
    return start, end


# ------------------------------------------------------------------------------------------------------ account names


def _one_time(view: View, start: int, end: int) -> Span | None:
    return (start, end) if _ONE_TIME.behind(view, start, 48) else None


_STRONG_SAID: Final = (
    "key", "token", "secret", "credential", "passw", "signature", "hash", "auth", "kennwort", "cookie", "session", "sig="
)  # fmt: skip
_ONE_TIME_WORDS: Final = (
    "verification one time onetime security login access confirmation sms otp mfa fa auth authentication authenticator authorization authorisation"
    " code codes pin codigo codice kennwort passwort password passcode bestatigungscode sicherheitscode einmalcode verifizierungscode"
    " bestatigungs sicherheits einmal verifizierungs einmalpasswort einmalkennwort"
)
_COMMUNITY_WORDS: Final = frozenset(
    {"string", "strings", "name", "names", "is", "and", "for", "not", "the", "manager", "forum", "edition"}
)
_SNMP_WORDS: Final = frozenset({"version", "trap", "traps", "inform", "informs", "auth", "noauth", "priv", "udp-port"})
_SECRETS: Final = (
    value("SECRET", _PREFIXED, _prefixed, left=f"{WORD}-", right=f"{WORD}-", hidden=True, long=13, sign=_PREFIXES),
    value("SECRET", r"pat[a-z0-9]{14}\.[0-9a-f]{40,80}", left=f"{WORD}-", right=f"{WORD}-", hidden=True, long=58),
    value("SECRET", _HASHES, left=f"{WORD}$", right="", hidden=True, long=14, sign=("$", "{s", ":::")),
    sign(r"(-----begin [a-z0-9 ]{0,40}private key(?: block)?-----)", _private_key, sign=("-----begin",)),
    sign(r"(putty-user-key-file-\d)", _putty_key, sign=("putty",)),
    Rule("SECRET", _CREDENTIAL, _credential, hidden=True, when=words.CREDENTIAL_WORDS),
    Rule("SECRET", _CREDENTIAL_SAID, _credential_said, when=telling(words.CREDENTIAL_SPOKEN)),
    Rule("SECRET", r"<(?:[a-z0-9]{1,20}:)?[a-z_.-]{0,20}(?:password|passwd|secret|apikey|api_key|token|pwd)[^<>]{0,80}>([^<>\s]{2,200})<", _credential, shape=r">[^<>\s]+<"),
    Rule("SECRET", rf"(?:key|name)=[\"'][a-z0-9_.:-]{{0,40}}(?:pass(?:word|wd|wort)?|secret|api_?key|token|pwd|kennwort|contrasena|senha)[\"'][ ]value=({_QUOTED})", _credential, hidden=True, sign=("key=", "name=")),
    Rule("SECRET", rf"\[[\"'](?:[a-z0-9_-]{{0,30}}(?:pass(?:word|wd)?|pwd|secret|token|csrf|api_?key|session_?id|sid))[\"']\][ ]{{0,4}}=>\s{{0,40}}(?:string\(\d+\)[ ])?({_QUOTED}|[^\s\"']{{3,200}})", _credential, sign=("=>",)),
    Rule("SECRET", r"(?:^|[^a-z0-9])(sess_[a-z0-9]{16,80})", sign=("sess_",), long=21),
    Rule("SECRET", r"snmp-server host[ ][^\s]{1,60}(?:[ ](?:traps?|informs?|version|1|2c|3|auth|noauth|priv))*[ ]([^\s]{3,64})", lambda v, s, e: None if v.low[s:e] in _SNMP_WORDS else (s, e), sign=("snmp-server host",)),
    Rule("SECRET", rf"[ ]/rp[ ]({_QUOTED}|{_BARE})", _argument, sign=("/rp ",)),
    sign(r"(?:^|[^a-z])(?:set-)?cookie2?[\"']?[ ]?[:=][ \t\"']{0,4}([^\n]{3,4000})", _cookie, sign=("cookie",)),
    Rule("SECRET", r"authorization[\"']?[ ]?[:=][ \t\"']{0,4}(?:(?:basic|bearer|digest|token|negotiate|ntlm|apikey|aws4-hmac-sha256|zoho-oauthtoken)[ ]{1,2})?([^\s\"',;]{4,3000})", _credential, sign=("authorization",)),
    Rule("SECRET", r"(?:^|[^a-z])(?:bearer|basic)[ ]([\w.~+/=-]{16,3000})", lambda v, s, e: (s, e) if any(c.isdigit() or c == "=" for c in v.low[s:e]) else None, when="bearer basic", long=16),
    Rule("SECRET", r"zoho-oauthtoken[ ]([\w.-]{8,200})", sign=("zoho-oauthtoken",)),
    Rule("SECRET", r"(?:^|[^a-z])x-[a-z-]{0,30}(?:key|token|auth|secret|signature)[a-z-]{0,12}[\"']?[ ]?[:=][ ]{0,3}[\"']?([^\s\"',;]{6,500})", _credential, shape="(?:^|[^a-z])x-[a-z]"),
    Rule("SECRET", r"://([^\s/:@\"'<>]{0,64}:[^\s/\"'<>]{1,128})@", _url_password, hidden=True, shape=r"://[^\s/@\"'<>]+@", long=8),
    Rule("SECRET", r"[?&;](?:access_token|refresh_token|id_token|token|auth|api_?key|apikey|key|sig|signature|x-amz-signature|x-amz-security-token|x-amz-credential|code|secret|password|pwd|passwd|session|sessionid|sid|jwt|otp|reset|hash|ticket|client_secret|sv_sig|st)=([^\s&\"'<>#;]{6,2000})", _query, hidden=True, shape="[?&;][a-z0-9_-]+=", long=9),
    Rule("SECRET", r"hooks\.slack\.com/(?:services|workflows)/([\w/]{20,100})", hidden=True, sign=("hooks.slack",)),
    Rule("SECRET", r"(?:discord(?:app)?\.com/api/webhooks|outlook\.office\.com/webhook|webhook\.office\.com/webhookb2)/([\w/@-]{20,250})", hidden=True, sign=("/webhook",)),
    Rule("SECRET", r"(?:^|\s)(?:-p|--password[ =]|--pass[ =]|--token[ =]|--secret[ =]|--api-key[ =]|/p:|/pass:|/password:|-pw[ ]|sshpass -p[ ]?)[\"']?([^\s\"'|;&]{4,128})", _argument, shape=r"(?:^|\s)(?:-p|--pass|--token|--secret|--api|/p|sshpass)"),
    Rule("SECRET", r"(?:curl|wget|http)[^\n]{0,120}[ ](?:-u|--user)[ ][\"']?[^\s:\"']{1,64}:([^\s\"']{2,128})", when="curl wget http"),
    Rule("SECRET", r"(?:thin|oci8?):[^/@\s]{1,64}/([^@/\s]{2,100})@", when="thin oci"),
    Rule("SECRET", r"login[^\n]{0,120}[ ]-p[ ][\"']?([^\s\"'-][^\s\"']{3,128})", when="login"),
    Rule("SECRET", r"(?:wlan|wifi|wi-fi|ssid)[^\n]{0,40}[^a-z](?:schlussel|key|code|clave|cle|chiave|sleutel|nyckel|nogle)[ ]?[:=][ ]{0,12}([^\s\"']{4,64})", when="wlan wifi wi ssid"),
    Rule("SECRET", r"(?:^|\n)[ \t]{0,8}(?:export[ ]|set[ ]|- )?[a-z0-9_]{0,40}(?:pass|password|passwd|pwd|secret|token|api_?key|passphrase)[ ]?=[ ]?([^\s\"'#$%{<][^\n\"'#]{2,120})", _shouted, sign=("=",), when="pass password passwd pwd secret token apikey key passphrase"),
    Rule("SECRET", r"(?:^|[^a-z-])(?:password|secret|key|passwd)[ ][05789][ ]([^\s]{4,200})", when="password secret key passwd"),
    Rule("SECRET", r"(?:snmp-server[ ]|snmp[ ]|r[ow])community[ ](?:(?:string|name)(?:[ ]?[:=]|[ ]is|[ ]ist)?[ ][\"']?)?([^\s\"']{3,64})", lambda v, s, e: None if v.low[s:e] in _COMMUNITY_WORDS else (s, e), sign=("community ",)),
    Rule("SECRET", r"(?:security|secret|sicherheits|recovery)[ -]?(?:question|frage)[^\n]{0,80}?[ ]?(?:answer|antwort)[ ]?(?:is|ist|:|=)?[ :=]{0,2}[ ]?([^\s,;]{3,40})", _answer, sign=("question", "frage")),
    Rule("SECRET", r"(?:^|[^a-z])pass[ ]([^\s]{4,64})", _commanded, when="pass"),
    Rule("SECRET", rf"(?:ldap[a-z]{{3,10}})[^\n]{{0,200}}[ ]-w[ ]({_QUOTED}|{_BARE})", _argument, sign=("ldap",)),
    Rule("SECRET", rf"redis-cli[^\n]{{0,80}}[ ]-a[ ]({_QUOTED}|{_BARE})", _argument, sign=("redis-cli",)),
    Rule("SECRET", rf"snmp(?:walk|get|getnext|bulkwalk|bulkget|set|trap)[^\n]{{0,80}}[ ]-(?:c|a|x)[ ]({_QUOTED}|{_BARE})", _argument, sign=("snmp",)),
    Rule("SECRET", rf"[ ](?:(?:-storepass|-keypass|-srcstorepass|-deststorepass|-passphrase)[ ]|-pass(?:in|out)[ ]pass:)({_QUOTED}|{_BARE})", _argument, sign=("-storepass", "-keypass", "storepass", "-passphrase", "-passin", "-passout")),
    Rule("SECRET", r"(?:^|[^a-z])auth[ ](?:login|plain|cram-md5|xoauth2)[ ]([a-z0-9+/=]{4,400}(?:[ ][a-z0-9+/=]{4,400})?)", _coded, when="auth"),
    Rule("SECRET", rf"(?:encrypted-password|plain-text-password|auth-?pass(?:word|phrase)|priv-?pass(?:word|phrase)|pre-shared-key|wpa-psk|wpa2-psk|shared-secret|authentication-key|md5-key)(?:[ ](?:ascii|ascii-text|hex|ciphertext|cipher|simple|plain|encrypted|local|remote|\d))*[ ]({_QUOTED}|{_BARE})", _credential_said, sign=("-password", "authpass", "auth-pass", "privpass", "priv-pass", "-key", "-psk", "-secret")),
    Rule("SECRET", rf"(?:radius|tacacs)[^\n]{{0,80}}[ ]key[ ](?:\d[ ])?({_QUOTED}|{_BARE})", _credential_said, sign=("radius", "tacacs")),
    Rule("SECRET", rf"(?:^|[^a-z])(?:wpa[23]?|wep)(?:[ ]{_L}{{1,14}}){{0,4}}[ ]?[:=][ ]{{0,4}}([^\s\"'<>]{{8,63}})", _with_digits, when="wpa wep"),
    Rule("SECRET", r"(?:^|[^a-z])pin(?:[ ](?:de|del|della|do|da|du|for|fur|pour|para|per|of|to|the|la|le|el|il|der|die|das|my|mein|meine|mi|mon|ma|sim|card|karte|tarjeta|carte|carta|phone|handy|movil|telefon|door|tur|puerta|porte|porta|alarm|alarma)){1,4}(?:[ ](?:is|ist|es|est|e))?[ ]?:?[ ](\d{4,8})(?:$|[^\d.,:/-]|[.,](?:$|[^\d]))", when="pin", digits=4),
    Rule("SECRET", r"[(\[](?:admin|root|guest|administrator|demo|pi|ubnt|sa|operator)[ ]?/[ ]?([^\s()/\]]{4,40})[)\]]", _with_digits, when="admin root guest administrator demo pi ubnt sa operator", digits=1),
    Rule("GOVID", r"[\"'](?:ssn|social_?security(?:_?(?:no|number))?|svnr|sv_?nummer|national_?id|tax_?id|steuer_?id|nino|personnummer|pesel|cpf|dni|nif|passport(?:_?(?:no|number))?)[\"'][ ]{0,2}[:=][ ]{0,2}[\"']([0-9a-z][0-9a-z ./-]{4,24})[\"']", _with_digits, when="ssn social socialsecurity socialsecuritynumber svnr sv svnummer national nationalid tax taxid steuer steuerid nino personnummer pesel cpf dni nif passport passportno passportnumber", digits=4),
    Rule("SECRET", r"(?:^|[^a-z])(?:connect|conn|sqlplus|expdp|impdp|rman target)[ ][a-z0-9_$#.]{2,40}/([^\s@/\"']{3,60})@[a-z]", None, when="connect conn sqlplus expdp impdp rman"),
    Rule("SECRET", rf"wpa_passphrase[ ](?:{_QUOTED}|[^\s]{{1,64}})[ ]({_QUOTED}|{_BARE})", _argument, sign=("wpa_passphrase",)),
    Rule("SECRET", rf"define[ ]?\([ ]?[\"'][a-z0-9_]{{0,30}}(?:password|passwd|secret|key|salt|token)[\"'],[ ]?({_QUOTED})", _credential, sign=("define",)),
    Rule("SECRET", rf"(?:^|[^{LETTERS}])(?:{words.CREDENTIAL_SPOKEN})[ ]{_L}{{4,16}}[ ]?(?:[:=]|(?:is|ist|est|es|e|jest|je|er|ar)[ ])[ ]{{0,3}}({_QUOTED}|{_BARE})", _credential_said, when=telling(words.CREDENTIAL_SPOKEN)),
    Rule("SECRET", rf"(?:^|[^{LETTERS}])(?:{words.CREDENTIAL_SPOKEN}|pw|pwd|pass|mdp|psw)[ ]([^\s\"'<>;`]{{5,64}})", _strewn, when=telling(words.CREDENTIAL_SPOKEN) + " pw pwd pass mdp psw"),
    Rule("SECRET", rf"(?:^|[^{LETTERS}])(?:creds?|credentials?|zugangsdaten|default login|ipmi|idrac|ilo|bmc)[ ]?:?[ ][^\s/:|]{{2,40}}[ ]?[/:|][ ]?({_BARE})", _strewn, when="cred creds credential credentials zugangsdaten default ipmi idrac ilo bmc"),
    Rule("SECRET", r"(?:tur|tor|alarm|zugangs|safe|garagen|door|gate|entry|keypad|garage|tresor|haustur)[ -]?(?:code|pin)(?:[ ](?:is|ist|lautet))?[ ]?[:=]?[ ]?(#?\d{3,10}[#*]?)", digits=3, sign=("code", "pin")),
    Rule("SECRET", r"(?:^|[^a-z])(?:pin|otp|tan|puk)[ ](\d{4,8})(?:$|[^\d.,:/-]|[.,](?:$|[^\d]))", _told_loud, when="pin otp tan puk", digits=4),
    Rule("SECRET", r"(?:backup|recovery|rescue|emergency|wiederherstellungs|notfall)[ -]?codes?[ ]?:?[ \n]{1,2}([a-z0-9]{3,10}-?[a-z0-9]{0,10}(?:[, \n]{1,2}[a-z0-9]{3,10}-[a-z0-9]{3,10}){0,15})", _has_digit, sign=("code",)),
    Rule("SECRET", r"(?:seed(?:[ ]phrase)?|recovery phrase|mnemonic|wiederherstellungsphrase)[ ]?:[ \n]{0,3}((?:[a-z]{3,10}[ ]){2,23}[a-z]{3,10})", when="seed recovery mnemonic wiederherstellungsphrase"),
    Rule("SECRET", r"(?:secret|totp|seed|otp)[ ]?:?[ ]([a-z2-7]{16,64})(?:$|[^a-z0-9])", _shown_loud, when="secret totp seed otp", long=16),
    value("SECRET", r"s\.[a-z0-9]{24}", _has_digit, left=f"{WORD}.-", right=f"{WORD}.-", long=26),
    Rule("SECRET", r"net user[ ][^\s/]{1,64}[ ]([^\s/*][^\s]{2,128})", when="net"),
    Rule("SECRET", r"(?:^|[^a-z])puk[ :=-]{1,4}(\d{8})(?:$|[^\d])", when="puk"),
    Rule("SECRET", r"net use[^\n]{0,80}[ ]\\\\[^\s]{1,80}[ ]([^\s/]{4,128})[ ]/user:", when="net"),
    Rule("SECRET", r"net use[^\n]{0,120}[ ]/user:[^\s]{1,64}[ ]([^\s/]{4,128})", when="net"),
    Rule("SECRET", rf"(?:login|user|username|account|benutzer|zugang|credentials?|creds)[ ]?(?:/|and|&|und)[ ]?(?:pass(?:word|wd)?|pw|pwd|passwort|kennwort)[ ]?(?:is|are|:|=)[ ]?[^\s/]{{2,64}}[ ]?(?:/|,| and | und )[ ]?({_BARE})", _credential_said, when="login user username account benutzer zugang credential credentials creds"),
    Rule("SECRET", rf"convertto-securestring[ ](?:-string[ ])?({_QUOTED})", sign=("convertto-",)),
    Rule("SECRET", r"identified by[ ](?:password[ ])?('[^'\n]{2,128}'|\"[^\"\n]{2,128}\")", when="identified"),
    Rule("SECRET", r"machine [^\s]{1,100}\s{1,4}login [^\s]{1,64}\s{1,4}password ([^\s]{2,128})", when="machine"),
    value("SECRET", r"\d{6}(?:-\d{6}){7}", left=rf"{WORD}-", right=f"{WORD}-", digits=6),
    value("SECRET", r"[a-z0-9]{5}(?:-[a-z0-9]{5}){4}", lambda v, s, e: (s, e) if any(c.isdigit() for c in v.low[s:e]) and _KEYED.search(v.low[max(0, s - 60) : s]) else None, left=rf"{WORD}-", right=f"{WORD}-", shape="-[a-z0-9]{5}-[a-z0-9]{5}-", long=29),
    value("SECRET", r"[a-z0-9+/_=.-]{20,512}", _strong, left=f"{WORD}+/=.-", right=rf"{WORD}+/", sign=_STRONG_SAID, long=20),
    value("SECRET", r"\d{3}[ -]?\d{3}|\d{4,8}", _one_time, left=rf"{WORD}.,:/-", right=rf"{WORD}/-", when=_ONE_TIME_WORDS, digits=4),
)  # fmt: skip


_NAME: Final = rf"[{WORD}][{WORD}.$@+-]{{1,63}}(?:\\[{WORD}.$-]{{1,64}})?"
_IN_PATH: Final = r"[^\\/\s:\"'<>|?*,;()]{1,64}"


_AT_A_HOST: Final = later(r"(?:docker|podman|helm registry|buildah|skopeo|oc|npm|acr|cf|argocd) login $")


def _account(view: View, start: int, end: int) -> Span | None:
    name = view.low[start:end].rstrip(".,-$")
    end = start + len(name)
    slash = name.rfind("\\")
    if slash > 0:
        if name[:slash] in _NO_DOMAIN:
            return None
        start += slash + 1
        name = name[slash + 1 :]
    if len(name) < 2 or name in words.SYSTEM_ACCOUNTS or BARRIER in view.text[start:end] or name[0] == ".":
        return None
    if name.isdigit() and view.low[end : end + 1] == ":" and view.low[end + 1 : end + 2].isalpha():
        return None  # a key of a store, `user:1001:cart`
    if "." in name and _AT_A_HOST.search(view.low, max(0, start - 20), start):
        return None
    if (name.isdigit() and len(name) < 4) or _HEX_NUMBER.fullmatch(name):
        return None
    return start, end


_HEX_SIGNS: Final = frozenset("0123456789abcdef-")
_HEX_NUMBER: Final = later("0x[0-9a-f]{1,16}")


def _prompt(view: View, start: int, end: int) -> Span | None:
    """`jdoe@build07:~$`, not `lodash@4.17.21 / %`: a host has a letter."""
    host = _HOST_NAME.match(view.low, end + 1)
    return _account(view, start, end) if host and any(char.isalpha() for char in host.group()) else None


_HOST_NAME: Final = later(r"[a-z0-9.-]{1,61}")


_OBJECT_UID: Final = later(r"[a-z][ ]uid[\"']?[ ]?[:=][ \t\"']{0,4}$")  # `Rule UID: x1`; that of a person begins a line


def _labelled_account(view: View, start: int, end: int) -> Span | None:
    """`user: jdoe`, not "user: please call"; a plain word counts only where the line ends or a mark follows."""
    span = _account(view, start, end)
    if span is None or _OBJECT_UID.search(view.low, max(0, start - 24), start):
        return None
    name = view.low[span[0] : span[1]]
    if len(name) >= 20 and not set(name) - _HEX_SIGNS:
        return None  # of a record, not of a person
    if name.isalpha() and view.low[span[0] - 1 : span[0]] not in {'"', "'", "="}:
        if name in words.COMMON or name in words.NOT_NAMES:
            return None
        after = view.low[span[1] : span[1] + 2]
        if after[:1] == " " and after[1:].isalpha() and not _USED.match(view.low, span[1]):
            lead = view.low[max(0, span[0] - 3) : span[0]]
            return span if ":" in lead and view.text[span[0]].islower() and len(name) > 4 else None
    return span


_USED: Final = later(
    r"[ ](?:from|on|at|has|is|was|cannot|can|failed|logged|with|and|does|did|authenticated|not|via|in|for)[ ,.]"
)
_NO_DOMAIN: Final = words.bag(
    "hklm hkcu hkcr hku hkey_local_machine hkey_current_user hkey_classes_root nt builtin windows system32 program software"
    " authority microsoft c d e f x users programdata syswow64 drivers etc bin lib include src temp tmp win32 win64 wow64 iis"
    " apppool font application currentversion services classes interface controls appdata local roaming ssl nt.authority"
)


def _domain_user(view: View, start: int, end: int) -> Span | None:
    written = view.low[start:end]
    domain, _, name = written.partition("\\")
    if (
        domain in _NO_DOMAIN
        or name in _NO_DOMAIN
        or ("." in name[-5:-1] and name.rpartition(".")[2] in words.FILE_ENDINGS)
    ):
        return None
    if domain.rpartition(".")[2] in words.FILE_ENDINGS or (
        view.text[start : start + len(domain)].islower() and "." in name[-4:]
    ):
        return None
    if (
        len(name) < 2
        or name in words.SYSTEM_ACCOUNTS
        or BARRIER in view.text[start:end]
        or (name[0] == "n" and view.text[start + len(domain) + 2].isupper())  # a line end as calendars write it
        or name[:-1] + name[-1].strip("$") != name
    ):
        return None
    return start + len(domain) + 1, end


def _logged(view: View, start: int, end: int) -> Span | None:
    name = view.low[start:end].rstrip(".,-")
    if name in words.COMMON or (name.isalpha() and name in words.NOT_NAMES):
        return None
    return _account(view, start, end)


def _in_path(view: View, start: int, end: int) -> Span | None:
    written = view.low[start:end].rstrip("\\")
    return _account(view, start, start + len(written))


def _distinguished(view: View, start: int, end: int) -> Span | None:
    written = view.low[start:end]
    taken = _account(view, start, end)
    technical = any(
        part in words.SYSTEM_ACCOUNTS or part in words.DIRECTORY_WORDS for part in re.split(r"[ ._-]", written)
    )
    return taken if not technical else None


# --------------------------------------------------------------------------------------------------------- birth dates


def _profile(view: View, start: int, end: int) -> Span | None:
    written = view.low[start:end].rstrip(".-/")
    end = start + len(written)
    host, _, name = written.rpartition("/")
    if name in _NO_PROFILE or view.low[start - 1 : start].isalnum() or view.low[start - 1 : start] in {".", "-"}:
        return None
    deeper = view.low[end : end + 1] == "/" and view.low[end + 1 : end + 2].isalnum()
    if deeper and any(site in host for site in ("github", "gitlab", "facebook", "twitter", "x.com", "calendly")):
        return None
    return (start, end) if BARRIER not in view.text[start:end] else None


_LOGGED_WORDS: Final = (
    "accepted failed session invalid illegal user authentication login logon logged access locked sign log signed running runs connected"
    " authenticated impersonating angemeldet connecte sudo uid gid su useradd adduser usermod userdel passwd net chown runas quser crontab ruser"
    " logname rhost kinit finger id aduser adaccount adaccountpassword mailbox casmailbox mailboxpermission msoluser mguser azureaduser localuser"
)
_ACCOUNTS: Final = (
    Rule("USERNAME", rf"(?:^|[^{LETTERS}])(?:{words.USER_LABEL})[\"'`*\])]{{0,2}}[ \t]{{0,24}}(?:[:=|\t]|=>|[ ]is[ ]|[ ]lautet[ ]|[ ]ist[ ]|[ ]est[ ]|[ ]es[ ]|[ ]e[ ])[ \t*]{{0,8}}[\"'`]?({_NAME})", _labelled_account, hidden=True, when=words.USER_WORDS),
    Rule("USERNAME", rf"(?:^|[^{LETTERS}])(?:user(?:name)?|account|login|benutzer|benutzerkonto|konto|utilisateur|compte|usuario|cuenta|utente|gebruiker|samaccountname|mailbox of|profile of)[ ][\"'`\x80]({_NAME})[\"'`\x80]", _account, when="user username account login benutzer benutzerkonto konto utilisateur compte usuario cuenta utente gebruiker samaccountname mailbox profile"),
    Rule("USERNAME", rf"(?:^|[^{LETTERS}])(?:user|account|login|benutzer|konto|utilisateur|usuario|utente|gebruiker)[ ]([{WORD}][{WORD}-]*(?:[._][{WORD}-]+|\d{{1,6}})+)(?:$|[^{WORD}@.-]|[.](?:\s|$))", _account, when="user account login benutzer konto utilisateur usuario utente gebruiker"),
    Rule("USERNAME", rf"(?:^|[^{LETTERS}])(?:agent|operator|technician)[ ]([a-z][{WORD}-]{{0,30}}[._][a-z][{WORD}-]{{2,30}})(?:$|[^{WORD}@.:/-]|[.](?:\s|$))", _account, when="agent operator technician"),
    Rule("USERNAME", rf"(?:^|[^{LETTERS}])(?:(?:accepted|failed) [\w/-]{{1,24}} for (?:invalid user |illegal user )?|session (?:opened|closed) for user |invalid user |illegal user |for user |by user |from user |of user |as user |(?:authentication failure|authentication failed|login failed|logon failure|logged in|access denied|locked out|login successful|login attempt|failed login|sign-in)[ ](?:for|as|by)[ ](?:user )?|(?:logged in|logged on|log in|log on|signed in|sign in|running|runs|connected|authenticated|impersonating|login) as (?:user )?|angemeldet als (?:benutzer )?|connecte en tant que |sudo: {{1,8}}|uid=\d{{1,10}}\(|gid=\d{{1,10}}\(|new user: name=|su: \(to |su - |su -l |useradd (?:-\w+ )*|adduser |usermod (?:-\w+ [\w/,-]+ )*|userdel |passwd |net user |chown (?:-r )?|sudo -u |runas /user:|quser |crontab -u |ruser=|logname=|rhost=\S{{0,60}} {{1,3}}user=|kinit |finger |(?:get|set|new|unlock|enable|disable|remove|reset|search)-(?:aduser|adaccount|adaccountpassword|mailbox|casmailbox|mailboxpermission|msoluser|mguser|azureaduser|localuser)[ ](?:-identity )?|id -nu? )[\"'`]?({_NAME})(?:$|[^{WORD}@])", _logged, when=_LOGGED_WORDS),
    Rule("USERNAME", rf"(?:^|[^{LETTERS}])(?:login|logon|anmeldung|sign-in)[ ](?:of |for |von |by )?({_NAME})[ ](?:failed|rejected|denied|refused|succeeded|successful|fehlgeschlagen|abgelehnt)", _logged, when="login logon anmeldung sign"),
    Rule("USERNAME", rf"(?:^|[^{LETTERS}])(?:ssh|scp|sftp|rsync|mosh)[ ](?:-[^\s]+[ ](?:\d+[ ])?)*(?:[^\s@]+[ ])?([{WORD}][{WORD}.-]{{1,40}})@", _account, when="ssh scp sftp rsync mosh"),
    Rule("USERNAME", rf"(?:\\users\$?\\{{1,2}}|/users/|/home/|\\documents and settings\\{{1,2}}|\\profiles\$?\\{{1,2}}|\\home\$?\\{{1,2}}|\\homes\$?\\{{1,2}}|\\userdata\$?\\{{1,2}}|/mail/|/var/spool/cron/|/mailboxes/|\\redirected\$?\\|file:///[a-z]:/users/|%5cusers%5c)({_IN_PATH}(?:[ ]{_IN_PATH})?\\|{_IN_PATH})", _in_path, hidden=True, when="users home homes settings profiles userdata mail cron mailboxes redirected userscusers cusers"),
    Rule("USERNAME", r"(?:sharepoint\.[a-z]{2,4}|-my\.[a-z0-9.-]{3,60})(?::[a-z]:)?(?:/[a-z])?(?:/r)?/personal/([a-z0-9][a-z0-9_-]{2,80})", hidden=True, sign=("/personal/",)),
    Rule("USERNAME", r"(?:^|[^a-z0-9-])(s-1-5-21(?:-\d{1,10}){3}-\d{4,10})(?:$|[^\d-])", sign=("s-1-5-21-",)),
    Rule("USERNAME", rf"[ ](?:by|for|user)[ ]({_NAME})\(uid=", _account, sign=("(uid=",)),
    Rule("USERNAME", rf"(?:thin|oci8?):({_NAME})/[^@/\s]{{1,100}}@", _account, when="thin oci"),
    Rule("USERNAME", rf"credentials for[ ]({_NAME})[/@]", _account, when="credentials"),
    Rule("USERNAME", r"(?:^|\n)([a-z][a-z0-9_.@-]{1,40}):(?:\$(?:apr1|2[abxy]?|1|5|6)\$|\{s?sha)", _account, sign=(":$", ":{s")),
    Rule("USERNAME", rf"(?:^|[^{LETTERS}])(?:user|orig_to|sasl_username|username|login)[ ]?=?[ ]?<({_NAME})>", _account, when="user orig sasl username login"),
    Rule("USERNAME", r"[ ]([a-z][a-z0-9_.@\\-]{1,40})[ ]\[\d{1,2}/[a-z]{3}/\d{4}:", _account, shape=r"\[\d\d?/[a-z]{3}/"),
    Rule("USERNAME", r"(?:pscredential|networkcredential)[ ]?\([ ]?[\"']([^\"'\n]{2,64})[\"']", _account, sign=("credential",)),
    Rule("USERNAME", rf"(?:^|\n|[ ])username ({_NAME})[ ](?:privilege|secret|password|nopassword|algorithm-type|role)[ ]", _account, when="username"),
    Rule("USERNAME", r"(?:twitter|instagram|tiktok|mastodon|threads|github|telegram|skype|insta|bluesky)[a-z:_ -]{0,16}[:=][ ]?(@[\w.]{3,30})", _account, hidden=True, when="twitter instagram tiktok mastodon threads github telegram skype insta bluesky"),
    Rule("USERNAME", rf"configured from [a-z0-9/]{{1,20}} by ({_NAME})", _account, when="configured"),
    Rule("USERNAME", rf"(?:^|\n)user name[ ]{{6,40}}({_NAME})", _account, when="user"),
    Rule("USERNAME", r"(?:groups=|gid=|[),])\d{1,7}\(([a-z][a-z0-9_.-]{1,40})\)", _account, sign=("gid=", "groups=")),
    Rule("USERNAME", r"(?:^|\n)([a-z][a-z0-9_.-]{1,31})[ ]+(?:pts/\d+|tty\d+|:\d)[ ]", _account, sign=("pts/", " tty", " :0 ")),
    Rule("USERNAME", rf"(?:smb|cifs|afp|ftps?|sftp|rdp|vnc|telnet|imaps?|smtps?|pop3s?|ldaps?|mysql|postgres(?:ql)?|mongodb(?:\+srv)?|amqps?|redis|sip)://({_NAME})@[a-z0-9]", _account, hidden=True, sign=("://",), when="smb cifs afp ftp ftps sftp rdp vnc telnet imap imaps smtp smtps pop3 ldap ldaps mysql postgres postgresql mongodb amqp amqps redis sip"),
    Rule("USERNAME", rf"(?:^|[^{LETTERS}])(?:vpn|ppp|radius|sip|ftp|ssh|ad|wifi|web|smtp|imap|xauth)[_-]?(?:user|login)(?:name)?[ ]?[:=][ ]?[\"']?({_NAME})", _account, hidden=True, when="vpnuser vpn pppuser ppp radiususer radius sipuser sip ftpuser ftp sshuser ssh aduser ad wifiuser wifi webuser web smtpuser smtp imapuser imap xauth vpnlogin vpnusername pppusername ftpusername"),
    Rule("USERNAME", r"(?:^|\n)(?:x-socialprofile|impp|x-(?:skype|jabber|twitter|icq|aim|msn|yahoo|gadugadu|qq|telegram|instagram|signal))(?:;[^:\n]{0,60})?:(?:[a-z-]{2,20}:)?([\w.@+-]{2,60})", _account, when="socialprofile impp skype jabber twitter icq aim msn yahoo gadugadu qq telegram instagram signal"),
    Rule("USERNAME", r"skype[^\n]{0,12}[:= ](live:(?:\.cid\.)?[\w.-]{3,40})", _account, sign=("live:",)),
    Rule("USERNAME", r"(?:anydesk|teamviewer|rustdesk|splashtop|supremo)[ ]?(?:id|address|adresse|adress|code|nummer|number|direccion|indirizzo|numero)?[ ]?(?:is|ist|:|=)?[ ]{0,2}(\d{1,3}[ ]?\d{3}[ ]?\d{3}(?:[ ]?\d{1,3})?)(?:$|[^\d])", when="anydesk teamviewer rustdesk splashtop supremo", digits=3),
    Rule("USERNAME", r"machine [^\s]{1,100}\s{1,4}login ([^\s]{2,64})", _account, when="machine"),
    Rule("USERNAME", r"(?:curl|wget|http)[^\n]{0,120}[ ](?:-u|--user)[ ][\"']?([^\s:\"']{2,64}):", _account, when="curl wget http"),
    Rule("USERNAME", r"(?:^|[^a-z0-9_/.~-])~([a-z][a-z0-9_.-]{1,30})/", _account, hidden=True, sign=("~",)),
    Rule("USERNAME", rf"(?:^|[^\\/:{WORD}.$-])([a-z][a-z0-9.-]{{1,30}}\\[a-z\xa1-\xff][{WORD}.$-]{{1,40}})(?:$|[^\\{WORD}])", _domain_user, hidden=True, sign=("\\",)),
    Rule("USERNAME", rf"(?:^|[^{WORD}@./-])([a-z_][a-z0-9_.-]{{1,30}})@[a-z0-9][a-z0-9.-]{{0,60}}[: ][~/][^\s$#]{{0,80}}[\])]?[ ]?[$#%]", _prompt, shape="@[a-z0-9][a-z0-9.-]*[: ][~/]"),
    Rule("USERNAME", r"\[([a-z_][a-z0-9_.-]{1,30})@[a-z0-9][a-z0-9.-]{0,60}[ ][^\]\n]{1,60}\][$#]", _account, shape=r"\[[a-z_][a-z0-9_.-]*@"),
    Rule("USERNAME", r"(?:^|\n)[d-][r-][w-][xst-][r-][w-][xst-][r-][w-][xst-][.+@]?[ ]+\d+[ ]+([a-z_][a-z0-9_.-]{1,30})[ ]", _account, sign=("rw-", "rwx", "r-x", "r--")),
    Rule("USERNAME", r"(?:^|\n)([a-z][a-z0-9_.-]{1,30}):(?:x|\*|!|\$[^:\n]*)?:\d{1,6}:", _account, sign=(":x:", ":*:", ":!:", ":$", "::")),
    Rule("USERNAME", r"(?:^|\n)([a-z][a-z0-9_.-]{1,30}):\d{3,6}:[0-9a-f]{32}:", _account, sign=(":",), long=38),
    Rule("USERNAME", r"zsu\[@user:(\d{1,20})\]zsu", hidden=True, sign=("zsu[",)),
    Rule("USERNAME", rf"(?:^|[^{WORD}])(?:cn|uid)=([^,=\n\"';<>]{{2,64}}),[ ]?(?:ou|o|dc|cn)=", _distinguished, hidden=True, sign=("cn=", "uid=")),
    Rule("USERNAME", r"(?:twitter|insta(?:gram)?|telegram|mastodon|threads|tiktok|snapchat|discord|github|slack|skype|signal|x)(?: (?:handle|name|user|id|account|ist|is))?[ ]?[:=]?[ ]?@([a-z][\w.]{2,30})", _account, when="twitter insta instagram telegram mastodon threads tiktok snapchat discord github slack skype signal x"),
    Rule("URL", r"((?:https?://)?(?:[a-z]{2,3}\.)?(?:linkedin\.com/(?:in|pub)/|facebook\.com/|fb\.com/|twitter\.com/|x\.com/|instagram\.com/|t\.me/|xing\.com/profile/|github\.com/|gitlab\.com/|tiktok\.com/@|youtube\.com/@|mastodon\.[a-z]{2,8}/@|medium\.com/@|calendly\.com/|about\.me/|keybase\.io/|orcid\.org/|researchgate\.net/profile/|vk\.com/|skype:|pinterest\.[a-z.]{2,6}/)[\w.%@-]{2,100}/?)", _profile, hidden=True, when="linkedin facebook fb twitter x instagram t xing github gitlab wa tiktok youtube mastodon medium calendly about keybase orcid researchgate vk skype pinterest", long=8),
)  # fmt: skip
_NO_PROFILE: Final = words.bag(
    "legal help policies policy privacy about business groups pages settings sharer sharer.php login signup home intent share"
    " events watch marketplace explore features pricing topics orgs enterprise search hashtag company dialog plugins tr i"
    " actions microsoft google apache python docker kubernetes hashicorp terraform-providers nodejs facebook twitter"
)


_DATE: Final = (
    (
        r"(?:\d{1,4}[ ]?[./-][ ]?\d{1,2}[ ]?[./-][ ]?\d{2,4}|\d{1,2}(?:st|nd|rd|th|\.|er|:?e)?[ ]?[-/ ][ ]?(?:de |of |di )?(?:"
        rf"{words.MONTHS})\.?,?[ ]?[-/ ][ ]?(?:de |del |of )?\d{{4}}|(?:{words.MONTHS})\.?[ ]\d{{1,2}}(?:st|nd|rd|th)?,?[ ]\d{{4}}|(?:19|20)\d{{6}}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日)"
    )
    .replace("年", "\xff")
    .replace("月", "\xff")
    .replace("日", "\xff")
)
_BIRTHS: Final = (
    Rule("DATE", rf"(?:^|[^{LETTERS}])(?:{words.BIRTH_LABEL})(?:[^{LETTERS}{WALL}][^\n\d{WALL}]{{0,40}})?\n?[^\n\d{LETTERS}{WALL}]{{0,6}}({_DATE})(?:$|[^\d])", when=telling(words.BIRTH_LABEL)),
    Rule("DATE", rf"(?:^|[^{WORD}])({_DATE})[ ]?\(?(?:date of birth|dob|birthdate|birthday|geboren|geburtsdatum|naissance|nacimiento)", when="date dob birthdate birthday geboren geburtsdatum naissance nacimiento"),
    Rule("DATE", rf"(?:^|\n|[;,])bday(?:;[^:\n]{{0,40}})?:({_DATE}|\d{{4}}-?\d{{2}}-?\d{{2}}|--\d{{4}})", when="bday"),
)  # fmt: skip

RULES: Final = (*_EMAIL_RULES, *_NUMBERS, *_PHONES, *_NETWORK, *_BIRTHS, *_SECRETS, *_ACCOUNTS)
MAIL_RULES: Final = _EMAIL_RULES
