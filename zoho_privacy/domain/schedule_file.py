"""What a retention schedule says, read from its tables, or everything that is wrong with it at once. Pure.

A rule has a period, a start, a basis and a clause of the policy that promises at least that period; tickets that no
rule fits and categories of data without a row are mistakes that say what to write (R-RETAIN-1). Clauses, categories
and laws are those of the rule tables; must change together with rules/retention.toml, which explains each word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final, get_args

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.model import Law
from zoho_privacy.domain.plan import WAYS, Ways
from zoho_privacy.domain.redact_files import Opaque
from zoho_privacy.domain.retention import PEOPLE, SELECTORS, Act, DataPeriod, Mode, Rule, Schedule, Start
from zoho_privacy.domain.rules import Rules

BASES: Final = frozenset(
    {"consent", "contract", "legitimate interests", "legal obligation", "vital interests", "public interest"}
)
DATA_STARTS: Final = (*get_args(Start), "account-closed", "answered", "recorded", "session-end")
"""What a period of data may count from; the last four are known to the owner of the system, not to Desk."""
LONGEST_DAYS: Final = 36_500
LONGEST_UNDO_DAYS: Final = 90
_TABLES: Final = frozenset({"rules", "erasure", "files", "contracts", "data", "people"})
_WAYS: Final[Mapping[str, tuple[str, ...]]] = {"alone": tuple(WAYS), "shared": ("mask", "rebuild")}
_KEYS: Final = frozenset(each.name for each in fields(Rule)) - {"id"}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "action": get_args(Act), "start": get_args(Start), "mode": get_args(Mode),
}  # fmt: skip


def parse(
    mapping: Mapping[str, Any], *, version: str = "", rules: Rules | None = None, data: Mapping[str, Any] | None = None
) -> Schedule:
    """Return the schedule that a file describes: `rules` is a list of tables, each with an `id`.

    With the rule tables (`rules`), clauses, periods and coverage are checked against them; `data` is the table of
    categories for a file that has none.

    Raises:
        BadInput: Every mistake of the file, a line each.
    """
    wrong: list[str] = [f"unknown key {key!r}" for key in sorted(set(mapping) - _TABLES)]
    chosen, contracts = mapping.get("erasure", {}), mapping.get("contracts", {})
    periods = mapping.get("data", data or {})
    files = mapping.get("files", {})
    wrong += [
        *_erasure_mistakes(chosen),
        *_file_mistakes(files),
        *_contract_mistakes(contracts),
        *_data_mistakes(periods, rules),
        *_people_mistakes(mapping.get("people", {}), periods),
    ]
    rows = mapping.get("rules")
    if not isinstance(rows, list) or not rows:
        raise BadInput("\n".join([*wrong, "there is no rule: write at least one [[rules]] table"]))
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        wrong += _row_mistakes(row, number, seen, rules)
    if rules is not None:
        wrong += _gaps(rows)
    if wrong:
        raise BadInput("\n".join(wrong))
    ways = Ways(**{name: chosen[name] for name in _WAYS if name in chosen}, files=files.get("other", "hold"))
    return Schedule(
        tuple(map(rule_of, rows)),
        version,
        ways,
        frozenset(chosen.get("carried", ())),
        dict(contracts),
        {key: DataPeriod(**row) for key, row in periods.items()},
        _people(mapping["people"], periods["contact"]) if "people" in mapping else None,
        carries_files=files.get("carried", False),
    )


def _people(chosen: Mapping[str, Any], period: Mapping[str, Any]) -> Rule:
    """Return the rule for records of people: its period is that of the category of data."""
    named = {key: period[key] for key in ("clause", "basis", "start", "period_days", "reason")}
    return Rule(id=PEOPLE, action="erase", mode=chosen.get("mode", "dry-run"), **named)


def _people_mistakes(chosen: Any, periods: Any) -> Iterable[str]:
    if not isinstance(chosen, Mapping):
        yield "people: not a table"
        return
    yield from (f"people: unknown key {key!r}" for key in sorted(set(chosen) - {"mode"}))
    if "mode" in chosen and chosen["mode"] not in get_args(Mode):
        yield f"people: mode is {chosen['mode']!r}: one of {', '.join(get_args(Mode))}"
    period = periods.get("contact") if isinstance(periods, Mapping) else None
    start = period.get("start") if isinstance(period, Mapping) else None
    if chosen and start != "relationship-end":
        yield "people: [data.contact] has to start with relationship-end, the last that Desk knows of a person"


def rule_of(row: Mapping[str, Any]) -> Rule:
    """Return the rule of a table that is known to be right."""
    members: dict[str, Any] = {key: frozenset(value) if key in SELECTORS else value for key, value in row.items()}
    return Rule(**members)


def _erasure_mistakes(chosen: Any) -> Iterable[str]:
    if not isinstance(chosen, Mapping):
        yield "erasure: not a table"
        return
    yield from (f"erasure: unknown key {key!r}" for key in sorted(set(chosen) - {*_WAYS, "carried"}))
    for name, choices in _WAYS.items():
        if name in chosen and chosen[name] not in choices:
            yield f"erasure: {name} is {chosen[name]!r}: one of {', '.join(choices)}"
    carried = chosen.get("carried", [])
    if not isinstance(carried, list) or not all(isinstance(each, str) and each.startswith("cf_") for each in carried):
        yield "erasure: carried is a list of custom fields by API name (cf_...)"


def _file_mistakes(files: Any) -> Iterable[str]:
    if not isinstance(files, Mapping):
        yield "files: not a table"
        return
    yield from (f"files: unknown key {key!r}" for key in sorted(set(files) - {"other", "carried"}))
    if "other" in files and files["other"] not in get_args(Opaque):
        yield f"files: other is {files['other']!r}: one of {', '.join(get_args(Opaque))}"
    if not isinstance(files.get("carried", False), bool):
        yield "files: carried is true or false"


def _contract_mistakes(contracts: Any) -> Iterable[str]:
    if not isinstance(contracts, Mapping):
        yield "contracts: not a table"
        return
    for account, day in contracts.items():
        if not account.isdigit() or type(day) is not date:
            yield f"contracts: {account!r}: an account id and the last day of its contract (2025-12-31) are needed"


def _data_mistakes(periods: Any, rules: Rules | None) -> Iterable[str]:
    """Yield what is wrong with the periods of the categories of data, and which categories have none."""
    if not isinstance(periods, Mapping) or not all(isinstance(row, Mapping) for row in periods.values()):
        yield "data: a table per category is needed"
        return
    if rules is None:
        return
    for key in rules.categories:
        if key not in periods:
            yield (
                f"data.{key}: no period: write [data.{key}] with clause, basis, start, period_days and reason "
                f"({rules.categories[key].title})"
            )
    for key, row in periods.items():
        if key not in rules.categories:
            yield f"data.{key}: no category of that name in rules/inventory.toml"
            continue
        yield from (f"data.{key}: unknown key {each!r}" for each in sorted(set(row) - _DATA_KEYS))
        bases = sorted(str(each).replace("_", " ") for each in rules.categories[key].bases)
        if row.get("basis") not in bases:
            yield f"data.{key}: no basis: one of {', '.join(bases)}"
        if row.get("start") not in DATA_STARTS:
            yield f"data.{key}: no start: one of {', '.join(DATA_STARTS)}"
        yield from (f"data.{key}: {each}" for each in _number_mistakes(row.get("period_days")))
        yield from (f"data.{key}: {each}" for each in _promise_mistakes(row, rules))
        if not isinstance(row.get("reason"), str) or not row["reason"].strip():
            yield f"data.{key}: no reason"


_DATA_KEYS: Final = frozenset(each.name for each in fields(DataPeriod))


def _row_mistakes(row: Any, number: int, seen: set[str], rules: Rules | None) -> list[str]:
    if not isinstance(row, Mapping):
        return [f"rule {number}: not a table"]
    name = row.get("id")
    label = f"rule {name!r}" if isinstance(name, str) and name else f"rule {number}"
    wrong = [f"{label}: unknown key {key!r}" for key in sorted(set(row) - _KEYS - {"id"})]
    if not isinstance(name, str) or not name.strip():
        wrong.append(f"{label}: no id")
    elif name in seen:
        wrong.append(f"{label}: the id is used twice")
    else:
        seen.add(name)
    told = [*_word_mistakes(row), *_period_mistakes(row)]
    if rules is not None:
        told += _promise_mistakes(row, rules)
    return wrong + [f"{label}: {sentence}" for sentence in told]


def _word_mistakes(row: Mapping[str, Any]) -> Iterable[str]:
    for key in ("clause", "reason"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            yield f"no {key}"
    if row.get("basis") not in BASES:
        yield f"no basis: one of {', '.join(sorted(BASES))}"
    for key, choices in _CHOICES.items():
        missing = key not in row and (key == "action" or (key == "start" and row.get("action") != "keep"))
        if missing:
            yield f"no {key}: one of {', '.join(choices)}"
        elif key in row and row[key] not in choices:
            yield f"{key} is {row[key]!r}: one of {', '.join(choices)}"
    for key in SELECTORS:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            yield f"{key} is a list of words"
        elif key == "laws":
            yield from (f"laws: {each!r} is none of {', '.join(_LAWS)}" for each in value if each not in _LAWS)
    yield from _skeleton_mistakes(row)
    yield from _undo_mistakes(row)


_LAWS: Final = tuple(law.value for law in Law if law is not Law.NONE)


def _skeleton_mistakes(row: Mapping[str, Any]) -> Iterable[str]:
    if not isinstance(row.get("skeleton", False), bool):
        yield "skeleton is true or false"
    elif row.get("skeleton") and row.get("action") in {"mask", "keep"}:
        yield "skeleton: only what is deleted leaves one"


def _undo_mistakes(row: Mapping[str, Any]) -> Iterable[str]:
    days = row.get("undo_days")
    if days is None:
        return
    if isinstance(days, bool) or not isinstance(days, int):
        yield f"undo_days is {days!r}: a whole number of days is needed"
    elif not 1 <= days <= LONGEST_UNDO_DAYS:
        yield f"undo_days is {days}: from 1 to {LONGEST_UNDO_DAYS}; leave it out for no undo window"
    if row.get("action") in {"mask", "keep"}:
        yield "undo_days: only what is deleted can be brought back"


def _period_mistakes(row: Mapping[str, Any]) -> Iterable[str]:
    if row.get("action") != "keep":
        yield from _number_mistakes(row.get("period_days"))
    elif row.get("period_days") is not None:
        yield "a keep rule has no period_days"


def _number_mistakes(period: Any) -> Iterable[str]:
    if period is None:
        yield "no period_days"
    elif isinstance(period, bool) or not isinstance(period, int):
        yield f"period_days is {period!r}: a whole number of days is needed"
    elif not 1 <= period <= LONGEST_DAYS:
        yield f"period_days is {period}: from 1 to {LONGEST_DAYS}"


def _promise_mistakes(row: Mapping[str, Any], rules: Rules) -> Iterable[str]:
    """Yield what a clause does not promise: it is unknown, speaks of no period, or of another one."""
    name, period = row.get("clause"), row.get("period_days")
    promising = ", ".join(key for key, clause in rules.clauses.items() if clause.days)
    if not isinstance(name, str) or not name.strip():
        if "action" not in row:
            yield f"no clause: one of {promising}"
        return
    clause = rules.clauses.get(name)
    if clause is None:
        yield f"clause {name!r} is not in rules/policy.toml: one of {promising}"
    elif row.get("action") == "keep":
        return
    elif not clause.days:
        yield f"clause {name!r} promises no period: one of {promising}"
    elif type(period) is int and not clause.days[0] <= period <= clause.days[1]:
        yield f"period_days is {period}: clause {name} promises from {clause.days[0]} to {clause.days[1]}"
    elif type(period) is int and type(undo := row.get("undo_days")) is int and period + undo > clause.days[1]:
        yield f"undo_days is {undo}: a sealed copy would outlive the {clause.days[1]} days that clause {name} promises"


def _gaps(rows: list[Any]) -> Iterable[str]:
    """Yield that some tickets have no period: those that no acting rule fits whatever they are."""
    acting = [row for row in rows if isinstance(row, Mapping) and row.get("action") != "keep"]
    if not any(not any(row.get(key) for key in SELECTORS) for row in acting):
        yield f"no rule for all other tickets: write one without {', '.join(SELECTORS[:-1])} and {SELECTORS[-1]}"
