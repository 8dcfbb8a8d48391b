"""What is wrong with a set of rule tables beyond their shape. Pure; the loader runs it, so a wrong table never starts.

A collection path, a kind, a law or a section of the policy without a row is a mistake here (R-SCOPE-1, R-POLICY-3).
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from zoho_privacy.domain.model import Kind, Law, Level
from zoho_privacy.domain.policy import doubled
from zoho_privacy.domain.rules import ClockRow, Heading, Region, Rules, Span, fold

PATHS: Final = ("website", "forms", "portal", "assistant", "managed_services", "other_channels")
SECTIONS: Final = range(19)
_REQUIREMENT: Final = re.compile(r"R-[A-Z]+-\d+")
_OUT: Final = re.compile(r"R-OUT-")


def mistakes(rules: Rules) -> tuple[str, ...]:
    """Return everything the shapes alone cannot show to be wrong, each with the place where to mend it."""
    checks = (_clock_mistakes, _place_mistakes, _inventory_mistakes, _register_mistakes, _clause_mistakes)
    return tuple(mistake for check in checks for mistake in check(rules))


def _clock_mistakes(rules: Rules) -> Iterable[str]:
    for name, table in (("clocks", rules.clocks), ("regions", rules.regions)):
        yield from (f"{name}: no row for {law}" for law in Law if law not in table)
    yield from (f"kinds: no row for {kind}" for kind in Kind if kind not in rules.kinds)
    for kind, rule in rules.kinds.items():
        yield from (f"kinds.{kind}.levels: no {region}" for region in Region if region not in rule.levels)
        for region, ceiling in rule.levels.items():
            if ceiling.ordinary > ceiling.sensitive or ceiling.sensitive is Level.V3:
                yield f"kinds.{kind}.levels.{region}: ordinary <= sensitive <= 2 expected"
    rows = {f"clocks.{law}": row for law, row in rules.clocks.items()}
    for name, row in {**rows, "promise": rules.promise, "opt_out": rules.opt_out}.items():
        yield from _row_mistakes(name, row, rules)
    if not rules.unknown_residence:
        yield "unknown_residence: at least one law expected"


def _row_mistakes(name: str, row: ClockRow, rules: Rules) -> Iterable[str]:
    if row.calendar not in rules.calendars:
        yield f"{name}.calendar: no calendar {row.calendar!r}"
    if row.answer == Span():
        yield f"{name}.answer: a length expected"
    spans = {"answer": row.answer, "acknowledge": row.acknowledge, "extended": row.extended, "appeal": row.appeal}
    spans |= {f"states.{state}": span for state, span in row.states.items()}
    for field_name, span in spans.items():
        if span is None:
            continue
        amounts = (span.days, span.months, span.business_days)
        if min(amounts) < 0 or sum(amount > 0 for amount in amounts) > 1:
            yield f"{name}.{field_name}: one unit, not negative, expected"
    if row.appeal is not None and not row.appeal.days:
        yield f"{name}.appeal: days expected"


def _place_mistakes(rules: Rules) -> Iterable[str]:
    seen: dict[str, str] = {}
    for code, country in rules.countries.items():
        if not re.fullmatch(r"[A-Z]{2}", code):
            yield f"countries.{code}: an ISO 3166 alpha-2 code expected"
        for name in country.names:
            if name != fold(name):
                yield f"countries.{code}.names: {name!r} is not folded, write {fold(name)!r}"
            if seen.setdefault(name, code) != code:
                yield f"countries.{code}.names: {name!r} also stands for {seen[name]}"
    if "US" not in rules.countries:
        yield "countries: US is missing"
    for code, state in rules.states.items():
        if state.appeal and rules.clocks.get(state.law) and rules.clocks[state.law].appeal is None:
            yield f"states.{code}.appeal: {state.law} has no appeal period"


def _inventory_mistakes(rules: Rules) -> Iterable[str]:
    yield from (f"paths: {path} of policy section 1 is not mapped" for path in PATHS if path not in rules.paths)
    holders: dict[str, tuple[str, ...]] = {f"paths.{key}": path.systems for key, path in rules.paths.items()}
    holders |= {f"categories.{key}": category.systems for key, category in rules.categories.items()}
    for where, systems in holders.items():
        if not systems:
            yield f"{where}.systems: at least one expected"
        yield from (f"{where}.systems: no system {name!r}" for name in systems if name not in rules.systems)
    for key, category in rules.categories.items():
        if not category.purposes or not category.bases:
            yield f"categories.{key}: at least one purpose and one basis expected"
    for heading in Heading:
        if not any(category.heading is heading for category in rules.categories.values()):
            yield f"categories: none has the heading {heading}"


def _register_mistakes(rules: Rules) -> Iterable[str]:
    for key, system in rules.systems.items():
        yield from (
            f"systems.{key}.recipients: no recipient {name!r}"
            for name in system.recipients
            if name not in rules.recipients
        )
    for key, entry in rules.recipients.items():
        if entry.personal_data != bool(entry.categories):
            yield f"recipients.{key}: categories are expected exactly where personal_data is true"
        yield from (
            f"recipients.{key}.categories: no category {name!r}"
            for name in entry.categories
            if name not in rules.categories
        )


def _clause_mistakes(rules: Rules) -> Iterable[str]:
    sections = {clause.section for clause in rules.clauses.values()}
    yield from (f"clauses: section {number} of the policy has none" for number in SECTIONS if number not in sections)
    told = Counter(name for table in (rules.behaviours, rules.by_hand, rules.out_of_scope) for name in table)
    yield from (f"{name}: told in more than one table" for name, count in told.items() if count > 1)
    yield from (f"{name}: no requirement id" for name in told if not _REQUIREMENT.fullmatch(name))
    yield from (f"out_of_scope.{name}: an id R-OUT- expected" for name in rules.out_of_scope if not _OUT.match(name))
    yield from (
        f"{name}: belongs to out_of_scope" for name in {**rules.behaviours, **rules.by_hand} if _OUT.match(name)
    )
    for key, clause in rules.clauses.items():
        if not key.startswith(f"P{clause.section}-"):
            yield f"clauses.{key}: an id that starts with P{clause.section}- expected"
        if not clause.requirements:
            yield f"clauses.{key}: mapped to nothing"
        if not clause.sentences:
            yield f"clauses.{key}.sentences: at least one mark expected"
        yield from (
            f"clauses.{key}.requirements: no row for {name!r}" for name in clause.requirements if name not in told
        )
    yield from (f"clauses: more than one carries the mark {name}" for name in doubled(rules.clauses))
    codes = Counter(code for clause in rules.clauses.values() for code in clause.codes)
    yield from (f"clauses: more than one answers for the code {code}" for code, count in codes.items() if count > 1)
    asked = {kind for clause in rules.clauses.values() for kind in clause.kinds}
    yield from (f"clauses: none is behind the kind {kind}" for kind in Kind if kind not in asked)
