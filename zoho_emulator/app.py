"""The portal as one Flask application: what every call passes through, then its route.

Order: faults, calls in flight, authorization, organisation, scope, profile, credits, the route under the portal's lock.
Every answer carries the credit headers; every call is kept for the bench. Log lines hold paths, no bodies or queries.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, Final

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing.converters import BaseConverter

from zoho_emulator import bench
from zoho_emulator.accounts import tokens
from zoho_emulator.console import pages as console
from zoho_emulator.crm import routes as crm
from zoho_emulator.desk.credits import list_cost, written
from zoho_emulator.desk.errors import ApiError
from zoho_emulator.desk.faults import AFTER, STALL_LIMIT_S, Fault
from zoho_emulator.desk.routes import all_routes
from zoho_emulator.desk.routing import Call, Reply, Route, settled
from zoho_emulator.desk.state import World
from zoho_emulator.desk.webhooks import SLOW_KEYS_S
from zoho_emulator.portal import Portal
from zoho_emulator.store import Json

API: Final = "/api/v1"
WELCOME: Final = """\
This is an emulated Zoho Desk portal.

  /_console/               the operator's page, for a browser: tickets, outbox, clock and more
  /oauth/v2/token          sign in
  /api/v1/...              the Desk API
  /.well-known/jwks.json   keys of the webhook signatures
  /_bench/info             what the portal holds: departments, agents, addresses, trial credentials
  /_bench/outbox           mail that left
  /_bench/verdict          whether a caller did something forbidden

zoho_emulator/README.md lists all routes of the bench.
"""
JSON_TYPE: Final = "application/json;charset=UTF-8"


class _Id(BaseConverter):
    regex = r"\d+"


def create_app(portal: Portal) -> flask.Flask:
    """Build the application around a portal that is already seeded."""
    app = flask.Flask(__name__, static_folder=None)
    app.url_map.converters["id"] = _Id
    app.url_map.merge_slashes = False
    for number, route in enumerate(all_routes()):
        app.add_url_rule(
            API + route.path,
            endpoint=f"desk.{number}",
            view_func=_desk_view(portal, route),
            methods=[route.method],
            provide_automatic_options=False,
        )
    _accounts(app, portal)
    app.register_blueprint(crm.blueprint(portal, _with_faults))
    app.register_blueprint(bench.blueprint(portal))
    app.register_blueprint(console.blueprint(portal))
    app.register_error_handler(HTTPException, lambda error: _unrouted(portal, error))
    return app


# faults around an answer


def _with_faults(
    portal: Portal, respond: Callable[[], flask.Response], refuse: Callable[[str], flask.Response] | None = None
) -> flask.Response:
    """Answer as the faults in force let it; `refuse` makes an error answer of a code where it is not the desk's."""
    refuse = refuse or (lambda code: _error(portal, ApiError(code)))
    request = flask.request
    fault = portal.world.faults.take(request.method, request.path)
    if fault:
        portal.keep()
    early = _early(portal, fault, refuse) if fault else None
    if early is not None:
        return early
    response = respond()
    if fault is None or fault.kind not in AFTER:
        return response
    portal.world.faults.struck(fault)
    if fault.kind == "error500_after_write":
        return refuse("INTERNAL_SERVER_ERROR")
    if fault.kind == "stall_after_write":
        fault.released.wait(STALL_LIMIT_S)
        return response
    return _hang_up()


def _early(portal: Portal, fault: Fault, refuse: Callable[[str], flask.Response]) -> flask.Response | None:
    """Return the answer of a fault that strikes before the call is done, or None where it only holds it up."""
    if fault.kind in AFTER:
        return None
    portal.world.faults.struck(fault)
    if fault.kind == "slow":
        time.sleep(fault.seconds)
    elif fault.kind == "stall_before":
        fault.released.wait(STALL_LIMIT_S)
    elif fault.kind == "drop_before":
        return _hang_up()
    elif fault.kind == "broken_json":
        return flask.Response('{"data": [{"id": ', content_type=JSON_TYPE)
    elif fault.kind == "html502":
        return flask.Response("<html><h1>Bad Gateway</h1></html>", status=502, content_type="text/html")
    codes = {
        "error500": "INTERNAL_SERVER_ERROR",
        "unauthorised": "INVALID_OAUTH",
        "busy": "TOO_MANY_REQUESTS",
        "credits_gone": "THRESHOLD_EXCEEDED",
    }
    if fault.kind not in codes:
        return None
    response = refuse(codes[fault.kind])
    if fault.kind == "credits_gone":
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _hang_up() -> flask.Response:
    flask.request.environ["zoho_emulator.hang_up"]()
    return flask.Response(status=500)


# the Desk API


def _desk_view(portal: Portal, route: Route) -> Callable[..., flask.Response]:
    def view(**arguments: str) -> flask.Response:
        entry = portal.calls.begin(flask.request, portal.world.now())
        with portal.credits.in_flight() as fits:
            if fits:
                response = _with_faults(portal, lambda: _guarded(portal, route, arguments, entry))
            else:
                response = _error(portal, ApiError("TOO_MANY_REQUESTS"))
        portal.calls.end(entry, response)
        return response

    return view


def _guarded(portal: Portal, route: Route, arguments: dict[str, str], entry: Json) -> flask.Response:
    try:
        return _answer(portal, route, arguments, entry)
    except ApiError as error:
        cost = 0.0 if error.status in (401, 429) else 1.0
        portal.credits.charge(f"{route.method} {route.path}", cost)
        return _error(portal, error, cost)
    except Exception as error:  # noqa: BLE001  a bug of ours becomes a 500 and fails the run
        portal.world.verdict.fail(f"emulator bug: {route.method} {route.path}: {type(error).__name__}")
        _log(f"bug in {route.method} {route.path}: {type(error).__name__}{_places(error)}")
        return _error(portal, ApiError("INTERNAL_SERVER_ERROR"))


def _answer(portal: Portal, route: Route, arguments: dict[str, str], entry: Json) -> flask.Response:
    world = portal.world
    world.catch_up()
    with world.transaction():
        agent = _authorized(portal, route)
    entry["tokenAgent"] = agent["id"]
    call = Call(world, flask.request, agent, portal.keys)
    if portal.credits.remaining() <= 0:
        error = ApiError("THRESHOLD_EXCEEDED")
        error.headers["Retry-After"] = str(portal.credits.seconds_to_reset())
        raise error
    if route.locked:
        with world.transaction():
            reply = route.handler(call, **arguments)
    else:
        reply = route.handler(call, **arguments)
    cost = call.credits if call.credits is not None else route.cost
    if cost is None:
        start = call.arg("from") or "0"
        cost = list_cost(world, int(start) if start.isdigit() else 0)
    portal.credits.charge(f"{route.method} {route.path}", cost)
    if hidden := agent.get("_hiddenFields"):
        reply.body = _without(reply.body, frozenset(hidden))
    return _response(portal, settled(world, reply), cost)


def _without(value: Any, hidden: frozenset[str]) -> Any:
    """Return an answer without the fields that the agent's profile hides: absent, not null."""
    if isinstance(value, dict):
        return {name: _without(each, hidden) for name, each in value.items() if name not in hidden}
    return [_without(each, hidden) for each in value] if isinstance(value, list) else value


def _authorized(portal: Portal, route: Route) -> Json:
    """Return the agent a call acts for. Raises ApiError: token, organisation, scope, profile."""
    world, request = portal.world, flask.request
    access = tokens.authenticate(world, request.headers.get("Authorization", ""))
    if access is None:
        raise ApiError("INVALID_OAUTH")
    org_id = request.headers.get("orgId") or request.args.get("orgId")
    if org_id is not None and org_id != world.org_id():
        raise ApiError("OAUTH_ORG_MISMATCH")
    held = set(access["scopes"])
    needed = [scope in held for scope in _scopes(world, route)]
    if needed and not (all(needed) if world.on("scope_check", "all") else any(needed)):
        raise ApiError("SCOPE_MISMATCH")
    agent: Json = world.need("agent", access["agentId"])
    free = route.path.startswith("/subjectAccessRequests") and world.on("sar_permission", "not_needed")
    if route.permission and not free and not agent["_permissions"].get(route.permission, False):
        raise ApiError(route.refusal)
    return agent


def _scopes(world: World, route: Route) -> tuple[str, ...]:
    """Return the scopes of a route as published; for webhooks one of three names, where the switch says so."""
    area = world.switches["webhook_scope"]
    if area == "listed" or not route.path.startswith("/webhooks"):
        return route.scopes
    return (f"Desk.{area}.{route.scopes[0].rpartition('.')[2]}",)


def _response(portal: Portal, reply: Reply, cost: float) -> flask.Response:
    if isinstance(reply.body, bytes):
        response = flask.Response(reply.body, status=reply.status)
    elif reply.body is None:
        response = flask.Response(status=reply.status)
        response.headers.pop("Content-Type", None)
    else:
        text = json.dumps(reply.body, ensure_ascii=False)
        response = flask.Response(text, status=reply.status, content_type=JSON_TYPE)
    response.headers.update(reply.headers)
    return _stamped(portal, response, cost)


def _stamped(portal: Portal, response: flask.Response, cost: float) -> flask.Response:
    response.headers["X-Rate-Limit-Request-Weight-v3"] = written(cost)
    response.headers["X-Rate-Limit-Remaining-v3"] = written(portal.credits.remaining())
    return response


def _error(portal: Portal, error: ApiError, cost: float = 0.0) -> flask.Response:
    response = flask.Response(json.dumps(error.body), status=error.status, content_type=JSON_TYPE)
    response.headers.update(error.headers)
    return _stamped(portal, response, cost)


def _unrouted(portal: Portal, error: HTTPException) -> flask.Response:
    """Answer what no route matched: loudly, since a caller that invents endpoints must not go unnoticed."""
    request = flask.request
    if isinstance(error, MethodNotAllowed):
        code = "METHOD_NOT_ALLOWED"
    elif error.code == 404 and request.path == "/favicon.ico":
        return flask.Response(status=404)
    elif error.code == 404:
        code = "URL_NOT_FOUND"
        portal.world.verdict.fail(f"unknown route: {request.method} {request.path}")
        _log(f"unknown route: {request.method} {request.path}")
    elif (error.code or 500) >= 500:
        code = "INTERNAL_SERVER_ERROR"
        portal.world.verdict.fail(f"the emulator itself failed: {request.method} {request.url_rule or request.path}")
    else:
        code = "BAD_REQUEST"
    entry = portal.calls.begin(request, portal.world.now())
    response = _error(portal, ApiError(code))
    portal.calls.end(entry, response)
    return response


def _log(line: str) -> None:
    sys.stderr.write(f"zoho_emulator: {line}\n")
    sys.stderr.flush()


def _places(error: Exception) -> str:
    return "".join(
        f" <- {each.name}:{each.lineno}" for each in reversed(traceback.extract_tb(error.__traceback__)[-4:])
    )


def _welcome() -> Any:
    """Lead a browser to the operator's page and tell a program what is here."""
    if "text/html" in flask.request.headers.get("Accept", ""):
        return flask.redirect(f"{console.PREFIX}/")
    return flask.Response(WELCOME, content_type="text/plain")


# accounts and keys


def _accounts(app: flask.Flask, portal: Portal) -> None:
    def token() -> flask.Response:
        return _with_faults(portal, lambda: _account_answer(portal, tokens.exchange))

    def revoke() -> flask.Response:
        def run(world: Any, form: dict[str, str]) -> Json:
            tokens.revoke(world, form.get("token", ""))
            return {"status": "success"}

        return _with_faults(portal, lambda: _account_answer(portal, run))

    def keys() -> flask.Response:
        state = portal.world.switches["webhook_jwks"]
        if wait_s := portal.keys.slow_seconds or (SLOW_KEYS_S if state == "slow" else 0):
            time.sleep(wait_s)
        if portal.keys.down or state == "down":
            return flask.Response(status=503)
        return _with_faults(portal, lambda: flask.jsonify(portal.keys.published()))

    app.add_url_rule("/", view_func=_welcome, endpoint="welcome")
    app.add_url_rule("/oauth/v2/token", view_func=token, methods=["POST"], endpoint="accounts.token")
    app.add_url_rule("/oauth/v2/token/revoke", view_func=revoke, methods=["POST"], endpoint="accounts.revoke")
    app.add_url_rule("/.well-known/jwks.json", view_func=keys, methods=["GET"], endpoint="desk.jwks")


def _account_answer(portal: Portal, run: Callable[[Any, dict[str, str]], Json]) -> flask.Response:
    form = {**flask.request.args.to_dict(), **flask.request.form.to_dict()}
    portal.world.catch_up()
    try:
        with portal.world.transaction():
            return flask.jsonify(run(portal.world, form))
    except tokens.AccountsError as error:
        response = flask.jsonify(error.body)
        response.status_code = error.status
        return response
