"""The CRM's routes below `/crm/v2`, and the bench's below `/_bench/crm`.

Answers are shaped as API v2 has them: nothing found is 204 without a body, an error is a JSON object with `code` and
`status`, an action answers per record. A token belongs to the portal's own organisation, or to another one where the
bench made it so: one data centre serves many. The faults of the bench strike here too.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import flask

from zoho_emulator.accounts import tokens
from zoho_emulator.crm import catalogue, records
from zoho_emulator.crm.records import PER_PAGE, Refused
from zoho_emulator.portal import Portal
from zoho_emulator.store import Json

API: Final = "/crm/v2"
JSON_TYPE: Final = "application/json;charset=UTF-8"
STATUS: Final = {"INVALID_TOKEN": 401, "OAUTH_SCOPE_MISMATCH": 401, "TOO_MANY_REQUESTS": 429}
FAULTS: Final = {"INVALID_OAUTH": "INVALID_TOKEN", "THRESHOLD_EXCEEDED": "TOO_MANY_REQUESTS"}
Respond = Callable[[], flask.Response]
Refuse = Callable[[str], flask.Response]
Struck = Callable[[Portal, Respond, Refuse], flask.Response]


def blueprint(portal: Portal, struck: Struck) -> flask.Blueprint:
    """Return the CRM's routes; `struck` answers a call as the faults in force let it."""
    crm = Crm(portal, struck)
    made = flask.Blueprint("crm", __name__)
    for rule, scope, handler in (
        ("GET /settings/fields", "settings", crm.fields),
        ("GET /settings/related_lists", "settings", crm.related_lists),
        ("GET /<module>", "modules", crm.listed),
        ("GET /<module>/search", "modules", crm.search),
        ("GET /<module>/<id:record_id>", "modules", crm.get),
        ("PUT /<module>/<id:record_id>", "modules", crm.update),
        ("DELETE /<module>/<id:record_id>", "modules", crm.delete),
        ("GET /<module>/<id:record_id>/<related>", "modules", crm.related),
    ):
        method, _, path = rule.partition(" ")
        view = crm.view(f"ZohoCRM.{scope}.ALL", handler)
        made.add_url_rule(API + path, endpoint=rule.replace(".", "_"), view_func=view, methods=[method],
                          provide_automatic_options=False)  # fmt: skip
    return made


class Crm:
    """What the API can do, each method a route. They run under the portal's lock."""

    def __init__(self, portal: Portal, struck: Struck) -> None:
        self.portal, self.world, self._struck = portal, portal.world, struck

    def view(self, scope: str, handler: Callable[..., Any]) -> Callable[..., flask.Response]:
        def answer(**arguments: str) -> flask.Response:
            entry = self.portal.calls.begin(flask.request, self.world.now())
            response = self._struck(self.portal, lambda: self._answer(scope, handler, arguments, entry), refused)
            entry["status"] = response.status_code
            return response

        return answer

    def _answer(self, scope: str, handler: Callable[..., Any], arguments: dict[str, str], entry: Json) -> Any:
        self.world.catch_up()
        try:
            with self.world.transaction():
                if self.world.on("crm_v2", "ended"):
                    raise Refused(404, "INVALID_URL_PATTERN")  # noqa: TRY301  answered as any other refusal
                access = tokens.authenticate(self.world, flask.request.headers.get("Authorization", ""))
                if access is None:
                    raise Refused(401, "INVALID_TOKEN", message="invalid oauth token")  # noqa: TRY301
                entry["tokenAgent"], entry["crmOrg"] = access["agentId"], self._org(access)
                if scope not in access["scopes"]:
                    raise Refused(401, "OAUTH_SCOPE_MISMATCH")  # noqa: TRY301
                if "module" in arguments and arguments["module"] not in catalogue.FIELDS:
                    raise Refused(400, "INVALID_MODULE")  # noqa: TRY301
                body = handler(self._org(access), **arguments)
        except Refused as refusal:
            return _json(refusal.body, refusal.status)
        return _empty(204) if body is None else _json(body, 200)

    def _org(self, access: Json) -> str:
        return str(access.get("crmOrg") or self.world.org_id())

    # settings

    def fields(self, _: str) -> Json:
        return {"fields": catalogue.fields(self._named_module())}

    def related_lists(self, _: str) -> Json | None:
        return {"related_lists": found} if (found := catalogue.related_lists(self._named_module())) else None

    def _named_module(self) -> str:
        module = flask.request.args.get("module", "")
        if module not in catalogue.FIELDS:
            raise Refused(400, "INVALID_MODULE")
        return module

    # records

    def listed(self, org: str, module: str) -> Json | None:
        answer = records.page_of(self.world, records.every(self.world, org, module), *_paging())
        if answer is not None and (asked := flask.request.args.get("fields")):
            names = {"id", *asked.split(",")}
            answer["data"] = [{name: row[name] for name in row if name in names} for row in answer["data"]]
        return answer

    def search(self, org: str, module: str) -> Json | None:
        email = flask.request.args.get("email")
        if not email or module not in catalogue.PEOPLE:
            raise Refused(400, "INVALID_QUERY")
        return records.page_of(self.world, records.by_email(self.world, org, module, email), *_paging())

    def get(self, org: str, module: str, record_id: str) -> Json | None:
        found = records.live(self.world, org, module, record_id)
        if found is None and self.world.on("crm_missing_record", "400"):
            raise Refused(400, "INVALID_DATA", {"id": record_id})
        return {"data": [records.public(self.world, found)]} if found else None

    def related(self, org: str, module: str, record_id: str, related: str) -> Json | None:
        if related not in catalogue.RELATED.get(module, ()):
            raise Refused(400, "INVALID_DATA", {"api_name": related})
        if records.live(self.world, org, module, record_id) is None:
            raise Refused(400, "INVALID_DATA", {"id": record_id})
        return records.page_of(self.world, records.related(self.world, org, related, record_id), *_paging())

    def update(self, org: str, module: str, record_id: str) -> Json:
        rows = (flask.request.get_json(silent=True, force=True) or {}).get("data")  # the SDK names no content type
        if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
            raise Refused(400, "INVALID_DATA", {"api_name": "data"})
        return records.update(self.world, self._need(org, module, record_id), rows[0])

    def delete(self, org: str, module: str, record_id: str) -> Json:
        return records.delete(self.world, self._need(org, module, record_id))

    def _need(self, org: str, module: str, record_id: str) -> Json:
        found = records.live(self.world, org, module, record_id)
        if found is None:
            refusal = Refused(400, "INVALID_DATA", {"id": record_id}, "the id given seems to be invalid")
            refusal.body = {"data": [refusal.body]}
            raise refusal
        return found


def _paging() -> tuple[int, int]:
    asked = (flask.request.args.get("page", "1"), flask.request.args.get("per_page", str(PER_PAGE)))
    if not all(each.isdigit() and int(each) for each in asked) or int(asked[1]) > PER_PAGE:
        raise Refused(400, "INVALID_DATA", {"param_name": "page"})
    return int(asked[0]), int(asked[1])


def _json(body: Json, status: int) -> flask.Response:
    return flask.Response(json.dumps(body, ensure_ascii=False), status=status, content_type=JSON_TYPE)


def _empty(status: int) -> flask.Response:
    response = flask.Response(status=status)
    response.headers.pop("Content-Type", None)
    return response


def refused(code: str) -> flask.Response:
    """Return what a fault answers, named by the desk's code: 500 without a body, else an error object."""
    own = FAULTS.get(code, code)
    return _json(Refused(STATUS[own], own).body, STATUS[own]) if own in STATUS else _empty(500)


# the bench


class CrmBench:
    """What people do in the CRM by hand, and what is really stored there."""

    def __init__(self, portal: Portal) -> None:
        self.world = portal.world

    def routes(self) -> dict[str, Callable[..., Any]]:
        return {
            "POST /crm/records": self.add,
            "GET /crm/records/<record_id>": self.record,
            "GET /crm/stored": self.stored,
            "POST /crm/tokens": self.token,
        }

    def add(self, order: Json) -> Json:
        """Make records: `records` with `module`, `values` and `parent`, the place of an earlier one in the list."""
        made: list[str] = []
        with self.world.transaction():
            org = str(order.get("org") or self.world.org_id())
            for each in order["records"]:
                parent = made[each["parent"]] if each.get("parent") is not None else None
                made.append(records.add(self.world, org, each["module"], each.get("values", {}), parent)["id"])
        return {"ids": made}

    def record(self, _: Json, record_id: str) -> Json:
        """Return a record as it is stored, `record` null where it never was."""
        with self.world.transaction():
            return {"record": self.world.store.get(records.TABLE, record_id)}

    def stored(self, _: Json) -> Json:
        with self.world.transaction():
            places = [hit for each in flask.request.args.getlist("needle") for hit in records.stored(self.world, each)]
        return {"count": len(places), "places": places}

    def token(self, order: Json) -> Json:
        """Issue an access token of another organisation in the same data centre."""
        with self.world.transaction():
            agent = str(self.world.store.find("agent")[0]["id"])
            refresh = tokens.add_refresh_token(self.world, agent_id=agent, scopes=list(catalogue.SCOPES))
            return {"accessToken": tokens.issue_for(self.world, refresh, str(order["org"]))}
