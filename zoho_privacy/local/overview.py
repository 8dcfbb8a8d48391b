"""Two pages for operators: all cases in one table, and one case with its steps, plan and export.

Ids, kinds, states and dates; no names, no addresses, no words of a customer. The pages refresh themselves without
script. Who may see them is decided by `operators.py`.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from zoho_privacy.domain.model import Case
from zoho_privacy.hosting.dispatch import parameters
from zoho_privacy.hosting.http import Request, Response, html, text
from zoho_privacy.local import status
from zoho_privacy.workflows import casebook, exports, ledger
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.explain import next_step

REFRESH_S: Final = 5
CASE_PATTERN: Final = "/cases/{org}/{case}"

LAYOUT: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{{ refresh }}"><title>{{ title }}</title><style>
:root { color-scheme: light dark; }
body { font: 1rem/1.45 system-ui, sans-serif; margin: 1.5rem; max-width: 75rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { text-align: start; padding: .35rem .75rem; border-bottom: 1px solid #8886; vertical-align: top; }
tbody td:first-child { white-space: nowrap; } td { overflow-wrap: anywhere; }
code { font-size: .875rem; } a { color: inherit; } :focus-visible { outline: 3px solid; outline-offset: 2px; }
</style></head><body><main><h1>{{ title }}</h1>{{ body }}</main></body></html>"""

LIST: Final = """
<p>{{ s.open_cases }} open; waiting: {{ s.events.due + s.events.retrying }} events,
{{ s.effects.due + s.effects.retrying }} effects, {{ s.jobs.due + s.jobs.retrying }} jobs;
{{ s.dead_letters }} dead letters. As of {{ s.now[:16] }} UTC.</p>
<div class="wide" tabindex="0" role="region" aria-label="Cases"><table><thead><tr><th scope="col">Ticket</th>
<th scope="col">Kind</th><th scope="col">State</th><th scope="col">Due</th><th scope="col">Law</th>
<th scope="col">Next step</th></tr></thead><tbody>
{%- for case in cases %}
<tr><td><a href="/cases/{{ case.org }}/{{ case.id }}">#{{ case.ticket_number }}</a></td><td>{{ case.kind.value }}</td>
<td>{{ case.state.value }}</td><td>{{ case.due.due }}</td><td>{{ case.law.value }}</td>
<td>{{ next(case) }}</td></tr>
{%- else %}<tr><td colspan="6">No case yet.</td></tr>{% endfor %}
</tbody></table></div>"""

ONE: Final = """
<p><a href="/cases">All cases</a></p>
<table><tbody>{% for name, value in facts %}<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>
{% endfor %}</tbody></table>
{%- if plan %}<h2>Plan <code>{{ plan.hash[:12] }}</code></h2>
<div class="wide" tabindex="0" role="region" aria-label="Plan"><table><thead><tr><th scope="col">Action</th>
<th scope="col">Record</th><th scope="col">Result</th><th scope="col">Reason</th></tr></thead><tbody>
{%- for action in plan.actions %}<tr><td>{{ action.type.value }}</td><td>{{ action.target }}</td>
<td>{{ results.get(action.key, "") }}</td><td>{{ action.reason }}</td></tr>{% endfor %}
{%- for kept in plan.kept %}<tr><td>keep</td><td>{{ kept.target }}</td><td>{{ kept.code }}</td>
<td>{{ kept.reason }}</td></tr>{% endfor %}</tbody></table></div>{% endif %}
<h2>Steps</h2><div class="wide" tabindex="0" role="region" aria-label="Steps"><table><thead><tr>
<th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">Why</th>
<th scope="col">Result</th></tr></thead><tbody>
{%- for step in steps %}<tr><td>{{ step.at.strftime("%Y-%m-%d %H:%M:%S") }}</td><td>{{ step.who }}</td>
<td>{{ step.what }}</td><td>{{ step.why }}</td><td>{{ step.result }}</td></tr>{% endfor %}</tbody></table></div>"""


@cache
def _template(source: str) -> Template:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(source)


def list_page(_request: Request, app: App) -> Response:
    """Show all cases, those due first on top, ended ones last."""
    cases = sorted(every_case(app), key=lambda case: (not casebook.is_open(case), case.due.due, case.id))
    body = _template(LIST).render(cases=cases, next=lambda case: next_step(app, case), s=status.snapshot(app))
    return _page("Privacy cases", body)


def case_page(request: Request, app: App) -> Response:
    """Show one case."""
    names = parameters(CASE_PATTERN, request.path) or {}
    case = casebook.case(app.store, names.get("org", ""), names.get("case", ""))
    if case is None:
        return text("There is no such case.", 404)
    plan = casebook.plan(app.store, case.org, case.plan_hash) if case.plan_hash else None
    body = _template(ONE).render(
        facts=facts(app, case),
        plan=plan,
        results=results(app, case),
        steps=list(ledger.entries(app.store, case.org, case_id=case.id)),
    )
    return _page(f"Case {case.id}", body)


def every_case(app: App) -> Iterator[Case]:
    """Yield the cases of all portals."""
    for org in sorted(app.desks):
        yield from casebook.all_cases(app.store, org)


def facts(app: App, case: Case) -> list[tuple[str, str]]:
    """Return what is shown of a case, in order."""
    made = [f"{each.state}, {each.id}" for each in exports.of_case(app, case.org, case.id)]
    return [
        ("Ticket", f"#{case.ticket_number}"),
        ("Kind", case.kind.value),
        ("State", case.state.value),
        ("Next step", next_step(app, case)),
        ("Due", case.due.due.isoformat()),
        ("By law", case.due.legal_due.isoformat()),
        ("Promised", case.due.promise_due.isoformat()),
        ("Law", case.law.value),
        ("Proof needed", case.level.name),
        ("Export", "; ".join(made) or "none"),
        ("Outcome", case.outcome or case.reason or "open"),
    ]


def results(app: App, case: Case) -> dict[str, str]:
    """Return how each action of the case's plan ended, by the action's key."""
    if not case.plan_hash:
        return {}
    steps = casebook.every(app.store, case.org, "step", parent=case.plan_hash)
    return {item.id.partition(":")[2]: _ending(item.body) for item in steps}


def _ending(body: Mapping[str, Any]) -> str:
    return " ".join(str(body[name]) for name in ("result", "code") if body.get(name))


def _page(title: str, body: str) -> Response:
    return html(_template(LAYOUT).render(title=title, body=Markup(body), refresh=REFRESH_S))  # noqa: S704  rendered with escaping
