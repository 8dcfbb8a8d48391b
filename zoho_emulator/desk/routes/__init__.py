"""The Desk API's routes, a file per resource."""

from zoho_emulator.desk.routes import (
    activities,
    attachments,
    collaboration,
    comments,
    contacts,
    setup,
    subject_access,
    tags,
    threads,
    tickets,
    webhooks,
)
from zoho_emulator.desk.routes import (
    bin as recycle_bin,
)
from zoho_emulator.desk.routing import Route

MODULES = (
    setup, tickets, threads, comments, attachments, tags, activities, collaboration, contacts, recycle_bin,
    subject_access, webhooks,
)  # fmt: skip


def all_routes() -> list[Route]:
    return [route for module in MODULES for route in module.routes]
