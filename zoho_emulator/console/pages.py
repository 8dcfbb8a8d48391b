"""The pages of the operator: what each address shows, and one address per order.

A page reads under the portal's transaction and is written after it. Everything put into a template is escaped; mail in
HTML is only ever shown in a frame without scripts, forms, navigation or origin.
"""

from collections.abc import Callable
from typing import Any, Final

import flask
from werkzeug.exceptions import HTTPException

from zoho_emulator.bench import Bench
from zoho_emulator.console import guard, reads
from zoho_emulator.console.orders import ORDERS
from zoho_emulator.desk.errors import ApiError
from zoho_emulator.desk.faults import AFTER, BEFORE
from zoho_emulator.desk.state import World
from zoho_emulator.desk.switches import SWITCHES
from zoho_emulator.portal import Portal
from zoho_emulator.store import Json

PREFIX: Final = "/_console"
MENU: Final = (
    ("", "Overview"), ("mail", "Write a mail"), ("tickets", "Tickets"), ("contacts", "Contacts"),
    ("outbox", "Outbox"), ("bin", "Recycle bin"), ("webhooks", "Webhooks"), ("calls", "Calls"), ("clock", "Clock"),
    ("switches", "Switches"), ("faults", "Faults"),
)  # fmt: skip


def blueprint(portal: Portal) -> flask.Blueprint:
    made = flask.Blueprint(
        "console", __name__, url_prefix=PREFIX, template_folder="templates", static_folder="static",
        static_url_path="/static",
    )  # fmt: skip
    console = _Console(portal)
    for path, view in console.views().items():
        made.add_url_rule(path, endpoint=view.__name__, view_func=view, methods=["GET"])
    made.add_url_rule("/do/<name>", endpoint="do", view_func=console.do, methods=["POST"])
    made.add_url_rule("/<path:rest>", endpoint="nowhere", view_func=_nowhere, methods=["GET", "POST"])
    made.before_request(lambda: _refused(guard.refusal()))
    made.after_request(guard.protect)
    made.register_error_handler(HTTPException, lambda error: console.failed(error.description or "", error.code or 500))
    made.register_error_handler(ApiError, lambda error: console.failed(str(error.body.get("message", error)), 400))
    for kind in (ValueError, LookupError):
        made.register_error_handler(kind, lambda error: console.failed(str(error), 400))
    return made


def _refused(reason: str | None) -> flask.Response | None:
    return None if reason is None else flask.Response(reason, status=403, content_type="text/plain; charset=utf-8")


def _nowhere(rest: str) -> flask.Response:
    return flask.abort(404, f"There is no page {rest}.")


class _Console:
    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.world: World = portal.world
        self.bench = Bench(portal)

    def views(self) -> dict[str, Callable[..., Any]]:
        return {
            "/": self.overview,
            "/mail": self.mail,
            "/tickets": self.tickets,
            "/tickets/<ticket_id>": self.ticket,
            "/contacts": self.contacts,
            "/contacts/<contact_id>": self.contact,
            "/files/<file_id>": self.file,
            "/outbox": self.outbox,
            "/bin": self.bin,
            "/webhooks": self.webhooks,
            "/calls": self.calls,
            "/clock": self.clock,
            "/switches": self.switches,
            "/faults": self.faults,
        }

    def _show(self, template: str, **given: Any) -> str:
        done = ORDERS.get(flask.request.args.get("done", ""))
        return flask.render_template(
            f"{template}.html", menu=MENU, prefix=PREFIX, now=self.world.now(), here=template, query=flask.request.args,
            done=done.said if done else "", fields_of=reads.fields, **given,
        )  # fmt: skip

    def failed(self, reason: str, status: int) -> tuple[str, int]:
        return self._show("failed", reason=reason), status

    def do(self, name: str) -> Any:
        """Carry out an order and lead to where its effect is seen."""
        order = ORDERS.get(name)
        if order is None:
            flask.abort(404, "There is no such order.")
        form, files = flask.request.form, flask.request.files
        answer = order.run(self.bench, form, files)
        return flask.redirect(f"{PREFIX}/{order.place(form, answer)}?done={name}", 303)

    # pages

    def overview(self) -> str:
        self.world.catch_up()
        with self.world.transaction():
            info = self.bench.info({})
            departments = reads.counts(self.world)
            contacts = self.world.store.count("contact", "NOT trashed")
            waiting = {name: self.world.store.count(name) for name in ("outbox", "bin", "webhook", "delivery")}
        credits_used = self.portal.credits.summary()
        routes = sorted(credits_used["routes"].items(), key=lambda each: -each[1])
        return self._show(
            "overview", info=info, departments=departments, contacts=contacts, counts=waiting, credits=credits_used,
            routes=routes, verdict=self.bench.verdict({}), idle=self.bench.idle({}),
        )  # fmt: skip

    def mail(self) -> str:
        """Offer a new mail, or one that answers a ticket or a mail that left."""
        arguments = flask.request.args
        with self.world.transaction():
            departments = reads.departments(self.world)
            draft = self._draft(arguments.get("ticket"), arguments.get("outbox"))
        return self._show("mail", departments=departments, draft=draft)

    def _draft(self, ticket_id: str | None, outbox_id: str | None) -> Json:
        store = self.world.store
        if outbox_id:
            sent = store.get("outbox", outbox_id)
            if sent is None:
                flask.abort(404, "There is no such mail.")
            to = self._address(store.get("ticket", sent["ticketId"]))
            return {"from": sent["to"], "to": to, "subject": f"Re: {sent['subject']}", "inReplyTo": sent["messageId"]}
        if ticket_id:
            ticket = store.get("ticket", ticket_id)
            if ticket is None:
                flask.abort(404, "There is no such ticket.")
            return {
                "from": ticket["email"] or "",
                "to": self._address(ticket),
                "subject": f"Re: {ticket['subject']}",
                "inReplyToTicketId": ticket_id,
            }
        return {}

    def _address(self, ticket: Json | None) -> str:
        home = self.world.store.get("department", ticket["departmentId"]) if ticket else None
        return str(home["_address"]) if home else ""

    def tickets(self) -> str:
        self.world.catch_up()
        with self.world.transaction():
            found = reads.ticket_list(self.world, flask.request.args)
            departments, statuses = reads.departments(self.world), list(self.world.statuses())
        return self._show("tickets", page=found, departments=departments, statuses=statuses, states=list(reads.STATES))

    def ticket(self, ticket_id: str) -> str:
        self.world.catch_up()
        with self.world.transaction():
            found = reads.ticket(self.world, ticket_id)
            if found is None:
                flask.abort(404, "There is no such ticket; it may be deleted for good or merged.")
            agents, statuses = reads.agents(self.world), list(self.world.statuses())
            actions = self.bench.info({})["fields"]["cf_privacy_action"]
        return self._show("ticket", found=found, agents=agents, statuses=statuses, actions=actions)

    def contacts(self) -> str:
        with self.world.transaction():
            found = reads.contact_list(self.world, flask.request.args)
        return self._show("contacts", page=found)

    def contact(self, contact_id: str) -> str:
        with self.world.transaction():
            found = reads.contact(self.world, contact_id)
        if found is None:
            flask.abort(404, "There is no such contact.")
        return self._show("contact", found=found)

    def file(self, file_id: str) -> flask.Response:
        """Hand out a file as a download, never to be shown: it is anybody's."""
        with self.world.transaction():
            file, data = self.world.store.get("attachment", file_id), self.world.store.blob(file_id)
        if file is None or data is None:
            flask.abort(404, "There is no such file.")
        response = flask.Response(data, content_type="application/octet-stream")
        response.headers.set("Content-Disposition", "attachment", filename=f"{file_id}.bin")
        return response

    def outbox(self) -> str:
        self.world.catch_up()
        with self.world.transaction():
            found = reads.outbox(self.world, flask.request.args)
        return self._show("outbox", page=found)

    def bin(self) -> str:
        self.world.catch_up()
        with self.world.transaction():
            start = reads.start_of(flask.request.args.get("from"))
            found = reads.page(self.world, "bin", "1", order="deleted DESC, rowid", start=start)
            agents = reads.agents(self.world)
        return self._show("bin", page=found, agents=agents)

    def webhooks(self) -> str:
        with self.world.transaction():
            hooks = self.world.store.find("webhook")
            start = reads.start_of(flask.request.args.get("from"))
            found = reads.page(self.world, "delivery", "1", order="rowid DESC", start=start)
        return self._show("webhooks", hooks=hooks, page=found, idle=self.bench.idle({}))

    def calls(self) -> str:
        start = reads.start_of(flask.request.args.get("from"))
        rows = self.portal.calls.latest(reads.SIZE + 1, start)
        return self._show("calls", page=reads.Page(rows[: reads.SIZE], start, len(rows) > reads.SIZE))

    def clock(self) -> str:
        return self._show("clock")

    def switches(self) -> str:
        return self._show("switches", known=SWITCHES.values(), values=self.world.switches.all())

    def faults(self) -> str:
        return self._show("faults", kinds=sorted(BEFORE | AFTER), faults=self.world.faults.all())
