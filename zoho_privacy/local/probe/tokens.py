"""Questions about access tokens: how the accounts server refuses, how many live at once. Needs some twenty minutes.

Asks for tokens until it is refused, which keeps every other process of this refresh token from renewing for ten
minutes: hence a consent of its own. Tokens stay in memory.
"""

from collections.abc import Callable
from typing import Final

from zoho_privacy.adapters.desk.protocol import Answer
from zoho_privacy.domain.profile import Evidence
from zoho_privacy.local.probe.lab import Lab

ACCOUNTS: Final = "POST /oauth/v2/token"
MOST: Final = 12
WINDOW_S: Final = 605.0
ROUNDS: Final = 4


def look(lab: Lab, renew: Callable[[], Answer], alive: Callable[[str], bool]) -> None:
    """Ask for tokens, and whether the first one still opens the portal."""
    first, newer = "", 0
    refused: Answer | None = None
    for round_ in range(ROUNDS):
        for _ in range(MOST):
            answer = renew()
            token = _token(answer)
            if not token:
                refused = refused or answer
                break
            if not first:
                first = token
                continue
            newer += 1
            if not alive(first):
                told = Evidence(ACCOUNTS, "200", f"the first token ended with the {newer}th after it")
                lab.notes.note("live_token_limit", str(newer), told)
                first = ""
                break
        if refused is not None:
            told = Evidence(ACCOUNTS, str(refused.status), "error Access Denied, before ten minutes had passed")
            lab.notes.note("token_throttle_status", str(refused.status), told)
        if newer and not first:
            break
        if round_ < ROUNDS - 1:
            lab.say("    waiting ten minutes for the accounts server")
            lab.wait(WINDOW_S)
    else:
        lab.notes.unclear("live_token_limit", f"the first token outlived {newer} others", Evidence(ACCOUNTS, "200"))
    if refused is None:
        lab.notes.unclear("token_throttle_status", "nothing was refused", Evidence(ACCOUNTS, "200"))


def _token(answer: Answer) -> str:
    body = answer.json()
    found = body.get("access_token") if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""
