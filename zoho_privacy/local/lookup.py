"""Finds what an operator names on the command line: cases by an id or a ticket's number, a portal by its id."""

from zoho_privacy.domain.errors import BadInput, NotFound
from zoho_privacy.domain.model import Case
from zoho_privacy.local.overview import every_case
from zoho_privacy.workflows.context import App


def case_of(app: App, name: str) -> Case:
    """Return the case of this id, or the only one of this ticket number.

    Raises:
        NotFound: There is none.
        BadInput: The ticket has several; the text lists them.
    """
    found = cases_of(app, name)
    exact = [case for case in found if case.id == name] or found
    if not exact:
        raise NotFound(f"there is no case {name}; `zoho-privacy cases list` shows all")
    if len(exact) > 1:
        names = ", ".join(case.id for case in exact)
        raise BadInput(f"ticket {name.removeprefix('#')} has several cases, name one: {names}")
    return exact[0]


def cases_of(app: App, name: str) -> list[Case]:
    """Return the cases of a ticket by its number or id, or the one case of this id; there may be none."""
    number = name.removeprefix("#")
    found = [case for case in every_case(app) if name == case.id or number in {case.ticket_number, case.ticket_id}]
    return sorted(found, key=lambda case: (case.org, case.id))


def org_of(app: App, org: str | None) -> str:
    """Return the portal meant: the one named, or the only one there is.

    Raises:
        BadInput: There are several and none was named, or it is not configured.
    """
    if org is None and len(app.desks) == 1:
        return next(iter(app.desks))
    if org is None or org not in app.desks:
        raise BadInput(f"say which portal with --org: {', '.join(sorted(app.desks))}")
    return org
