"""Where our credentials may go: Zoho's hosts per data centre, and the settings of one portal's connection.

Decides which URL may carry a token. No I/O. A token goes to a host of the table below, to a sub-domain of one, or to
a base URL that the operator configured; names are compared whole, never by "contains". `api_domain` of a token answer
is ignored. A new data centre is a new row. Sources: Zoho Desk API guide (API root), Zoho accounts (multi data centre).
"""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from zoho_privacy.domain.errors import BadInput

API_ROOT: Final = "/api/v1"


@dataclass(frozen=True, slots=True)
class Hosts:
    """The two host names of a data centre."""

    desk: str
    accounts: str


DATA_CENTRES: Final = {
    "us": Hosts("desk.zoho.com", "accounts.zoho.com"),
    "eu": Hosts("desk.zoho.eu", "accounts.zoho.eu"),
    "in": Hosts("desk.zoho.in", "accounts.zoho.in"),
    "au": Hosts("desk.zoho.com.au", "accounts.zoho.com.au"),
    "jp": Hosts("desk.zoho.jp", "accounts.zoho.jp"),
    "ca": Hosts("desk.zohocloud.ca", "accounts.zohocloud.ca"),
    "sa": Hosts("desk.zoho.sa", "accounts.zoho.sa"),
    "sg": Hosts("desk.zoho.sg", "accounts.zoho.sg"),
    "ae": Hosts("desk.zoho.ae", "accounts.zoho.ae"),
    "cn": Hosts("desk.zoho.com.cn", "accounts.zoho.com.cn"),
    "uk": Hosts("desk.zoho.uk", "accounts.zoho.uk"),  # the Desk guide does not list it: seen in use only
}
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_FILE_PATH: Final = re.compile(re.escape(API_ROOT) + r"(/[A-Za-z0-9_-]+)+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskConfig:
    """How to reach one portal. Times in seconds.

    `desk_url` and `accounts_url` replace the table's hosts (scheme, host and port only; plain http on this machine
    only). `retry_budget_s` bounds the sum of pauses within one call; a longer pause is raised as DeskBusy.
    `in_flight` bounds what the governor may let under way at once, 25 being the most of any edition; below that it
    learns the portal's limit, which is shared with its other integrations.

    Raises:
        BadInput: A setting cannot be used; the text names it and never its value.
    """

    org: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    data_centre: str = "us"
    desk_url: str | None = None
    accounts_url: str | None = None
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 30.0
    retry_budget_s: float = 20.0
    in_flight: int = 25

    def __post_init__(self) -> None:
        if not (self.org.isascii() and self.org.isdigit()):
            raise BadInput("org must be the portal's numeric id")
        if self.data_centre not in DATA_CENTRES:
            raise BadInput(f"data_centre must be one of {', '.join(DATA_CENTRES)}")
        if self.in_flight < 1 or min(self.connect_timeout_s, self.read_timeout_s) <= 0 or self.retry_budget_s < 0:
            raise BadInput("timeouts and in_flight must be positive, retry_budget_s not negative")
        for name, url in (("desk_url", self.desk_url), ("accounts_url", self.accounts_url)):
            if url is not None and not _usable(url):
                raise BadInput(f"{name} must be https://host[:port], or http on this machine, without a path")

    @property
    def desk_base(self) -> str:
        """The desk's base URL without a trailing slash."""
        return (self.desk_url or f"https://{DATA_CENTRES[self.data_centre].desk}").rstrip("/")

    @property
    def accounts_base(self) -> str:
        """The accounts server's base URL without a trailing slash."""
        return (self.accounts_url or f"https://{DATA_CENTRES[self.data_centre].accounts}").rstrip("/")

    @property
    def jwks_url(self) -> str:
        """Where the keys lie that sign this portal's webhook deliveries."""
        return self.desk_base + "/.well-known/jwks.json"

    def trusts(self, url: str) -> bool:
        """Return whether a token may travel to this URL."""
        return url_trusted(url, (self.desk_base, self.accounts_base))

    def file_path(self, href: str) -> str | None:
        """Return the path of an attachment's href for use on the configured desk host, None where it is not ours.

        Hrefs come absolute on some Zoho host, or relative; only the path of a download below the API root survives.
        """
        parts = urlsplit(href)
        if (parts.scheme or parts.netloc) and not self.trusts(href):
            return None
        path = parts.path if parts.path.startswith("/") else f"{API_ROOT}/{parts.path}"
        return path if _FILE_PATH.match(path) else None


def url_trusted(url: str, configured: tuple[str, ...] = ()) -> bool:
    """Return whether a URL is https on a host of the table (or below one), or has the origin of a configured URL."""
    origin = _origin(url)
    if origin is None:
        return False
    if origin in {_origin(base) for base in configured}:
        return True
    scheme, host, port = origin
    known = [name for hosts in DATA_CENTRES.values() for name in (hosts.desk, hosts.accounts)]
    return scheme == "https" and port == 443 and any(host == name or host.endswith("." + name) for name in known)


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return None
    return parts.scheme, parts.hostname, port


def _usable(url: str) -> bool:
    origin = _origin(url)
    if origin is None or urlsplit(url)._replace(scheme="", netloc="").geturl() not in {"", "/"}:
        return False
    return origin[0] == "https" or origin[1] in _LOOPBACK
