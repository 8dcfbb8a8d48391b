"""Zoho CRM through the vendor's SDK (extra `crm`), fenced in: the only module that imports zcrmsdk.

The SDK never sees a refresh token and asks for no token itself, has a timeout on every call, writes no log and no file
but its field lists in a folder of ours that goes with the process. One function turns what it returns into our values
and errors: it answers `None` for much that went wrong, and that is a failure here. Calls are repeated outside it, a
delete only after reading. The account's identity is set for each call and thread, so that organisations do not mix.
Its path stands here once, since API v2 may end one day: then another adapter takes this one's place.
Errors hold the CRM's code and status, nothing of a record. Source: the SDK's own code, 3.1.0 (docs/decisions/0017).
"""

import atexit
import functools
import json
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from zoho_privacy.adapters.desk.tokens import Tokens
from zoho_privacy.domain.crm import PEOPLE, CrmRecord
from zoho_privacy.domain.errors import BadInput, CrmForbidden, CrmRejected, CrmUnavailable, NotFound

API_ROOT: Final = "/crm/v2/"
ATTEMPTS: Final = 3
CONNECT_TIMEOUT_S: Final = 2.0
READ_TIMEOUT_S: Final = 20.0
PER_PAGE: Final = 200
MOST_PAGES: Final = 50
_CONNECTORS: Final = ("mysql", "mysql.connector")
_BUSY: Final = frozenset({"TOO_MANY_REQUESTS", "LIMIT_EXCEEDED", "API_LIMIT_EXCEEDED", "REQUEST_LIMIT_EXCEEDED"})
_TOKEN: Final = frozenset({"INVALID_TOKEN", "AUTHENTICATION_FAILURE"})
_FORBIDDEN: Final = frozenset(
    {"OAUTH_SCOPE_MISMATCH", "NO_PERMISSION", "PERMISSION_DENIED", "INVALID_URL_PATTERN", "INVALID_MODULE",
     "FEATURE_NOT_SUPPORTED"}
)  # fmt: skip
_importing = threading.Lock()


class _TokenRefusedError(CrmUnavailable):
    """The CRM does not take the access token."""


@dataclass(frozen=True, slots=True)
class _Sdk:
    """What is used of the SDK."""

    initializer: Any
    user: Any
    environment: Any
    token: type
    config: Any
    failure: type[Exception]
    operations: Any
    related: Any
    parameters: Any
    headers: Any
    search: Any
    paging: Any
    listing: Any
    record: Any
    body: Any
    expected: Mapping[str, tuple[type, ...]]


class _KeepHeader(AuthBase):
    """Keeps requests from replacing our header by what a .netrc file holds."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Bounded:
    """Stands where the SDK's connector has the module `requests`: a timeout on everything, no cookies, one host.

    The connector calls `get`, `put`, `post`, `patch` and `delete` with keywords only.
    """

    def __init__(self) -> None:
        self._local = threading.local()
        self.base = threading.local()

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.cookies.set_policy(_NoCookies())
            self._local.session = session
        found: requests.Session = self._local.session
        return found

    def __getattr__(self, name: str) -> Callable[..., requests.Response]:
        if name not in {"get", "put", "post", "patch", "delete"}:
            raise AttributeError(name)
        return functools.partial(self._send, name.upper())

    def _send(self, method: str, *, url: str, **options: Any) -> requests.Response:
        account: _Account = self.base.account
        if not url.startswith(account.url + API_ROOT):
            raise BadInput("no token goes to another place than the CRM's API")
        options["timeout"] = account.timeout
        return self._session().request(method, url, auth=_KeepHeader(), **options)


class _NoCookies(requests.cookies.cookielib.DefaultCookiePolicy):  # type: ignore[misc, name-defined]
    """One connection serves several organisations: nothing that a server sets is kept."""

    def set_ok(self, *_: Any) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class _Account:
    """Whose CRM a call is for, and how long it may take in seconds."""

    url: str
    timeout: tuple[float, float]


@functools.cache
def _bounded() -> _Bounded:
    return _Bounded()


def _sdk() -> _Sdk:
    """Return the SDK, imported and set up once per process; raises BadInput where the extra is missing."""
    with _importing:
        return _loaded()


@functools.cache
def _loaded() -> _Sdk:
    try:
        with _stand_in():
            from zcrmsdk.src.com.zoho.api.authenticator.store import TokenStore  # noqa: PLC0415  160 ms, 7 MB
            from zcrmsdk.src.com.zoho.api.authenticator.token import Token  # noqa: PLC0415
            from zcrmsdk.src.com.zoho.api.logger import Logger  # noqa: PLC0415
            from zcrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap, record, related_records  # noqa: PLC0415
            from zcrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter  # noqa: PLC0415
            from zcrmsdk.src.com.zoho.crm.api.exception import SDKException  # noqa: PLC0415
            from zcrmsdk.src.com.zoho.crm.api.initializer import Initializer  # noqa: PLC0415
            from zcrmsdk.src.com.zoho.crm.api.record.record_operations import (  # noqa: PLC0415
                GetRecordsParam,
                SearchRecordsParam,
            )
            from zcrmsdk.src.com.zoho.crm.api.related_records.related_records_operations import (  # noqa: PLC0415
                GetRelatedRecordsParam,
            )
            from zcrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig  # noqa: PLC0415
            from zcrmsdk.src.com.zoho.crm.api.user_signature import UserSignature  # noqa: PLC0415
            from zcrmsdk.src.com.zoho.crm.api.util import Utility, api_http_connector  # noqa: PLC0415
    except ModuleNotFoundError:
        raise BadInput("the CRM needs the extra crm: pip install 'zoho-privacy[crm]'") from None
    api_http_connector.requests = _bounded()
    Utility.write_to_file = staticmethod(_write_whole)
    folder = tempfile.mkdtemp(prefix="zoho-privacy-crm-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    logging.getLogger("SDKLogger").propagate = False
    config = SDKConfig(auto_refresh_fields=False, pick_list_validation=False)
    made = _Sdk(
        initializer=Initializer,
        user=UserSignature,
        environment=DataCenter.Environment,
        token=Token,
        config=config,
        failure=SDKException,
        operations=record.RecordOperations,
        related=related_records.RelatedRecordsOperations,
        parameters=ParameterMap,
        headers=HeaderMap,
        search=SearchRecordsParam,
        paging=GetRelatedRecordsParam,
        listing=GetRecordsParam,
        record=record.Record,
        body=record.BodyWrapper,
        expected={
            "list": (record.ResponseWrapper, related_records.ResponseWrapper),
            "action": (record.ActionWrapper,),
        },
    )
    Initializer.initialize(
        user=UserSignature("nobody@crm.invalid"),
        environment=DataCenter.Environment("https://crm.invalid", "https://crm.invalid", "https://crm.invalid"),
        token=_own_token(made, ""),
        store=_empty_store(TokenStore),
        sdk_config=config,
        resource_path=folder,
        logger=Logger.get_instance(Logger.Levels.CRITICAL, os.devnull),
    )
    return made


def _write_whole(file_path: str, file_contents: Any) -> None:
    """Write a field list so that another thread, which reads it without a lock, sees the old one or the new one."""
    partial = Path(f"{file_path}.partial")
    partial.write_text(json.dumps(file_contents), encoding="utf-8")
    partial.replace(file_path)


@contextmanager
def _stand_in() -> Iterator[None]:
    """Let the SDK import its database store without the database's connector, which is never used."""
    missing = [name for name in _CONNECTORS if name not in sys.modules]
    top, connector = ModuleType("mysql"), ModuleType("mysql.connector")
    connector.Error = type("Error", (Exception,), {})  # type: ignore[attr-defined]
    top.connector = connector  # type: ignore[attr-defined]
    sys.modules.update(
        {name: made for name, made in zip(_CONNECTORS, (top, connector), strict=True) if name in missing}
    )
    try:
        yield
    finally:
        for name in missing:
            sys.modules.pop(name, None)


def _own_token(sdk: _Sdk, text: str) -> Any:
    def authenticate(_: Any, connection: Any) -> None:
        connection.add_header("Authorization", f"Zoho-oauthtoken {text}")

    def remove(_: Any) -> bool:
        return True

    return type("OwnToken", (sdk.token,), {"authenticate": authenticate, "remove": remove})()


def _empty_store(kind: type) -> Any:
    def nothing(*_: Any) -> None:
        return None

    names = ("get_token", "save_token", "delete_token", "get_tokens", "delete_tokens")
    return type("NoStore", (kind,), dict.fromkeys(names, nothing))()


class ZohoCrm:
    """The CRM of one organisation; satisfies CrmReader and CrmWriter. Safe to use from several threads.

    `url` is scheme and host of the data centre's API. Timeouts in seconds. `sleep` takes seconds.

    Raises:
        BadInput: The extra `crm` is not installed, or the address is none.
    """

    def __init__(
        self,
        org: str,
        *,
        url: str,
        tokens: Tokens,
        read_timeout_s: float = READ_TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise BadInput("crm_url must be https://host, without a path")
        self.org = org
        self._account = _Account(url.rstrip("/"), (CONNECT_TIMEOUT_S, read_timeout_s))
        self._tokens, self._sleep = tokens, sleep
        self._sdk = _sdk()
        self._user = self._sdk.user(f"org-{org}@crm.invalid")  # names the field lists: one per organisation
        self._environment = self._sdk.environment(self._account.url, self._account.url, self._account.url)

    # ------------------------------------------------------------------------------------------------------- reading

    def people(self, email: str) -> Sequence[CrmRecord]:
        """Return contacts and leads with exactly this first or second address, case folded."""
        wanted = email.casefold()
        return [
            each
            for module in PEOPLE
            for each in self._pages(module, None, functools.partial(self._search, module, email))
            if wanted in each.emails
        ]

    def person(self, module: str, record_id: str) -> CrmRecord:
        """Return a person's record; raises NotFound."""
        found: CrmRecord | None = self._repeated(lambda: self._one(module, record_id))
        if found is None:
            raise NotFound("the CRM has no such record")
        return found

    def related(self, person: CrmRecord, module: str) -> Sequence[CrmRecord]:
        """Return what hangs on a person, in this module."""

        def ask(page: int) -> Any:
            parameters = self._parameters(self._sdk.paging, page)
            operations = self._sdk.related(module, int(person.id), person.module)
            return operations.get_related_records(parameters, self._sdk.headers())

        return list(self._pages(module, person.id, ask))

    def listed(self, module: str, fields: Sequence[str]) -> Iterator[CrmRecord]:
        """Yield every record of a module with these fields only, 10,000 at most: CrmRejected where there are more."""

        def ask(page: int) -> Any:
            parameters = self._parameters(self._sdk.listing, page)
            parameters.add(self._sdk.listing.fields, ",".join(fields))
            return self._sdk.operations().get_records(module, parameters, self._sdk.headers())

        return self._pages(module, None, ask)

    def _search(self, module: str, email: str, page: int) -> Any:
        parameters = self._parameters(self._sdk.search, page)
        parameters.add(self._sdk.search.email, email)
        return self._sdk.operations().search_records(module, parameters, self._sdk.headers())

    def _parameters(self, names: Any, page: int) -> Any:
        made = self._sdk.parameters()
        made.add(names.page, page)
        made.add(names.per_page, PER_PAGE)
        return made

    def _pages(self, module: str, parent: str | None, ask: Callable[[int], Any]) -> Iterator[CrmRecord]:
        for page in range(1, MOST_PAGES + 1):
            body = self._repeated(lambda page=page: self._call("list", lambda: ask(page)))  # type: ignore[misc]
            if body is None:
                return
            yield from (_record(module, each, parent) for each in body.get_data() or ())
            info = body.get_info()
            if info is None or not info.get_more_records():
                return
        raise CrmRejected("TOO_MANY_RECORDS", status=200)

    def _one(self, module: str, record_id: str) -> CrmRecord | None:
        def ask() -> Any:
            return self._sdk.operations().get_record(
                int(record_id), module, self._sdk.parameters(), self._sdk.headers()
            )

        try:
            body = self._call("list", ask)
        except NotFound:
            return None
        rows = body.get_data() if body is not None else None
        return _record(module, rows[0], None) if rows else None

    # ------------------------------------------------------------------------------------------------------- writing

    def update(self, module: str, record_id: str, values: Mapping[str, str | bool]) -> None:
        """Overwrite fields. Absolute; raises NotFound."""

        def ask() -> Any:
            record, body = self._sdk.record(), self._sdk.body()
            for name, value in values.items():
                record.add_key_value(name, value)
            body.set_data([record])
            return self._sdk.operations().update_record(int(record_id), module, body)

        self._repeated(lambda: self._call("action", ask))

    def delete(self, module: str, record_id: str) -> None:
        """Delete a record, or find it gone. A second attempt is made only where reading still shows it."""

        def ask() -> Any:
            return self._sdk.operations().delete_record(int(record_id), module, self._sdk.parameters())

        for attempt in self._retrying():
            with attempt:
                if attempt.retry_state.attempt_number > 1 and self._one(module, record_id) is None:
                    return
                try:
                    self._call("action", ask)
                except NotFound:
                    return

    # --------------------------------------------------------------------------------------------- the SDK's answers

    def _repeated(self, ask: Callable[[], Any]) -> Any:
        return self._retrying()(ask)

    def _retrying(self) -> Retrying:
        return Retrying(
            retry=retry_if_exception_type(CrmUnavailable),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(initial=1, max=8, jitter=1),
            sleep=self._sleep,
            reraise=True,
        )

    def _call(self, expected: str, ask: Callable[[], Any]) -> Any:
        """Return the body of a call that went well, None where the CRM says that there is nothing."""
        token = self._tokens.current()
        try:
            return self._answered(expected, ask, token)
        except _TokenRefusedError:
            return self._answered(expected, ask, self._tokens.renew(token))

    def _answered(self, expected: str, ask: Callable[[], Any], token: str) -> Any:
        try:
            with self._as_organisation(token):
                response = ask()
        except self._sdk.failure as problem:
            failure = _told(problem)
        else:
            return _body(response, self._sdk.expected[expected])
        raise failure  # outside the handler: the SDK's own text may hold an address

    @contextmanager
    def _as_organisation(self, token: str) -> Iterator[None]:
        bounded = _bounded()
        bounded.base.account = self._account
        self._sdk.initializer.switch_user(
            user=self._user,
            environment=self._environment,
            token=_own_token(self._sdk, token),
            sdk_config=self._sdk.config,
        )
        try:
            yield
        finally:
            self._sdk.initializer.LOCAL.init = None
            del bounded.base.account


def _body(response: Any, expected: tuple[type, ...]) -> Any:
    """Turn whatever the SDK returned into a body, None for "nothing there", or an error of ours."""
    if response is None:
        raise CrmUnavailable("the CRM's answer could not be read")
    status, body = response.get_status_code(), response.get_object()
    if status == 204:
        return None
    if (refusal := _refusal(body)) is not None:
        raise _problem(status, _code(refusal.get_code()), refusal.get_details())
    if status in {200, 201, 202} and isinstance(body, expected):
        return body
    raise _problem(status, "", None) if status in {401, 403, 404, 429} else CrmUnavailable(f"the CRM answered {status}")


def _refusal(body: Any) -> Any:
    """Return the SDK's error object, be it the answer itself or the first of its rows."""
    rows = body.get_data() if hasattr(body, "get_data") else None
    candidates = [body, *(rows[:1] if isinstance(rows, list) else ())]
    return next((each for each in candidates if type(each).__name__ == "APIException"), None)


def _told(problem: Any) -> Exception:
    """Return what an SDKException means: the refusal that it carries, or that nothing is known."""
    details = problem.details if isinstance(problem.details, Mapping) else {}
    code = details.get("code")
    if isinstance(code, str):
        return _problem(0, _code(code), None)
    if isinstance(code, int):
        known = code in {401, 403, 404, 429}
        return _problem(code, "", None) if known else CrmUnavailable(f"the CRM answered {code}")
    if details and problem.cause is None:
        return CrmRejected("REFUSED_BY_SDK", status=0)
    return CrmUnavailable(f"the CRM did not answer: {type(problem.cause).__name__}")


def _problem(status: int, code: str, details: Any) -> Exception:
    if code in _TOKEN or (status == 401 and code not in _FORBIDDEN):
        return _TokenRefusedError("the CRM refused the access token")
    if code in _BUSY or status == 429:
        return CrmUnavailable("the CRM asks us to slow down", retry_after_s=60)
    if code in _FORBIDDEN or status in {403, 404}:
        return CrmForbidden(f"the CRM does not allow the call: {code or status}", code=code or str(status))
    if status >= 500 or code == "INTERNAL_ERROR":
        return CrmUnavailable(f"the CRM answered {status}")
    if code == "INVALID_DATA" and isinstance(details, Mapping) and details.get("id") is not None:
        return NotFound("the CRM has no such record")
    return CrmRejected(code or "UNKNOWN", status=status)


def _code(value: Any) -> str:
    """Return an error code fit for a log, never what else may stand there."""
    text = str(value.get_value() if hasattr(value, "get_value") else value)
    return text if text.isascii() and text.replace("_", "").isupper() and len(text) <= 60 else "UNKNOWN"


def _record(module: str, found: Any, parent: str | None) -> CrmRecord:
    values = {name: each for name, each in found.get_key_values().items() if not name.startswith("$")}
    fixed = {name for name, each in values.items() if each is not None and not isinstance(each, str)}
    plain = {name: _plain(each) for name, each in values.items()}
    return CrmRecord(str(found.get_id()), module, plain, parent, frozenset(fixed))


def _plain(value: Any) -> Any:
    """Return one of the SDK's values as JSON has it."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "get_value"):
        return _plain(value.get_value())
    if hasattr(value, "get_key_values"):
        return {"id": str(value.get_id()), "name": _plain(value.get_key_values().get("name"))}
    if hasattr(value, "get_name") and hasattr(value, "get_id"):
        return {"id": str(value.get_id()), "name": _plain(value.get_name())}
    return f"({type(value).__name__})"
