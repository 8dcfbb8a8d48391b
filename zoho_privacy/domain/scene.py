"""One sentence, as the rules see it: its concepts in order, what a verb may act on, and in which mood. Pure.

A *thing* is something a verb may act on, with a strength: how surely it is the writer's own personal record ("all the
data you hold about me" near 1, "my data" beside a laptop low). A *mood* is 1 for a plain demand and falls towards 0
for a refusal, a notice ("you may"), a hypothesis, a tale of what happened, a list of everybody's rights.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final

from zoho_privacy.domain.lexicon import BIT, Hit

B: Final = BIT
LAW: Final = B["gdpr"] | B["uk"] | B["ccpa"] | B["lgpd"] | B["pipeda"] | B["us_state"]
_RIGHT_WORDS: Final = tuple(
    reduce(or_, (B[name] for name in names.split()))
    for names in ("sar copy", "correct", "erase erasure_right", "restrict limit", "object", "port", "withdraw")
)
_REAL: Final = B["pdata"] | B["data"] | B["all"]
_BLOCKERS: Final = reduce(
    or_, (B[name] for name in ("erase", "correct", "restrict", "object", "withdraw", "limit", "sell", "share"))
)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something a verb may act on: where it begins and ends, how surely it is the writer's own data (0..1)."""

    at: int
    end: int
    strength: float
    bit: int


@dataclass(slots=True)
class Scene:
    """One sentence: its concepts and what stood just before it.

    `before` is the strength of the best thing in the sentences before, `agreed` whether the last one spoke of consent
    that the writer gave, `misnamed` whether one before told that the records call the writer something else; `lawful`,
    `agent` and `child` are facts about the whole mail. `quoted` marks a forwarded part, `weight` the place (a subject
    of a reply counts less), `heading` the subject, `asked` that its wording alone asks for something.
    """

    text: str
    hits: list[Hit]
    length: int
    mask: int
    before: float = 0.0
    agreed: bool = False
    misnamed: bool = False
    lawful: bool = False
    agent: bool = False
    child: bool = False
    quoted: bool = False
    heading: bool = False
    asked: bool = False
    weight: float = 1.0
    commas: tuple[int, ...] = ()
    block: int = 0
    notice: bool = False
    _where: dict[str, list[int]] = field(default_factory=dict)
    _things: list[Thing] | None = None

    def has(self, *names: str) -> bool:
        """Whether any of these concepts occurs."""
        for name in names:  # noqa: SIM110  called for every rule: a loop takes half the time of any()
            if self.mask & B[name]:
                return True
        return False

    def where(self, name: str) -> list[int]:
        """The places of a concept."""
        found = self._where.get(name)
        if found is None:
            bit = B[name]
            found = [hit.at for hit in self.hits if hit.mask & bit] if self.mask & bit else []
            self._where[name] = found
        return found

    def first(self, *names: str) -> int:
        """The place of the first of these concepts that occurs, in the order asked; 0 where none does."""
        return next((self.where(name)[0] for name in names if self.mask & B[name]), 0)

    def near(self, at: int, name: str, before: int, after: int) -> bool:
        """Whether the concept stands at most so many words before or after a place."""
        return any(-before <= place - at <= after for place in self.where(name)) if self.mask & B[name] else False

    @property
    def question(self) -> bool:
        """Whether it ends as a question."""
        return self.text[-1:] in "?？؟" or self.text.rstrip(" \"'”»)")[-1:] in ("?", "？", "؟", ";")

    @property
    def technical(self) -> bool:
        """Whether it speaks of devices, files or tickets and of nothing that marks a person's record."""
        return self.has("tech") and not (self.has("about_me", "base", "hold") or self.mask & LAW)

    @property
    def first_person(self) -> bool:
        """Whether the writer speaks of himself or herself."""
        return self.has("me", "my", "about_me")

    @property
    def wanted(self) -> bool:
        """Whether the writer asks in the first person or politely."""
        return self.has("want", "request")

    @property
    def recital(self) -> bool:
        """Whether it recites rights: three and more of them, or two under "you may"."""
        count = sum(1 for bits in _RIGHT_WORDS if self.mask & bits)
        return count >= 3 or (count >= 2 and self.has("may"))

    # -- to whose data

    def things(self) -> list[Thing]:
        """What a verb could act on, each with its strength."""
        if self._things is None:
            self._things = list(self._find_things())
        return self._things

    def best(self, bits: int = -1) -> float:
        """The strength of the best thing of these sorts (all by default)."""
        return max((thing.strength for thing in self.things() if thing.bit & bits), default=0.0)

    @property
    def data(self) -> float:
        """The strength of the best thing that is data in the plain sense."""
        return self.best(_REAL)

    def _find_things(self) -> Iterator[Thing]:
        for hit in self.hits:
            at, mask, end = hit.at, hit.mask, hit.at + hit.words - 1
            if mask & B["pdata"]:
                yield Thing(at, end, self._owned(at, end, 0.45, 0.97), B["pdata"])
            elif mask & B["data"]:
                yield Thing(at, end, self._owned(at, end, 0.12, 0.9), B["data"])
            elif mask & B["all"] and not mask & B["account"]:
                yield Thing(at, end, self._everything(at), B["all"])
            elif mask & B["what"] and self._relative(at):
                yield Thing(at, end, 0.9, B["all"])
            if mask & B["item"]:
                yield Thing(at, end, self._personal_item(at, end), B["item"])
            if mask & B["account"]:
                yield Thing(at, end, self._own_account(at, end), B["account"])
            if (
                mask & B["me"]
                and not self.has("marketing")
                and (self.near(at, "base", 3, 8) or (self.near(at, "erase", 4, 4) and self.has("hold", "base")))
            ):
                yield Thing(at, end, 0.85, B["me"])

    def _relative(self, at: int) -> bool:
        """Whether "what" opens the object of an earlier verb: "erase what you have about me"."""
        return (
            self.near(at, "erase", 6, 0)
            and self.near(at, "hold", 0, 6)
            and (self.near(at, "about_me", 0, 8) or self.near(at, "me", 0, 6))
        )

    def _owned(self, at: int, end: int, plain: float, owned: float) -> float:
        mine = self._mine(at, end)
        about = self.near(at, "about_me", 8, 12)
        if not mine and not about and self.near(at, "your", 3, 0):
            return 0.05
        if mine or about:
            return owned * (0.4 if self.technical and not about and plain < 0.3 else 1.0)
        if (self.agent or self.child) and self._theirs(at):
            return owned * 0.9
        if self.near(at, "their", 3, 1) or self.near(at, "about_them", 6, 10):
            return plain * 0.5
        if self.near(at, "attached", 1, 6) or (self.near(at, "hold", 8, 8) and self.near(at, "all", 4, 1)):
            return max(plain, 0.8 if not self.technical else 0.3)
        if plain >= 0.4:
            asked = self.has("want")
            return plain + (0.35 if self.lawful and asked else 0.2 if asked and not self.has("tech") else 0.0)
        if self.near(at, "all", 3, 1) and self.near(at, "me", 6, 6) and not self.technical:
            return 0.6
        return plain

    def _mine(self, at: int, end: int) -> bool:
        """Whether "my" belongs to this thing: before it without a device between, or right behind it."""
        tech = self.where("tech") + self.where("access_to")
        return any(
            place - at >= -4 and place <= end + 1 and not any(place < other < at for other in tech)
            for place in self.where("my")
        )

    def _theirs(self, at: int) -> bool:
        return self.near(at, "their", 4, 4) or self.near(at, "about_them", 8, 12) or self.has("someone")

    def _everything(self, at: int) -> float:
        if self.near(at, "about_me", 8, 12):
            return 0.95
        if (self.agent or self.child) and self.near(at, "about_them", 8, 12):
            return 0.85
        if self.near(at, "hold", 6, 8) and not self.has("tech"):
            return 0.72 if self.has("me", "my") else 0.6
        return 0.1

    def _personal_item(self, at: int, end: int) -> float:
        if not (self._mine(at, end) or self.near(at, "about_me", 6, 8)):
            return 0.6 if self._listed_item(at) else 0.0
        if self.has("base", "hold") and not self.technical:
            return 0.85
        return 0.15 if self.has("tech") else 0.36

    def _listed_item(self, at: int) -> bool:
        """Whether it is to go from your records though nobody says whose it is, as languages without "my" do."""
        return self.near(at, "base", 4, 6) and self.has("erase") and not self.has("tech", "their", "someone")

    def _own_account(self, at: int, end: int) -> float:
        if not self._mine(at, end):
            return 0.0
        return 0.12 if self.has("tech") else 0.4

    def object_of(self, at: int, *, reach: int = 18, least: float = 0.0, shy: bool = False) -> float:
        """The strength of the best thing within reach of a verb, less where a technical object stands nearer.

        `shy` verbs (send, give, tell ...) do not reach past another action: "send a confirmation that you have erased
        my data" sends no data.
        """
        best = 0.0
        for thing in self.things():
            distance = min(abs(thing.at - at), abs(thing.end - at))
            if distance > reach or thing.strength < least or (shy and thing.bit == B["me"]):
                continue
            strength = thing.strength * (1.0 if distance <= 9 else 1.0 - 0.04 * (distance - 9))
            if strength <= best:
                continue
            if self.has("tech"):
                strength *= self._tech_between(at, thing)
            if shy and self._blocked(at, thing):
                strength *= 0.3
            best = max(best, strength)
        return best

    def _tech_between(self, at: int, thing: Thing) -> float:
        low, high = min(at, thing.at), max(at, thing.end)
        if thing.bit == B["item"] and self.has("base"):
            return 1.0
        sure = thing.strength >= 0.9 and thing.bit & (B["pdata"] | B["all"])
        for place in self.where("tech"):
            if low <= place <= high or -2 <= place - thing.at <= 0 or 0 <= place - thing.end <= 4:
                close = abs(place - thing.at) <= 1
                return 0.75 if sure and not close and not self.has("restore") else 0.35
        return 1.0

    def _blocked(self, at: int, thing: Thing) -> bool:
        """Whether another action stands between a verb and a thing; "copy, correct and delete X" is one chain."""
        low, high = (at, thing.at) if at < thing.at else (thing.end, at)
        between = [hit.at for hit in self.hits if low < hit.at < high and hit.mask & _BLOCKERS]
        chain = at
        for place in between if at < thing.at else reversed(between):
            if abs(place - chain) > 2:
                return True
            chain = place
        return False

    def acted(self, verb: str, *, reach: int = 18, least: float = 0.0, shy: bool = False) -> float:
        """The best of (object strength x mood) over the places of a verb."""
        return best_of(self.object_of(at, reach=reach, least=least, shy=shy) * self.mood(at) for at in self.where(verb))

    # -- in which mood

    def mood(self, at: int) -> float:
        """1 for a plain demand, towards 0 for a refusal, a notice, a hypothesis, a tale."""
        if self.negated(at):
            return 0.0
        factor = 1.0
        asked = self.question and self.first_person
        may = self.has("may") and any(place <= at for place in self.where("may"))
        if may and not asked and not self._wants_before("may"):
            factor *= 0.12
        if self.recital:
            factor *= 0.5 if self.first_person and not self.has("may") else 0.1
        if self.has("howto"):
            factor *= 0.4
        if self.has("hyp") and any(place <= at for place in self.where("hyp")):
            factor *= 0.4
        if self.near(at, "did", 4, 3):
            factor *= 0.12
        if self.has("restore") and self.data < 0.93 and not self._vanishing_wanted():
            factor *= 0.3
        if self.near(at, "we", 3, 0) and not self.near(at, "want", 5, 0):
            factor *= 0.2
        return factor

    def _vanishing_wanted(self) -> bool:
        """Whether "disappear" is what is to be done, as in "my number must disappear", not what went wrong."""
        spans = [(hit.at, hit.at + hit.words) for hit in self.hits if hit.mask & B["erase"]]
        return self.has("want", "must") and all(
            any(low <= at < high for low, high in spans) for at in self.where("restore")
        )

    def _wants_before(self, name: str) -> bool:
        first = min(self.where(name))
        return any(place < first for place in self.where("want"))

    def negated(self, at: int) -> bool:
        """Whether "not" governs the verb at this place; "have not deleted yet" is a reproach, not a refusal.

        A "not" inside the phrase found here ("no longer applies") belongs to its meaning.
        """
        if any(0 <= at - place <= 9 and not self._parted(place, at) for place in self.where("notwant")):
            return True
        if not self.has("neg") or self.has("why", "unanswered"):
            return False
        own = max((hit.at + hit.words for hit in self.hits if hit.at == at), default=at)
        for place in self.where("neg"):
            if at < place < own or self.near(place, "still", 3, 3):
                continue
            if 0 < at - place <= 2 or place - at == 1:
                return True
            if 0 < place - at <= 8 and self._closes_clause(at, place) and place not in self.where("stop"):
                return True
        return False

    def _parted(self, place: int, at: int) -> bool:
        """Whether a comma ends what "I do not want" governs; one right behind it only opens a clause."""
        return any(place + 4 < comma < at for comma in self.commas)

    def _closes_clause(self, at: int, place: int) -> bool:
        """Whether a "not" behind its verb ends the clause, as in "löschen Sie das nicht, sondern ..."."""
        if any(at < comma < place for comma in self.commas):
            return False
        return place >= self.length - 2 or place + 1 in self.commas


def best_of(values: Iterable[float]) -> float:
    """The largest value, 0 where there is none."""
    return max(values, default=0.0)
