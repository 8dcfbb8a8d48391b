"""The figures of `domain/metrics.py` as one page that stands alone: drawings, each beside its table; nothing loaded.

No script, no font, no picture from elsewhere (Content-Security-Policy `default-src 'none'`). Whoever cannot see a
drawing finds the same figures in the table beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from zoho_privacy.domain.metrics import COLUMNS, Figures, Report, cells

WIDTH: Final = 420
BAR: Final = 20
GAP: Final = 8
LEFT: Final = 130
RIGHT: Final = 56
HEIGHT: Final = 190
"""Of the columns of the months, in the units of the drawing; LEFT and RIGHT leave room for words and numbers."""
FOOT: Final = 40
MOST_NAMES: Final = 12
ENDS: Final = (("whole", "complied in whole"), ("part", "in part"), ("denied", "denied"), ("open", "open"))
TIMES: Final = (("law", "in time by law"), ("promise", "as promised"))
DAYS: Final = (("median", "median"), ("mean", "mean"))

TABLE: Final = """{% macro table(title, heads, rows) -%}
<div class="wide" tabindex="0" role="region" aria-label="{{ title }}"><table>
<thead><tr>{% for name in heads %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead><tbody>
{%- for row in rows %}<tr><th scope="row">{{ row[0] }}</th>
{%- for cell in row[1:] %}<td>{{ cell }}</td>{% endfor %}</tr>
{%- else %}<tr><td colspan="{{ heads | length }}">No request.</td></tr>{% endfor %}</tbody></table></div>
{%- endmacro %}"""

PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Privacy requests, {{ r.first }} to {{ r.last }}</title><style>
:root { color-scheme: light dark; --whole: #2a7f4f; --part: #b87700; --denied: #b3372f; --open: #66788a;
  --law: #3b6ea8; --promise: #7b5aa6; --median: #3b6ea8; --mean: #7b5aa6; }
body { font: 1rem/1.45 system-ui, sans-serif; margin: 1.5rem auto; padding: 0 1rem; max-width: 72rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h1 span { white-space: nowrap; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
ul.sum { display: flex; flex-wrap: wrap; gap: .75rem 2rem; list-style: none; padding: 0; }
ul.sum b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.pair { display: grid; grid-template-columns: minmax(0, 27rem) minmax(0, 1fr); gap: 1rem 2rem; align-items: start; }
@media (max-width: 56rem) { .pair { grid-template-columns: minmax(0, 1fr); } }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; }
th, td { text-align: end; padding: .2rem .4rem; border-bottom: 1px solid #8886; font-variant-numeric: tabular-nums; }
td { white-space: nowrap; } thead th { vertical-align: bottom; } .all td:first-of-type, .all thead th:nth-child(2),
th[scope=row], thead th:first-child { text-align: start; white-space: nowrap; }
svg { width: 100%; max-width: 27rem; height: auto; } svg text { font: 14px system-ui, sans-serif; fill: currentColor; }
svg line { stroke: currentColor; stroke-opacity: .25; }
{% for name in colours %}.{{ name }} { fill: var(--{{ name }}); background: var(--{{ name }}); }
{% endfor %}.key { margin: .25rem 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.key span { display: inline-block; width: .8rem; height: .8rem; margin-inline-end: .4rem; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
@media print { body { max-width: none; } .pair, tr { break-inside: avoid; } * { print-color-adjust: exact; } }
</style></head><body><main><h1>Privacy requests received
<span>{{ r.first }}</span> to <span>{{ r.last }}</span></h1>
<ul class="sum">{% for name, value in sums %}<li><b>{{ value }}</b>{{ name }}</li>{% endfor %}</ul>
{%- for chart in charts %}
<section><h2>{{ chart.title }}</h2><div class="pair"><div>
<svg viewBox="0 0 {{ width }} {{ chart.height }}" role="img" aria-label="{{ chart.label }}; the table has the figures">
{%- for l in chart.lines %}<line x1="{{ l.x1 }}" y1="{{ l.y1 }}" x2="{{ l.x2 }}" y2="{{ l.y2 }}"/>{% endfor %}
{%- for b in chart.boxes %}<rect class="{{ b.colour }}" x="{{ b.x }}" y="{{ b.y }}" width="{{ b.w }}"
height="{{ b.h }}"><title>{{ b.said }}</title></rect>{% endfor %}
{%- for t in chart.texts %}<text x="{{ t.x }}" y="{{ t.y }}" text-anchor="{{ t.anchor }}">{{ t.said }}</text>
{%- endfor %}</svg><ul class="key">
{%- for name, said in chart.key %}<li><span class="{{ name }}"></span>{{ said }}</li>{% endfor %}</ul></div>
{{- table(chart.title, chart.heads, chart.rows) }}</div></section>
{%- endfor %}
<section class="all"><h2>All figures by month and kind</h2>{{ table("By month and kind", heads, rows) }}</section>
<p>Days and dates are the controller's calendar days. No request: what turned out to be none, not counted as received.
Unproven: cases in which a proof of identity failed or lapsed. Figures name nobody; no later erasure changes them.</p>
</main></body></html>
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A coloured part of a drawing and what it stands for."""

    colour: str
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
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Line:
    """A thin line of a drawing."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, its key, and the table with the same figures."""

    title: str
    label: str
    height: float
    boxes: Sequence[Box]
    texts: Sequence[Text]
    key: Sequence[tuple[str, str]]
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    lines: Sequence[Line] = ()


def render(told: Report) -> str:
    """Return the page."""
    charts = [_months(told.months), _ends(told.kinds), _times(told.kinds), _days(told.kinds)]
    return _template().render(
        r=told,
        sums=_sums(told.total),
        charts=charts,
        colours=list(dict.fromkeys(name for chart in charts for name, _ in chart.key)),
        width=WIDTH,
        heads=[_named(name) for name in COLUMNS],
        rows=[[_named(cell) for cell in cells(row)] for row in (*told.rows, told.total)],
    )


@cache
def _template() -> Template:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(TABLE + PAGE)


def _named(name: str) -> str:
    return name.replace("_", " ")


def _sums(total: Figures) -> list[tuple[str, str]]:
    counted = [("received", total.received), *((said, getattr(total, name)) for name, said in ENDS)]
    shares = [(said, _share(getattr(total, f"within_{name}"), total.answered)) for name, said in TIMES]
    return [*((said, str(count)) for said, count in counted), *shares, ("median days", _figure(total.median_days))]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


# ----------------------------------------------------------------------------------------------------------- drawings


def _months(months: Sequence[Figures]) -> Chart:
    """Stack what was received in each month by how it ended."""
    top = max((row.received for row in months), default=0) or 1
    step = (WIDTH - LEFT / 3) / max(len(months), 1)
    boxes, texts = [], []
    for number, row in enumerate(months):
        x, y = LEFT / 3 + number * step, HEIGHT - FOOT
        for name, said in ENDS:
            amount = getattr(row, name)
            tall = amount * (HEIGHT - FOOT - GAP) / top
            y -= tall
            if amount:
                boxes.append(Box(name, _r(x), _r(y), _r(step * 0.8), _r(tall), f"{row.month}, {said}: {amount}"))
        if number % (1 + len(months) // MOST_NAMES) == 0:
            texts.append(Text(_r(x + step * 0.4), HEIGHT - FOOT + 18, row.month[5:], "middle"))
            if row.month[:4] not in {text.said for text in texts}:
                texts.append(Text(_r(x + step * 0.4), HEIGHT - FOOT + 36, row.month[:4], "middle"))
    marks = [(count, _r(HEIGHT - FOOT - count * (HEIGHT - FOOT - GAP) / top)) for count in {top, top // 2, 0}]
    texts += [Text(LEFT / 3 - 6, y + 5, str(count), "end") for count, y in marks]
    lines = [Line(LEFT / 3, y, WIDTH, y) for _number, y in marks]
    heads = ("month", "received", *(said for _name, said in ENDS))
    rows = [(row.month, str(row.received), *(str(getattr(row, name)) for name, _said in ENDS)) for row in months]
    return Chart("Received by month", "Requests by month and outcome", HEIGHT, boxes, texts, ENDS, heads, rows, lines)


def _ends(kinds: Sequence[Figures]) -> Chart:
    """Stack what was received of each kind by how it ended."""
    top = max((row.received for row in kinds), default=0) or 1
    boxes, texts = [], []
    for row, y in _down(kinds):
        x = float(LEFT)
        for name, said in ENDS:
            amount = getattr(row, name)
            wide = amount * (WIDTH - LEFT - RIGHT) / top
            if amount:
                boxes.append(Box(name, _r(x), y, _r(wide), BAR, f"{_named(row.kind)}, {said}: {amount}"))
            x += wide
        texts += [Text(0, y + 15, _named(row.kind)), Text(_r(x + 6), y + 15, str(row.received))]
    heads = ("kind", "received", *(said for _name, said in ENDS), "no request", "unproven")
    rows = [
        (_named(row.kind), str(row.received), *(str(getattr(row, name)) for name, _said in ENDS),
         str(row.dismissed), str(row.unproven))
        for row in kinds
    ]  # fmt: skip
    return Chart("How they ended", "Requests by kind and outcome", _tall(kinds), boxes, texts, ENDS, heads, rows)


def _times(kinds: Sequence[Figures]) -> Chart:
    """Draw which share of the answers of each kind was in time."""
    answered = [row for row in kinds if row.answered]
    boxes, texts = [], []
    for row, y in _down(answered):
        texts.append(Text(0, y + 15, _named(row.kind)))
        for number, (name, said) in enumerate(TIMES):
            part = getattr(row, f"within_{name}")
            wide = part / row.answered * (WIDTH - LEFT - RIGHT)
            told = f"{_named(row.kind)}, {said}: {part} of {row.answered}"
            boxes.append(Box(name, LEFT, y + number * BAR / 2, _r(wide), BAR / 2 - 1, told))
        texts.append(Text(WIDTH, y + 15, _share(row.within_law, row.answered), "end"))
    heads = ("kind", "answered", "in time by law", "share", "as promised", "share")
    rows = [
        (
            _named(row.kind),
            str(row.answered),
            *(text for name, _said in TIMES for text in _counted(row, name)),
        )
        for row in answered
    ]
    return Chart("In time", "Answers in time by kind, in percent", _tall(answered), boxes, texts, TIMES, heads, rows)


def _counted(row: Figures, name: str) -> tuple[str, str]:
    part: int = getattr(row, f"within_{name}")
    return str(part), _share(part, row.answered)


def _days(kinds: Sequence[Figures]) -> Chart:
    """Draw how many days the answers of each kind took."""
    answered = [row for row in kinds if row.answered]
    top = max((getattr(row, f"{name}_days") for row in answered for name, _said in DAYS), default=0.0) or 1.0
    boxes, texts = [], []
    for row, y in _down(answered):
        texts.append(Text(0, y + 15, _named(row.kind)))
        for number, (name, said) in enumerate(DAYS):
            days = getattr(row, f"{name}_days")
            wide = days / top * (WIDTH - LEFT - RIGHT)
            told = f"{_named(row.kind)}, {said}: {days:g} days"
            boxes.append(Box(name, LEFT, y + number * BAR / 2, _r(wide), BAR / 2 - 1, told))
        texts.append(Text(WIDTH, y + 15, _figure(row.median_days), "end"))
    heads = ("kind", "answered", "median days", "mean days")
    rows = [(_named(row.kind), str(row.answered), _figure(row.median_days), _figure(row.mean_days)) for row in answered]
    label = "Days until the answer by kind, median and mean"
    return Chart("Days until the answer", label, _tall(answered), boxes, texts, DAYS, heads, rows)


def _down(rows: Sequence[Figures]) -> Iterator[tuple[Figures, float]]:
    return ((row, number * (BAR + GAP)) for number, row in enumerate(rows))


def _tall(rows: Sequence[Figures]) -> float:
    return max(len(rows), 1) * (BAR + GAP)


def _r(value: float) -> float:
    """Round to what a drawing needs."""
    return round(value, 1)
