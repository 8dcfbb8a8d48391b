"""Postal addresses, of any country: told by how their parts stand together, not by a list of towns. Pure.

A rule finds an anchor: a street word beside a number, a word for a unit or a box, a post code, or a phrase such as
"my address is". From there the run of address parts (numbers, street words, names with a capital, codes, commas, line
ends) is read to both sides and weighed. Too little weight, or no number at all, and it is left alone.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from zoho_privacy.domain import redact_words as words
from zoho_privacy.domain.redact_rules import LETTERS, WORD, Find, Hit, Rule, cue, later, sign, value
from zoho_privacy.domain.redact_view import BARRIER, View, fold
from zoho_privacy.domain.redact_words import bag

STREETS: Final = bag(
    "street st avenue ave av road rd boulevard blvd lane ln drive dr court ct way place pl square sq terrace ter parkway pkwy"
    " highway hwy close crescent cres circle cir trail trl alley row gardens grove mews hill rise broadway quay plaza point walk"
    " loop route rte turnpike expressway wharf esplanade promenade gate green park heights view ridge bypass causeway chase croft"
    " strasse strase straße str weg platz allee gasse damm ufer ring chaussee steig pfad markt graben hof zeile winkel promenade"
    " rue boulevard bd chemin quai impasse cours passage sentier faubourg rond-point allees ruelle venelle lotissement residence"
    " via viale piazza piazzale corso largo vicolo strada contrada vico lungomare galleria salita"
    " calle avenida avda avd plaza paseo carrera camino carretera ronda travesia glorieta callejon pasaje rambla cra cl c/ urbanizacion"
    " rua travessa praca alameda estrada rodovia avenida largo beco praceta"
    " straat laan plein gracht kade weg steeg dreef singel hof dijk"
    " gatan gata vagen vag gade vej alle veien vegen vei plass torget stien brygge torv stræde tie katu polku kuja"
    " ul ulica aleja al aleje osiedle os plac pl ulice nam namesti trida nabrezi namestie"
    " utca ut ter korut koz setany strada bulevardul aleea soseaua calea piata ulitsa ul prospekt pereulok bulvar"
    " sokak sokagi cadde caddesi mahallesi mah bulvari odos leoforos plateia gatve iela"
    " ulitza улица ул проспект переулок вулиця jalan jl marg nagar chowk salai dori ro gil"
)
_ENDINGS: Final = (
    "strasse", "straße", "strase", "str.", "weg", "platz", "allee", "gasse", "damm", "ufer", "laan", "straat", "plein", "gracht", "kade", "gade",
    "vej", "gatan", "vagen", "veien", "gata", "katu", "tie", "steig", "utca", "chaussee", "hof", "dijk", "singel", "vegen", "stien", "graben", "straede",
)  # fmt: skip
_WITH_POSTCODE: Final = later(r"!a{1,2}c{1,3}n,?p|!c{1,3}n,?pc")
_WITHOUT_PARTICLE: Final = frozenset({"calle", "corso", "cours", "ronda"})  # and no words of English
_SHORT_WORDS: Final = frozenset({"st", "av", "pl", "ct", "dr", "way", "tie", "hof", "ring", "ter", "ut", "al", "os", "cl", "via", "row", "gate", "view",
    "point", "park", "green", "close", "hill", "rise", "walk", "route", "loop", "place", "drive", "court", "square", "circle", "ridge", "markt", "chase", "passage", "corso", "ro", "ul", "cours", "ronda", "str", "calle"})  # fmt: skip
UNITS: Final = bag(
    "apt apartment suite unit flat floor fl ste room rm box bldg building block lot stock etage wohnung whg top stiege hinterhaus"
    " appt appartement bat batiment escalier esc piso puerta pta planta portal local dpto departamento bloque interno int scala"
    " bus verdieping sal lgh oppgang m lok lokal byt podlaje et bte boite postfach postbus apartado box po pobox psc cmr apo fpo dpo"
    " #"
)
_PARTICLES: Final = bag(
    "de du des d la le les l' del della delle dei degli di da do dos das el los las y e et und am an der den dem die zum zur im in"
    " auf von van het ter ten of the upon on on-the under saint st ste santa san s sur sous aux au av a o och og i na nad pod"
)
_PLACES: Final = bag(
    "germany deutschland france spain espana italy italia austria osterreich switzerland schweiz suisse netherlands nederland belgium belgie"
    " belgique denmark danmark sweden sverige norway norge finland suomi poland polska portugal ireland scotland wales england uk usa us"
    " canada mexico brazil brasil australia india china japan russia ukraine turkey greece hungary romania czechia slovakia slovenia croatia"
    " serbia iceland singapore malaysia philippines thailand vietnam indonesia kenya nigeria ghana egypt morocco israel argentina chile peru"
    " colombia ecuador venezuela uruguay paraguay bolivia london paris berlin madrid rome roma vienna wien zurich munich munchen hamburg koln"
    " frankfurt stuttgart dusseldorf amsterdam rotterdam utrecht brussels bruxelles copenhagen kobenhavn stockholm oslo helsinki warsaw warszawa"
    " krakow prague praha budapest bucharest lisbon lisboa porto dublin edinburgh glasgow manchester birmingham leeds liverpool bristol lyon"
    " marseille toulouse bordeaux barcelona valencia sevilla milano torino napoli bologna firenze chicago boston seattle denver houston dallas"
    " austin phoenix philadelphia atlanta miami portland toronto montreal vancouver sydney melbourne brisbane perth auckland"
)
_STATES: Final = bag(
    "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut"
    " vt va wa wv wi wy dc pr gu vi aa ae ap nsw vic qld act tas nt on qc bc ab mb sk ns nb nl pe nan sp rj mg rs ba mi rm to na bo fi"
)
_STREET_ALT: Final = "|".join(sorted((word for word in STREETS if word != "c/"), key=lambda word: (-len(word), word)))
_SUFFIX_ALT: Final = "|".join(ending.replace(".", r"\.") for ending in _ENDINGS if len(ending) > 3)
_UNIT_ALT: Final = "|".join(sorted((word for word in UNITS if len(word) > 2), key=lambda word: (-len(word), word)))
_CUES: Final = words.phrases(
    "address is|address|addresses|anschrift|adresse|direccion|indirizzo|adres|endereco|adressa|adres zamieszkania|osoite|cim|adresa|wohnhaft in"
    "|i live at|live at|lives at|living at|live in|lives in|located at|located in|office is at|office at|based at|moved to|move to|moving to|relocated to|ship it to|ship to|ship"
    "|shipped to|deliver to|delivered to|delivery to|send it to|send to|sent to|taxi to|cab to|ride to|drive to|come to|come over to|visit us at|visit me at|meet at|residing at|resides at"
    "|resident at|residence|return to|arrived at|address with|billing address with|billing address|shipping address|home address|house is at|house at|my house|home is|we are at|it's in|it is in|it's at|it is at|located|stay at|staying at|pick up at"
    "|pick up from|pick me up at|picked up at|collect from|corner of|refers to|situated at|wohne in|wohne|wohnt in|j'habite au|j'habite|habite|domicilie au|demeurant|vivo en|vive en|domicilio en|domicilio|abito in|abita in|residente in"
    "|ik woon op|woonachtig|moro na|mora na|mieszkam przy|bydlim|bor pa|post to|mail to|mail it to|parcel to|package to|street|strasse|straße|rue|via|from|to|at"
)
_NUMBER: Final = r"\d{1,5}[a-z]?"
_POSTCODE: Final = r"[a-z]{1,2}\d[a-z\d]?[ ]?\d[a-z]{2}|[a-z]\d[a-z][ -]?\d[a-z]\d|(?:[a-z]{1,2}-)?\d{5}(?:-\d{3,4})?|\d{4}[ ]?[a-z]{2}|(?:[a-z]{1,2}-)?\d{4}|\d{3}[ ]\d{2}|\d{2}-\d{3}|\d{6}|\d{3}-\d{4}|[a-z]\d{2}[ ][a-z0-9]{4}"


class _Token(NamedTuple):
    start: int
    end: int
    kind: str  # n number, p post code, s street, u unit, c capital, t state, a particle, , comma, / line end, ! anything else
    low: str


_TOKEN: Final = later(
    r"(\n)|([,;|•·])|(#|n[°ºo.]\.?)(?=[ ]?\d)|(\d[\w]*(?:[-/]\d*[\w]{0,4}){0,2})|([cC]/(?=[ ]?[^\W\d_])|[^\W\d_](?:[^\W_]|['.&-](?=[^\W_])){0,40}\.?)|([ \t\r>]+)|(.)",
    re.DOTALL,
)
_FAR: Final = 150
_UPPER_STATE: Final = later(r"[A-Z]{2,3}")


def _tokens(view: View, start: int, end: int, anchor: Hit) -> list[_Token]:
    """Return the parts of the text around an anchor: from where an address may begin as far as it may go on."""
    text, low, tokens = view.text, view.low, []
    caseless = text[start:end].islower()
    if not caseless:
        start = _last_other_word(text, start, anchor.start)
    kinds = view.kinds
    for found in _TOKEN.finditer(text, start, end):
        group = found.lastindex or 0
        if group == 6:
            continue
        begin, stop = found.span()
        if group >= 4:
            written = found.group()
            kind = "" if caseless else kinds.get(written, "")
            if not kind:
                kind = _kind(written, low[begin:stop], group, caseless=caseless)
                if not caseless:
                    kinds[written] = kind
        else:
            kind = "/,u"[group - 1]
        tokens.append(_Token(begin, stop, kind, low[begin:stop]))
        if kind == "!" and begin > anchor.end:
            break
    shape = "".join(token.kind for token in tokens)
    for found in _WITH_POSTCODE.finditer(shape):
        words_here = _SHORT_WORDS if found.group()[1] == "a" else _WITHOUT_PARTICLE
        if tokens[found.start()].low in words_here:  # "place du Marché 28, 43813 Brest": elsewhere it means more
            tokens[found.start()] = tokens[found.start()]._replace(kind="s")
    return tokens


def _last_other_word(text: str, start: int, end: int) -> int:
    """Return where the last word stands that cannot be part of an address."""
    for found in _SMALL_WORDS.finditer(text, start, end):
        word = found.group()
        if word[0].islower() and not _may_be_part(fold(word)):
            start = found.start()
    return start


_SMALL_WORDS: Final = later(r"(?<![^\W_])(?<![^\W_]['.&-])[^\W\d_A-Z][^\W\d_]{1,40}(?=[ ,])")


def _may_be_part(low: str) -> bool:
    """Tell whether a word without a capital may be part of an address."""
    return low in STREETS or low in UNITS or low in _PARTICLES or low.endswith(_ENDINGS) or low in {"nan", "usa", "uk"}


def _kind(written: str, low: str, group: int, *, caseless: bool) -> str:
    if group == 4:
        return _number_kind(low)
    if group != 5:
        return "." if low in {".", "(", ")", "-", ":", "?"} else "!"
    kind = _word_kind(written.capitalize() if caseless else written, low)
    if caseless and kind == "c" and (low in words.COMMON or low in _PARTICLES):
        return "a" if low in _PARTICLES else "!"
    return kind


def _number_kind(written: str) -> str:
    digits = sum(char.isdigit() for char in written)
    if digits > 6 or (digits > 9 and "-" in written):
        return "p" if re.fullmatch(r"\d{5}-\d{3,4}|\d{3}-\d{4}|\d{4}-\d{3}", written) else "!"
    if re.fullmatch(r"\d{4,6}|\d{2}-\d{3}|\d{5}-\d{3,4}", written):
        return "p"
    return "n" if len(written) <= 9 else "!"


def _word_kind(cased: str, written: str) -> str:
    bare = written.rstrip(".")
    if bare in UNITS and (cased[0].isupper() or len(bare) > 1):
        return "u"
    if bare in STREETS and (
        cased[0].isupper() or bare not in _SHORT_WORDS or bare in {"str", "st", "ave"} or written.endswith(".")
    ):
        return "s"
    if written.endswith(_ENDINGS) and cased[0].isupper() and len(written) > 5:
        return "s"
    if (_UPPER_STATE.fullmatch(cased) and bare in _STATES) or bare in {"nan", "usa", "uk"}:
        return "t"
    if bare in _PARTICLES and not cased[0].isupper():
        return "a"
    if cased[0].isupper():
        return "c"
    return "t" if bare == "nan" else "!"


def _around(view: View, match: Hit) -> Iterator[Find]:
    yield from _read(view, match.start, match.end, cue=0)


def _between(view: View, match: Hit) -> Iterator[Find]:
    """The same where nothing between number and number, or number and street, says that they do not belong together."""
    low = view.low[match.start : match.end]
    if view.low[match.start - 1 : match.start] == "#" and _COUNTED.search(
        view.low, max(0, match.start - 12), match.start
    ):
        return
    if _DATED.fullmatch(low) is None and _fits(
        view.text, match.start, match.end, caseless=view.text[match.start : match.end].islower()
    ):
        yield from _around(view, match)


_COUNTED: Final = later(r"(?:job|build|ticket|issue|case|order|task|run|request|bug|pr|no|nr)\.?[ ]#$")
_DATED: Final = later(rf"\d{{1,2}}[ ](?:{words.MONTHS})[ ](?:19|20)\d\d,?")  # a day, as in every reply header


def _fits(text: str, start: int, end: int, *, caseless: bool) -> bool:
    """Tell whether all words between two places may be parts of an address."""
    for word in _LONGER_WORDS.findall(text, start, end):
        if word[0].islower():
            low = fold(word)
            if not _may_be_part(low) and (not caseless or low in words.COMMON):
                return False
    return True


_DIGIT_SOON: Final = later(r"[^\d]{0,60}\d")


def _told(view: View, match: Hit) -> Iterator[Find]:
    """After a phrase such as "my address is": what follows is one already with less weight."""
    end = match.end
    following = view.text[end : end + 1]
    if _NO_PLACE.match(view.low, end):
        return
    caseless = view.text[end : end + _FAR].islower()
    if not (following.isdigit() or following.isupper() or caseless) or not _number_ahead(view, end, caseless=caseless):
        return
    strong = any(
        word in view.low[match.start : end]
        for word in (
            "address",
            "adres",
            "anschrift",
            "direcc",
            "indirizz",
            "endereco",
            "live",
            "wohn",
            "habite",
            "residen",
            "locat",
            "moved",
            "office",
            "taxi",
            "cab",
            "osoite",
            "domicil",
        )
    )
    yield from _read(view, end, end, cue=3 if strong else 2)


_NO_PLACE: Final = later(
    r"ipv[46][ ]|mac[ ]|[a-z]{2,20}[ ]\d{1,4}\.\d"
)  # network addresses, and programs with their version


_GOES_ON: Final = later(r"[:.]\d")


def _number_ahead(view: View, start: int, *, caseless: bool) -> bool:
    """Tell whether a number comes before any word that cannot be part of an address."""
    found = _DIGIT_SOON.match(view.low, start)
    return found is not None and _fits(view.text, start, found.end(), caseless=caseless)


_LONGER_WORDS: Final = later(r"[^\W\d_]{2,}")


def _read(view: View, start: int, end: int, *, cue: int) -> Iterator[Find]:
    if not view.covered:
        view.covered = bytearray(len(view.text) + 1)
    if view.covered[start] or not view.reads:
        return
    view.reads -= 1
    first = start if cue else max(0, start - _FAR)
    if not cue:
        line = view.text.rfind("\n", 0, start)
        above = view.text.rfind("\n", 0, max(0, line))
        first = max(first, above + 1)
    tokens = _tokens(view, first, min(len(view.text), end + _FAR), Hit(start, max(start, end)))
    index = next(
        (i for i, token in enumerate(tokens) if token.end > start and (cue == 0 or token.kind not in {".", ",", "/"})),
        None,
    )
    if index is None or (cue and index > 3):
        return
    left = _leftmost(tokens, index) if not cue else index
    right = _rightmost(tokens, index)
    run = _trimmed(tokens[left : right + 1])
    if run and _weight(run) + cue >= 4 and any(token.kind in "np" for token in run) and len(run) > 1:
        begin, stop = run[0].start, run[-1].end
        street = _STREET_BEFORE.search(view.low, max(0, begin - 12), begin) if run[0].kind == "c" else None
        begin = street.start(1) if street and street.group(1) in _SMALL_STREETS else begin
        if run[-1].kind in "np" and _GOES_ON.match(view.low, stop):
            return  # a time or a version
        code = _CODE_BEHIND.match(view.low, stop) if run[-1].kind == "c" else None
        stop = code.end(1) if code else stop
        view.covered[begin:stop] = b"\1" * (stop - begin)
        if BARRIER not in view.text[begin:stop]:
            yield begin, stop - view.text[begin:stop].endswith("."), "ADDRESS"


def _leftmost(tokens: Sequence[_Token], index: int) -> int:
    """Step left over address parts; over a line end only where the line above starts with a number or street."""
    left = index
    while left > 0:
        kind = tokens[left - 1].kind
        if kind == "/":
            above = [token for token in tokens[: left - 1] if token.kind != "/"]
            line = tokens[next((i + 1 for i in range(left - 2, -1, -1) if tokens[i].kind == "/"), 0) : left - 1]
            kinds = "".join(token.kind for token in line)
            if above and line and "!" not in kinds and re.search(r"[nsu]", kinds) and re.search(r"[np]", kinds):
                left -= len(line) + 1
            break
        if kind in "nspuct,a":
            left -= 1
            continue
        break
    return left


_CODE_BEHIND: Final = later(
    rf"[ ,]{{0,2}}(?:\n{{1,2}}[ >?]{{0,5}}(?:[a-z]{{3,20}}[ ]){{1,3}}|[ ])({_POSTCODE})(?=[ .,;]{{0,2}}(?:\n|$))"
)
"""A country of its own line below an address, and the code behind it."""

_CITY_LINE: Final = later(r"[cstanpu,.]*(?:[ptn]|u[np])[cstanpu,.]*|[ct,a.]*")


def _rightmost(tokens: Sequence[_Token], index: int) -> int:
    right, lines, unit = index, 0, any(token.kind == "u" for token in tokens[index : index + 1])
    while right + 1 < len(tokens):
        token = tokens[right + 1]
        if tokens[right].low.endswith(".") and len(tokens[right].low) > 4 and token.kind == "c":
            break  # the next sentence
        unit = unit or token.kind == "u"
        if token.kind == "/":
            following = []
            for later in tokens[right + 2 :]:
                if later.kind == "/":
                    break
                following.append(later)
            kinds = "".join(later.kind for later in following)
            if len(following) > 1 and following[1].low == ":":
                break  # the next line of a form
            cut = kinds.find("!")
            if cut > 0 and "p" in kinds[:cut]:  # the sentence goes on behind the post code
                right += 1 + kinds[:cut].rindex("p") + 1
                break
            if not following or lines > 3 or len(following) > 8 or _CITY_LINE.fullmatch(kinds) is None:
                break
            told = (
                re.search(r"[pt]", kinds)
                or any(later.low in _PLACES for later in following)
                or following[0].kind in "u,"
            )
            told = (
                told
                or (len(following) <= 3 and tokens[right].kind in ",n")
                or any(later.kind == "u" for later in following)
            )
            told = told or (unit and len(following) <= 4)
            nearby = tokens[right + 2 + len(following) : right + 6 + len(following)]
            told = told or (len(following) <= 4 and any(later.kind in "pt" or later.low in _PLACES for later in nearby))
            if not told:
                break
            right += len(following) + 1
            lines += 1
            unit = unit or "u" in kinds
            continue
        if token.kind in "nspuct,":
            right += 1
            continue
        if token.kind == "a" or (token.kind == "." and token.low == "-"):
            ahead = next((later for later in tokens[right + 2 : right + 4] if later.kind != "a"), None)
            if ahead is not None and ahead.kind in "csn":
                right += 1
                continue
        break
    return right


def _trimmed(run: Sequence[_Token]) -> Sequence[_Token]:
    """Start at a number, a street or the name before one; end at a word or number."""
    start = 0
    for at, token in enumerate(run[:-1]):
        if token.kind in "snpu":
            break
        if token.low in _TOWARDS and run[at + 1].low not in _PARTICLES:
            start = at + 1
    while start < len(run):
        kinds = "".join(token.kind for token in run[start : start + 7])
        word = run[start].low.rstrip(".")
        opens = (
            kinds[0] in "nu"
            or (kinds[0] == "p" and kinds[1:2] and kinds[1:2] in "csau")
            or re.match(r"c?[cta]{0,3}s[ca,]{0,5}[np]|[ca]{1,4}[ ,]?n|s[ca]{0,5},?[np]|c{1,3},?t?,?p|s[ca]{1,4}", kinds)
        )
        if opens and not (kinds[0] in "ca" and (word in words.NOT_NAMES or word in _OPENERS)):
            break
        start += 1
    end = len(run)
    while end > start and run[end - 1].kind in ",/a.!":
        end -= 1
    return run[start:end]


_STREET_BEFORE: Final = later(rf"(?:^|[^{LETTERS}@._-])([{LETTERS}]{{2,9}}\.?)[ ]$")
_SMALL_STREETS: Final = bag("via ul ul. al al. droga rua calle rue ulica ulice viale piazza avenida place")
"""Written small before the name of a street, where they mean nothing else to this language's reader."""
_TOWARDS: Final = frozenset({"an", "at", "to", "in", "from", "nach"})  # "den Drucker an Ahornallee 9"
_OPENERS: Final = bag(
    "please my our your his her the it meet at in on to from visit send ship deliver address located office is we i they he she and or but"
    " so this that there here where when what how who which if for with about name phone tel fax email date room floor page step version"
    " windows office server error port chapter section table figure line call order ticket case invoice no nr number level top class"
    " january february march april may june july august september october november december monday tuesday wednesday thursday friday"
    " saturday sunday januar februar marz mai juni juli oktober dezember mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep oct nov dec"
)


def _weight(run: Sequence[_Token]) -> int:
    kinds = "".join(token.kind for token in run if token.kind != ".")
    weight = 0
    if "s" in kinds:
        sure = any(token.kind == "s" and token.low.rstrip(".") not in _SHORT_WORDS for token in run)
        beside = re.search(r"[np],?[cta]{0,4}s|s[cta]{0,5},?/?[np]|c,?s[np]", kinds)
        weight += (4 if sure else 3) if beside else 1
    if re.search(r"u[np]|[np]u", kinds):
        weight += 2
    if re.search(r"^n[ca]|[ca]n|^p[ca]", kinds):
        weight += 1
    if re.search(r"[csa]n,?/?u[np]|^[np],?[ca]{1,5}n", kinds):
        weight += 1
    if re.search(r"[ct],?/?t?,?/?p|p[ct]", kinds):
        weight += 1
    if re.search(r"t,?/?p", kinds):
        weight += 1
    if any(token.low.rstrip(".") in _PLACES for token in run):
        weight += 1
    if re.search(r"[cs][,/]+c", kinds) and "n" in kinds:
        weight += 1
    if "s" not in kinds and _NUMBERED_TOWN.search(kinds) and _towards_town(run):
        weight += 2
    return weight


_NUMBERED_TOWN: Final = later(r"cn,/?pc")


def _towards_town(run: Sequence[_Token]) -> bool:
    """Tell of "Mühlbach 81, 13520 Köln" whether number, code and word are those of a town and no counted things."""
    at = next(i for i, token in enumerate(run) if token.kind == "p" and any(each.kind == "c" for each in run[:i]))
    code, town = run[at].low, run[at + 1].low.rstrip(".") if at + 1 < len(run) else ""
    before = [token.low for token in run[:at] if token.kind == "c"]
    plain = any(word in words.COMMON or word in words.NOT_NAMES or word in _OPENERS for word in (town, before[-1]))
    return len(code) in {5, 6} and town[1:].isalpha() and not plain


_NETWORK_WORDS: Final = later(
    r"(?:ip|mac|mail|web|email|e-mail|server|network|memory|physical|url|bitcoin|wallet|host|base|hardware|fault|return|source|destination|remote|local|client|gateway|dns)[ -]?$"
)
_IN_A_ROOM: Final = later(
    r"(?:rack|shelf|cabinet|row|aisle|bay|slot|(?:server|meeting|conference|class)? ?room|(?:server|besprechungs|konferenz)?raum|saal|salle|sala|lokal|zaal|terem|møterom|mødelokale|mötesrum|konferensrum|grupperom|vergader(?:zaal|ruimte)|kokoushuone|neuvotteluhuone|zasedačka|tárgyaló|toplantı odası"
    r"|schrank|regal|baie|armoire|stojan|szafa)[ .:#-]{0,2}\w"
)
_DIGITS_OR_DOTS: Final = later(r"[\d.:a-f/x-]+")


def _said(view: View, start: int, end: int) -> tuple[int, int] | None:
    """`Address: ...` to the end of the line, where that holds a number and words, and no network address."""
    said = view.text[start:end].rstrip(" .,;")
    label = re.search(r"[a-z_ ]{3,20}(?:;[^:\n]*)?[\"']?[ ]?[:=][ \t\"']*$", view.low[max(0, start - 90) : start])
    before = view.low[max(0, start - 60) : start]
    name = re.sub(r"[\s:=\"']+$", "", before)
    if label is None or _NETWORK_WORDS.search(re.sub(r"(?:address|adresse|addr|adr|location)$", "", name)):
        return None
    codes = re.search(r"(?:plz|postcode|zip|code)[ ]?[\"']?[:=]", before[-16:]) is not None
    if codes:
        hit = re.match(rf"(?:{_POSTCODE})(?![\w])", view.low[start:end])
        return (start, start + hit.end()) if hit else None
    if (
        not any(char.isdigit() for char in said)
        or "://" in said
        or BARRIER in said
        or _DIGITS_OR_DOTS.fullmatch(said.lower())
        or _IN_A_ROOM.match(said.lower())
    ):
        return None
    words_in = re.findall(r"[^\W\d_]{2,}", said)
    capitals = sum(word[0].isupper() for word in words_in)
    if "," in said and '":' in said:
        return None
    if not words_in or capitals * 2 < len(words_in) or re.search(r"\d\.\d+\.\d", said):
        return None
    if ";" in said and view.low[max(0, start - 8) : start].rstrip(":").endswith(("adr", "home", "work")):
        return start + len(said) - len(said.lstrip("; ")), start + len(said)
    return start, start + len(said)


def _corner(view: View, match: Hit) -> Iterator[Find]:
    """`The corner of Mill Lane and 12 Oak Road`: as far as numbers and words with a capital go on behind "and"."""
    joint = view.low.find(" and ", match.start, match.end)
    first = view.low.index("of ", match.start) + 3
    sides = [_SIDE.match(view.text, first), _SIDE.match(view.text, joint + 5)]
    if sides[0] is not None and sides[1] is not None and sides[0].end() in (joint, joint + 1):
        stop = joint + 5 + len(sides[1].group().rstrip(" ."))
        written = [word.rstrip(".") for word in view.low[first:stop].split(" ")]
        named = any(word in STREETS or word.endswith(_ENDINGS) for word in written)
        if named and BARRIER not in view.text[match.start : stop]:
            yield match.start, stop, "ADDRESS"


_SIDE: Final = later(
    r"(?:(?:[^\W\d_a-z][^\W_]*|\d[\w-]*|de|du|des|della|del|van|von|der|den|la|le|út|u|utca|gate|street|road)(?![^\W_])\.?(?:[ '-](?=[\w]))?){1,8}"
)


def _on_a_map(view: View, start: int, end: int) -> tuple[int, int] | None:
    """Coordinates in a link to a map, or of somebody in a directory; any other pair of numbers is one."""
    link = view.low[max(0, start - 200) : start].split(" ")[-1].split("\n")[-1]
    mapped = link.endswith(("geo:", "geo=", "ll=", "/@")) or ("://" in link and "map" in link)
    return (start, end) if mapped else None


_L: Final = f"[{LETTERS}]"
_ADDRESS_WORDS: Final = (
    "address anschrift adresse direccion indirizzo adres endereco adresa osoite adr label location street streetaddress strasse ort plz postcode"
    " homepostaladdress postaladdress registeredaddress postadresse postanschrift"
    " zip zipcode postal postalcode home mailing billing shipping delivery work office full current new"
)
_STREET_WORDS: Final = " ".join(STREETS)
CUES: Final = (
    cue(_CUES, rf"(?:[ ](?:to the same|is|ist|est|es|e|at|to|in|now|the same))?(?:[ ]?[:=,-][ \n\t]{{0,3}}|[ \n\t]{{1,3}})(?=[a-z]{{0,3}}\d|{_L}+[.]?[ ])", _told, digit=150),
)  # fmt: skip
RULES: Final = (
    sign(rf"(?:^|[^{WORD}.:/-])({_NUMBER},?[ ](?:{_L}[{LETTERS}'.-]*[ ]){{0,5}}(?:{_STREET_ALT}|{_L}+(?:{_SUFFIX_ALT})))(?:$|[^{WORD}-])", _between, digits=1, near=True),
    sign(rf"(?:^|[^{WORD}-])((?:(?:{_STREET_ALT})\.?[ ]|c/[ ]?)(?:{_L}[{LETTERS}'.-]*,?[ ]){{0,6}}(?:n[.o\x80]{{0,2}}[ ]?)?\d{{1,5}})(?:$|[^{WORD}])", _around, when=_STREET_WORDS, sign=("c/",), digits=1),
    sign(rf"(?:^|[^{WORD}-])({_L}[{LETTERS}-]*(?:{_SUFFIX_ALT}|str\.|weg|hof|vej|tie)[ ]\d{{1,4}})(?:$|[^\d])", _around, digits=1, near=True),
    sign(rf"(?:^|[^{WORD}-])(?:{_L}[{LETTERS}'.-]+[ ]){{1,4}}(\d{{1,5}}[ ]?[a-z]?,?[ \n](?:{_POSTCODE})[ ]{_L}{{3,}})", _around, digits=1, near=True),
    sign(rf"(?:^|[^{WORD}.:/-])(\d{{1,5}}[ ](?:{_L}[{LETTERS}'.-]*[ ]){{1,5}}\d{{1,5}}[a-z]?,?)(?:$|[ ,\n])", _between, digits=1, near=True),
    sign(rf"(?:^|[^{WORD}-])((?:{_UNIT_ALT})\.?[ ]?#?[ ]?\d{{1,6}}[a-z]?)(?:$|[^{WORD}.-]|[.](?:$|\s))", _around, when=" ".join(UNITS), digits=1),
    value("ADDRESS", r"(?:p\.?[ ]?o\.?[ ]?box|postfach|apartado(?: postal)?(?: de correos)?|boite postale|b\.?p\.?|postbus|casella postale|caixa postal|postboks|skrytka pocztowa|psc[ ]\d{1,5},[ ]box|unit[ ]\d{3,5}[ ]box)[ ]\d{1,7}",
          None, when="p po pobox postfach apartado boite b bp postbus casella caixa postboks skrytka psc unit", digits=1),
    value("ADDRESS", r"(?:u[a-z]{2,4}[ ][a-z\xa1-\xff' -]{2,40}[ ,]{0,2}\n?[ >?]{0,4})?(?:a|f|d)po[ ]a[aep][ ]\d{5}(?:-\d{4})?", None, when="apo fpo dpo", digits=1),
    Rule("ADDRESS", rf"(?:^|[^{WORD}])(?:zip(?: ?code)?|post ?code|postal code|postleitzahl|plz|code postal|codigo postal|codice postale|postnummer|irsz)[ ](?:is|ist|est|es|e|er|:)[ ]{{1,2}}({_POSTCODE})(?:$|[^{WORD}-])", when="zip zipcode post postcode postal postleitzahl plz postale postnummer irsz", digits=1),
    value("ADDRESS", r"-?\d{1,2}\.\d{3,12}(?:[,;]|%2c)(?:%20|[+ ])?-?\d{1,3}\.\d{3,12}", _on_a_map, left=rf"{WORD}.-", sign=("geo:", "geo=", "ll=", "map"), hidden=True),
    sign(rf"(?:^|[^{WORD}])((?:the[ ])?corner[ ]of[ ](?:[{LETTERS}\d.'-]{{1,24}}[ ]){{1,7}}and[ ](?:[{LETTERS}\d.'-]{{1,24}}[ ]?){{1,7}})", _corner, when="corner"),
    Rule("ADDRESS", rf"(?:^|[^{LETTERS} ]|(?:^|[^{LETTERS}])(?:home |postal |street |mailing |billing |shipping |delivery |work |office |full |current |new )?)(?:address|(?:home|registered)?_?postal_?address|anschrift|adresse|direccion|indirizzo|adres|endereco|adresa|osoite|adr|label|location|street_?address|street|strasse|ort|plz|postcode|zip(?: ?code)?|postal ?code)(?:;[^:\n]{{0,60}})?[\"']?[ ]?[:=][ \t\"']{{0,4}}([^\n@\"]{{4,160}})", _said, when=_ADDRESS_WORDS, digits=1),
)  # fmt: skip
