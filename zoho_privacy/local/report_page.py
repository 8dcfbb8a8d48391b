"""The figures of `domain/metrics.py` as one page that stands alone: tables, two drawings, no script, nothing loaded."""

from functools import cache
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from zoho_privacy.domain.metrics import COLUMNS, Figures, Report, cells

WIDTH: Final = 640
BAR: Final = 22
GAP: Final = 10
LEFT: Final = 170
ENDS: Final = (("whole", "#2a7f4f"), ("part", "#c98a00"), ("denied", "#b3372f"), ("open", "#5a6b7b"))

PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Privacy requests, {{ r.first }} to {{ r.last }}</title><style>
:root { color-scheme: light dark; }
body { font: 1rem/1.45 system-ui, sans-serif; margin: 1.5rem; max-width: 75rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { text-align: start; padding: .35rem .6rem; border-bottom: 1px solid #8886; }
td + td { font-variant-numeric: tabular-nums; } svg { max-width: 100%; height: auto; }
svg text { font: 13px system-ui, sans-serif; fill: currentColor; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
</style></head><body><main><h1>Privacy requests, {{ r.first }} to {{ r.last }}</h1>
<p>Received {{ r.total.received }}: complied in whole {{ r.total.whole }}, in part {{ r.total.part }},
denied {{ r.total.denied }}, open {{ r.total.open }}. No request after all: {{ r.total.dismissed }}.
Answered {{ r.total.answered }}, of these in time by law {{ r.total.within_law }}, as promised
{{ r.total.within_promise }}.</p>
<h2>How requests ended</h2>
<svg viewBox="0 0 {{ width }} {{ ends.height }}" width="{{ width }}" height="{{ ends.height }}" role="img"
aria-label="Requests by kind and outcome; the same figures stand in the table below">
{%- for bar in ends.bars %}<text x="0" y="{{ bar.y + 16 }}">{{ bar.name }}</text>
{%- for part in bar.parts %}<rect x="{{ part.x }}" y="{{ bar.y }}" width="{{ part.w }}" height="{{ h }}"
fill="{{ part.colour }}"><title>{{ bar.name }}, {{ part.name }}: {{ part.n }}</title></rect>{% endfor %}
<text x="{{ bar.end + 6 }}" y="{{ bar.y + 16 }}">{{ bar.n }}</text>{% endfor %}
{%- for key in ends.legend %}<rect x="{{ key.x }}" y="{{ ends.height - 20 }}" width="12" height="12"
fill="{{ key.colour }}"/><text x="{{ key.x + 17 }}" y="{{ ends.height - 9 }}">{{ key.name }}</text>{% endfor %}</svg>
<h2>Days until the answer, median</h2>
<svg viewBox="0 0 {{ width }} {{ days.height }}" width="{{ width }}" height="{{ days.height }}" role="img"
aria-label="Median days by kind; the same figures stand in the table below">
{%- for bar in days.bars %}<text x="0" y="{{ bar.y + 16 }}">{{ bar.name }}</text>
<rect x="{{ left }}" y="{{ bar.y }}" width="{{ bar.w }}" height="{{ h }}" fill="#3b6ea8"/>
<text x="{{ left + bar.w + 6 }}" y="{{ bar.y + 16 }}">{{ bar.n }}</text>{% endfor %}</svg>
{%- for title, rows in tables %}<h2>{{ title }}</h2>
<div class="wide" tabindex="0" role="region" aria-label="{{ title }}"><table><thead><tr>
{%- for name in columns %}<th scope="col">{{ name.replace("_", " ") }}</th>{% endfor %}</tr></thead><tbody>
{%- for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{%- else %}<tr><td colspan="{{ columns | length }}">No request.</td></tr>{% endfor %}</tbody></table></div>
{%- endfor %}
<p>Days and dates are the controller's calendar days. Unproven: cases in which a proof failed or lapsed.</p>
</main></body></html>
"""


def render(told: Report) -> str:
    """Return the page."""
    tables = (
        ("By kind", [cells(row) for row in (*told.kinds, told.total)]),
        ("By month and kind", [cells(row) for row in told.rows]),
    )
    return _template().render(
        r=told, ends=_ends(told), days=_days(told), tables=tables, columns=COLUMNS, width=WIDTH, left=LEFT, h=BAR
    )


@cache
def _template() -> Template:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(PAGE)


def _ends(told: Report) -> dict[str, object]:
    most = max((row.received for row in told.kinds), default=0) or 1
    scale = (WIDTH - LEFT - 60) / most
    bars = [_bar(row, number, scale) for number, row in enumerate(told.kinds)]
    legend = [{"x": LEFT + number * 90, "name": name, "colour": colour} for number, (name, colour) in enumerate(ENDS)]
    return {"bars": bars, "legend": legend, "height": len(bars) * (BAR + GAP) + 30}


def _bar(row: Figures, number: int, scale: float) -> dict[str, object]:
    x, parts = float(LEFT), []
    for name, colour in ENDS:
        amount = getattr(row, name)
        if amount:
            parts.append({"x": round(x, 1), "w": round(amount * scale, 1), "colour": colour, "name": name, "n": amount})
            x += amount * scale
    place = {"name": row.kind.replace("_", " "), "y": number * (BAR + GAP), "end": round(x, 1), "n": row.received}
    return {**place, "parts": parts}


def _days(told: Report) -> dict[str, object]:
    rows = [(row.kind, row.median_days) for row in told.kinds if row.median_days is not None]
    most = max((days for _, days in rows), default=0.0) or 1.0
    scale = (WIDTH - LEFT - 60) / most
    bars = [
        {"name": kind.replace("_", " "), "y": at * (BAR + GAP), "w": round(days * scale, 1), "n": f"{days:g}"}
        for at, (kind, days) in enumerate(rows)
    ]
    return {"bars": bars, "height": max(len(bars), 1) * (BAR + GAP)}
