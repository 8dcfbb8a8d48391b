"""What a mail asks for: kinds with the sentence that caused each and a confidence. Pure; no outside service is asked.

A mail is taken apart (mailtext.py), each sentence becomes a `Scene` of concepts (lexicon.py, scene.py), a rule per kind
judges each scene (kinds.py), and this module puts the findings of all sentences together: which mood the whole mail
has, who speaks for whom, reminders and reproaches, which kind contains another. Certain is 0.5 and above; 0.25 to
0.5 is for a person (R-CLASS-3). See docs/decisions/0003.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import nlargest
from math import log
from typing import Final

from zoho_privacy.domain.kinds import ARTICLES, RIGHTS, RULES, TRIGGERS
from zoho_privacy.domain.language import UNKNOWN, rank
from zoho_privacy.domain.lexicon import Lexicon, Vocabulary
from zoho_privacy.domain.mailtext import Mail, Role, sentences, split, visible, without_prefixes
from zoho_privacy.domain.model import Kind, Label, Law, Understanding
from zoho_privacy.domain.scene import LAW, B, Scene, best_of
from zoho_privacy.domain.wording import KINDS, Worded, Wording

CERTAIN: Final = 0.5
DOUBTFUL: Final = 0.25
MAX_SENTENCES: Final = 240
MAX_READ: Final = 36_000
MAX_HITS: Final = 64
WHOLE: Final = -1
MOST_JUDGED: Final = 12
WORDED_FAINT: Final = 0.35
WORDED_NEVER: Final = 0.1
WORDED_ASKED: Final = 0.95
WORDED_VAGUE: Final = 0.3
WORDED_CLEAR: Final = 0.6
WORDED_DENIED: Final = 0.2
RULES_CLEAR: Final = 0.9
WEAKENED: Final = 0.5
WORDED_KINDS: Final = frozenset(KINDS)
SPOKEN_OUT: Final = frozenset(Kind) - WORDED_KINDS | {Kind.COMPLAINT}
_VERBS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.DELETION: ("erase",),
    Kind.RESTRICTION: ("erase",),
    Kind.ACCESS: ("copy", "know"),
    Kind.CORRECTION: ("correct", "change"),
    Kind.PORTABILITY: ("port", "transfer", "copy"),
}
_POSSIBLE: Final = 0.45
_SURE: Final = 0.7
_SHARPENED: Final = log(CERTAIN) / log(_SURE)

_RIGHT_NAMES: Final = sum(B[name] for name in (*ARTICLES, "a77", "sar", "erasure_right"))
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
_OF_A_CHILD: Final = (Kind.DELETION, Kind.RESTRICTION, Kind.OBJECTION, Kind.WITHDRAW_CONSENT, Kind.COMPLAINT)
_QUOTED: Final = re.compile(r"(?:[“„\"«‹‘]|(?<![^\W_])')[^“”„\"«»‹›‘’'\n]{2,60}(?:[”“\"»›’]|'(?![^\W_]))")
_AGE: Final = re.compile(r"(?<![\d.,:/-])(?:[1-9]|1[0-7])(?![\d:/-]|[.,]\d)")
_BLANK: Final = re.compile(r"\n[ \t]*\n")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}")


def understand(subject: str, body: str, *, lexicon: Lexicon) -> Understanding:
    """Read one message. Never raises on any text; an empty one is understood as asking for nothing.

    `body` may be HTML or plain text. Labels are ordered by confidence and carry the sentence as written.
    """
    reading = _read(subject, body, lexicon)
    _settle(reading)
    found = sorted(reading.totals().items(), key=lambda item: -item[1])
    labels = [_label(reading, kind, score) for kind, score in found if score >= DOUBTFUL]
    certain = tuple(label for label in labels if label.confidence >= CERTAIN)
    return Understanding(
        language=reading.language,
        labels=certain,
        doubtful=tuple(label for label in labels if label.confidence < CERTAIN),
        by_agent=reading.by_agent,
        about=reading.about if reading.by_agent else (),
        laws=reading.laws,
        child=reading.child,
        client_data=reading.saw("client"),
        sensitive=reading.saw("special"),
        reminder=reading.reminder,
        spam=reading.spam and not certain,
        marketing=reading.marketing,
    )


def evaluate(subject: str, body: str, *, lexicon: Lexicon) -> tuple[Mapping[Kind, float], float]:
    """Return the confidence of every kind, and how surely somebody writes for another person.

    Nothing is folded into anything here: a report about a child also counts as the deletion it asks for.
    """
    reading = _read(subject, body, lexicon)
    totals = reading.totals()
    return {kind: round(totals.get(kind, 0.0), 3) for kind in Kind}, reading.agent_score


def read(subject: str, body: str, *, lexicon: Lexicon) -> list[Scene]:
    """Every sentence that may count, with its concepts: what the wording model is trained on."""
    return _read(subject, body, replace(lexicon, wording=None)).scenes


def _label(reading: "_Reading", kind: Kind, score: float) -> Label:
    cause = reading.cause(kind)
    return Label(kind, round(score, 3), cause.text[:500], cause.quoted)


@dataclass(frozen=True, slots=True)
class _Finding:
    """One scene that speaks for a kind."""

    score: float
    scene: Scene


@dataclass(slots=True)
class _Reading:
    """What has been gathered from the sentences of one mail."""

    language: str
    scenes: list[Scene] = field(default_factory=list)
    mask: int = 0
    found: dict[Kind, list[_Finding]] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    reminder: bool = False
    child: bool = False
    spam: bool = False

    def saw(self, *names: str) -> bool:
        return any(self.mask & B[name] for name in names)

    def add(self, kind: Kind, score: float, scene: Scene) -> None:
        if score > 0.0:
            self.found.setdefault(kind, []).append(_Finding(min(score * scene.weight, 0.99), scene))

    def best(self, kind: Kind) -> float:
        return best_of(finding.score for finding in self.found.get(kind, ()))

    def cause(self, kind: Kind) -> Scene:
        """The sentence that speaks loudest for a kind."""
        return max(self.found[kind], key=_score).scene

    def of(self, scene: Scene) -> list[tuple[Kind, _Finding]]:
        """What was found in one sentence."""
        return [(kind, each) for kind, found in self.found.items() for each in found if each.scene is scene]

    def drop(self, kind: Kind, scene: Scene) -> None:
        """Take one sentence's findings for a kind back."""
        self.keep(kind, [finding.scene for finding in self.found.get(kind, ()) if finding.scene is not scene])

    def weaken(self, scene: Scene, kinds: frozenset[Kind]) -> None:
        """Leave one sentence's findings for a person."""
        for kind in kinds & self.found.keys():
            self.found[kind] = [
                replace(each, score=WEAKENED * each.score) if each.scene is scene else each for each in self.found[kind]
            ]

    def totals(self) -> dict[Kind, float]:
        """One confidence per kind: the best sentence, a little more where a second agrees."""
        totals: dict[Kind, float] = {}
        for kind, findings in self.found.items():
            ranked = sorted((finding.score for finding in findings), reverse=True)
            second = ranked[1] if len(ranked) > 1 else 0.0
            totals[kind] = 1 - (1 - ranked[0]) * (1 - 0.35 * second)
        return totals

    def keep(self, kind: Kind, scenes: list[Scene]) -> None:
        """Leave only the findings of these scenes."""
        left = [finding for finding in self.found.get(kind, ()) if any(finding.scene is scene for scene in scenes)]
        if left:
            self.found[kind] = left
        else:
            self.found.pop(kind, None)

    @property
    def laws(self) -> tuple[Law, ...]:
        named = tuple(law for name, law in _LAWS if self.mask & B[name])
        return tuple(law for law in named if law is not Law.GDPR or Law.UK_GDPR not in named)

    @property
    def marketing(self) -> bool:
        """Whether the objection is one to direct marketing."""
        return self.best(Kind.OBJECTION) >= DOUBTFUL and self.cause(Kind.OBJECTION).has("marketing", "unsubscribe")

    @property
    def agent_score(self) -> float:
        best = best_of(score for kind, score in self.totals().items() if kind in RIGHTS)
        speaks = self.saw("agent")
        return 0.8 if speaks and best >= CERTAIN else 0.4 if speaks and best >= DOUBTFUL else 0.0

    @property
    def by_agent(self) -> bool:
        return self.agent_score >= CERTAIN


def _score(finding: _Finding) -> float:
    return finding.score


def _read(subject: str, body: str, lexicon: Lexicon) -> _Reading:
    mail = split(body, subject=subject, words=lexicon.mail)
    heading = without_prefixes(subject, lexicon.mail)
    own, passed = mail.own, mail.text(Role.FORWARDED)
    ranked = rank(own if len(own) >= 20 or not passed else passed, profiles=lexicon.profiles) if own or passed else []
    ranked = ranked or rank(heading, profiles=lexicon.profiles)
    reading = _Reading(ranked[0][0] if ranked else UNKNOWN)
    reading.scenes = list(_scenes(mail, heading, subject, ranked, lexicon))
    for scene in reading.scenes:
        reading.mask |= scene.mask
    _judge(reading)
    if lexicon.wording is not None:
        _judge_wording(reading, lexicon.wording)
    _lower_notice(reading)
    _judge_children(reading)
    _judge_reproaches(reading)
    _lift_by_context(reading)
    reading.spam = sum(scene.has("spam") for scene in reading.scenes) >= 2
    reading.about = _addresses(own, passed)
    return reading


def _scenes(
    mail: Mail, heading: str, subject: str, ranked: list[tuple[str, float]], lexicon: Lexicon
) -> Iterator[Scene]:
    """Every sentence that may count, with the weight of where it stands."""
    passed = mail.text(Role.FORWARDED)
    replying = heading != visible(subject[:1000]).strip() and not passed
    places = ((heading, False, 0.45 if replying else 1.0), (mail.own, False, 1.0), (passed, True, 1.0))
    for place, (text, quoted, weight) in enumerate(places):
        if not text:
            continue
        languages = rank(text, profiles=lexicon.profiles) if quoted else ranked
        vocabulary = _vocabulary(languages or ranked, lexicon)
        for block, sentence in _some(_by_block(text)):
            hits, length, commas = vocabulary.scan(_without_mentions(sentence))
            del hits[MAX_HITS:]
            mask = 0
            for hit in hits:
                mask |= hit.mask
            scene = Scene(sentence, hits, length, mask, quoted=quoted, weight=weight, commas=commas, block=block)
            scene.heading = place == 0
            yield scene


def _by_block(text: str) -> list[tuple[int, str]]:
    """The sentences of a text with the number of the paragraph each stands in."""
    return [(number, each) for number, block in enumerate(_BLANK.split(text)) for each in sentences(block)]


def _some(found: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The beginning and the end of a very long text: a request is not in the middle of a log."""
    if len(found) > MAX_SENTENCES:
        found = found[: MAX_SENTENCES * 3 // 4] + found[-MAX_SENTENCES // 4 :]
    if sum(len(sentence) for _, sentence in found) <= MAX_READ:
        return found
    head = _up_to(found, MAX_READ * 3 // 4)
    return head + _up_to(found[len(head) :][::-1], MAX_READ // 4)[::-1]


def _up_to(found: list[tuple[int, str]], most: int) -> list[tuple[int, str]]:
    taken = 0
    for index, (_, sentence) in enumerate(found):
        taken += len(sentence)
        if taken > most:
            return found[:index]
    return found


def _without_mentions(sentence: str) -> str:
    """A sentence without the few words it only quotes: the label of a button, the title of a page."""
    if not any(mark in sentence for mark in "'\"“„«‘"):
        return sentence
    left = _QUOTED.sub(" - ", sentence)
    return left if len(left) >= 25 else sentence


def _vocabulary(ranked: list[tuple[str, float]], lexicon: Lexicon) -> Vocabulary:
    chosen = {language for language, share in ranked[:3] if share >= 0.2}
    if not ranked or ranked[0][1] < 0.6 or any(language == "en" and share >= 0.1 for language, share in ranked):
        chosen.add("en")
    if ranked:
        chosen.update((ranked[0][0], *_SIBLINGS.get(ranked[0][0], ())))
    return lexicon.vocabulary(chosen, typos=ranked[0][0] if ranked else "")


def _judge(reading: _Reading) -> None:
    before, agreed, misnamed = 0.0, False, False
    lawful, agent, child = bool(reading.mask & LAW), reading.saw("agent"), reading.saw("child")
    for scene in reading.scenes:
        scene.before, scene.lawful, scene.agent, scene.child = before, lawful, agent, child
        scene.agreed, scene.misnamed = agreed, misnamed
        if scene.mask & TRIGGERS:
            for kind, rule, needs in RULES:
                if scene.mask & needs:
                    reading.add(kind, rule(scene), scene)
        before = max(scene.best(), before * 0.7) if scene.mask else before * 0.7
        agreed = scene.has("consent") and not scene.has("withdraw", "may")
        misnamed = _misnames(scene) or (misnamed and scene.length <= 6 and not scene.mask & TRIGGERS)


def _judge_wording(reading: _Reading, wording: Wording) -> None:
    """Let the wording of each sentence speak beside the rules: it finds what they miss and says better for what.

    Where the rules are sure of a sentence, its wording may only say for what; in a letter that names a law or a right
    and whose wish the rules have read, they are left alone.
    """
    ruled = {id(scene): 0.0 for scene in reading.scenes}
    for findings in reading.found.values():
        for finding in findings:
            ruled[id(finding.scene)] = max(ruled[id(finding.scene)], finding.score)
    certain = best_of(ruled.values()) >= CERTAIN
    if certain and reading.mask & (LAW | _RIGHT_NAMES):
        return
    sure = {id(scene): wording.request(scene) for scene in reading.scenes if scene.hits and not scene.heading}
    doubted = best_of(sure.values()) < CERTAIN
    clearest: list[tuple[float, Scene]] = []
    for scene in reading.scenes:
        said, rules = sure.get(id(scene), 0.0), ruled[id(scene)]
        taken_back = scene.agreed and scene.has("withdraw")  # "I take that back" says nothing without what was before
        least = WORDED_DENIED if rules < RULES_CLEAR else WORDED_NEVER
        if rules >= CERTAIN and doubted and not taken_back and said < least:
            reading.weaken(scene, WORDED_KINDS)
        scene.asked = said >= WORDED_ASKED
        score = said**_SHARPENED
        heard = score >= CERTAIN if rules >= CERTAIN else said >= WORDED_FAINT and not certain
        if heard:
            clearest.append((score, scene))
    told = [scene for scene in reading.scenes if scene.hits]
    places = {id(scene): place for place, scene in enumerate(told)}
    loudest = nlargest(MOST_JUDGED, clearest, key=_first)
    rows: dict[int, dict[int, float]] = {}
    judged = [(score, scene, wording.judge(told, places[id(scene)], rows)) for score, scene in loudest]
    plain = any(worded.clearest >= CERTAIN for _, _, worded in judged)
    vague = best_of(score for score, _, worded in judged if worded.clearest < WORDED_VAGUE)
    for score, scene, worded in judged:
        if not plain or worded.clearest >= WORDED_VAGUE:
            _say_for_what(reading, scene, worded, max(score, vague) if worded.clearest >= CERTAIN else score)


def _first(pair: tuple[float, Scene]) -> float:
    return pair[0]


def _say_for_what(reading: _Reading, scene: Scene, worded: Worded, score: float) -> None:
    """Raise the kind a sentence is worded for, and drop what it is not."""
    ruled = {kind: finding.score for kind, finding in reading.of(scene)}
    best, main = max(ruled.values(), default=0.0), worded.main
    if best >= CERTAIN and (worded.clearest < WORDED_CLEAR or max(ruled, key=ruled.__getitem__) in SPOKEN_OUT):
        return
    if _refused(main, scene) or _how_to(main, scene) or (main is Kind.COMPLAINT and scene.has("earlier", "unanswered")):
        return
    if best < CERTAIN and scene.has("close", "moved"):
        if main not in (Kind.DELETION, Kind.CORRECTION):
            return
        score = min(score, _POSSIBLE)
    # "stop using it until this is settled" is no objection
    paused = main is Kind.RESTRICTION and scene.has("until") and not scene.has("object")
    for kind, likely in worded.kinds.items():
        if kind is main or likely < WORDED_NEVER or (paused and kind is Kind.OBJECTION):
            reading.drop(kind, scene)
    reading.add(main, max(score, best), scene)


def _how_to(kind: Kind, scene: Scene) -> bool:
    """Whether it asks how a program is used: "how can I export my address book?"."""
    held = scene.data >= _OF_A_PERSON or scene.has("about_me", "hold", "sar", "pdata")
    return kind in _COPIES and scene.has("howto") and not held


_COPIES: Final = frozenset({Kind.ACCESS, Kind.PORTABILITY})
_OF_A_PERSON: Final = 0.5


def _refused(kind: Kind, scene: Scene) -> bool:
    """Whether every verb that would mean this kind is one the writer forbids: "do not delete my files"."""
    if kind is Kind.RESTRICTION and scene.has("restrict", "only", "process"):
        return False
    places = [at for name in _VERBS.get(kind, ()) for at in scene.where(name)]
    return bool(places) and all(scene.negated(at) for at in places)


def _misnames(scene: Scene) -> bool:
    """Whether it tells that the records call the writer something else."""
    said = scene.has("named") or (scene.has("item", "data") and scene.has("wrong") and scene.has("my"))
    return said and not scene.has("tech", "hyp", "howto")


def _lower_notice(reading: _Reading) -> None:
    """What only speaks of "your data" and "you may", never of the writer's own, is a notice, a footer or our reply.

    Judged for the writer's words as a whole, then paragraph by paragraph; a mail passed on likewise.
    """
    groups: dict[tuple[bool, int], list[Scene]] = {}
    for scene in reading.scenes:
        groups.setdefault((scene.quoted, WHOLE), []).append(scene)
        groups.setdefault((scene.quoted, scene.block), []).append(scene)
    for scenes in groups.values():
        if _is_notice(scenes):
            for scene in scenes:
                scene.notice = True
    for kind, findings in reading.found.items():
        reading.found[kind] = [replace(f, score=0.2 * f.score) if f.scene.notice else f for f in findings]


def _is_notice(scenes: list[Scene]) -> bool:
    return any(map(_addresses_reader, scenes)) and not any(map(_speaks_of_self, scenes))


def _addresses_reader(scene: Scene) -> bool:
    if scene.has("may") and scene.has("data", "pdata") and scene.has("erase", "copy", "correct", "object", "sar"):
        return True
    return any(
        scene.near(at, "your", 2, 1)
        for name in ("data", "pdata", "account", "request", "consent", "item")
        for at in scene.where(name)
    )


def _speaks_of_self(scene: Scene) -> bool:
    return (
        scene.asked
        or scene.has("my", "about_me")
        or (scene.has("me") and scene.has("want", "earlier", "unanswered", "request", "hold", "contact", "wrong"))
    )


# --- who else is meant, and what went wrong before --------------------------------------------------------------


def _judge_children(reading: _Reading) -> None:
    """A parent or school speaks of a child's data: the child and what is to happen may stand in two sentences."""
    spoken = [scene for scene in reading.scenes if scene.has("child") and not scene.technical]
    if not spoken:
        return
    aged = any(scene.has("signup") or (scene.has("years") and _AGE.search(scene.text)) for scene in spoken)
    asked = best_of(reading.best(kind) for kind in RIGHTS)
    held = any(scene.has("hold", "account", "pdata", "signup") and not scene.technical for scene in spoken)
    if (aged and (asked >= 0.25 or held)) or (asked >= CERTAIN and any(_asks_for_child(s) for s in reading.scenes)):
        reading.child = True
        reading.add(Kind.CHILD_REPORT, 0.75, spoken[0])
    elif held:
        reading.add(Kind.CHILD_REPORT, 0.36, spoken[0])


def _asks_for_child(scene: Scene) -> bool:
    return scene.has("their", "about_them", "child") and bool(scene.mask & TRIGGERS) and scene.best() >= CERTAIN


def _judge_reproaches(reading: _Reading) -> None:
    """Reminders, complaints and appeals: unanswered requests, mishandled data, a letter to an authority."""
    best = best_of(reading.best(kind) for kind in RIGHTS)
    context = bool(reading.mask & (LAW | _RIGHT_NAMES | B["privacy"] | B["pdata"]))
    about_privacy = best >= 0.4 or (context and reading.saw("my", "me", "request"))
    abused = any(scene.has("mishandled") and scene.data >= 0.8 and not scene.technical for scene in reading.scenes)
    if not about_privacy and not abused:
        return
    reading.reminder = _is_reminder(reading, context=context)
    for scene in reading.scenes:
        reading.add(Kind.COMPLAINT, _complaint(scene, reading, best), scene)
        if scene.has("appeal"):
            sure = scene.first_person or scene.wanted
            reading.add(Kind.APPEAL, (0.75 if sure else 0.3) * scene.mood(scene.first("appeal")), scene)


def _complaint(scene: Scene, reading: _Reading, best: float) -> float:
    conditional = scene.notice or scene.has("otherwise", "hyp", "may")
    score = 0.0
    if scene.has("complain") and not conditional:
        lawful = scene.has("authority", "a77") or bool(scene.mask & LAW)
        likely = best >= 0.4 or reading.saw("mishandled", "unanswered", "authority")
        score = 0.88 if lawful and scene.has("want", "me", "my") else 0.7 if lawful or likely else 0.3
    if scene.has("mishandled") and not scene.technical and not scene.has("howto"):
        score = max(score, 0.72 if scene.data >= 0.8 else 0.3)
    if reading.reminder and scene.has("authority") and not scene.has("hyp", "may"):
        score = max(score, 0.72)
    if reading.reminder and scene.has("complain") and scene.has("otherwise"):
        score = max(score, 0.62)
    return score


def _is_reminder(reading: _Reading, *, context: bool) -> bool:
    """Whether an earlier request is said to be unanswered, in one sentence or two that stand together."""
    scenes = reading.scenes
    asked = {id(finding.scene) for kind in RIGHTS for finding in reading.found.get(kind, ()) if finding.score >= 0.2}
    for index, scene in enumerate(scenes):
        if not scene.has("earlier", "unanswered"):
            continue
        around = scenes[max(0, index - 1) : index + 2]
        if not (scene.has("earlier") or any(each.has("earlier") for each in around)):
            continue
        if not (scene.has("unanswered", "still") or any(each.has("unanswered") for each in around)):
            continue
        if any(id(each) in asked or (context and each.has("request", "privacy")) for each in around):
            return True
    return False


def _lift_by_context(reading: _Reading) -> None:
    """A half-sure finding counts more in a mail that names a privacy law or right."""
    if not reading.mask & (LAW | _RIGHT_NAMES) or not reading.saw("my", "me", "about_me"):
        return
    for kind in (Kind.DELETION, Kind.ACCESS, Kind.CORRECTION, Kind.OBJECTION, Kind.RESTRICTION):
        if 0.33 <= reading.best(kind) < CERTAIN:
            finding = max(reading.found[kind], key=_score)
            reading.found[kind].append(replace(finding, score=finding.score + 0.18))


# --- one kind instead of several ---------------------------------------------------------------------------------


def _settle(reading: _Reading) -> None:
    """Fold kinds into the one that contains them."""
    if reading.best(Kind.CHILD_REPORT) >= CERTAIN:
        for kind in _OF_A_CHILD:
            reading.found.pop(kind, None)
    if reading.best(Kind.APPEAL) >= CERTAIN:
        appealed = reading.cause(Kind.APPEAL)
        for kind in RIGHTS & reading.found.keys():
            reading.keep(kind, [scene for scene in reading.scenes if scene is not appealed])
    if reading.best(Kind.WITHDRAW_CONSENT) >= CERTAIN:
        withdrawn = [finding.scene for finding in reading.found[Kind.WITHDRAW_CONSENT]]
        others = [s for s in reading.scenes if s.has("object") or all(s is not each for each in withdrawn)]
        reading.keep(Kind.OBJECTION, others)
    _settle_access(reading)
    rights = best_of(reading.best(kind) for kind in RIGHTS)
    if rights >= CERTAIN:
        reading.found.pop(Kind.INQUIRY, None)
    if rights >= 0.75 and reading.saw("about_me", "my"):
        reading.found.pop(Kind.LEGAL_DEMAND, None)


def _settle_access(reading: _Reading) -> None:
    """Access contains its parts, except in California, where the parts are rights of their own."""
    if reading.best(Kind.PORTABILITY) >= CERTAIN:
        moved = [finding.scene for finding in reading.found[Kind.PORTABILITY] if finding.score >= CERTAIN]
        reading.keep(Kind.ACCESS, [scene for scene in reading.scenes if all(scene is not each for each in moved)])
    if reading.best(Kind.ACCESS) < CERTAIN:
        return
    parts = (Kind.KNOW_CATEGORIES, Kind.KNOW_SPECIFIC)
    if reading.mask & B["ccpa"] and max(reading.best(kind) for kind in parts) >= CERTAIN:
        whole = [s for s in reading.scenes if s.has("copy") and s.data >= 0.8 and not s.has("category", "specific")]
        reading.keep(Kind.ACCESS, whole)
        return
    for kind in (*parts, Kind.RECIPIENT_LIST):
        reading.found.pop(kind, None)


def _addresses(*texts: str) -> tuple[str, ...]:
    """The addresses written in the mail, in order."""
    return tuple(dict.fromkeys(found for text in texts for found in _ADDRESS.findall(text[:20_000])))[:20]
