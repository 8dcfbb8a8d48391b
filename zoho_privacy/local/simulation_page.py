"""The page of a simulation: one chart and one table per rule, self-contained. No personal data: rules, months, counts.

It loads nothing and runs no script (Content-Security-Policy `default-src 'none'`).
"""

from collections.abc import Iterable
from html import escape
from typing import Final

from zoho_privacy.domain.simulate import Difference

STYLE: Final = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #ccc}
th:first-child{text-align:left}.old{fill:#8a94a6;background:#8a94a6}.new{fill:#0b63ce;background:#0b63ce}
svg{width:100%;height:12rem}.key{display:inline-block;width:1em;height:1em}"""
HEIGHT: Final = 100


def page(found: Difference) -> str:
    """Return the HTML of a simulation."""
    rules = sorted({rule for rule, _ in found.cells})
    body = "\n".join(_rule(found, rule) for rule in rules) or "<p>Neither schedule acts on any ticket.</p>"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Retention: what would change</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>
<h1>Retention: what would change</h1>
<p>{found.tickets} closed tickets replayed. Tickets acted on per month:
<span class="key old"></span> old schedule, <span class="key new"></span> new schedule.</p>
{body}
</body></html>
"""


def _rule(found: Difference, rule: str) -> str:
    rows = [(month, found.old.get((name, month), 0), found.new.get((name, month), 0)) for name, month in found.cells
            if name == rule]  # fmt: skip
    cells = "".join(
        f'<tr><th scope="row">{month}</th><td>{old}</td><td>{new}</td><td>{new - old:+d}</td></tr>'
        for month, old, new in rows
    )
    return f"""<h2>{escape(rule)}</h2>
<svg viewBox="0 0 {len(rows) * 3} {HEIGHT}" preserveAspectRatio="none" role="img"
aria-label="Tickets per month; the table below has the numbers">{"".join(_bars(rows))}</svg>
<table><thead><tr><th>Month</th><th>Old</th><th>New</th><th>Difference</th></tr></thead><tbody>{cells}</tbody></table>"""


def _bars(rows: list[tuple[str, int, int]]) -> Iterable[str]:
    top = max(max(old, new) for _, old, new in rows)
    for number, (_, *pair) in enumerate(rows):
        for side, (name, count) in enumerate(zip(("old", "new"), pair, strict=True)):
            tall = HEIGHT * count / top
            yield f'<rect class="{name}" x="{number * 3 + side}" y="{HEIGHT - tall:g}" width="1" height="{tall:g}"/>'
