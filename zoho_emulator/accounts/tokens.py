"""Access tokens: one hour, ten per ten minutes, ten alive at once; failures come as HTTP 200 with `error`.

API reference, sections 2.1 to 2.3; emulator page, section 2.
"""

from typing import Final

from zoho_emulator.clock import MINUTE_MS
from zoho_emulator.desk.state import World
from zoho_emulator.store import Json

LIFE_MS: Final = 3_600_000
THROTTLE: Final = 10
MOST_REFRESH_TOKENS: Final = 20
REFRESH_TOKENS_A_MINUTE: Final = 5
# A host that answers no Desk path: whoever follows it instead of the configured one fails at once.
API_DOMAIN: Final = "https://www.zohoapis.example"


class AccountsError(Exception):
    """An OAuth failure; Zoho answers most of them with HTTP 200."""

    def __init__(self, code: str, *, status: int = 200, description: str | None = None) -> None:
        self.status = status
        self.body: Json = {"error": code}
        if description:
            self.body |= {"error_description": description, "status": "failure"}
        super().__init__(code)


def exchange(world: World, form: dict[str, str]) -> Json:
    """Answer `POST /oauth/v2/token`. Raises AccountsError."""
    client = _client(world, form)
    grant = form.get("grant_type")
    if grant == "refresh_token":
        refresh = world.store.get("refresh_token", form.get("refresh_token", ""))
        if refresh is None or refresh["clientId"] != client["id"] or refresh["_revoked"]:
            raise AccountsError("invalid_code")
        return _issue(world, refresh)
    if grant == "authorization_code":
        code = world.store.get("grant_code", form.get("code", ""))
        if code is None or code["clientId"] != client["id"] or code["expires"] <= world.clock.now_ms():
            raise AccountsError("invalid_code")
        world.store.remove("grant_code", "id = ?", code["id"])
        _make_room(world, client["id"], code["agentId"])
        refresh = add_refresh_token(world, agent_id=code["agentId"], scopes=code["scopes"])
        refresh["_made"] = world.clock.now_ms()
        return _issue(world, refresh) | {"refresh_token": refresh["id"]}
    raise AccountsError("unsupported_grant_type")


def _client(world: World, form: dict[str, str]) -> Json:
    client = world.store.get("oauth_client", form.get("client_id", ""))
    if client is None:
        raise AccountsError("invalid_client")
    if client["secret"] != form.get("client_secret"):
        raise AccountsError("invalid_client_secret")
    return client


def _issue(world: World, refresh: Json) -> Json:
    now = world.clock.now_ms()
    recent = [moment for moment in refresh["_asked"] if moment > now - 10 * MINUTE_MS]
    if len(recent) >= THROTTLE:
        raise _throttled(world)
    world.store.put("refresh_token", refresh | {"_asked": [*recent, now]})
    token = f"1000.{_random_hex(world)}.{_random_hex(world)}"
    access: Json = {
        "id": token,
        "refreshToken": refresh["id"],
        "agentId": refresh["agentId"],
        "scopes": refresh["scopes"],
        "expires": now + LIFE_MS,
    }
    world.store.put("access_token", access)
    world.store.remove("access_token", "json_extract(doc, '$.expires') <= ?", now)
    alive = world.store.find("access_token", "refresh = ?", refresh["id"])
    for oldest in alive[: max(0, len(alive) - world.switches.number("live_token_limit"))]:
        world.store.remove("access_token", "id = ?", oldest["id"])
    return {
        "access_token": token,
        "scope": " ".join(refresh["scopes"]),
        "api_domain": API_DOMAIN,
        "token_type": "Bearer",
        "expires_in": LIFE_MS // 1000,
    }


def issue_for(world: World, refresh: Json, crm_org: str) -> str:
    """Return an access token by which the CRM serves another organisation than the portal's."""
    token = str(_issue(world, refresh)["access_token"])
    world.store.put("access_token", world.need("access_token", token) | {"crmOrg": crm_org})
    return token


def _throttled(world: World) -> AccountsError:
    return AccountsError(
        "Access Denied",
        status=int(world.switches["token_throttle_status"]),
        description="You have made too many requests continuously. Please try again after some time.",
    )


def _make_room(world: World, client_id: str, agent_id: str) -> None:
    """Let the oldest refresh token of a user and client go where there are twenty. Raises AccountsError."""
    held = [
        each
        for each in world.store.find("refresh_token", "client = ?", client_id)
        if each["agentId"] == agent_id and not each["_revoked"]
    ]
    minute_ago = world.clock.now_ms() - MINUTE_MS
    if sum(each.get("_made", 0) > minute_ago for each in held) >= REFRESH_TOKENS_A_MINUTE:
        raise _throttled(world)
    for oldest in held[: max(0, len(held) - MOST_REFRESH_TOKENS + 1)]:
        revoke(world, oldest["id"])


def _random_hex(world: World) -> str:
    return f"{world.chance.getrandbits(128):032x}"


def add_refresh_token(world: World, *, agent_id: str, scopes: list[str], token: str | None = None) -> Json:
    document: Json = {
        "id": token or f"1000.{_random_hex(world)}.{_random_hex(world)}",
        "clientId": world.store.meta("client_id"),
        "agentId": agent_id,
        "scopes": scopes,
        "_asked": [],
        "_revoked": False,
    }
    return world.store.put("refresh_token", document)


def add_grant_code(world: World, *, agent_id: str, scopes: list[str], minutes: int = 10) -> str:
    code = f"1000.{_random_hex(world)}.{_random_hex(world)}"
    world.store.put(
        "grant_code",
        {
            "id": code,
            "clientId": world.store.meta("client_id"),
            "agentId": agent_id,
            "scopes": scopes,
            "expires": world.clock.now_ms() + minutes * MINUTE_MS,
        },
    )
    return code


def revoke(world: World, token: str) -> None:
    """Answer `POST /oauth/v2/token/revoke`: the refresh token and its access tokens stop working."""
    refresh = world.store.get("refresh_token", token)
    if refresh is None:
        raise AccountsError("invalid_code")
    world.store.put("refresh_token", refresh | {"_revoked": True})
    world.store.remove("access_token", "refresh = ?", token)


def authenticate(world: World, header: str) -> Json | None:
    """Return the live access token of an Authorization header, or None. `Bearer` is not accepted."""
    scheme, _, token = header.partition(" ")
    access = world.store.get("access_token", token.strip()) if scheme == "Zoho-oauthtoken" else None
    if access is None or access["expires"] <= world.clock.now_ms():
        return None
    return access
