import pytest

from tests.unit.adapters.desk.conftest import config
from zoho_privacy.adapters.desk.hosts import DATA_CENTRES, url_trusted
from zoho_privacy.domain.errors import BadInput


@pytest.mark.req("R-SEC-1", "R-SEC-3")
@pytest.mark.parametrize(
    "url",
    [
        "https://desk.zoho.com.evil.example/api/v1/tickets",
        "https://evildesk.zoho.com/api/v1",
        "https://desk-zoho.com/",
        "https://zoho.com/",
        "https://www.zohoapis.eu/api/v1",
        "https://desk.zoho.ca/api/v1",
        "http://desk.zoho.eu/api/v1",
        "https://desk.zoho.eu:8443/api/v1",
        "https://desk.zoho.eu@evil.example/",
        "https://user:pass@desk.zoho.eu/",
        "//desk.zoho.eu/api/v1",
        "https:///api/v1",
        "https://[::1/",
        "ftp://desk.zoho.eu/",
        "",
    ],
)
def test_a_token_goes_nowhere_else(url: str) -> None:
    """Look-alike hosts are how a bearer token is stolen."""
    assert not url_trusted(url)
    assert not config().trusts(url)


@pytest.mark.parametrize("hosts", DATA_CENTRES.values(), ids=list(DATA_CENTRES))
def test_every_host_of_the_table_is_trusted(hosts: object) -> None:
    for name in (hosts.desk, hosts.accounts):  # type: ignore[attr-defined]  # parametrised value
        assert url_trusted(f"https://{name}/api/v1/tickets")
        assert url_trusted(f"https://files.{name}/x")


def test_a_configured_base_is_trusted_by_its_whole_origin() -> None:
    desk = config(desk_url="http://127.0.0.1:9100")
    assert desk.trusts("http://127.0.0.1:9100/api/v1/tickets")
    assert not desk.trusts("http://127.0.0.1:9101/api/v1/tickets")
    assert not desk.trusts("https://127.0.0.1:9100/api/v1/tickets")


@pytest.mark.parametrize(
    "changes",
    [
        {"org": "sixty"},
        {"org": ""},
        {"data_centre": "mars"},
        {"in_flight": 0},
        {"read_timeout_s": 0},
        {"desk_url": "http://desk.example.com"},
        {"desk_url": "https://desk.example.com/some/path"},
        {"accounts_url": "accounts.example.com"},
        {"accounts_url": "https://u:p@accounts.example.com"},
    ],
)
def test_unusable_settings_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        config(**changes)


@pytest.mark.req("R-SEC-8")
def test_secrets_do_not_show() -> None:
    assert "planted" not in repr(config())


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("https://desk.zoho.com/api/v1/tickets/1/attachments/2/content", "/api/v1/tickets/1/attachments/2/content"),
        ("https://desk.zoho.eu/api/v1/uploads/7/contents?orgId=1", "/api/v1/uploads/7/contents"),
        ("/api/v1/tickets/1/threads/3/attachments/2/content", "/api/v1/tickets/1/threads/3/attachments/2/content"),
        ("tickets/1/comments/3/attachments/2/content", "/api/v1/tickets/1/comments/3/attachments/2/content"),
        ("https://evil.example/api/v1/tickets/1/attachments/2/content", None),
        ("//evil.example/api/v1/tickets/1", None),
        ("https://desk.zoho.eu/oauth/v2/token", None),
        ("https://desk.zoho.eu/api/v1/tickets/../../oauth/v2/token", None),
        ("https://desk.zoho.eu/api/v1/tickets/%2e%2e/x", None),
        ("", None),
    ],
)
def test_a_file_is_fetched_from_the_configured_host_only(href: str, path: str | None) -> None:
    """Desk's links may name another data centre's host, or somebody else's: only the path survives."""
    assert config(desk_url="http://127.0.0.1:9100").file_path(href) == path
