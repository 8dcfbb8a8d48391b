"""The page of a simulation: what each rule would have done per month under either schedule, drawn and as a table.

It stands alone: no script, no font, no picture from elsewhere (Content-Security-Policy `default-src 'none'`). No
personal data: rules, months, counts. Looks like `report_page.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from zoho_privacy.domain.simulate import Difference

WIDTH: Final = 900
HEIGHT: Final = 220
FOOT: Final = 44
LEFT: Final = 56
TOP: Final = 12
MOST_NAMES: Final = 24
FEW: Final = 12
"""Months whose table is shown at once; a longer one unfolds."""

PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Retention: what would change</title><style>
:root { color-scheme: light dark; --old: #7d8a9c; --new: #2f6fb5; }
body { font: 1rem/1.45 system-ui, sans-serif; margin: 1.5rem auto; padding: 0 1rem; max-width: 60rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; overflow-wrap: anywhere; }
ul.sum { display: flex; flex-wrap: wrap; gap: .75rem 2rem; list-style: none; padding: 0; }
ul.sum b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; }
th, td { text-align: end; padding: .2rem .8rem; border-bottom: 1px solid #8886; font-variant-numeric: tabular-nums; }
th:first-child { text-align: start; padding-inline-start: 0; } td.same { opacity: .55; }
svg { display: block; width: 100%; min-width: 34rem; height: auto; }
svg text { font: 14px system-ui, sans-serif; fill: currentColor; }
svg line { stroke: currentColor; stroke-opacity: .25; }
.old { fill: var(--old); background: var(--old); } .new { fill: var(--new); background: var(--new); }
.key { padding: 0; list-style: none; display: flex; gap: .25rem 1rem; } summary { cursor: pointer; margin: .5rem 0; }
.key span { display: inline-block; width: .8rem; height: .8rem; margin-inline-end: .4rem; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
@media print { body { max-width: none; } section, tr { break-inside: avoid; } * { print-color-adjust: exact; } }
</style></head><body><main><h1>Retention: what would change</h1>
<p>{{ tickets }} closed tickets, archived ones too, {% if people %}and {{ people }} records of people {% endif -%}
were followed through their lives under both schedules, every rule at work. A ticket that is masked and later deleted
counts twice. Holds and open cases of the past are not replayed{% if people %}, and neither is when a person's record
was last changed: it may have stayed longer than shown{% endif %}.</p>
<ul class="sum"><li><b>{{ old }}</b>acts, old schedule</li><li><b>{{ new }}</b>acts, new schedule</li>
<li><b>{{ "%+d" % (new - old) }}</b>difference</li></ul>
<ul class="key"><li><span class="old"></span>old schedule</li><li><span class="new"></span>new schedule</li></ul>
{%- for part in parts %}
<section><h2>{{ part.title }}</h2>
<div class="wide" tabindex="0" role="region" aria-label="{{ part.title }}: records per month">
<svg viewBox="0 0 {{ width }} {{ height }}" role="img"
aria-label="{{ part.title }}: records per month under the old and the new schedule; the table has the figures">
{%- for l in part.lines %}<line x1="{{ left }}" y1="{{ l }}" x2="{{ width }}" y2="{{ l }}"/>{% endfor %}
{%- for b in part.bars %}<rect class="{{ b.side }}" x="{{ b.x }}" y="{{ b.y }}" width="{{ b.w }}" height="{{ b.h }}">
<title>{{ b.said }}</title></rect>{% endfor %}
{%- for t in part.texts %}<text x="{{ t.x }}" y="{{ t.y }}" text-anchor="{{ t.anchor }}">{{ t.said }}</text>
{%- endfor %}</svg></div>
<details{% if part.rows | length <= few %} open{% endif %}><summary>{{ part.rows | length }} months in figures</summary>
<table><thead><tr><th scope="col">month</th><th scope="col">old</th><th scope="col">new</th>
<th scope="col">difference</th></tr></thead><tbody>
{%- for month, old, new in part.rows %}<tr><th scope="row">{{ month }}</th><td>{{ old }}</td><td>{{ new }}</td>
<td{% if old == new %} class="same"{% endif %}>{{ "%+d" % (new - old) }}</td></tr>{% endfor %}</tbody></table></details>
</section>
{%- else %}<p>Neither schedule acts on anything.</p>{% endfor %}
</main></body></html>
"""

Row = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Bar:
    """One side of a month."""

    side: str
    x: float
    y: float
    w: float
    h: float
    said: str


@dataclass(frozen=True, slots=True)
class Text:
    """A word of a drawing."""

    x: float
    y: float
    said: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Part:
    """One rule, or all of them: drawing and table."""

    title: str
    rows: Sequence[Row]
    bars: Sequence[Bar]
    texts: Sequence[Text]
    lines: Sequence[float]


def page(found: Difference) -> str:
    """Return the HTML of a simulation."""
    rules = sorted({rule for rule, _ in found.cells})
    months = list(_months(found))
    parts = [_part(f"Rule {rule}", _rows(found, months, rule)) for rule in rules]
    if len(rules) > 1:
        parts.insert(0, _part("All rules together", _rows(found, months)))
    sums = {"old": sum(found.old.values()), "new": sum(found.new.values())}
    sizes = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "few": FEW}
    return _template().render(tickets=found.tickets, people=found.people, parts=parts, **sums, **sizes)


@cache
def _template() -> Template:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(PAGE)


def _months(found: Difference) -> Iterator[str]:
    """Yield every month from the first to the last, also those without any act."""
    known = sorted({month for _, month in found.cells})
    if not known:
        return
    first, last = (12 * int(month[:4]) + int(month[5:]) - 1 for month in (known[0], known[-1]))
    yield from (f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1))


def _rows(found: Difference, months: Sequence[str], rule: str | None = None) -> list[Row]:
    def count(side: Mapping[tuple[str, str], int], month: str) -> int:
        return sum(number for (name, when), number in side.items() if when == month and rule in {None, name})

    return [(month, count(found.old, month), count(found.new, month)) for month in months]


def _part(title: str, rows: Sequence[Row]) -> Part:
    top = max(max(old, new) for _, old, new in rows) or 1
    step, deep = (WIDTH - LEFT) / len(rows), HEIGHT - FOOT - TOP
    bars, texts = [], []
    for number, (month, *pair) in enumerate(rows):
        x = LEFT + number * step
        for place, (side, count) in enumerate(zip(("old", "new"), pair, strict=True)):
            tall = deep * count / top
            if count:
                said = f"{month}, {side} schedule: {count}"
                bars.append(Bar(side, _r(x + step * (0.1 + 0.4 * place)), _r(HEIGHT - FOOT - tall), _r(step * 0.4),
                                _r(tall), said))  # fmt: skip
        if number % (1 + len(rows) // MOST_NAMES) == 0:
            middle = _r(x + step / 2)
            texts.append(Text(middle, HEIGHT - FOOT + 18, month[5:], "middle"))
            if month[:4] not in {text.said for text in texts}:
                texts.append(Text(middle, HEIGHT - FOOT + 36, month[:4], "middle"))
    marks = sorted({0, top // 2, top})
    heights = [_r(HEIGHT - FOOT - deep * mark / top) for mark in marks]
    texts += [Text(LEFT - 8, y + 5, str(mark), "end") for mark, y in zip(marks, heights, strict=True)]
    return Part(title, rows, bars, texts, heights)


def _r(value: float) -> float:
    """Round to what a drawing needs."""
    return round(value, 1)
