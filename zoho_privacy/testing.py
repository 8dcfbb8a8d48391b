"""What the author of a source runs: `check_source` holds a plug-in to what the suite relies on. Needs no test library.

Give it a fresh world with an invented person in it, another person beside, and a way to take the system down. Each rule
that is broken raises AssertionError with a sentence; docs/plugins.md has an example.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from zoho_privacy.domain.errors import NeedsHuman, Retryable
from zoho_privacy.domain.sources import Sought, SourceRecord
from zoho_privacy.ports import CountsRecords, Source


@dataclass(frozen=True, slots=True)
class Trial:
    """A source in a system of its own, that may be changed at will.

    `person` and `other` are addresses that it has records of; `nobody` is one that it has none of. `secrets_of_other`
    are texts that stand in the other's records alone. Inside `down()` the system does not answer.
    """

    source: Source
    person: str
    other: str
    down: Callable[[], AbstractContextManager[object]]
    nobody: str = "nobody@example.com"
    secrets_of_other: Sequence[str] = field(default=())


def check_source(trial: Trial) -> None:
    """Raise AssertionError with the first rule that the source breaks. Erases the trial's person."""
    about = trial.source.describe()
    _must(about == trial.source.describe(), "describe() answers the same each time")
    mine = _collected(trial, trial.person)
    others = _collected(trial, trial.other)
    _must(bool(mine) and bool(others), "the trial has records of both people")
    _must(not _collected(trial, trial.nobody), "who is not known has no records")
    _must(_keys(mine) == _keys(_collected(trial, trial.person)), "collect() names the same records each time")
    _must(len(set(_keys(mine))) == len(mine), "no record comes twice")
    _must(_keys(mine) == _keys(_collected(trial, trial.person.upper())), "an address is matched whatever its case")
    _must(not set(_keys(mine)) & set(_keys(others)), "nobody is given another's records")
    told = json.dumps([dict(each.values) for each in mine], ensure_ascii=False)  # values are JSON
    _must(not any(secret in told for secret in trial.secrets_of_other), "nobody is given another's data")
    if isinstance(trial.source, CountsRecords):
        told_of = {kind: count for kind, count in _counted(trial, trial.person).items() if count}
        _must(told_of == Counter(each.kind for each in mine), "count() and collect() agree")
        _must(not any(_counted(trial, trial.nobody).values()), "who is not known is counted nowhere")
    _must(not any(trial.person in each.id.casefold() for each in mine), "ids hold no address")
    _check_down(trial, mine)
    _check_erase(trial, mine, others)


def _check_down(trial: Trial, mine: Sequence[SourceRecord]) -> None:
    """An empty answer of a system that is down would be taken for "nothing held", and for "erased"."""
    with trial.down():
        _fails(lambda: trial.source.collect(Sought(frozenset({trial.person}))), "collect()")
        if isinstance(trial.source, CountsRecords):
            _fails(lambda: _counted(trial, trial.person), "count()")
        for each in mine:
            if not each.stays:
                _fails(lambda each=each: trial.source.erase(each.kind, each.id), "erase()")  # type: ignore[misc]
    _must(_keys(_collected(trial, trial.person)) == _keys(mine), "nothing is gone that was not erased")


def _check_erase(trial: Trial, mine: Sequence[SourceRecord], others: Sequence[SourceRecord]) -> None:
    for each in mine:
        if not each.stays:
            trial.source.erase(each.kind, each.id)
            trial.source.erase(each.kind, each.id)  # after a crash it comes again
            left = _keys(_collected(trial, trial.person))
            _must((each.kind, each.id) not in left, "what was erased is found no more")
    goes = [each for each in _collected(trial, trial.person) if not each.stays]
    _must(not goes, "all goes that does not say why it stays")
    _must(_keys(_collected(trial, trial.other)) == _keys(others), "others' records are left alone")


def _collected(trial: Trial, address: str) -> Sequence[SourceRecord]:
    return trial.source.collect(Sought(frozenset({address})))


def _counted(trial: Trial, address: str) -> Mapping[str, int]:
    source: object = trial.source
    return source.count(Sought(frozenset({address}))) if isinstance(source, CountsRecords) else {}


def _keys(records: Sequence[SourceRecord]) -> list[tuple[str, str]]:
    return [(each.kind, each.id) for each in records]


def _fails(act: Callable[[], object], what: str) -> None:
    try:
        act()
    except (Retryable, NeedsHuman):
        return
    raise AssertionError(f"{what} raises Retryable or NeedsHuman while the system is down")


def _must(holds: bool, rule: str) -> None:  # noqa: FBT001  reads as a sentence
    if not holds:
        raise AssertionError(rule)
