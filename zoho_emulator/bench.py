"""The test bench: what customers, agents and time do to the portal, and what is really stored in it.

Not Zoho's: everything lies under `/_bench/`, a path that no Zoho route has. README.md in this folder lists the routes.
"""

from collections.abc import Callable
from typing import Any, Final

import flask

from zoho_emulator import oracle
from zoho_emulator.accounts import tokens
from zoho_emulator.clock import parse
from zoho_emulator.crm.routes import CrmBench
from zoho_emulator.desk import forgery, mail, people, plant, seed, threads, tickets, trash
from zoho_emulator.desk.errors import ApiError
from zoho_emulator.desk.outbox import addresses
from zoho_emulator.desk.shapes import public
from zoho_emulator.desk.state import Actor, World, agent_actor
from zoho_emulator.desk.webhooks import Stress
from zoho_emulator.generator.spec import Spec
from zoho_emulator.portal import Portal
from zoho_emulator.store import Json

Order = Json
MANY: Final = 1000


def blueprint(portal: Portal) -> flask.Blueprint:
    found = flask.Blueprint("bench", __name__, url_prefix="/_bench")
    bench = Bench(portal)
    for rule, handler in bench.routes().items():
        method, _, path = rule.partition(" ")
        found.add_url_rule(path, endpoint=rule.replace(".", "_"), view_func=_view(handler), methods=[method])
    return found


def _view(handler: Callable[..., Any]) -> Callable[..., flask.Response]:
    def view(**arguments: str) -> flask.Response:
        order = flask.request.get_json(silent=True)
        try:
            answer = handler(order if isinstance(order, dict) else {}, **arguments)
        except (ValueError, KeyError, LookupError) as error:
            response = flask.jsonify({"error": f"{type(error).__name__}: {error}"})
            response.status_code = 400
            return response
        except ApiError as error:
            response = flask.jsonify(error.body)
            response.status_code = 400
            return response
        return flask.jsonify(answer)

    return view


class Bench:
    """What the bench can do, each method a route; the operator's page (console/) acts through it too."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.world: World = portal.world

    def routes(self) -> dict[str, Callable[..., Any]]:
        return CrmBench(self.portal).routes() | {
            "GET /info": self.info,
            "GET /clock": self.clock,
            "POST /clock": self.move_clock,
            "POST /mail": self.mail,
            "POST /macro": self.macro,
            "POST /agent/edit": self.edit,
            "POST /agent/tag": self.tag,
            "POST /agent/reply": self.reply,
            "POST /agent/comment": self.comment,
            "POST /agent/close": self.close,
            "POST /agent/reopen": self.reopen,
            "POST /agent/trash": self.trash,
            "POST /agent/restore": self.restore,
            "POST /agent/merge": self.merge,
            "POST /agent/move": self.move,
            "POST /agent/archive": self.archive,
            "POST /agent/permissions": self.permissions,
            "POST /agent/leave": self.leave,
            "POST /chat": self.chat,
            "GET /outbox": self.outbox,
            "GET /stored": self.stored,
            "POST /stored": self.stored_many,
            "GET /stored/ticket/<record_id>": self.stored_ticket,
            "GET /stored/contact/<record_id>": self.stored_contact,
            "GET /credits": self.credits,
            "POST /credits": self.set_credits,
            "GET /calls": self.calls,
            "DELETE /calls": self.forget_calls,
            "GET /state/idle": self.idle,
            "GET /deliveries": self.deliveries,
            "POST /faults": self.add_fault,
            "GET /faults": self.faults,
            "DELETE /faults": self.clear_faults,
            "DELETE /faults/<fault_id>": self.clear_faults,
            "POST /webhooks/stress": self.stress,
            "POST /webhooks/forge": self.forge,
            "POST /webhooks/rotate-key": self.rotate_key,
            "POST /webhooks/jwks": self.jwks,
            "GET /switches": self.switches,
            "POST /switches": self.set_switches,
            "GET /verdict": self.verdict,
            "POST /oauth": self.oauth,
            "POST /seed": self.seed,
            "POST /generate": self.generate,
            "GET /truth": self.truth,
            "POST /truth": self.truths,
            "GET /truth/people": self.people,
            "POST /reset": self.reset,
        }

    # portal and time

    def info(self, _: Order) -> Json:
        with self.world.transaction():
            return seed.describe(self.world) | {"switches": self.world.switches.all()}

    def clock(self, _: Order) -> Json:
        return {"now": self.world.now()}

    def move_clock(self, order: Order) -> Json:
        now = self.world.clock.now_ms()
        target = parse(order["now"]) if "now" in order else now + round(float(order["advanceSeconds"]) * 1000)
        self.world.clock.move_to(target)
        self.world.catch_up()
        self.portal.note_clock()
        return self.clock(order)

    def reset(self, order: Order) -> Json:
        start_ms = parse(order["now"]) if "now" in order else None
        self.portal.reset(start_ms=start_ms, switches=order.get("switches"))
        return self.info(order)

    def generate(self, order: Order) -> Json:
        """Add a generated desk: `tickets`, `people`, `seed`, `years`."""
        unknown = set(order) - {"tickets", "people", "seed", "years"}
        if unknown:
            raise ValueError("a desk is described by tickets, people, seed, years")
        made = self.portal.generate(Spec(**{name: int(value) for name, value in order.items()}))
        return made.as_json()

    def truth(self, _: Order) -> Json:
        """Return where one person's data was put: by number, contact id or a value that is theirs alone."""
        return self._about([flask.request.args["person"]])[0]

    def truths(self, order: Order) -> Json:
        return {"people": self._about([str(each) for each in order["people"]])}

    def _about(self, wanted: list[str]) -> list[Json]:
        truth = self.portal.truth()
        with self.world.transaction():
            return [truth.about(truth.person(each)) for each in wanted]

    def people(self, _: Order) -> Json:
        """Return who is on the generated desk, with all values that are theirs and those they share."""
        truth = self.portal.truth()
        start, limit = (int(flask.request.args.get(name, default)) for name, default in (("from", 0), ("limit", 100)))
        if start < 0 or not 1 <= limit <= MANY:
            raise ValueError(f"from: 0 or more; limit: from 1 to {MANY}")
        return {"people": truth.people(start, limit), "count": len(truth.desk.population.people)}

    def seed(self, order: Order) -> Json:
        with self.world.transaction():
            return plant.plant(self.world, order)

    # customers

    def mail(self, order: Order) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            return mail.receive(self.world, order)

    # agents

    def _agent(self, order: Order) -> Actor:
        wanted = order.get("agentId")
        found = self.world.store.get("agent", str(wanted)) if wanted else self.world.store.find("agent")[1]
        if found is None:
            raise ValueError("agentId names no agent")
        return agent_actor(found)

    def _ticket(self, ticket_id: Any) -> Json:
        ticket = self.world.store.get("ticket", str(ticket_id))
        if ticket is None or ticket["isTrashed"]:
            raise ValueError("ticketId names no live ticket")
        return ticket

    def _changes(self, fields: Json) -> Json:
        custom = {name: value for name, value in fields.items() if name.startswith("cf_")}
        body = {name: value for name, value in fields.items() if name not in custom}
        if custom:
            body["cf"] = {**body.get("cf", {}), **custom}
        return tickets.writable(self.world, body)

    def macro(self, order: Order) -> Json:
        """Run a macro by hand on one or many tickets: it sets fields and adds tags."""
        self.world.catch_up()
        with self.world.transaction():
            agent = self._agent(order)
            name = str(order.get("name") or "Macro")
            ids = self.world.store.meta("macros", {})
            ids.setdefault(name, ids.get(name) or self.world.new_id())
            self.world.store.set_meta("macros", ids)
            actor = Actor(id=ids[name], name=name, type="Macro", run_by=agent)
            for ticket_id in order["ticketIds"]:
                ticket = self._ticket(ticket_id)
                tickets.apply(self.world, ticket, self._changes(order.get("fields") or {}), actor)
                tickets.add_tags(self.world, ticket, list(order.get("addTags") or []), actor)
        return {"ok": True, "macroId": ids[name]}

    def edit(self, order: Order) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            ticket = self._ticket(order["ticketId"])
            tickets.apply(self.world, ticket, self._changes(order["fields"]), self._agent(order))
        return {"ok": True}

    def tag(self, order: Order) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            ticket, agent = self._ticket(order["ticketId"]), self._agent(order)
            tickets.add_tags(self.world, ticket, list(order.get("add") or []), agent)
            tickets.remove_tags(self.world, ticket, list(order.get("remove") or []), agent)
            return {"tags": [each["name"] for each in tickets.tags_of(self.world, ticket["id"])]}

    def reply(self, order: Order) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            ticket = self._ticket(order["ticketId"])
            body = {
                "channel": "EMAIL",
                "contentType": "html",
                "content": order["content"],
                "fromEmailAddress": order.get("from")
                or self.world.need("department", ticket["departmentId"])["_address"],
                "to": order.get("to") or ticket["email"],
                "cc": order.get("cc"),
            }
            thread = threads.reply(self.world, ticket, self._agent(order), body, immediately=True)
        return {"threadId": thread["id"]}

    def comment(self, order: Order) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            made = threads.comment(
                self.world,
                self._ticket(order["ticketId"]),
                self._agent(order),
                content=order["content"],
                public=bool(order.get("isPublic", False)),
            )
        return {"commentId": made["id"]}

    def close(self, order: Order) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            tickets.close(self.world, self._ticket(order["ticketId"]), self._agent(order))
        return {"ok": True}

    def reopen(self, order: Order) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            tickets.reopen(self.world, self._ticket(order["ticketId"]), self._agent(order))
        return {"ok": True}

    def trash(self, order: Order) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            trash.trash(self.world, "Tickets", self._ticket(order["ticketId"]), self._agent(order))
        return {"ok": True}

    def restore(self, order: Order) -> Json:
        """Bring a record back from the recycle bin by the bin's id."""
        self.world.catch_up()
        with self.world.transaction():
            entry = self.world.store.get("bin", str(order["binId"]))
            if entry is None:
                raise ValueError("binId names nothing in the recycle bin")
            trash.restore(self.world, entry, self._agent(order))
        return {"ok": True}

    def merge(self, order: Order) -> Json:
        """Merge the tickets `ids` into `ticketId`; they vanish."""
        self.world.catch_up()
        with self.world.transaction():
            sources = [self._ticket(each) for each in order["ids"]]
            tickets.merge(self.world, self._ticket(order["ticketId"]), sources, self._agent(order))
        return {"ok": True}

    def move(self, order: Order) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            home = self.world.need("department", str(order["departmentId"]))
            tickets.move(self.world, self._ticket(order["ticketId"]), home["id"], self._agent(order))
        return {"ok": True}

    def archive(self, order: Order) -> Json:
        """Archive tickets, as Zoho does by itself some time after they were closed."""
        with self.world.transaction():
            for ticket_id in order["ticketIds"]:
                tickets.save(self.world, self._ticket(ticket_id) | {"isArchived": True})
        return {"ok": True}

    def permissions(self, order: Order) -> Json:
        """Change what an agent's profile and departments allow, and which fields its field security hides."""
        with self.world.transaction():
            agent = self.world.need("agent", str(order["agentId"]))
            agent["_permissions"] |= order.get("permissions") or {}
            agent["associatedDepartmentIds"] = order.get("departmentIds", agent["associatedDepartmentIds"])
            agent["_hiddenFields"] = order.get("hiddenFields", agent.get("_hiddenFields", []))
            self.world.store.put("agent", agent)
        return {"permissions": agent["_permissions"], "departmentIds": agent["associatedDepartmentIds"]}

    def leave(self, order: Order) -> Json:
        """Let an agent leave the firm: deleted, and open to being anonymised."""
        with self.world.transaction():
            agent = self.world.need("agent", str(order["agentId"]))
            self.world.store.put("agent", agent | {"status": "DELETED"})
        return {"ok": True}

    def chat(self, order: Order) -> Json:
        """Hold a chat with a customer by instant message; it outlives its ticket."""
        with self.world.transaction():
            person = self.world.need("contact", str(order["contactId"]))
            ticket = self._ticket(order["ticketId"]) if order.get("ticketId") else None
            return {"sessionId": people.chat(self.world, person, str(order.get("subject") or ""), ticket)["id"]}

    def oauth(self, order: Order) -> Json:
        """Issue a refresh token and a grant code with other scopes or for another agent."""
        with self.world.transaction():
            agent_id = str(order.get("agentId") or self.world.store.find("agent")[0]["id"])
            scopes = order.get("scopes") or seed.known_scopes()
            refresh = tokens.add_refresh_token(self.world, agent_id=agent_id, scopes=scopes)
            code = tokens.add_grant_code(self.world, agent_id=agent_id, scopes=scopes)
        return {"refreshToken": refresh["id"], "code": code}

    # what came of it

    def outbox(self, _: Order) -> list[Json]:
        self.world.catch_up()
        wanted = flask.request.args.get("to")
        with self.world.transaction():
            found = self.world.store.find("outbox")
        if wanted is None:
            return found
        return [
            each
            for each in found
            if wanted.casefold() in [a.casefold() for a in addresses(f"{each['to']},{each['cc'] or ''}")]
        ]

    def stored(self, _: Order) -> Json:
        self.world.catch_up()
        needles = [each for each in flask.request.args.getlist("needle") if each]
        if not needles:
            raise ValueError("needle is missing")
        with self.world.transaction():
            places = oracle.places(self.world, needles)
        return {"places": places, "count": len(places)}

    def stored_many(self, order: Order) -> Json:
        """Answer for many texts in one pass over everything."""
        self.world.catch_up()
        needles = order["needles"]
        if not isinstance(needles, list) or not needles or not all(isinstance(each, str) and each for each in needles):
            raise ValueError("needles must be a list of texts")
        with self.world.transaction():
            places = oracle.places(self.world, needles)
        return {"places": places, "count": len(places)}

    def stored_ticket(self, _: Order, record_id: str) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            return oracle.ticket(self.world, record_id)

    def stored_contact(self, _: Order, record_id: str) -> Json:
        self.world.catch_up()
        with self.world.transaction():
            return oracle.contact(self.world, record_id)

    def credits(self, _: Order) -> Json:
        return self.portal.credits.summary()

    def set_credits(self, order: Order) -> Json:
        """Leave only so many credits for the rest of the day, or go back to the edition's budget with null."""
        remaining = order.get("remaining")
        used = self.portal.credits.summary()["used"]
        self.portal.credits.budget_override = None if remaining is None else used + float(remaining)
        return self.portal.credits.summary()

    def calls(self, _: Order) -> list[Json]:
        return self.portal.calls.since(int(flask.request.args.get("since", "0")))

    def forget_calls(self, _: Order) -> Json:
        self.portal.calls.clear()
        return {"ok": True}

    def idle(self, _: Order) -> Json:
        pending = self.portal.deliveries.pending()
        return {"idle": pending == 0, "pendingDeliveries": pending}

    def deliveries(self, _: Order) -> list[Json]:
        with self.world.transaction():
            return [public(each) for each in self.world.store.find("delivery")]

    def verdict(self, _: Order) -> Json:
        reasons = list(self.world.verdict.reasons)
        return {"failed": bool(reasons), "reasons": reasons}

    # trouble

    def add_fault(self, order: Order) -> Json:
        fault_id = self.world.faults.add(order)
        self.portal.keep()
        return {"faultId": fault_id}

    def faults(self, _: Order) -> list[Json]:
        return self.world.faults.all()

    def clear_faults(self, _: Order, fault_id: str | None = None) -> Json:
        self.world.faults.clear(fault_id or flask.request.args.get("faultId"))
        self.portal.keep()
        return {"ok": True}

    def stress(self, order: Order) -> Json:
        lose = order.get("lose")
        names = ("*",) if lose is True else tuple(lose if isinstance(lose, list) else ())
        if isinstance(lose, dict):
            names = tuple(lose.get("events") or ("*",))
        options = lose if isinstance(lose, dict) else order
        self.portal.deliveries.stress = Stress(
            duplicate=int(order.get("duplicate", 0)),
            lose_events=names,
            lose_probability=float(options.get("probability", 1.0)),
            lose_count=int(options.get("count", MANY)),
            reorder=bool(order.get("reorder", False)),
            delay_ms=int(order.get("delayMs", 0)),
            batch=int(order.get("batch", 1)),
        )
        self.portal.keep()
        return {"ok": True}

    def forge(self, order: Order) -> Json:
        return forgery.send(self.portal.world, self.portal.keys, order)

    def rotate_key(self, order: Order) -> Json:
        return {"kid": self.portal.keys.rotate(withdraw=bool(order.get("withdraw", False)))}

    def jwks(self, order: Order) -> Json:
        """Make the key set slow or unreachable."""
        self.portal.keys.slow_seconds = float(order.get("slowSeconds", 0))
        self.portal.keys.down = bool(order.get("down", False))
        return {"ok": True}

    def switches(self, _: Order) -> dict[str, str]:
        return self.world.switches.all()

    def set_switches(self, order: Order) -> dict[str, str]:
        self.portal.set_switches({name: str(value) for name, value in order.items()})
        return self.world.switches.all()
