"""Environment and settings file -> `Settings`, once, with every mistake reported together.

Names: `ZOHO_PRIVACY_` plus the field in capitals; lists and tables are JSON. `ZOHO_PRIVACY_SETTINGS_FILE` may name a
TOML file for everything that is no secret; the environment wins. A portal described in the file takes its secrets
from `ZOHO_PRIVACY_PORTAL_<ORG>_CLIENT_ID`, `..._CLIENT_SECRET` and `..._REFRESH_TOKEN`. Secrets never come from a
file that could be committed: a secret in the settings file is refused. Nothing here reads a value back into a text.
Must change together with docs/settings.md (a test compares them).
"""

import base64
import binascii
import json
import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.model import Role

PREFIX: Final = "ZOHO_PRIVACY_"
FILE_VARIABLE: Final = PREFIX + "SETTINGS_FILE"
PORTAL_VARIABLE: Final = re.compile(PREFIX + r"PORTAL_(\d+)_(CLIENT_ID|CLIENT_SECRET|REFRESH_TOKEN)")
SECRETS: Final = frozenset({"client_secret", "refresh_token", "installation_secret", "hook_secret", "operator_token"})
MINIMUM_SECRET_BYTES: Final = 32

DataCentre = Literal["us", "eu", "in", "au", "jp", "ca", "sa", "sg", "ae", "cn", "uk"]


def is_loopback(url: str) -> bool:
    """Tell whether a URL names this very machine; only then may it go without TLS (R-SEC-1)."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not a URL")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must be a bare address without query, fragment or user")
    if parts.scheme == "http" and not is_loopback(url):
        raise ValueError("must use https; plain http is for 127.0.0.1 only")
    return url.rstrip("/")


def _origin(url: str) -> str:
    bare = _base_url(url)
    if urlsplit(bare).path:
        raise ValueError("must be scheme, host and port only")
    return bare


def _loopback_url(url: str) -> str:
    if not is_loopback(url):
        raise ValueError("must name 127.0.0.1; another clock than this machine's is for trial runs only")
    return url.rstrip("/")


def _from_json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("is not readable as JSON") from None


def _long_secret(secret: SecretStr) -> SecretStr:
    try:
        raw = base64.b64decode(secret.get_secret_value(), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if len(raw) < MINIMUM_SECRET_BYTES:
        raise ValueError(f"holds {len(raw)} bytes, {MINIMUM_SECRET_BYTES} are needed")
    return secret


def _path_segment(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{22,64}", secret.get_secret_value()):
        raise ValueError("must be 22 to 64 letters, digits, - or _")
    return secret


def _long_token(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < MINIMUM_SECRET_BYTES:
        raise ValueError(f"must have at least {MINIMUM_SECRET_BYTES} characters")
    return secret


def _present(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise ValueError("names a file that is not there")
    return path


def _not_empty(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise ValueError("is empty")
    return secret


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Origin = Annotated[str, AfterValidator(_origin)]
ZohoId = Annotated[str, Field(pattern=r"^\d{1,25}$")]
Secret = Annotated[SecretStr, AfterValidator(_not_empty)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ClientConfig(_Section):
    """A company whose data we process for it. A bare text is its name."""

    name: str = Field(min_length=1, description="as letters name it")
    role: Role = Field(default=Role.PROCESSOR, description="both: the firm decides about some of the data itself")
    contract: str = Field(default="", max_length=80, description="reference of the contract")
    contact: str = Field(
        default="", pattern=r"^([^@\s]+@[^@\s]+)?$", description="where requests go to and instructions come from"
    )
    days: int | None = Field(default=None, ge=1, le=365, description="calendar days that the contract gives to assist")

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value


class PortalConfig(_Section):
    """One Zoho Desk portal and what the operator decided for it."""

    org: ZohoId = Field(description="the portal's organisation id, digits only (Setup > Developer Space > API)")
    data_centre: DataCentre = Field(
        default="us", description="where the portal lives, by its address: us for desk.zoho.com, eu for desk.zoho.eu"
    )
    client_id: str = Field(min_length=1, description="the self client's id from Zoho's API console")
    client_secret: Secret = Field(description="the self client's secret, from the environment")
    refresh_token: Secret = Field(description="the token the consent step returned, from the environment")
    desk_url: Origin | None = Field(default=None, description="another address for Desk, for trials on 127.0.0.1")
    accounts_url: Origin | None = Field(default=None, description="another address for Zoho Accounts, likewise")
    crm_url: Origin | None = Field(
        default=None, description="Zoho CRM's API in the same data centre, https://www.zohoapis.eu say; without it none"
    )
    sources: frozenset[str] = Field(
        default=frozenset(), description="installed plug-ins for other systems that hold data, by name"
    )
    privacy_department_id: ZohoId | None = Field(
        default=None, description="the department whose every ticket is a privacy matter"
    )
    from_address: str | None = Field(
        default=None, pattern=r"^[^@\s]+@[^@\s]+$", description="a verified support address that replies come from"
    )
    webhook_ids: frozenset[ZohoId] = Field(
        default=frozenset(), description="the webhooks whose deliveries are believed; empty believes all of the portal"
    )
    default_country: str | None = Field(
        default=None, pattern="^[A-Z]{2}$", description="two capital letters, for people whose country is unknown"
    )
    processor_accounts: dict[str, ClientConfig] = Field(
        default_factory=dict,
        description="account id -> client: companies whose data we process for them; a name, or a table with name, "
        "role (processor or both), contract, contact and days",
    )
    profile_file: Path | None = Field(
        default=None, description="what `zoho-privacy probe` found out about this portal; without it caution rules"
    )
    erase_wait_hours: float = Field(
        default=0, ge=0, le=24 * 60, description="hours between trashing and erasing for good, at most 1440"
    )

    subject_count: bool = Field(
        default=True,
        description="ask Zoho's own count when an erasure is read back: 50 credits, three times an address",
    )

    @field_validator("profile_file")
    @classmethod
    def _profile_is_there(cls, path: Path | None) -> Path | None:
        return _present(path)


class PolicyConfig(_Section):
    """Numbers and names the operator may change; each has the requirements' default."""

    controller: str = Field(default="OpenTech Support", min_length=1, description="the firm, as letters name it")
    privacy_contact: str = Field(
        default="privacy@example.com", pattern=r"^[^@\s]+@[^@\s]+$", description="the privacy desk's mail address"
    )
    policy_version: str = Field(default="1", min_length=1, description="the privacy policy's version at receipt")
    code_life_hours: float = Field(default=72, gt=0, le=24 * 30, description="how long a code or link lives")
    code_attempts: int = Field(default=5, ge=1, le=20, description="wrong codes before a person must look")
    code_issues_per_day: int = Field(default=3, ge=1, le=20, description="codes sent to one person in 24 hours")
    replies_per_day: int = Field(default=3, ge=1, le=20, description="automatic replies to one ticket in 24 hours")
    export_life_days: float = Field(default=7, gt=0, le=90, description="how long an export can be fetched")
    export_review: bool = Field(default=True, description="a person looks at masked data of others before it leaves")
    export_part_mb: int = Field(
        default=250, ge=1, le=4000, description="files of an export beyond that come as further parts, each its own zip"
    )
    request_days: int = Field(
        default=30, ge=1, le=365, description="days the conversation about an erasure stays after its closing letter"
    )
    time_zone: str = Field(default="UTC", description="the zone whose calendar days count, Europe/Berlin say")
    mail_server: str | None = Field(
        default=None, description="the host whose Authentication-Results headers are believed, as written in them"
    )
    four_eyes: bool = Field(default=True, description="true: who proposes an erasure may not approve it")
    credit_reserve: float = Field(
        default=0.2, ge=0, lt=1, description="share of the day's API credits left to other integrations, 0 to 1"
    )
    daily_credits: int = Field(
        default=75_000, ge=1, description="the portal's API credits a day, by its edition; the reserve is a share of it"
    )
    child_look_days: int = Field(default=1, ge=1, le=10, description="business days to look at a child's matter")
    address_change_days: int = Field(
        default=30, ge=0, le=365, description="days for which a changed address raises doubt"
    )

    store_location: str = Field(
        default="", max_length=60, description="country and region in which state, files and backups lie: US, Ohio say"
    )
    key_days: int = Field(default=365, ge=1, le=3650, description="days after which a secret should be made anew")

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a known time zone") from None
        return name


class Settings(BaseSettings):
    """Everything a process needs to know before it starts."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    portals: Annotated[tuple[PortalConfig, ...], NoDecode, BeforeValidator(_from_json)] = Field(
        min_length=1, description="a JSON list of portals, or [[portals]] tables in the settings file"
    )
    public_url: BaseUrl = Field(description="where people and Zoho reach this service, https://privacy.example.com say")
    hook_secret: Annotated[SecretStr, AfterValidator(_path_segment)] = Field(
        description="the secret part of the webhook's address: python3 -c 'import secrets; "
        "print(secrets.token_urlsafe(24))'"
    )
    installation_secret: Annotated[SecretStr, AfterValidator(_long_secret)] = Field(
        description="base64 of 32 random bytes: openssl rand -base64 32. Keep it: codes, seals and pseudonyms need it"
    )
    operator_token: Annotated[SecretStr, AfterValidator(_long_token)] | None = Field(
        default=None, description="opens /cases from other machines as a bearer token; without it only 127.0.0.1 may"
    )
    state_dir: Path = Field(default=Path("var"), description="the folder for the database, exports and plans")
    retention_file: Path | None = Field(
        default=None, description="a retention schedule of your own; without it the shipped one is used"
    )
    clock_url: Annotated[str, AfterValidator(_loopback_url)] | None = Field(
        default=None, description="a trial's clock on 127.0.0.1; never set it in earnest"
    )
    host: str = Field(default="127.0.0.1", description="the address to listen on")
    port: int = Field(default=8020, ge=0, le=65535, description="the port to listen on, 0 for any free one")
    behind_proxy: bool = Field(
        default=False, description="true where a TLS proxy on this machine adds X-Forwarded-For; rate limits need it"
    )
    policy: Annotated[PolicyConfig, NoDecode, BeforeValidator(_from_json)] = Field(
        default_factory=PolicyConfig, description="a JSON object, or a [policy] table in the settings file"
    )

    @field_validator("retention_file")
    @classmethod
    def _is_there(cls, path: Path | None) -> Path | None:
        return _present(path)

    @model_validator(mode="after")
    def _each_portal_once(self) -> Self:
        orgs = [portal.org for portal in self.portals]
        if len(set(orgs)) != len(orgs):
            raise ValueError("portals: an organisation is listed twice")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the settings file; no .env file is ever read."""
        file = os.environ.get(FILE_VARIABLE)
        sources = (init_settings, env_settings)
        return (*sources, TomlConfigSettingsSource(settings_cls, Path(file))) if file else sources

    def key(self) -> bytes:
        """Return the installation's secret as bytes, at least 32."""
        return base64.b64decode(self.installation_secret.get_secret_value())


def load() -> Settings:
    """Read the settings of this process.

    Raises:
        BadInput: Something is missing or wrong; the text lists every mistake, one a line, with what to do. It names
            settings and never shows a value.
    """
    mistakes: list[str] = _stray_variables()
    document: Mapping[str, Any] = {}
    try:
        document = _settings_file()
    except BadInput as problem:
        raise BadInput("\n".join(["The settings cannot be used:", f"- {problem}", *mistakes])) from None
    mistakes += [f"- {FILE_VARIABLE}: {name} is a secret; move it to the environment" for name in _secrets_in(document)]
    try:
        portals = _portals_with_secrets(document)
        settings = Settings(portals=portals) if portals is not None else Settings()
    except ValidationError as problem:
        found = problem.errors(include_input=False)
        broken = {error["loc"][:1] for error in found if len(error["loc"]) > 1}
        mistakes += [_advice(error["loc"], error["msg"]) for error in found if error["loc"] not in broken]
    if mistakes:
        raise BadInput("\n".join(["The settings cannot be used:", *dict.fromkeys(mistakes)]))
    return settings


def _settings_file() -> Mapping[str, Any]:
    path = os.environ.get(FILE_VARIABLE)
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"{FILE_VARIABLE}: the file cannot be read; check path and permissions") from None
    except tomllib.TOMLDecodeError:
        raise BadInput(f"{FILE_VARIABLE}: the file is not valid TOML") from None


def _secrets_in(value: object) -> list[str]:
    if isinstance(value, Mapping):
        own = [str(key) for key in value if key in SECRETS]
        return own + [name for inner in value.values() for name in _secrets_in(inner)]
    if isinstance(value, list):
        return [name for inner in value for name in _secrets_in(inner)]
    return []


def _portals_with_secrets(document: Mapping[str, Any]) -> list[object] | None:
    """Return the file's portals with their secrets, or None where the environment describes the portals itself."""
    portals = document.get("portals")
    if os.environ.get(PREFIX + "PORTALS") or not isinstance(portals, list):
        return None
    found: dict[str, dict[str, str]] = {}
    for name, value in os.environ.items():
        if match := PORTAL_VARIABLE.fullmatch(name):
            found.setdefault(match[1], {})[match[2].lower()] = value
    return [
        {**portal, **found.get(str(portal.get("org")), {})} if isinstance(portal, Mapping) else portal
        for portal in portals
    ]


def _stray_variables() -> list[str]:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {FILE_VARIABLE}
    return [
        f"- {name}: there is no such setting; check the spelling or unset it"
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name not in known and not PORTAL_VARIABLE.fullmatch(name)
    ]


SECTIONS: Final[Mapping[str, type[BaseModel]]] = {"portals": PortalConfig, "policy": PolicyConfig}


def _advice(location: tuple[int | str, ...], message: str) -> str:
    """Say which setting is wrong, how, and what it should hold; never what it holds."""
    message = message.removeprefix("Value error, ")
    if not location:
        return f"- {message}"
    first, inner = str(location[0]), location[1:]
    where = PREFIX + first.upper() + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in inner)
    names = [part for part in inner if isinstance(part, str)]
    field = SECTIONS[first].model_fields.get(names[0]) if names else Settings.model_fields.get(first)
    if field is None:
        return f"- {where}: there is no such setting; check the spelling"
    return f"- {where}: {message}; it should be {field.description}"
