"""What a mail asks for: kinds with the sentence that caused each and a confidence. Pure; no outside service is asked.

Each sentence becomes a `Scene`: the concepts found in it, in order (lexicon.py). A rule reads *what is to be done*
(erase, send a copy, stop using ...) and *to whose data* ("everything you have on me", "my old printer driver"), lowers
the result by mood (negated, hypothetical, "you may", how-to) and by a technical object standing nearer than the
personal one. Rules are plain functions below, one per kind; weights were chosen by reasoning and tuned on cases kept
apart from the test cases. Certain is 0.5 and above; 0.25 to 0.5 is for a person (R-CLASS-3). See docs/decisions/0003.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final

from zoho_privacy.domain.language import UNKNOWN, rank
from zoho_privacy.domain.lexicon import BIT, Hit, Lexicon, Vocabulary
from zoho_privacy.domain.mailtext import Mail, Role, sentences, split, visible, without_prefixes
from zoho_privacy.domain.model import Kind, Label, Law, Understanding

CERTAIN: Final = 0.5
DOUBTFUL: Final = 0.25
MAX_SENTENCES: Final = 400

_B = BIT
_LAW: Final = _B["gdpr"] | _B["uk"] | _B["ccpa"] | _B["lgpd"] | _B["pipeda"] | _B["us_state"]
_ARTICLES: Final[Mapping[str, Kind]] = {
    "a15": Kind.ACCESS,
    "a16": Kind.CORRECTION,
    "a17": Kind.DELETION,
    "a18": Kind.RESTRICTION,
    "a20": Kind.PORTABILITY,
    "a21": Kind.OBJECTION,
}
_ARTICLE_BITS: Final = sum(_B[name] for name in (*_ARTICLES, "a77"))
_SIBLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "da": ("no",),
    "no": ("da",),
    "sv": ("da", "no"),
    "pt": ("es",),
    "es": ("pt",),
    "ru": ("bg",),
    "bg": ("ru",),
}
_LAWS: Final = (
    ("uk", Law.UK_GDPR),
    ("gdpr", Law.GDPR),
    ("ccpa", Law.CCPA),
    ("lgpd", Law.LGPD),
    ("pipeda", Law.PIPEDA),
    ("us_state", Law.US_STATE),
)
_RIGHTS: Final = frozenset(
    {
        Kind.ACCESS,
        Kind.PORTABILITY,
        Kind.CORRECTION,
        Kind.DELETION,
        Kind.RESTRICTION,
        Kind.OBJECTION,
        Kind.WITHDRAW_CONSENT,
        Kind.OPT_OUT_SALE,
        Kind.LIMIT_SENSITIVE,
        Kind.KNOW_CATEGORIES,
        Kind.KNOW_SPECIFIC,
        Kind.RECIPIENT_LIST,
    }
)
_AGE = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}")


def understand(subject: str, body: str, *, lexicon: Lexicon) -> Understanding:
    """Read one message. Never raises on any text; an empty one is understood as asking for nothing.

    `body` may be HTML or plain text. Labels are ordered by confidence and carry the sentence as written.
    """
    reading = _read(subject, body, lexicon)
    found = sorted(reading.totals().items(), key=lambda item: -item[1])
    labels = [Label(kind, round(score, 3), *reading.cause(kind)) for kind, score in found if score >= DOUBTFUL]
    certain = tuple(label for label in labels if label.confidence >= CERTAIN)
    return Understanding(
        language=reading.language,
        labels=certain,
        doubtful=tuple(label for label in labels if label.confidence < CERTAIN),
        by_agent=reading.by_agent,
        about=reading.about,
        laws=reading.laws,
        child=reading.child,
        client_data=reading.saw("client"),
        sensitive=reading.saw("special"),
        reminder=reading.reminder,
        spam=reading.spam and not certain,
    )


def scores(subject: str, body: str, *, lexicon: Lexicon) -> Mapping[Kind, float]:
    """The confidence of every kind, 0 where nothing speaks for it."""
    return evaluate(subject, body, lexicon=lexicon)[0]


def evaluate(subject: str, body: str, *, lexicon: Lexicon) -> tuple[Mapping[Kind, float], float]:
    """The confidence of every kind, and how surely somebody writes for another person."""
    reading = _read(subject, body, lexicon)
    totals = reading.totals()
    return {kind: round(totals.get(kind, 0.0), 3) for kind in Kind}, reading.agent_score


# --- one sentence ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Thing:
    """Something a verb may act on: where it stands and how surely it is the writer's own data (0..1)."""

    at: int
    strength: float
    bit: int


@dataclass(slots=True)
class _Scene:
    """One sentence: its concepts and what stood just before it."""

    text: str
    hits: list[Hit]
    length: int
    mask: int
    before: float = 0.0
    lawful: bool = False
    agent: bool = False
    quoted: bool = False
    _where: dict[str, list[int]] = field(default_factory=dict)
    _things: list[_Thing] | None = None

    def has(self, *names: str) -> bool:
        """Whether any of these concepts occurs."""
        return any(self.mask & _B[name] for name in names)

    def where(self, name: str) -> list[int]:
        """The places of a concept."""
        found = self._where.get(name)
        if found is None:
            bit = _B[name]
            found = [hit.at for hit in self.hits if hit.mask & bit] if self.mask & bit else []
            self._where[name] = found
        return found

    def near(self, at: int, name: str, before: int, after: int) -> bool:
        """Whether the concept stands at most so many words before or after a place."""
        return any(-before <= place - at <= after for place in self.where(name)) if self.mask & _B[name] else False

    @property
    def question(self) -> bool:
        """Whether it ends as a question."""
        return self.text[-1:] in "?？؟" or self.text.rstrip(" \"'”»)")[-1:] in ("?", "？", "؟", ";")

    @property
    def technical(self) -> bool:
        """Whether it speaks of devices, files or tickets and of nothing that marks a person's record."""
        return self.has("tech") and not (self.has("about_me", "base", "hold") or self.mask & _LAW)

    # -- to whose data

    def things(self) -> list[_Thing]:
        """What a verb could act on, each with its strength."""
        if self._things is None:
            self._things = list(self._find_things())
        return self._things

    def _find_things(self) -> Iterator[_Thing]:
        for hit in self.hits:
            at, mask = hit.at, hit.mask
            if mask & _B["pdata"]:
                yield _Thing(at, self._owned(at, 0.5, 0.97), _B["pdata"])
            elif mask & _B["data"]:
                yield _Thing(at, self._owned(at, 0.12, 0.9), _B["data"])
            elif mask & _B["all"] and not mask & _B["account"]:
                yield _Thing(at, self._everything(at), _B["all"])
            if mask & _B["item"]:
                yield _Thing(at, self._personal_item(at), _B["item"])
            if mask & _B["account"]:
                yield _Thing(at, self._own_account(at), _B["account"])
            if mask & _B["me"] and self.near(at, "base", 3, 8) and not self.has("marketing"):
                yield _Thing(at, 0.85, _B["me"])

    def _owned(self, at: int, plain: float, owned: float) -> float:
        mine = self.near(at, "my", 4, 3)
        about = self.near(at, "about_me", 8, 12)
        if self.near(at, "your", 3, 2) and not mine and not about:
            return 0.05
        if mine or about:
            return owned * (0.4 if self.technical and not about and plain < 0.3 else 1.0)
        if self.agent and (self.near(at, "their", 4, 4) or self.has("someone")):
            return owned * 0.9
        if self.near(at, "their", 3, 1):
            return plain * 0.5
        if self.near(at, "attached", 1, 6) or (self.near(at, "hold", 8, 8) and self.near(at, "all", 4, 1)):
            return max(plain, 0.8 if not self.technical else 0.3)
        if plain >= 0.5:
            asked = self.has("want", "request")
            return plain + (0.3 if self.lawful and asked else 0.2 if asked else 0.0)
        if self.near(at, "all", 3, 1) and self.near(at, "me", 6, 6) and not self.technical:
            return 0.6
        return plain

    def _everything(self, at: int) -> float:
        if self.near(at, "about_me", 8, 12):
            return 0.95
        if self.near(at, "hold", 6, 8) and not self.has("tech"):
            return 0.72 if self.has("me", "my") else 0.6
        return 0.1

    def _personal_item(self, at: int) -> float:
        if not (self.near(at, "my", 3, 3) or self.near(at, "about_me", 6, 8)):
            return 0.0
        if self.has("base", "hold") and not self.technical:
            return 0.85
        return 0.15 if self.has("tech") else 0.36

    def _own_account(self, at: int) -> float:
        if not self.near(at, "my", 4, 3):
            return 0.0
        return 0.12 if self.has("tech") else 0.4

    def object_of(self, at: int, *, reach: int = 18, least: float = 0.0) -> float:
        """The strength of the best thing within reach of a verb, less where a technical object stands nearer."""
        best = 0.0
        for thing in self.things():
            distance = abs(thing.at - at)
            if distance > reach or thing.strength < least:
                continue
            strength = thing.strength * (1.0 if distance <= 9 else 1.0 - 0.04 * (distance - 9))
            if strength > best and self.has("tech"):
                strength *= self._tech_between(at, thing)
            best = max(best, strength)
        return best

    def _tech_between(self, at: int, thing: _Thing) -> float:
        low, high = min(at, thing.at), max(at, thing.at)
        sure = thing.strength >= 0.9 and thing.bit & (_B["pdata"] | _B["all"])
        for place in self.where("tech"):
            if low <= place <= high or abs(place - thing.at) <= 2:
                return 0.75 if sure and not abs(place - thing.at) <= 1 else 0.35
        return 1.0

    # -- in which mood

    def mood(self, at: int) -> float:
        """1 for a plain demand, towards 0 for a refusal, a notice, a hypothesis, a tale."""
        factor = 1.0
        if self.negated(at):
            return 0.0
        if self.has("may") and any(place <= at for place in self.where("may")) and not self._wants_before("may"):
            factor *= 0.12
        if self.has("howto"):
            factor *= 0.4
        if self.has("hyp") and any(place <= at for place in self.where("hyp")):
            factor *= 0.4
        if self.near(at, "did", 4, 3):
            factor *= 0.12
        if self.has("restore"):
            factor *= 0.3
        if self.near(at, "we", 3, 0) and not self.near(at, "want", 5, 0):
            factor *= 0.2
        return factor

    def _wants_before(self, name: str) -> bool:
        first = min(self.where(name))
        return any(place < first for place in self.where("want"))

    def negated(self, at: int) -> bool:
        """Whether "not" governs the verb at this place; "have not deleted yet" is a reproach, not a refusal."""
        if self.near(at, "notwant", 9, 0):
            return True
        if not self.has("neg") or self.has("still", "why"):
            return False
        for place in self.where("neg"):
            if 0 < at - place <= 2 or place - at == 1:
                return True
            if 0 < place - at <= 7 and self._closes_clause(place):
                return True
        return False

    def _closes_clause(self, place: int) -> bool:
        return place >= self.length - 2

    def wanted(self) -> bool:
        """Whether the writer asks in the first person or politely."""
        return self.has("want", "request")


Rule = Callable[[_Scene], float]


def _best(values: Iterable[float]) -> float:
    return max(values, default=0.0)


def _acted(scene: _Scene, verb: str, *, reach: int = 18, least: float = 0.0) -> float:
    """The best of (object strength x mood) over the places of a verb."""
    return _best(scene.object_of(at, reach=reach, least=least) * scene.mood(at) for at in scene.where(verb))


def _article(scene: _Scene, name: str) -> float:
    """A law's article stands for its right where somebody asks under it."""
    if not scene.has(name):
        return 0.0
    at = scene.where(name)[0]
    strength = 0.75 if scene.wanted() else 0.45 if scene.has("me", "my", "about_me") else 0.2
    return strength * scene.mood(at)


def _deletion(scene: _Scene) -> float:
    found = _article(scene, "a17")
    if scene.has("erasure_right"):
        at = scene.where("erasure_right")[0]
        sure = scene.wanted() or scene.has("me", "my", "about_me") or scene.mask & _LAW
        found = max(found, (0.85 if sure else 0.45) * scene.mood(at))
    if not scene.has("erase"):
        return found
    found = max(found, _acted(scene, "erase"))
    for at in scene.where("erase"):
        if scene.has("marketing") and not scene.things():
            continue
        if scene.mask & _LAW and scene.wanted() and not scene.has("tech"):
            found = max(found, 0.65 * scene.mood(at))
        if scene.near(at, "it", 2, 5) and scene.before >= 0.8 and not scene.has("tech"):
            found = max(found, 0.75 * scene.mood(at))
    return found


def _access(scene: _Scene) -> float:
    found = _article(scene, "a15")
    if scene.has("sar"):
        at = scene.where("sar")[0]
        sure = scene.wanted() or scene.has("me", "my", "about_me") or scene.mask & _LAW or scene.length <= 6
        found = max(found, (0.85 if sure else 0.45) * scene.mood(at))
    if scene.has("copy"):
        found = max(found, _acted(scene, "copy", least=0.45) * (1.0 if not scene.technical else 0.4))
        if scene.mask & _LAW and scene.wanted() and not scene.has("tech"):
            found = max(found, 0.45 * scene.mood(scene.where("copy")[0]))
    return max(found, _knowing(scene))


def _knowing(scene: _Scene) -> float:
    """ "What do you know about me", "whether you process data concerning me"."""
    if not (scene.has("about_me") or scene.has("pdata") or (scene.has("data") and scene.has("my"))):
        return 0.0
    asks = scene.has("what", "know", "copy") and (scene.question or scene.wanted() or scene.has("know", "what"))
    holding = scene.has("hold", "process")
    if not (asks or (scene.question and holding)):
        return 0.0
    at = (scene.where("know") or scene.where("what") or scene.where("hold") or scene.where("process") or [0])[0]
    mood = scene.mood(at)
    if scene.has("about_me") and holding:
        return 0.9 * mood * (0.6 if scene.has("tech") and not scene.has("data", "pdata", "all") else 1.0)
    strength = _best(thing.strength for thing in scene.things() if thing.bit & (_B["pdata"] | _B["data"] | _B["all"]))
    if strength >= 0.8 and holding and scene.has("what"):
        return 0.8 * mood * (0.4 if scene.technical else 1.0)
    if strength >= 0.8 and scene.has("know") and scene.has("all", "what"):
        return 0.7 * mood * (0.4 if scene.technical else 1.0)
    return 0.0


def _portability(scene: _Scene) -> float:
    found = _article(scene, "a20")
    if scene.has("port"):
        at = scene.where("port")[0]
        thing = _best(each.strength for each in scene.things())
        sure = thing >= 0.5 or (scene.wanted() and bool(scene.mask & _LAW))
        found = max(found, (0.85 if sure else 0.3 if scene.has("data") else 0.15) * scene.mood(at))
    moved = max(_acted(scene, "transfer", least=0.6), _acted(scene, "copy", least=0.6) * 0.95)
    if moved and not scene.has("tech"):
        if scene.has("provider"):
            found = max(found, moved)
        if scene.has("format"):
            found = max(found, 0.9 * moved)
    return found


def _correction(scene: _Scene) -> float:
    found = _article(scene, "a16")
    calm = 0.3 if scene.technical else 1.0
    things = scene.things()
    record = scene.has("base", "hold")
    for at in scene.where("correct"):
        strength = scene.object_of(at)
        item = any(thing.bit & _B["item"] and thing.strength >= 0.3 for thing in things)
        strength = max(strength, 0.62 if item else 0.0)
        found = max(found, strength * scene.mood(at) * calm)
    if scene.has("wrong"):
        item = _best(thing.strength for thing in things if thing.bit & _B["item"])
        data = _best(thing.strength for thing in things if thing.bit & (_B["pdata"] | _B["data"]))
        found = max(found, calm * (0.85 if item >= 0.8 else 0.56 if item >= 0.3 else 0.7 if data >= 0.85 else 0.0))
    for at in scene.where("change"):
        item = _best(thing.strength for thing in things if thing.bit & _B["item"])
        data = _best(thing.strength for thing in things if thing.bit & (_B["pdata"] | _B["data"]))
        strength = 0.62 if data >= 0.9 else 0.55 if item >= 0.8 and record else 0.4 if item >= 0.3 else 0.0
        found = max(found, strength * scene.mood(at) * calm)
    return found


def _restriction(scene: _Scene) -> float:
    found = _article(scene, "a18")
    for at in scene.where("restrict"):
        strength = scene.object_of(at)
        if scene.near(at, "process", 6, 8):
            strength = max(strength, 0.75 if strength >= 0.5 or scene.mask & _LAW and scene.wanted() else 0.2)
        else:
            strength = strength if strength >= 0.8 else 0.0
        found = max(found, strength * scene.mood(at) * (0.3 if scene.technical else 1.0))
    return found


def _objection(scene: _Scene) -> float:
    found = _article(scene, "a21")
    calm = 0.3 if scene.has("tech") else 1.0
    data = _best(
        thing.strength for thing in scene.things() if thing.bit & (_B["pdata"] | _B["data"] | _B["item"] | _B["all"])
    )
    for at in scene.where("object"):
        aim = 0.9 if scene.has("marketing") else 0.88 if scene.has("process") and data >= 0.5 else 0.0
        aim = max(aim, 0.85 if data >= 0.85 and scene.has("process", "hold", "share") else 0.0)
        aim = max(aim, 0.7 if scene.has("process") and scene.mask & _LAW else 0.0)
        found = max(found, aim * scene.mood(at) * (0.4 if scene.technical else 1.0))
    stops = scene.where("stop") + scene.where("notwant") + [at for at in scene.where("neg") if _orders(scene, at)]
    if stops:
        may = 0.15 if scene.has("may", "otherwise") and not scene.has("my", "me") else 1.0
        may *= 0.4 if scene.has("howto") else 1.0
        if scene.has("marketing") and (scene.has("me", "my", "want") or scene.where("stop")):
            found = max(found, 0.82 * calm * may)
        if scene.has("process") and data >= 0.8 and any(scene.near(at, "process", 2, 9) for at in stops):
            found = max(found, 0.85 * calm * may)
        if scene.has("contact") and scene.has("me") and scene.where("stop") and not scene.has("their"):
            found = max(found, 0.7 * calm * may)
    if scene.has("unsubscribe", "erase") and scene.has("marketing") and scene.has("me", "my"):
        at = (scene.where("unsubscribe") or scene.where("erase"))[0]
        found = max(found, 0.8 * calm * scene.mood(at))
    return found


def _orders(scene: _Scene, at: int) -> bool:
    """Whether this "not" forbids (a demand) rather than states."""
    return scene.near(at, "process", 0, 3) or scene.near(at, "contact", 0, 3)


def _withdraw(scene: _Scene) -> float:
    if not scene.has("consent"):
        return 0.0
    found = 0.0
    for at in scene.where("consent"):
        if scene.near(at, "withdraw", 12, 12):
            mine = scene.has("my", "me", "want", "data", "pdata")
            verb = min(scene.where("withdraw"), key=lambda place: abs(place - at))
            found = max(found, (0.9 if mine else 0.6) * scene.mood(verb) * (0.4 if scene.technical else 1.0))
        elif (scene.near(at, "stop", 6, 6) or scene.near(at, "notwant", 6, 0)) and not scene.has("tech"):
            found = max(found, 0.75 if scene.has("process", "data", "pdata", "marketing", "my") else 0.3)
    if scene.has("your", "may") and not scene.has("my", "me"):
        found *= 0.15
    return found


def _opt_out_sale(scene: _Scene) -> float:
    if not scene.has("sell", "share"):
        return 0.0
    data = _best(thing.strength for thing in scene.things())
    aimed = scene.has("stop", "notwant", "optout", "object", "neg")
    if not aimed:
        return 0.0
    mood = 0.12 if (scene.has("may", "otherwise") and not scene.has("my", "me")) or scene.has("howto") else 1.0
    mood *= 0.1 if scene.has("we") and not scene.has("my", "want") else 1.0
    if scene.has("sell"):
        return mood * (0.92 if data >= 0.8 else 0.8 if data >= 0.4 or scene.mask & _LAW else 0.2)
    if scene.has("third") and data >= 0.8 and not scene.has("did"):
        return mood * (0.4 if scene.technical else 0.66)
    return 0.0


def _limit_sensitive(scene: _Scene) -> float:
    if not (scene.has("limit", "restrict") and scene.has("sensitive")):
        return 0.0
    at = (scene.where("limit") or scene.where("restrict"))[0]
    mine = scene.has("my", "me", "about_me", "want", "request")
    return (0.88 if mine else 0.4) * scene.mood(at)


def _recipients(scene: _Scene) -> float:
    data = _best(thing.strength for thing in scene.things())
    asks = scene.has("what", "who", "know", "copy", "recipient") and (
        scene.question or scene.wanted() or scene.has("know")
    )
    if not asks:
        return 0.0
    told = scene.has("share", "sell") and scene.has("who", "recipient", "third")
    at = (scene.where("share") or scene.where("sell") or scene.where("recipient") or [0])[0]
    if told and data >= 0.8:
        return 0.8 * scene.mood(at) * (0.3 if scene.technical else 1.0)
    if scene.has("recipient") and (data >= 0.5 or scene.has("share", "process")) and not scene.has("tech"):
        return 0.6 * scene.mood(at)
    return 0.0


def _categories(scene: _Scene) -> float:
    if not scene.has("category") or not scene.wanted():
        return 0.0
    data = _best(thing.strength for thing in scene.things())
    return (0.75 if data >= 0.5 else 0.2) * scene.mood(scene.where("category")[0])


def _specific(scene: _Scene) -> float:
    if not scene.has("specific"):
        return 0.0
    data = _best(thing.strength for thing in scene.things())
    return (0.8 if data >= 0.5 else 0.3) * scene.mood(scene.where("specific")[0])


def _inquiry(scene: _Scene) -> float:
    asks = scene.question or scene.wanted() or scene.has("howto", "know", "what")
    data = _best(thing.strength for thing in scene.things())
    if scene.has("inquire") and asks:
        return 0.62 if data >= 0.8 or scene.has("privacy") or scene.mask & _LAW else 0.3
    if scene.has("howto", "hyp") and scene.has("erase", "copy", "correct", "object", "withdraw") and data >= 0.8:
        return 0.36 if not scene.technical else 0.1
    return 0.3 if scene.has("privacy") and scene.question and scene.has("my", "me") and not scene.has("tech") else 0.0


def _child(scene: _Scene) -> float:
    if not scene.has("child"):
        return 0.0
    if scene.has(
        "erase", "hold", "pdata", "data", "account", "about_me", "process", "consent", "copy"
    ) and not scene.has("tech"):
        return 0.72
    return 0.1


def _legal(scene: _Scene) -> float:
    if not scene.has("legal"):
        return 0.0
    asked = scene.has("want", "request", "copy", "data", "pdata", "hold", "account")
    return 0.8 if asked or scene.length <= 8 else 0.4


_RULES: Final[tuple[tuple[Kind, Rule, int], ...]] = tuple(
    (kind, rule, sum(_B[name] for name in names.split()))
    for kind, rule, names in (
        (Kind.DELETION, _deletion, "erase erasure_right a17"),
        (Kind.ACCESS, _access, "copy know what hold process sar a15"),
        (Kind.PORTABILITY, _portability, "port transfer copy a20"),
        (Kind.CORRECTION, _correction, "correct wrong change a16"),
        (Kind.RESTRICTION, _restriction, "restrict a18"),
        (Kind.OBJECTION, _objection, "object stop notwant neg unsubscribe erase a21"),
        (Kind.WITHDRAW_CONSENT, _withdraw, "consent"),
        (Kind.OPT_OUT_SALE, _opt_out_sale, "sell share"),
        (Kind.LIMIT_SENSITIVE, _limit_sensitive, "limit restrict"),
        (Kind.RECIPIENT_LIST, _recipients, "share sell recipient"),
        (Kind.KNOW_CATEGORIES, _categories, "category"),
        (Kind.KNOW_SPECIFIC, _specific, "specific"),
        (Kind.INQUIRY, _inquiry, "inquire howto hyp privacy"),
        (Kind.CHILD_REPORT, _child, "child"),
        (Kind.LEGAL_DEMAND, _legal, "legal"),
    )
)  # fmt: skip
_TRIGGERS: Final = reduce(or_, (needs for _, _, needs in _RULES))


# --- the whole mail --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """What has been gathered from the sentences of one mail."""

    language: str
    mask: int = 0
    found: dict[Kind, list[tuple[float, str, bool]]] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    child: bool = False
    spam: bool = False
    reproach: float = 0.0
    letter: float = 0.0
    agent: bool = False

    def saw(self, *names: str) -> bool:
        return any(self.mask & _B[name] for name in names)

    def add(self, kind: Kind, score: float, sentence: str, *, quoted: bool) -> None:
        if score > 0.0:
            self.found.setdefault(kind, []).append((min(score, 0.99), sentence, quoted))

    def cause(self, kind: Kind) -> tuple[str, bool]:
        """The sentence that speaks loudest for a kind, and whether it stood in a forwarded part."""
        _, sentence, quoted = max(self.found[kind], key=_first)
        return sentence[:500], quoted

    def totals(self) -> dict[Kind, float]:
        """One confidence per kind: the best sentence, a little more where a second agrees."""
        totals: dict[Kind, float] = {}
        for kind, findings in self.found.items():
            ranked = sorted((score for score, _, _ in findings), reverse=True)
            second = ranked[1] if len(ranked) > 1 else 0.0
            totals[kind] = 1 - (1 - ranked[0]) * (1 - 0.35 * second)
        return totals

    @property
    def laws(self) -> tuple[Law, ...]:
        named = tuple(law for name, law in _LAWS if self.mask & _B[name])
        return tuple(law for law in named if law is not Law.GDPR or Law.UK_GDPR not in named)

    @property
    def privacy_context(self) -> bool:
        return bool(self.mask & (_LAW | _ARTICLE_BITS | _B["privacy"] | _B["pdata"] | _B["sar"] | _B["erasure_right"]))

    @property
    def reminder(self) -> bool:
        return self.saw("earlier") and self.saw("unanswered", "still") and bool(self.reproach)

    @property
    def agent_score(self) -> float:
        best = max((score for kind, score in self.totals().items() if kind in _RIGHTS), default=0.0)
        return 0.8 if self.agent and best >= CERTAIN else 0.4 if self.agent and best >= DOUBTFUL else 0.0

    @property
    def by_agent(self) -> bool:
        return self.agent_score >= CERTAIN


def _first(finding: tuple[float, str, bool]) -> float:
    return finding[0]


def _read(subject: str, body: str, lexicon: Lexicon) -> _Reading:
    mail = split(body, subject=subject, words=lexicon.mail)
    heading = without_prefixes(subject, lexicon.mail)
    own, passed = mail.own, mail.text(Role.FORWARDED)
    ranked = rank(own if len(own) >= 20 or not passed else passed, profiles=lexicon.profiles) if own or passed else []
    ranked = ranked or rank(heading, profiles=lexicon.profiles)
    reading = _Reading(language=ranked[0][0] if ranked else UNKNOWN)
    scenes = list(_scenes(mail, heading, subject, ranked, lexicon))
    for scene, _ in scenes:
        reading.mask |= scene.mask
    reading.agent = reading.saw("agent")
    _judge(scenes, reading)
    _judge_reproaches(scenes, reading)
    _lift_by_context(reading)
    _settle(reading, scenes)
    reading.about = _about(own, passed) if reading.by_agent else ()
    return reading


def _scenes(
    mail: Mail, heading: str, subject: str, ranked: list[tuple[str, float]], lexicon: Lexicon
) -> Iterator[tuple[_Scene, float]]:
    """Every sentence that may count, with the weight of where it stands."""
    replying = heading != visible(subject[:1000]).strip() and mail.text(Role.FORWARDED) == ""
    for text, quoted, weight in (
        (heading, False, 0.45 if replying else 1.0),
        (mail.own, False, 1.0),
        (mail.text(Role.FORWARDED), True, 1.0),
    ):
        if not text:
            continue
        languages = ranked if text is not mail.text and not quoted else rank(text, profiles=lexicon.profiles)
        vocabulary = _vocabulary(languages or ranked, lexicon)
        for sentence in sentences(text)[:MAX_SENTENCES]:
            hits, length = vocabulary.scan(sentence)
            mask = 0
            for hit in hits:
                mask |= hit.mask
            yield _Scene(sentence, hits, length, mask, quoted=quoted), weight


def _vocabulary(ranked: list[tuple[str, float]], lexicon: Lexicon) -> Vocabulary:
    chosen = {"en"}
    for language, share in ranked[:3]:
        if share >= 0.15:
            chosen.add(language)
    if ranked:
        chosen.update(_SIBLINGS.get(ranked[0][0], ()))
    return lexicon.vocabulary(chosen)


def _judge(scenes: list[tuple[_Scene, float]], reading: _Reading) -> None:
    before = 0.0
    for scene, weight in scenes:
        scene.before, scene.lawful, scene.agent = before, bool(reading.mask & _LAW), reading.agent
        if scene.mask & _TRIGGERS:
            for kind, rule, needs in _RULES:
                if scene.mask & needs:
                    reading.add(kind, rule(scene) * weight, scene.text, quoted=scene.quoted)
        strength = _best(thing.strength for thing in scene.things()) if scene.mask else 0.0
        before = max(strength, before * 0.7) if scene.mask else before * 0.7


def _judge_reproaches(scenes: list[tuple[_Scene, float]], reading: _Reading) -> None:
    """Complaints and appeals: unanswered requests, mishandled data, a letter to an authority."""
    best = max(reading.totals().values(), default=0.0)
    about_privacy = best >= 0.4 or (reading.privacy_context and reading.saw("my", "me", "request"))
    for scene, weight in scenes:
        score = 0.0
        if scene.has("unanswered") and about_privacy and not scene.has("otherwise", "hyp"):
            score = 0.72
        if scene.has("complain") and not scene.has("otherwise", "hyp", "may"):
            lawful = scene.has("authority", "a77") or scene.mask & _LAW
            score = max(
                score, 0.88 if lawful else 0.7 if about_privacy and best >= 0.4 else 0.3 if about_privacy else 0.0
            )
        if scene.has("mishandled") and _best(thing.strength for thing in scene.things()) >= 0.8 and not scene.technical:
            score = max(score, 0.7)
        if scene.has("earlier") and scene.has("unanswered", "still") and about_privacy:
            score = max(score, 0.72)
        if score:
            reading.reproach = max(reading.reproach, score)
            reading.add(Kind.COMPLAINT, score * weight, scene.text, quoted=scene.quoted)
        if scene.has("appeal") and (about_privacy or scene.has("request")):
            sure = scene.has("want", "my", "request", "me")
            reading.add(
                Kind.APPEAL,
                (0.75 if sure and about_privacy else 0.3) * scene.mood(scene.where("appeal")[0]),
                scene.text,
                quoted=scene.quoted,
            )


def _lift_by_context(reading: _Reading) -> None:
    """A half-sure finding counts more in a mail that names a privacy law or right."""
    if not reading.mask & (_LAW | _ARTICLE_BITS | _B["sar"] | _B["erasure_right"]):
        return
    for kind in (Kind.DELETION, Kind.ACCESS, Kind.CORRECTION, Kind.OBJECTION, Kind.RESTRICTION):
        findings = reading.found.get(kind)
        if findings and 0.33 <= max(findings, key=_first)[0] < CERTAIN and reading.saw("my", "me", "about_me"):
            score, sentence, quoted = max(findings, key=_first)
            findings.append((score + 0.18, sentence, quoted))


def _settle(reading: _Reading, scenes: list[tuple[_Scene, float]]) -> None:
    """Kinds that lean on others: children, one access case instead of its parts, spam."""
    for scene, _ in scenes:
        if scene.has("child") and _child(scene) >= CERTAIN:
            reading.child = True
    access = max((score for score, _, _ in reading.found.get(Kind.ACCESS, ())), default=0.0)
    if access >= CERTAIN and not reading.mask & _B["ccpa"]:
        for kind in (Kind.KNOW_CATEGORIES, Kind.RECIPIENT_LIST, Kind.KNOW_SPECIFIC):
            reading.found.pop(kind, None)
    reading.spam = sum(scene.has("spam") for scene, _ in scenes) >= 2


def _about(*texts: str) -> tuple[str, ...]:
    """The addresses written in the mail, in order."""
    return tuple(dict.fromkeys(found for text in texts for found in _ADDRESS.findall(text[:20_000])))[:20]
