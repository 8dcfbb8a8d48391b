"""How surely one sentence asks for each kind: a plain function per kind over a `Scene`, 0 to 1. Pure.

Each reads *what is to be done* and *to whose data*, lowered by the mood of its verb (scene.py). The numbers were chosen
by reasoning and moved only on cases kept apart from the held-out ones; docs/decisions/0003. A new kind is a new row in
`RULES`, with the concepts without which it cannot fire.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Final

from zoho_privacy.domain.model import Kind
from zoho_privacy.domain.scene import LAW, B, Scene, best_of

RELATIVE_REACH: Final = 2
"""Words from the end of "third parties" to the verb they are the subject of: "third parties that receive"."""
Rule = Callable[[Scene], float]
_DATA: Final = B["pdata"] | B["data"]
_GIVES: Final = ("recipient", "third")
_RECEIVERS: Final = B["recipient"] | B["third"]
_NO_QUESTION: Final = ("notwant", "stop", "optout", "object", "mishandled", "complain", "erase", "correct", "restrict")


def _article(scene: Scene, name: str) -> float:
    """A law's article stands for its right where somebody asks under it."""
    if not scene.has(name):
        return 0.0
    asked = scene.has("want") or scene.length <= 8 or (scene.has("request") and scene.has("me", "my", "earlier"))
    strength = 0.75 if asked else 0.45 if scene.first_person else 0.2
    return strength * scene.mood(scene.first(name)) * (0.2 if _second_person(scene) else 1.0)


def _named(scene: Scene, name: str) -> float:
    """A right called by its name ("subject access request", "right to be forgotten")."""
    at = scene.first(name)
    if _second_person(scene):
        return 0.08
    sure = scene.first_person or (scene.has("want") and not scene.has("their")) or scene.length <= 6
    sure = sure or (bool(scene.mask & LAW) and scene.length <= 12)
    return (0.85 if sure else 0.4) * scene.mood(at) * (0.3 if scene.technical else 1.0)


def _second_person(scene: Scene) -> bool:
    """Whether it speaks of the reader's data only: our own replies and notices."""
    mine = scene.has("my", "about_me") or (scene.has("me") and not scene.has("we"))
    return scene.has("your") and not mine


def _deletion(scene: Scene) -> float:
    found = _article(scene, "a17")
    if scene.has("erasure_right"):
        found = max(found, _named(scene, "erasure_right"))
    if scene.has("close"):
        found = max(found, 0.4 * best_of(scene.mood(at) for at in scene.where("close") if _closes(scene, at)))
    if scene.has("trace") and scene.first_person and scene.has("neg", "notwant", "stop") and not scene.technical:
        found = max(found, 0.75 * (0.3 if scene.has("howto", "hyp", "may") or _second_person(scene) else 1.0))
    if not scene.has("erase"):
        return found
    if not any(scene.near(at, "access_to", 0, 4) for at in scene.where("erase")):
        found = max(found, scene.acted("erase"))
    for at in scene.where("erase"):
        if scene.has("marketing") and not scene.things():
            continue
        if scene.near(at, "access_to", 0, 4):
            return found
        if scene.mask & LAW and scene.has("want") and not scene.has("tech", "their", "your"):
            found = max(found, 0.65 * scene.mood(at))
        if scene.near(at, "it", 2, 5) and not scene.has("tech"):
            earlier = best_of(thing.strength for thing in scene.things() if thing.at < at)
            found = max(found, 0.9 * max(scene.before, earlier) * scene.mood(at) if scene.before >= 0.8 else 0.0)
    return found


def _closes(scene: Scene, at: int) -> bool:
    asked = scene.length <= 5 or (scene.has("want") and scene.length <= 12)
    mine = scene.has("my") or (asked and not scene.has("their", "someone"))
    return mine and scene.near(at, "account", 6, 6) and not scene.has("tech")


def _access(scene: Scene) -> float:
    found = _article(scene, "a15")
    other = scene.has("a16", "a17", "a18", "a20", "a21") and not scene.has("a15")
    if scene.has("sar"):
        found = max(found, _named(scene, "sar") * (0.1 if other else 1.0))
    if scene.has("copy"):
        found = max(found, _copied(scene) * _calm_copy(scene))
        if scene.mask & LAW and scene.has("want") and not (other or scene.has("tech", "their", "your", "erase")):
            found = max(found, 0.45 * scene.mood(scene.first("copy")))
    found = max(found, _knowing(scene))
    passed_on = scene.has("share") and scene.has(*_GIVES) and scene.has("erase", "erasure_right", "correct", "restrict")
    return found * (0.3 if passed_on else 1.0)


def _copied(scene: Scene) -> float:
    """Something personal is to be handed over; a verb that tells who received data hands nothing over."""
    told = scene.where("share") if scene.has("who", *_GIVES) else []
    told += [at for at in scene.where("copy") if _of_recipients(scene, at)]
    return best_of(
        scene.object_of(at, least=0.45, shy=True) * scene.mood(at) for at in scene.where("copy") if at not in told
    )


def _of_recipients(scene: Scene, at: int) -> bool:
    """Whether those who receive the data are the verb's object or subject: "the list of third parties that get it"."""
    data = next((thing.at for thing in scene.things() if thing.at > at and thing.strength >= 0.5), at)
    named = [(hit.at, hit.at + hit.words - 1) for hit in scene.hits if hit.mask & _RECEIVERS]
    return any(at < start < data or 0 < at - end <= RELATIVE_REACH for start, end in named)


def _calm_copy(scene: Scene) -> float:
    if scene.has("access_to") and any(scene.near(at, "access_to", 0, 4) for at in scene.where("erase")):
        return 0.1
    if scene.technical:
        return 0.4
    if scene.has("share", "sell") and scene.has("mishandled"):
        return 0.1
    return 0.1 if scene.has("did", "marketing") and not scene.has("about_me", "hold") else 1.0


def _knowing(scene: Scene) -> float:
    """The writer asks what is known: "what do you hold about me", "whether you process data concerning me"."""
    if not (scene.has("about_me") or scene.has("pdata") or (scene.has("data") and scene.has("my"))):
        return 0.0
    holding = scene.has("hold", "process")
    whats = [at for at in scene.where("what") if not scene.near(at, "all", 2, 0)]
    if not whats and not scene.has("know") and not (scene.question and holding):
        return 0.0
    mood = scene.mood(scene.first("know", "what", "hold", "process")) * _aimed_elsewhere(scene)
    mood *= 0.4 if scene.has("inquire") and not scene.has("about_me") else 1.0
    if scene.has("about_me") and holding:
        return 0.9 * mood * (0.6 if scene.has("tech") and not scene.has("data", "pdata", "all") else 1.0)
    sure = scene.data >= 0.8
    if sure and holding and whats:
        return 0.8 * mood * (0.4 if scene.technical else 1.0)
    if sure and scene.has("know") and scene.has("all", "what"):
        return 0.7 * mood * (0.4 if scene.technical else 1.0)
    return 0.0


def _aimed_elsewhere(scene: Scene) -> float:
    """Less where the sentence asks for something else to be done, or asks who received the data."""
    things = [thing for thing in scene.things() if thing.strength >= 0.5] or scene.things()
    if not things:
        return 1.0
    start = things[0].at
    if _asks_recipients(scene, start):
        return 0.35
    asked = [abs(place - start) for place in scene.where("know")]
    asked += [
        abs(place - start)
        for place in scene.where("what")
        if (place < start or scene.question) and not scene.near(place, "all", 2, 0)
    ]
    other = [
        abs(place - start)
        for name in ("erase", "correct", "restrict", "object", "withdraw", "limit", "stop")
        for place in scene.where(name)
    ]
    if other and (not asked or min(other) < min(asked)):
        return 0.3
    return 1.0


def _asks_recipients(scene: Scene, start: int) -> bool:
    """Whether "who", "to whom" or "third parties" stands before the data and something was shared."""
    if not scene.has("share", "sell"):
        return False
    if any(place < start for name in ("who", *_GIVES) for place in scene.where(name)):
        return True
    return not scene.has("about_me", "process") and scene.has("who", *_GIVES)


def _portability(scene: Scene) -> float:
    found = _article(scene, "a20")
    if scene.has("port"):
        sure = scene.best() >= 0.5 or (scene.has("want") and bool(scene.mask & LAW))
        plain = 0.55 if scene.length <= 5 and scene.has("data") else 0.3 if scene.has("data") else 0.15
        second = 0.15 if _second_person(scene) else 1.0
        found = max(found, (0.85 if sure else plain) * scene.mood(scene.first("port")) * second)
    moved = max(scene.acted("transfer", least=0.6), scene.acted("copy", least=0.6) * 0.95)
    if scene.has("format", "port") and scene.has("want"):
        moved = max(moved, 0.9 * scene.data * scene.mood(scene.first("format", "port")))
    if moved and (not scene.has("tech") or scene.has("provider")):
        if scene.has("provider"):
            found = max(found, moved)
        if scene.has("format"):
            found = max(found, 0.9 * moved)
    return found


def _correction(scene: Scene) -> float:
    found = _article(scene, "a16")
    calm = 0.3 if scene.technical else 1.0
    for at in scene.where("correct"):
        named = any(t.bit & B["item"] and t.strength >= 0.3 and abs(t.at - at) <= 12 for t in scene.things())
        strength = max(scene.object_of(at), 0.62 if named else 0.0)
        demanded = 1.0 if scene.wanted or scene.question or at <= 2 or scene.lawful else 0.5
        found = max(found, strength * scene.mood(at) * calm * demanded)
    for at in scene.where("wrong"):
        near = [t for t in scene.things() if min(abs(t.at - at), abs(t.end - at)) <= 8]
        item = best_of(t.strength for t in near if t.bit & B["item"])
        data = best_of(t.strength for t in near if t.bit & _DATA)
        found = max(found, calm * (0.85 if item >= 0.8 else 0.56 if item >= 0.3 else 0.7 if data >= 0.85 else 0.0))
    found = max(found, _misnamed(scene))
    if scene.has("moved") and scene.has("item") and not scene.has("their", "your"):
        found = max(found, 0.36)
    return max(found, *(_changing(scene, at) * calm for at in scene.where("change")), 0.0)


def _misnamed(scene: Scene) -> float:
    """The records call the writer by a wrong name, and that is to be put right here or in the next sentence."""
    if scene.has("tech", "howto", "hyp", "may", "we"):
        return 0.0
    asked = [scene.mood(at) for name in ("correct", "change") for at in scene.where(name)]
    if scene.has("named") and scene.has("correct", "change", "wrong"):
        return 0.75 * best_of([*asked, 1.0 if scene.has("wrong") else 0.0])
    return 0.7 * best_of(asked) if scene.misnamed and scene.length <= 9 else 0.0


def _changing(scene: Scene, at: int) -> float:
    if scene.has("provider"):
        return 0.0
    near = [thing for thing in scene.things() if abs(thing.at - at) <= 9]
    item = best_of(thing.strength for thing in near if thing.bit & B["item"])
    data = best_of(thing.strength for thing in near if thing.bit & _DATA)
    record = scene.has("base", "hold")
    strength = 0.62 if data >= 0.9 else 0.55 if item >= 0.8 and record else 0.4 if item >= 0.3 else 0.0
    return strength * scene.mood(at)


def _restriction(scene: Scene) -> float:
    found = _article(scene, "a18")
    for at in scene.where("restrict"):
        strength = scene.object_of(at)
        if scene.near(at, "process", 6, 8):
            strength = max(strength, 0.75 if strength >= 0.5 or (scene.mask & LAW and scene.wanted) else 0.2)
        else:
            strength = strength if strength >= 0.8 and not scene.has("sensitive", "access_to") else 0.0
        second = 0.1 if _second_person(scene) else 1.0
        found = max(found, strength * scene.mood(at) * second * (0.3 if scene.technical else 1.0))
    return max(found, _only_kept(scene))


def _only_kept(scene: Scene) -> float:
    """Data are to be stored and not used: "do not use my details, just keep them"."""
    if not scene.has("only") or not scene.has("neg", "notwant", "stop") or _second_person(scene):
        return 0.0
    used = scene.has("process") or scene.data >= 0.8
    return 0.82 * (0.3 if scene.technical else 1.0) if used and scene.data >= 0.5 else 0.0


def _objection(scene: Scene) -> float:
    found = _article(scene, "a21")
    calm = 0.3 if scene.has("tech") else 1.0
    data = scene.best(_DATA | B["item"] | B["all"])
    for at in scene.where("object"):
        aim = 0.9 if scene.has("marketing") and not scene.has("tech") else 0.0
        aim = max(aim, 0.88 if scene.has("process") and data >= 0.5 else 0.0)
        aim = max(aim, 0.85 if data >= 0.85 and scene.has("process", "hold", "share") else 0.0)
        aim = max(aim, 0.7 if scene.has("process") and scene.mask & LAW else 0.0)
        second = 0.1 if _second_person(scene) else 1.0
        found = max(found, aim * scene.mood(at) * second * (0.4 if scene.technical else 1.0))
    found = max(found, _stopping(scene, data) * calm * (0.3 if _only_kept(scene) else 1.0), _untrained(scene))
    for name in ("unsubscribe", "erase"):
        for at in scene.where(name):
            aim = 0.8 if scene.has("marketing") and (scene.near(at, "me", 3, 5) or scene.has("my")) else 0.0
            listed = name == "unsubscribe" and (scene.near(at, "me", 4, 4) or scene.length <= 4)
            aim = max(aim, 0.7 if listed else 0.0)
            found = max(found, aim * calm * scene.mood(at))
    return found


def _untrained(scene: Scene) -> float:
    """What the writer said or sent is not to train a machine or feed statistics."""
    if not (scene.has("train") and scene.has("process") and scene.has("my")) or _second_person(scene):
        return 0.0
    refused = scene.has("notwant", "stop", "object") or any(
        scene.near(at, "neg", 4, 4) for at in scene.where("process")
    )
    return 0.72 if refused and not scene.has("howto", "hyp", "may") else 0.0


def _stopping(scene: Scene, data: float) -> float:
    """Something is to end: "stop using", "do not contact", "no more advertising"."""
    stops = scene.where("stop") + scene.where("notwant") + [at for at in scene.where("neg") if _orders(scene, at)]
    if not stops and not (scene.has("neg") and scene.has("marketing")):
        return 0.0
    mood = 0.15 if scene.has("may", "otherwise") and not scene.has("my") else 1.0
    mood *= 0.4 if scene.has("howto", "hyp") else 1.0
    mood *= 0.15 if _second_person(scene) and not scene.has("want") else 1.0
    found = 0.0
    if any(abs(at - stop) <= 9 for at in scene.where("marketing") for stop in stops):
        found = 0.82 if scene.has("me", "my", "want") or scene.has("stop") else 0.0
    if data >= 0.8 and any(_stops_use(scene, at, stops) for at in scene.where("process")):
        found = max(found, 0.85)
    if scene.has("contact") and scene.near(scene.first("contact"), "me", 3, 3) and scene.has("stop"):
        found = max(found, 0.7 if not scene.has("their") else 0.3)
    if scene.where("neg")[:1] in ([0], [1]) and scene.has("marketing") and scene.length <= 9 and not scene.has("your"):
        found = max(found, 0.66)
    return found * mood


def _stops_use(scene: Scene, at: int, stops: list[int]) -> bool:
    """Whether this use of the writer's data is to end; "I do not use it" ends nothing."""
    ended = any(-2 <= at - stop <= 9 for stop in stops)
    return ended and scene.object_of(at, reach=8) >= 0.75 and not scene.near(at, "me", 4, -1)


def _orders(scene: Scene, at: int) -> bool:
    """Whether this "not" forbids (a demand) rather than states."""
    return scene.near(at, "process", 0, 3) or scene.near(at, "contact", 0, 3)


def _withdraw(scene: Scene) -> float:
    found = 0.0
    for at in scene.where("consent"):
        if scene.near(at, "withdraw", 12, 12):
            verb = min(scene.where("withdraw"), key=lambda place: abs(place - at))
            mine = scene.first_person or scene.has("want", "data", "pdata")
            calm = 0.4 if scene.technical and not scene.first_person else 1.0
            found = max(found, (0.9 if mine else 0.6) * scene.mood(verb) * calm)
        elif (scene.near(at, "stop", 6, 6) or scene.near(at, "notwant", 6, 0)) and not scene.has("tech"):
            found = max(found, 0.75 if scene.has("process", "data", "pdata", "marketing", "my") else 0.3)
    if scene.has("process") and scene.has("my") and scene.has("withdraw") and scene.has("neg", "stop"):
        found = max(found, 0.66 * (0.3 if scene.technical or scene.has("may", "hyp", "howto") else 1.0))
    if scene.agreed and scene.has("withdraw") and scene.length <= 12 and not scene.has("may", "hyp", "howto", "tech"):
        found = max(found, 0.7)
    if scene.has("disallow") and scene.first_person and not scene.has("tech", "hyp", "howto"):
        found = max(found, 0.72 if scene.has("my", "about_me") else 0.4)
    return found * (0.15 if scene.has("your", "may") and not scene.first_person else 1.0)


def _opt_out_sale(scene: Scene) -> float:
    data = scene.best()
    if not scene.has("stop", "notwant", "optout", "object") and not _forbidden(scene):
        return 0.0
    if scene.has("mishandled", "complain") and not scene.has("stop", "notwant", "optout", "want"):
        return 0.0
    mood = 0.12 if (scene.has("may", "otherwise") and not scene.first_person) or scene.has("howto") else 1.0
    mood *= 0.1 if scene.has("we") and not scene.has("my", "want") else 1.0
    mood *= 0.1 if _second_person(scene) else 1.0
    if scene.has("sell"):
        return mood * (0.92 if data >= 0.8 else 0.8 if data >= 0.4 or scene.mask & LAW else 0.2)
    if scene.has("third") and data >= 0.8 and not scene.has("did", "mishandled"):
        return mood * (0.4 if scene.technical else 0.66)
    return 0.0


def _forbidden(scene: Scene) -> bool:
    """Whether "not" stands at a verb of selling or sharing."""
    return any(
        scene.near(at, "neg", 5, 1)
        or (at <= 1 and scene.near(at, "neg", 0, 6))
        or (scene.near(at, "neg", 0, 9) and scene.where("neg")[-1] >= scene.length - 3)
        for name in ("sell", "share")
        for at in scene.where(name)
    )


def _limit_sensitive(scene: Scene) -> float:
    if not scene.has("sensitive"):
        return 0.0
    mine = scene.first_person or scene.wanted
    return (0.88 if mine else 0.4) * scene.mood(scene.first("limit", "restrict"))


def _recipients(scene: Scene) -> float:
    if scene.has(*_NO_QUESTION) or _second_person(scene):
        return 0.0
    asks = scene.question or scene.has("know", "copy") or (scene.wanted and scene.has("what", "who"))
    if not asks or _forbidden(scene):
        return 0.0
    told = scene.has("share", "sell") and scene.has("who", *_GIVES)
    mood = scene.mood(scene.first("share", "sell", "recipient")) * (0.4 if scene.has("inquire") else 1.0)
    if told and scene.data >= 0.8:
        return 0.8 * mood * (0.3 if scene.technical else 1.0)
    named = scene.has("who", "what") and scene.has("third", "who") and not scene.has("process", "tech")
    if named and scene.question and scene.data >= 0.8:
        return 0.62 * mood
    if told and scene.question and scene.best(B["item"]) >= 0.3 and not scene.has("tech"):
        return 0.62 * mood
    places = scene.where("recipient")
    listed = scene.question or any(scene.near(at, "copy", 5, 0) or scene.near(at, "what", 3, 0) for at in places)
    if listed and (scene.data >= 0.5 or scene.has("share", "process")) and not scene.has("tech"):
        return 0.6 * mood
    return 0.0


def _categories(scene: Scene) -> float:
    if not (scene.wanted or scene.question):
        return 0.0
    return (0.75 if scene.best() >= 0.5 else 0.2) * scene.mood(scene.first("category"))


def _specific(scene: Scene) -> float:
    return (0.8 if scene.best() >= 0.5 else 0.3) * scene.mood(scene.first("specific"))


def _inquiry(scene: Scene) -> float:
    asks = scene.question or scene.wanted or scene.has("howto", "know", "what")
    if scene.has("inquire") and asks:
        near = scene.data >= 0.8 or scene.has("privacy", "pdata") or scene.mask & LAW
        about = scene.question or (scene.has("know", "what", "who") and (scene.wanted or scene.first_person))
        return (0.62 if near and about else 0.3) * (0.5 if scene.has("tech") and scene.data < 0.8 else 1.0)
    if scene.has("howto", "hyp") and scene.has("erase", "copy", "correct", "object", "withdraw") and scene.data >= 0.8:
        return 0.36 if not scene.technical else 0.1
    return 0.3 if scene.has("privacy") and scene.question and scene.first_person and not scene.has("tech") else 0.0


def _legal(scene: Scene) -> float:
    asked = scene.has("want", "request", "copy", "data", "pdata", "hold", "account")
    return 0.8 if asked or scene.length <= 8 else 0.4


def _bits(names: str) -> int:
    return reduce(or_, (B[name] for name in names.split()))


RULES: Final[tuple[tuple[Kind, Rule, int], ...]] = tuple(
    (kind, rule, _bits(needs))
    for kind, rule, needs in (
        (Kind.DELETION, _deletion, "erase erasure_right close trace a17"),
        (Kind.ACCESS, _access, "copy know what hold process sar a15"),
        (Kind.PORTABILITY, _portability, "port transfer copy format a20"),
        (Kind.CORRECTION, _correction, "correct wrong change moved named a16"),
        (Kind.RESTRICTION, _restriction, "restrict only a18"),
        (Kind.OBJECTION, _objection, "object stop notwant neg unsubscribe erase train a21"),
        (Kind.WITHDRAW_CONSENT, _withdraw, "consent withdraw disallow"),
        (Kind.OPT_OUT_SALE, _opt_out_sale, "sell share"),
        (Kind.LIMIT_SENSITIVE, _limit_sensitive, "limit restrict"),
        (Kind.RECIPIENT_LIST, _recipients, "share sell recipient third who"),
        (Kind.KNOW_CATEGORIES, _categories, "category"),
        (Kind.KNOW_SPECIFIC, _specific, "specific"),
        (Kind.INQUIRY, _inquiry, "inquire howto hyp privacy"),
        (Kind.LEGAL_DEMAND, _legal, "legal"),
    )
)
TRIGGERS: Final = reduce(or_, (needs for _, _, needs in RULES))

ARTICLES: Final[Mapping[str, Kind]] = {
    "a15": Kind.ACCESS,
    "a16": Kind.CORRECTION,
    "a17": Kind.DELETION,
    "a18": Kind.RESTRICTION,
    "a20": Kind.PORTABILITY,
    "a21": Kind.OBJECTION,
}
RIGHTS: Final = frozenset(
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
