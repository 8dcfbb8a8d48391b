"""Settings for a trial against the emulator: asked of the emulator itself, so that nobody has to set anything.

The emulator runs on this machine; what belongs to this side (secrets, port) is made once and kept in the state
folder, so that all commands of a trial agree. The clock is the emulator's.
"""

import base64
import contextlib
import json
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import requests
from pydantic import ValidationError

from zoho_privacy.config import Settings, is_loopback
from zoho_privacy.domain.errors import BadInput

TIMEOUT_S: Final = 10.0
FILE: Final = "trial.json"
USUAL_PORT: Final = 8020


def settings_from_emulator(url: str, *, state_dir: Path, port: int | None = None, **policy: Any) -> Settings:
    """Return settings for the emulator at `url`. `port` 0 takes a free one, None the one of the last time.

    Raises:
        BadInput: The address is not on this machine, or no emulator answers there.
    """
    base = url.rstrip("/")
    if not is_loopback(base):
        raise BadInput("a trial runs against an emulator on 127.0.0.1 only")
    info = _ask(base)
    own = _own(state_dir, port)
    privacy = next((each for each in info["departments"] if "privacy" in each["name"].casefold()), None)
    home = privacy or info["departments"][0]
    portal = {
        "org": info["orgId"],
        "desk_url": base,
        "accounts_url": info.get("accountsBase", base),
        "client_id": info["oauth"]["clientId"],
        "client_secret": info["oauth"]["clientSecret"],
        "refresh_token": info["oauth"]["refreshToken"],
        "privacy_department_id": privacy["id"] if privacy else None,
        "from_address": _from_address(info, home["id"]),
    }
    values = {
        "portals": [portal],
        "public_url": f"http://127.0.0.1:{own['port']}",
        "hook_secret": own["hook_secret"],
        "installation_secret": own["installation_secret"],
        "state_dir": state_dir,
        "clock_url": f"{base}/_bench/clock",
        "port": own["port"],
        "policy": policy,
    }
    try:
        return Settings(**values)
    except ValidationError as problem:
        fields = ", ".join(str(error["loc"]) for error in problem.errors(include_input=False))
        raise BadInput(f"the emulator's answer does not fit: {fields}") from None


def _ask(base: str) -> Mapping[str, Any]:
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{base}/_bench/info", timeout=TIMEOUT_S)
            answer.raise_for_status()
            found: Mapping[str, Any] = answer.json()
    except (requests.RequestException, ValueError):
        raise BadInput(f"no emulator answers at {base}; start one with `zoho-privacy emulator`") from None
    return found


def _from_address(info: Mapping[str, Any], department_id: str) -> str | None:
    usable = [each for each in info["fromAddresses"] if each["isVerified"]]
    own = [each["address"] for each in usable if each["departmentId"] == department_id]
    return next(iter([*own, *(each["address"] for each in usable)]), None)


QUIET_PORTS: Final = range(20_000, 32_000)
"""Below what Linux and macOS hand to outgoing connections."""


def _own(state_dir: Path, port: int | None) -> dict[str, Any]:
    """Return this side's secrets and port, made where there are none."""
    path = state_dir / FILE
    own: dict[str, Any] = json.loads(path.read_text("ascii")) if path.exists() else _fresh()
    own["port"] = own["port"] if port is None else port or _free_port()
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(json.dumps(own), "ascii")
    return own


def _fresh() -> dict[str, Any]:
    return {
        "installation_secret": base64.b64encode(secrets.token_bytes(32)).decode(),
        "hook_secret": secrets.token_urlsafe(18),
        "port": USUAL_PORT,
    }


def _free_port() -> int:
    """Return a port that is free and that no outgoing connection is given before it is bound, also after a restart."""
    for port in secrets.SystemRandom().sample(QUIET_PORTS, 50):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise BadInput("of 50 ports between 20000 and 32000 none is free: name one with --port")
