"""Another system that holds data about the same people: one table in memory, that can be down or refuse."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from zoho_privacy.domain.errors import CrmForbidden, CrmUnavailable, NotFound
from zoho_privacy.domain.sources import About, PersonRecord, Sought, SourceRecord

SHOP = About("shop", "Web shop", "shop team", left="the shop's nightly copy, for 7 days")


@dataclass
class FakeSource:
    """Satisfies Source. `rows` are records by the address they belong to; `erased` counts what really went."""

    rows: dict[str, list[SourceRecord]] = field(default_factory=dict)
    about: About = SHOP
    is_down: bool = False
    refuses: bool = False
    lies: bool = False
    erased: list[str] = field(default_factory=list)
    fused: Callable[[Callable[[], None]], None] = field(default=lambda work: work(), repr=False)

    def add(self, address: str, kind: str, record_id: str, stays: str = "", **values: object) -> SourceRecord:
        record = SourceRecord(kind, record_id, {"email": address, **values}, stays)
        self.rows.setdefault(address, []).append(record)
        return record

    def describe(self) -> About:
        return self.about

    def collect(self, person: Sought) -> Sequence[SourceRecord]:
        self._answer()
        wanted = {each.casefold() for each in person.addresses}
        return [record for address, rows in self.rows.items() if address in wanted for record in rows]

    def erase(self, kind: str, record_id: str) -> None:
        self._answer()
        if self.lies:
            return
        for address, rows in self.rows.items():
            left = [each for each in rows if (each.kind, each.id) != (kind, record_id)]
            if len(left) < len(rows):
                self.erased.append(f"{kind}/{record_id}")
            self.rows[address] = left

    @contextmanager
    def down(self) -> Iterator[None]:
        self.is_down = True
        yield
        self.is_down = False

    def _answer(self) -> None:
        if self.is_down:
            raise CrmUnavailable("the shop does not answer")
        if self.refuses:
            raise CrmForbidden("the shop refuses")


@dataclass
class AmendableSource(FakeSource):
    """A FakeSource whose own records of people can be corrected too; `amended` counts what was really written."""

    own: dict[str, list[PersonRecord]] = field(default_factory=dict)
    amended: list[tuple[str, Mapping[str, str], bool]] = field(default_factory=list)
    deaf: bool = False

    def people(self, person: Sought) -> Sequence[PersonRecord]:
        self._answer()
        return [record for address, rows in self.own.items() if address in person.addresses for record in rows]

    def person(self, kind: str, record_id: str) -> PersonRecord:
        self._answer()
        found = [each for rows in self.own.values() for each in rows if (each.kind, each.id) == (kind, record_id)]
        if not found:
            raise NotFound("no such record")
        return found[0]

    def amend(self, kind: str, record_id: str, values: Mapping[str, str], *, opted_out: bool) -> None:
        self._answer()
        was = self.person(kind, record_id)

        def write() -> None:
            self.amended.append((f"{kind}/{record_id}", dict(values), opted_out))
            if not self.deaf:
                now = replace(was, details={**was.details, **values}, opted_out=was.opted_out or opted_out)
                for rows in self.own.values():
                    rows[:] = [now if each == was else each for each in rows]

        self.fused(write)


@dataclass
class CountingSource(FakeSource):
    """A FakeSource that counts its records apart from handing them out; `hidden` are in no answer of collect()."""

    hidden: int = 0
    cannot: bool = False

    def count(self, person: Sought) -> Mapping[str, int]:
        self._answer()
        if self.cannot:
            raise CrmForbidden("the shop counts for nobody")
        found = Counter(each.kind for each in super().collect(person))
        return found + Counter({"order": self.hidden}) if found else {}
