"""Masking what an export must not hand out: other people's addresses and phone numbers, secrets, certain numbers.

Pure. The person's own data and the team's shared support addresses stay as they are; a mask names its class in
square brackets, and every mask is counted with its reason (R-ACCESS-4, R-ACCESS-6). The finding of values is the
redaction engine's (`domain/redact.py`), that of names known to the desk `domain/roster.py`'s; what is decided here is
whose value it is. An HTML body is masked in its
source; a second reading of the result then looks for what is left, in entities, percent escapes or cut by markup. If
anything is, the markup is given up and the plain text is masked instead, so a trick of notation never leaks.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from email.utils import getaddresses
from html import unescape
from typing import Any, Final
from urllib.parse import unquote

from zoho_privacy.domain.collected import NO_DECISIONS, Decisions, Known, Mask, Spot, digits
from zoho_privacy.domain.mailtext import full_text, is_html, visible
from zoho_privacy.domain.model import Law
from zoho_privacy.domain.redact_view import Edit, View, html_views, text_view
from zoho_privacy.domain.roster import NOBODY, Roster

Finder = Callable[[str], Sequence[tuple[int, int, str]]]

OTHERS: Final = frozenset({"EMAIL", "PHONE", "PERSON", "ADDRESS"})
SECRETS: Final = frozenset({"SECRET"})
BY_LAW: Final = frozenset({"SSN", "CARD", "GOVID", "IBAN"})  # 11 CCR 7024(d): never disclosed, said to be held
STRICT_LAWS: Final = frozenset({Law.CCPA, Law.US_STATE, Law.NONE})  # where the law is not known: the strictest

MARKS: Final = {
    "EMAIL": "[email removed]",
    "PHONE": "[phone removed]",
    "PERSON": "[name removed]",
    "ADDRESS": "[address removed]",
    "SECRET": "[secret removed]",
    "SSN": "[ssn removed]",
    "CARD": "[card removed]",
    "GOVID": "[id removed]",
    "IBAN": "[iban removed]",
    "OTHER": "[removed]",
}
AROUND: Final = 60
"""How many characters before and after a mask a reviewer sees."""
ANOTHER_PERSON: Final = "[another person]"

_WORD: Final = re.compile(r"\w+")
_ABROAD: Final = re.compile(r"(?<![\w+])\+[1-9][0-9]{0,2}(?:[ .()/-]{0,2}[0-9]){6,12}(?![0-9])")
"""A number written for abroad is a telephone's wherever it stands."""
_QUESTION: Final = (
    r"(?:(?:security|secret|recovery)[ -]questions?|sicherheitsfrage|geheimfrage|question (?:de sécurité|secrète)"
    r"|pregunta (?:de seguridad|secreta)|domanda (?:di sicurezza|segreta)|pergunta (?:de segurança|secreta)"
    r"|beveiligingsvraag|geheime vraag|säkerhetsfråga|(?:bezpečnostní|kontrolní) otázk[ay]|sigurnosno pitanje"
    r"|întrebare[a]? (?:de securitate|secretă)|ερώτηση[ς]? ασφαλείας)"
)
_REPLY: Final = (
    r"(?:answer|antwort|réponse|respuesta|risposta|resposta|antwoord|svar(?:et)?|odpověď|odgovor"
    r"|răspuns(?:ul)?|απάντηση)"
)
_TOLD: Final = (
    r"\s*(?:[:=]|(?:is|was|ist|lautet|est|es|è|é|är|je|este|είναι)\b)\s*[\"'«„“]?"
    r"(?P<{}>[^\s\"'«»„“”.;,][^\n\"'»”.;,]{{0,59}})"
)
_ANSWER: Final = re.compile(
    rf"\b(?:{_QUESTION}[\s\S]{{0,160}}?\b{_REPLY}{_TOLD.format('behind')}"
    rf"|{_REPLY}[^\n:=.]{{0,30}}\b{_QUESTION}{_TOLD.format('after')}"
    rf"|(?:security|secret|recovery)[ -]answer{_TOLD.format('alone')})",
    re.IGNORECASE,
)
"""What somebody answers to a security question: it opens accounts like a password."""
_ACCOUNT: Final = re.compile(
    r"\b(?:(?:bank|checking|savings|financial|brokerage|deposit)\s+(?:account|acct)\b|routing|ABA)"
    r"[^\n\d]{0,24}(?P<value>[0-9][0-9 -]{4,20}[0-9])(?![0-9])",
    re.IGNORECASE,
)
_HEALTH: Final = re.compile(
    r"\b(?:health|medical|dental)[ -]*(?:care\s+)?(?:insurance|plan|coverage|card)\b[^\n]{0,40}?"
    r"\b(?:id|numbers?|no|nr|policy|member)\b[^\n\w]{0,4}(?:(?:is|was)\s+|#\s*)?(?<![\w-])(?P<value>(?=[A-Z0-9-]*[0-9]{3})[A-Z0-9][A-Z0-9-]{5,19})(?![\w-])",
    re.IGNORECASE,
)
_SECRET_KEY: Final = re.compile(r"password|passwd|secret|token|api_?key|authorization|security_?answer", re.IGNORECASE)
_PLAIN_KEY: Final = re.compile(r"^id$|I[dD]s?$|Time$|^ticketNumber$")
_PLAIN_VALUE: Final = re.compile(r"[\w:.+-]{0,40}")
_PERSON_KEYS: Final = frozenset({"email", "emailId", "firstName", "lastName", "photoURL", "zuid"})
_PERSON_TYPES: Final = frozenset({"AGENT", "END_USER", "CONTACT"})
_LISTS_OF_PEOPLE: Final = frozenset({"secondaryContacts", "followers", "mention", "mentions"})


class Masker:
    """Masks texts and records of one export and counts what it masked.

    `names` are full names of others who wrote in the same tickets, `agents` those of the team: masked as well, since
    roles are named and not people, but nothing for a reviewer; `roster` holds everybody else whom the desk knows;
    `links` is where our own links begin, whose tokens are secrets. `decisions` are a reviewer's: values to show, words
    to hide. The counts and `spots` grow with every call, so a record must be masked once.
    """

    def __init__(
        self,
        who: Known,
        law: Law,
        find: Finder,
        *,
        names: Iterable[str] = (),
        agents: Iterable[str] = (),
        roster: Roster = NOBODY,
        links: str = "",
        decisions: Decisions = NO_DECISIONS,
    ) -> None:
        self.who = who
        self.decisions = decisions
        self.spots: list[Spot] = []
        self.find = find
        self.labels = OTHERS | SECRETS | (BY_LAW if law in STRICT_LAWS else frozenset())
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._links = re.compile(rf"{re.escape(links)}/[\w/.-]{{0,200}}") if links else None
        self._rosters = tuple(each for each in (Roster(names), Roster(agents), roster) if each)
        self._hidden = _words(decisions.hide)
        self._alike = _shapes(who.numbers)
        self._me = {word for name in who.names for word in _WORD.findall(name)}
        self._home = set(_WORD.findall(who.address.casefold()))
        self._street = set(_WORD.findall(who.address.partition("\n")[0].casefold()))
        self._agents = {word for name in agents for word in _WORD.findall(name.casefold())}

    @property
    def masks(self) -> tuple[Mask, ...]:
        """What was masked so far, by record and class."""
        return tuple(Mask(*key, count) for key, count in sorted(self._counts.items()))

    def text(self, text: str, record: str) -> str:
        """Return plain text with others' values and secrets masked."""
        return self._masked(text, (text_view(text),), record)

    def body(self, body: str, record: str) -> tuple[str, bool]:
        """Return a message body masked, and whether it had to become plain text to be safe."""
        if not is_html(body):
            return self.text(body, record), False
        before, spots = self._counts.copy(), len(self.spots)
        masked = self._masked(body, html_views(body), record)
        left = (each for reading in _second_reading(masked) for each in self._unmasked(reading))
        if all(label == "PERSON" for _, _, label in left):  # a name is too easily seen in what is left of markup
            return masked, False
        self._counts = before
        del self.spots[spots:]
        return self.text(full_text(body), record), True

    def _masked(self, source: str, views: Iterable[View], record: str) -> str:
        edits: list[Edit] = []
        for view in views:
            for start, end, label in self._finds(view):
                before, after = view.text[max(0, start - AROUND) : start], view.text[end : end + AROUND]
                value = view.text[start:end]
                agent = label == "PERSON" and set(_WORD.findall(value.casefold())) <= self._agents
                self._count(record, label, value, before, after, reason="agent" if agent else "")
                edits += view.edits(start, end, MARKS[label])
        pieces: list[str] = []
        done = 0
        for edit in sorted(edits, key=lambda each: (each.start, each.end)):
            if edit.start >= done or edit.end > done:
                pieces += [source[done : edit.start], edit.by]
                done = edit.end
        return "".join((*pieces, source[done:]))

    def _finds(self, view: View) -> Iterator[tuple[int, int, str]]:
        """Yield what must go from one view, without overlap: of what begins inside another, the rest goes as well."""
        done = 0
        values = [*self._unmasked(view.text), *self._spans(self._links, view.text, "SECRET")]
        for start, end, label in sorted([*values, *self._named(view.text)]):
            in_link = view.text[max(0, start - 4) : start].casefold() in {"tel:", "sms:"}
            if end <= done or (view.hidden and label == "PHONE" and not in_link):
                continue  # digits in attributes are mostly sizes and ids
            rest = view.text[max(start, done) : end]
            if start < done and (self._own(rest, label) or not any(map(str.isalnum, rest))):
                continue
            yield end - len(rest), end, label
            done = end

    def _named(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield the names of others whom the desk knows."""
        for roster in self._rosters:
            for start, end, label in roster.spans(text):
                if not self._own(text[start:end], label):
                    yield start, end, label

    @staticmethod
    def _spans(pattern: re.Pattern[str] | None, text: str, label: str) -> list[tuple[int, int, str]]:
        return [] if pattern is None else [(hit.start(), hit.end(), label) for hit in pattern.finditer(text)]

    def addresses(self, header: str, record: str) -> str:
        """Return an address header in which others are neither named nor addressed."""
        if not header.strip():
            return ""
        kept: list[str] = []
        for name, address in getaddresses([header]):
            if self.is_known(address):
                kept.append(f'"{self.text(name, record)}" <{address}>' if name else address)
            else:
                self._count(record, "EMAIL", address, f"{name} " if name else "")
                kept.append(ANOTHER_PERSON)
        return ", ".join(kept)

    def tree(self, value: Any, record: str, *, top: bool = True) -> Any:
        """Return a stored record, members and all, masked; people in it who are not the subject are withheld."""
        if isinstance(value, str):
            return self.body(value, record)[0]
        if isinstance(value, Mapping):
            if not top and self._is_other_person(value):
                agent = str(value.get("type", "")).upper() == "AGENT"
                self._count(record, "PERSON", _called(value), reason="agent" if agent else "")
                return {"withheld": ANOTHER_PERSON}
            return {str(key): self._member(str(key), each, record) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.tree(each, record, top=False) for each in value]
        return value

    def is_known(self, address: str) -> bool:
        """Whether an address is the subject's or one of the team's shared ones."""
        folded = address.strip().casefold()
        return folded in self.who.addresses or folded in self.who.team or self._shown(folded)

    def withheld(self, record: str, label: str) -> None:
        """Count something that was withheld elsewhere."""
        self._count(record, label)

    def _member(self, key: str, value: Any, record: str) -> Any:
        if key in _LISTS_OF_PEOPLE and isinstance(value, (list, tuple)):
            for each in value:
                self._count(record, "PERSON", _called(each))
            return [{"withheld": ANOTHER_PERSON} for _ in value]
        if isinstance(value, str) and value and _SECRET_KEY.search(key):
            self._count(record, "SECRET")
            return MARKS["SECRET"]
        if isinstance(value, str) and _PLAIN_KEY.search(key) and _PLAIN_VALUE.fullmatch(value):
            return value  # an id may look like a card number
        return self.tree(value, record, top=False)

    def _is_other_person(self, value: Mapping[str, Any]) -> bool:
        looks = bool(_PERSON_KEYS & value.keys()) or value.get("type") in _PERSON_TYPES
        address = value.get("email") or value.get("emailId")
        own = value.get("id") == self.who.contact_id or (isinstance(address, str) and self.is_known(address))
        return looks and not own and not self._shown(_called(value))

    def _unmasked(self, text: str) -> list[tuple[int, int, str]]:
        """Return what must not stay in a text: others' values, and whatever a reviewer wants hidden."""
        found = (each for each in self.find(text) if each[2] in self.labels)
        values = [(s, e, label) for s, e, label in found if not self._own(text[s:e], label)]
        alike = ((s, e, label) for s, e, label in self._spans(self._alike, text, "OTHER") if not self._mine(text[s:e]))
        numbers = (
            each for each in self._spans(_ABROAD, text, "PHONE") if not self._own(text[each[0] : each[1]], "PHONE")
        )
        told = [(*group, "SECRET") for group in _groups(_ANSWER, text)]
        by_law = [(_ACCOUNT, "IBAN"), (_HEALTH, "GOVID")] if self.labels >= BY_LAW else []
        held = ((*group, label) for pattern, label in by_law for group in _groups(pattern, text))
        return [*values, *self._spans(self._hidden, text, "OTHER"), *alike, *numbers, *told, *held]

    def _mine(self, number: str) -> bool:
        return number in self.who.numbers or self._shown(number)

    def _shown(self, value: str) -> bool:
        return value.strip().casefold() in self.decisions.show

    def _own(self, value: str, label: str) -> bool:
        if label not in SECRETS | BY_LAW and self._shown(value):
            return True
        if label == "EMAIL":
            return self.is_known(value.strip("<>()[]'\".,;: "))
        if label == "PERSON":
            return set(_WORD.findall(value.casefold())) <= self._me
        if label == "ADDRESS":
            return self._own_place(set(_WORD.findall(value.casefold())))
        if label == "PHONE":
            tail = digits(value)[-8:]
            return any(tail.endswith(own[-8:]) or own.endswith(tail) for own in self.who.phones if len(tail) >= 5)
        return False

    def _own_place(self, words: set[str]) -> bool:
        """Whether an address is the person's: not where numbers beyond it tell that a neighbour's runs on behind it.

        Where the record has a street alone, one number more may be its post code.
        """
        if not self._street or not self._street <= words:
            return bool(self._street) and words <= self._home
        room = 0 if _numbers(self._home - self._street) else 1
        return len(_numbers(words - self._home)) <= room

    def _count(
        self, record: str, label: str, value: str = "", before: str = "", after: str = "", *, reason: str = ""
    ) -> None:
        reason = reason or ("secret" if label in SECRETS else "law" if label in BY_LAW else "others")
        self._counts[record, label, reason] += 1
        if value:
            self.spots.append(Spot(record, label, reason, before, value, after))


def _groups(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield where the one group lies that each hit has, without blanks behind it."""
    for hit in pattern.finditer(text):
        start, end = hit.span(hit.lastgroup or 0)
        yield start, start + len(text[start:end].rstrip())


def _numbers(words: Iterable[str]) -> list[str]:
    return [word for word in words if any(map(str.isdigit, word))]


def _second_reading(markup: str) -> tuple[str, ...]:
    """Return the same body as other readers see it: what is shown, and the source with every escape undone."""
    return visible(full_text(markup)), visible(unquote(unescape(unescape(markup))))


def _called(person: Any) -> str:
    """Return how a withheld record tells who its person is: by address, else by name; "" where it names nobody."""
    if not isinstance(person, Mapping):
        return ""
    names = " ".join(str(person[key]) for key in ("firstName", "lastName") if person.get(key))
    return str(person.get("email") or person.get("emailId") or names or person.get("name") or "")


def _shapes(numbers: Iterable[str]) -> re.Pattern[str] | None:
    """Return what numbers of the same make look like: somebody else's customer number is somebody else's data."""
    shapes = {re.sub(r"[0-9]+", lambda run: rf"[0-9]{{{len(run[0])}}}", re.escape(number)) for number in numbers}
    return re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(shapes))})(?![\w-])") if shapes else None


def _words(texts: Iterable[str]) -> re.Pattern[str] | None:
    whole = sorted({text.strip() for text in texts if text.strip()}, key=len, reverse=True)
    if not whole:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, whole))})(?!\w)", re.IGNORECASE)
