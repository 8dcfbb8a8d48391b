"""Finds what an operator names on the command line: a case by its id or its ticket's number, a portal by its id."""

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
    number = name.removeprefix("#")
    found = [case for case in every_case(app) if name == case.id or number in {case.ticket_number, case.ticket_id}]
    exact = [case for case in found if case.id == name] or found
    if not exact:
        raise NotFound(f"there is no case {name}; `zoho-privacy cases list` shows all")
    if len(exact) > 1:
        raise BadInput(f"ticket {number} has several cases, name one: {', '.join(case.id for case in exact)}")
    return exact[0]


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
