"""The reviewer's pages: the exports that wait, and one export with every mask of others' data in its context.

A reviewer accepts by the hash of what the page shows, shows what was masked without need, hides what was overlooked,
or revokes. The pages show others' personal data, so only operators see them (`operators.py`), no cache keeps them, and
each look is in the ledger. A form carries a token of ours bound to the hash: another web site cannot send one, and
nobody approves what was built anew since (R-ACCESS-4). The command line does the same: `zoho-privacy export`.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from zoho_privacy.domain.collected import Spot
from zoho_privacy.domain.errors import BadInput, NotAllowed, NotFound
from zoho_privacy.hosting.dispatch import parameters
from zoho_privacy.hosting.http import Request, Response, html, text
from zoho_privacy.workflows import exports
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.exports import Export, Look

PATTERN: Final = "/exports/{org}/{export}"
CONTEXTS: Final = 3
SHOWABLE: Final = frozenset({"EMAIL", "PHONE", "PERSON", "OTHER"})
_WHO: Final = "operator"

PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title><style>
:root { color-scheme: light dark; --mark: #ffe08a; --ink: #1b1b1b; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 1.5rem; max-width: 75rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; } .wide { overflow-x: auto; }
th, td { text-align: start; padding: .35rem .75rem; border-bottom: 1px solid #8886; vertical-align: top; }
mark { background: var(--mark); color: var(--ink); padding: 0 .15em; } code { font-size: .875rem; }
a { color: inherit; } :focus-visible { outline: 3px solid; outline-offset: 2px; }
label { display: block; margin: .75rem 0 .25rem; font-weight: 600; }
input[type=text], textarea { display: block; font: inherit; width: 100%; max-width: 36rem; padding: .4rem; }
input, textarea { box-sizing: border-box; }
input[type=checkbox] { width: 1.25rem; height: 1.25rem; } fieldset { margin: 1rem 0; border: 1px solid #8886; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .4rem 1.25rem; margin: 1rem .5rem 0 0; }
[role=alert] { border-inline-start: 4px solid; padding-inline-start: .75rem; font-weight: 600; }
.context { display: block; white-space: pre-wrap; }
</style></head><body><main><h1>{{ title }}</h1>
{%- if alarm %}<p role="alert">{{ alarm }}</p>{% endif %}
{%- if rows is not none %}
<p>Exports in which others' data was masked, or which may be incomplete, wait here for a person.</p>
<div class="wide" tabindex="0" role="region" aria-label="Exports"><table><thead><tr><th scope="col">Export</th>
<th scope="col">Case</th><th scope="col">State</th><th scope="col">Waits for</th><th scope="col">Until</th></tr></thead>
<tbody>{% for each in rows %}<tr><td><a href="/exports/{{ each.org }}/{{ each.id }}"><code>{{ each.id }}</code></a></td>
<td><a href="/cases/{{ each.org }}/{{ each.case_id }}">{{ each.case_id }}</a></td><td>{{ each.state }}</td>
<td>{{ each.gaps | join(", ") }}</td><td>{{ each.until.strftime("%Y-%m-%d") }}</td></tr>
{%- else %}<tr><td colspan="5">None.</td></tr>{% endfor %}</tbody></table></div>
{%- else %}
<p><a href="/exports">All exports</a>, <a href="/cases/{{ export.org }}/{{ export.case_id }}">the case</a></p>
<table><tbody><tr><th scope="row">State</th><td>{{ export.state }}</td></tr>
<tr><th scope="row">Hash</th><td><code>{{ export.sha256 }}</code></td></tr>
<tr><th scope="row">Inside</th><td>{% for name, count in (export.counts or {}).items() %}{{ count }} {{ name }}
{%- if not loop.last %}, {% endif %}{% endfor %}</td></tr>
<tr><th scope="row">Fetched</th><td>{{ export.downloads }}</td></tr>
{%- if missing %}<tr><th scope="row">Missing</th><td>{{ missing | join(", ") }}</td></tr>{% endif %}
</tbody></table>
{%- if export.waits %}
<form method="post"><input type="hidden" name="seal" value="{{ seal }}">
<h2>Masks of others' data</h2>
<div class="wide" tabindex="0" role="region" aria-label="Masks"><table><thead><tr><th scope="col">Show</th>
<th scope="col">Class</th><th scope="col">Times</th><th scope="col">In context</th></tr></thead><tbody>
{%- for group in groups %}<tr>
<td>{% if group.showable %}<input type="checkbox" name="show-{{ loop.index0 }}" value="yes"
 aria-label="show {{ group.value }}">{% endif %}</td>
<td>{{ group.label }}</td><td>{{ group.count }}</td><td>{% for spot in group.spots %}<span class="context" dir="auto">
{{- spot.record }}: {{ spot.before }}<mark>{{ spot.value }}</mark>{{ spot.after }}</span>{% endfor %}</td></tr>
{%- else %}<tr><td colspan="4">None.</td></tr>{% endfor %}</tbody></table></div>
{%- if look.decisions.show or look.decisions.hide %}
<p>Changed so far: shown {{ look.decisions.show | sort | join(", ") or "nothing" }};
hidden {{ look.decisions.hide | sort | join(", ") or "nothing" }}.</p>{% endif %}
<fieldset><legend>What you decide</legend>
<label for="hide">Hide these words too, one per line</label><textarea id="hide" name="hide" rows="3"></textarea>
<label for="agent">Your agent id in Desk</label><input type="text" id="agent" name="agent" required maxlength="40">
<label for="reason">Why, naming nobody</label><input type="text" id="reason" name="reason" maxlength="200">
<button type="submit" name="action" value="change">Change the masks and build anew</button>
<button type="submit" name="action" value="accept">Accept this hash and send it</button>
<button type="submit" name="action" value="revoke">Revoke</button></fieldset></form>
{%- elif export.state == "ready" %}
<form method="post"><input type="hidden" name="seal" value="{{ seal }}"><fieldset><legend>Revoke</legend>
<label for="agent">Your agent id in Desk</label><input type="text" id="agent" name="agent" required maxlength="40">
<label for="reason">Why, naming nobody</label><input type="text" id="reason" name="reason" required maxlength="200">
<button type="submit" name="action" value="revoke">Revoke</button></fieldset></form>
{%- endif %}{% endif %}</main></body></html>"""


@dataclass
class Group:
    """One masked value and where it stood."""

    label: str
    value: str
    count: int = 0
    spots: list[Spot] = field(default_factory=list)

    @property
    def showable(self) -> bool:
        """Whether a reviewer may decide to show it."""
        return self.label in SHOWABLE


def grouped(spots: Iterable[Spot]) -> list[Group]:
    """Return the masked values in the order in which they appear, each with its first contexts."""
    groups: dict[tuple[str, str], Group] = {}
    for spot in spots:
        group = groups.setdefault((spot.label, spot.value.casefold()), Group(spot.label, spot.value))
        group.count += 1
        if len(group.spots) < CONTEXTS:
            group.spots.append(spot)
    return list(groups.values())


def list_page(_request: Request, app: App) -> Response:
    """Show all exports, those that wait on top."""
    found = [each for org in sorted(app.desks) for each in exports.every(app, org)]
    rows = sorted(found, key=lambda each: (not each.waits, each.until, each.id))
    return html(_page().render(title="Exports", rows=rows, alarm=""))


def export_page(request: Request, app: App) -> Response:
    """Show one export."""
    try:
        return _shown(app, _seen(request, app))
    except NotFound:
        return text("There is no such export.", 404)


def decided(request: Request, app: App) -> Response:
    """Take what a reviewer decided and show the export as it is then."""
    try:
        seen = _seen(request, app)
    except NotFound:
        return text("There is no such export.", 404)
    form = request.form()
    if not hmac.compare_digest(form.get("seal", "").encode(), _seal(app, seen.export).encode()):
        return _shown(app, seen, alarm="This page is out of date: the export has changed. Look again.", status=409)
    try:
        _carry_out(app, seen, form)
    except (BadInput, NotAllowed) as refused:
        return _shown(app, seen, alarm=str(refused), status=422)
    return _shown(app, exports.look_at(app, seen.export.org, seen.export.id, _WHO))


def _carry_out(app: App, seen: Look, form: Mapping[str, str]) -> None:
    export, agent, reason = seen.export, form.get("agent", "").strip(), form.get("reason", "").strip()
    if not (agent.isascii() and agent.isalnum()):
        raise BadInput("say who you are: your agent id in Desk")
    who = f"agent:{agent}"
    match form.get("action"):
        case "change":
            groups = grouped(seen.spots)
            show = [group.value for place, group in enumerate(groups) if group.showable and f"show-{place}" in form]
            hide = form.get("hide", "").splitlines()
            if not (show or any(line.strip() for line in hide)):
                raise BadInput("tick what to show, or write what to hide")
            exports.decide(app, export.org, export.id, who, show=show, hide=hide)
        case "accept":
            reason = reason or "masks looked at"
            exports.accept(app, export.org, export.id, who, reason, sha256=export.sha256)
        case "revoke":
            if not reason:
                raise BadInput("say why, naming nobody")
            exports.revoke(app, export.org, export.id, who, reason)
        case _:
            raise BadInput("nothing was decided")


def _seen(request: Request, app: App) -> Look:
    names = parameters(PATTERN, request.path) or {}
    return exports.look_at(app, names.get("org", ""), names.get("export", ""), _WHO)


def _seal(app: App, export: Export) -> str:
    return app.keyring.token("review", f"{export.id}|{export.state}|{export.sha256}")


def _shown(app: App, seen: Look, *, alarm: str = "", status: int = 200) -> Response:
    export = seen.export
    body = _page().render(
        title=f"Export {export.id}",
        rows=None,
        alarm=alarm,
        export=export,
        look=seen,
        groups=grouped(seen.spots),
        missing=[gap for gap in export.gaps if gap != exports.MASKED],
        seal=_seal(app, export),
    )
    return html(body, status)


@cache
def _page() -> Template:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(PAGE)
