"""Sends calls to Zoho Desk: tokens, timeouts, pauses, repeats. The only module here that touches the network.

A read or an absolute write is repeated after 5xx, a broken connection or "too many at once", with growing pauses
whose sum stays within the configured budget; a longer pause that Desk asks for is raised. How many calls are under
way at once is the governor's: one of many that Desk found too many soon has its next turn. A write that
counts once is never sent again after it may have landed. Logs hold method, path (ids only), errorCode and status;
never a query, a body or a message. Redirects are not followed: a token stays where it was sent.
"""

import logging
import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import requests
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from zoho_privacy.adapters.desk.credits import Credits
from zoho_privacy.adapters.desk.governor import Governor
from zoho_privacy.adapters.desk.hosts import API_ROOT, DeskConfig
from zoho_privacy.adapters.desk.protocol import (
    Answer,
    Call,
    crowded,
    error_code,
    error_fields,
    lost,
    problem,
    token_refused,
)
from zoho_privacy.adapters.desk.tokens import Renewal, Tokens
from zoho_privacy.domain.errors import (
    Ambiguous,
    BadInput,
    CreditsLow,
    DeskBusy,
    DeskRejected,
    DeskUnavailable,
    NotFound,
)

ATTEMPTS: Final = 5
AGAIN: Final = (DeskBusy, DeskUnavailable)
SOON: Final = 2  # how often a call of many has its next turn at once before it waits as long as any other
SOON_S: Final = 0.02

log = logging.getLogger(__name__)


class _ZohoToken(AuthBase):
    """Sets the header itself, so that requests does not replace it by what a .netrc file holds."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Zoho-oauthtoken {self._token}"
        return request


class Wire:
    """Plain HTTP over connections that are kept, with a timeout on everything."""

    def __init__(self, config: DeskConfig) -> None:
        self._config = config
        self._idle: deque[requests.Session] = deque()
        # urllib3 writes whole URLs, and a search URL holds an address.
        logging.getLogger("urllib3").setLevel(logging.ERROR)

    def exchange(self, call: Call, url: str, *, headers: Mapping[str, str], auth: AuthBase | None = None) -> Answer:
        """Send a call to a trusted URL and return the whole answer.

        Raises:
            DeskUnavailable: There was no answer, and repeating is safe.
            Ambiguous: There was no answer to a write that counts once and may have landed.
            BadInput: The URL is on a host that must not see a token.
        """
        if not self._config.trusts(url):
            raise BadInput("no token goes to a host that is neither Zoho's nor configured")
        try:
            with self._session() as session:
                reply = session.request(
                    call.method,
                    url,
                    params=dict(call.query),
                    json=call.json,
                    data=call.form,
                    files={"file": call.file} if call.file else None,
                    headers={**call.headers, **headers},
                    auth=auth,
                    timeout=(self._config.connect_timeout_s, self._config.read_timeout_s),
                    allow_redirects=False,
                )
            return Answer(
                reply.status_code, {key.lower(): value for key, value in reply.headers.items()}, reply.content
            )
        except requests.RequestException as error:
            failure = lost(call, type(error).__name__, sent=_may_have_arrived(error))
        raise failure  # outside the handler: the original error's text holds the URL

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        """Lend a session to one call; as many come to be as calls were ever under way at once."""
        try:
            session = self._idle.pop()
        except IndexError:
            session = requests.Session()
        try:
            yield session
        finally:
            self._idle.append(session)

    def close(self) -> None:
        """Close the connections that no call uses."""
        while self._idle:
            self._idle.pop().close()


class _Crowded(DeskBusy):
    """Too many calls of ours were under way: the governor has heard it, and there is room soon."""


class Transport:
    """Sends calls of one portal, as many at once as the governor admits. `now` serves to read a Retry-After date."""

    def __init__(
        self,
        config: DeskConfig,
        *,
        wire: Wire,
        tokens: Tokens,
        credits_: Credits,
        sleep: Callable[[float], None],
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._config, self._wire, self._tokens, self._credits, self._sleep = config, wire, tokens, credits_, sleep
        self._now = now
        self.governor = Governor(config.in_flight)

    def send(self, call: Call) -> Answer:
        """Return the answer to a call that went well; raises the branches of `errors.py` otherwise.

        Raises:
            Ambiguous: Also where an absolute write got no answer first and was refused when repeated: the refusal
                may come from its own success.
        """
        unclear = False
        for attempt in self._retrying():
            with attempt:
                try:
                    return self._attempt(call)
                except DeskUnavailable:
                    unclear = call.kind == "absolute"
                    raise
                except (DeskRejected, NotFound) as refusal:
                    if unclear and call.method != "DELETE":  # a second delete that finds nothing is a delete done
                        code = refusal.code if isinstance(refusal, DeskRejected) else "gone"
                        raise Ambiguous(f"{call.method} {call.path}: lost, then {code}") from None
                    raise
        raise AssertionError

    def _attempt(self, call: Call) -> Answer:
        if call.kind == "read":
            self._credits.check()
        token = self._tokens.current()
        answer, alone = self._exchange(call, token)
        if token_refused(answer):
            answer, alone = self._exchange(call, self._tokens.renew(token))
        error = problem(call, answer, now=self._now)
        if error is not None:
            _report(call, answer)
            raise _Crowded(str(error)) if crowded(answer) and not alone else error
        return answer

    def _exchange(self, call: Call, token: str) -> tuple[Answer, bool]:
        """Return the answer, and whether no other call of ours was under way."""
        path = call.path if call.path.startswith(API_ROOT + "/") else API_ROOT + call.path
        headers = {"orgId": self._config.org, "Accept": "*/*"}
        with self.governor.turn() as turn:
            answer = self._wire.exchange(call, self._config.desk_base + path, headers=headers, auth=_ZohoToken(token))
            turn.verdict = "crowded" if crowded(answer) else "fine"
        self._credits.note(answer.headers, expected=call.credits if answer.status < 300 else 0.0)
        log.debug("desk %s %s %s", call.method, call.path, answer.status)
        return answer, turn.alone

    def _retrying(self) -> Retrying:
        backoff = wait_exponential_jitter(initial=1, max=8, jitter=1)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            if isinstance(error, _Crowded) and state.attempt_number <= SOON:
                return random.uniform(0, SOON_S)
            asked = error.retry_after_s if isinstance(error, DeskBusy | DeskUnavailable) else None
            return max(backoff(state), asked or 0.0)

        def stop(state: RetryCallState) -> bool:
            over = state.idle_for + state.upcoming_sleep > self._config.retry_budget_s
            return over or state.attempt_number >= ATTEMPTS

        return Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, AGAIN) and not isinstance(error, CreditsLow)),
            wait=wait,
            stop=stop,
            sleep=self._sleep,
            reraise=True,
        )


def renewal_over(wire: Wire, config: DeskConfig) -> Renewal:
    """Return the call that asks the accounts server for a new access token; secrets travel in the body."""
    call = Call(
        "POST",
        "/oauth/v2/token",
        form={
            "grant_type": "refresh_token",
            "refresh_token": config.refresh_token,
            "client_id": config.client_id,
            "client_secret": config.client_secret,
        },
    )

    def renew() -> Answer:
        return wire.exchange(
            call, config.accounts_base + call.path, headers={"Accept": "application/json"}, auth=_NoAuth()
        )

    return renew


class _NoAuth(AuthBase):
    """Keeps requests from adding what a .netrc file holds."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _may_have_arrived(error: requests.RequestException) -> bool:
    """Return whether the call may have reached the server: False only where no connection was ever made."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return False
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    return not isinstance(reason, NewConnectionError | NameResolutionError)


def _report(call: Call, answer: Answer) -> None:
    code, fields = error_code(answer), " ".join(error_fields(answer))
    level = logging.INFO if crowded(answer) else logging.WARNING
    log.log(level, "desk %s %s: %s (%s) %s", call.method, call.path, code or "no errorCode", answer.status, fields)
