"""Puts a probe of a configured portal together: journal, receiver, tokens, department, and the file it writes."""

import secrets
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from zoho_privacy import bootstrap, config
from zoho_privacy.adapters import profile_file
from zoho_privacy.adapters.clock import HttpClock, SystemClock
from zoho_privacy.adapters.desk.client import DeskClient, connect
from zoho_privacy.adapters.sealer import AesSealer
from zoho_privacy.adapters.stores.sqlite import SqliteStore
from zoho_privacy.config import PortalConfig, Settings
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.profile import Finding, State, profile
from zoho_privacy.local.console import Exit
from zoho_privacy.local.probe import cleanup
from zoho_privacy.local.probe.connect import access, key_set, one_token, transport
from zoho_privacy.local.probe.guard import Guard
from zoho_privacy.local.probe.journal import Journal
from zoho_privacy.local.probe.lab import Lab, Notebook
from zoho_privacy.local.probe.receiver import Receiver
from zoho_privacy.local.probe.run import Means, Result, Step, run
from zoho_privacy.ports import Clock

FLOW: Final = "probe"
HANDS: Final[Mapping[str, str]] = {
    "macro": "Please run a macro that sets the field {field} on ticket #{number}, and press nothing else.",
    "customer": "Please answer ticket #{number} as its customer: a mail from {from}, [## {number} ##] in its subject.",
    "archive": "Please archive ticket #{number} in Desk.",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asks for."""

    department: str
    domain: str
    consent: Callable[[Step], bool]
    receiver: str = ""
    listen: int = 0
    second_token: str = ""
    patience_s: float = 300.0
    hand_patience_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, for people and machines."""

    org: str
    run: str
    findings: Sequence[Finding]
    left: Sequence[str]
    stopped: str
    path: Path
    writes: int
    credits: float

    @property
    def exit(self) -> Exit:
        """The exit status."""
        if self.left:
            return Exit.PERSON_NEEDED
        if self.stopped:
            return Exit.TRY_AGAIN
        return Exit.FOUND if any(each.state in {State.UNCLEAR, State.MORE_THAN} for each in self.findings) else Exit.OK

    def summary(self) -> str:
        """Return the counts as a line."""
        counts = {state: sum(each.state is state for each in self.findings) for state in State}
        return ", ".join(f"{count} {state.value}" for state, count in counts.items())

    def as_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "org": self.org,
            "run": self.run,
            "file": str(self.path),
            "findings": {
                each.name: {
                    "state": each.state.value,
                    "value": each.value,
                    "says": each.says,
                    "evidence": [str(one) for one in each.evidence],
                }
                for each in self.findings
            },
            "left": list(self.left),
            "stopped": self.stopped,
            "writes": self.writes,
            "credits": self.credits,
        }


def chosen(settings: Settings, org: str | None) -> PortalConfig:
    """Return the portal that is meant; raises BadInput where that is not clear."""
    if org is None and len(settings.portals) > 1:
        raise BadInput("several portals are configured: name one with --org")
    for portal in settings.portals:
        if org in {None, portal.org}:
            return portal
    raise BadInput("no such portal is configured")


def consents(path: Path) -> frozenset[str]:
    """Return the steps that a file consents to; raises BadInput where it cannot be read."""
    try:
        found = tomllib.loads(path.read_text("utf-8")).get("consent")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise BadInput("the consent file cannot be read as TOML") from None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise BadInput('the consent file holds one line: consent = ["records", "bin"]')
    return frozenset(found)


def probe(settings: Settings, portal: PortalConfig, wish: Wish, *, say: Callable[[str], None], out: Path) -> Outcome:
    """Probe a portal and write its profile.

    Raises:
        BadInput: The department, the domain or the file to write cannot be used; nothing was written to Desk.
    """
    _domain(wish.domain)
    client, clock = _client(settings, portal)
    department = _department(client, wish.department)
    path = journal_path(settings, portal.org)
    if left := clean_up(settings, portal, say=say):
        raise BadInput("an earlier run is not cleaned up: " + "; ".join(left))
    journal = Journal.begin(path, run=secrets.token_hex(8), department=department, domain=wish.domain)
    receiver = _receiver(portal, wish, journal)
    try:
        if receiver is not None:
            receiver.start()
        lab = _lab(client, clock, journal, say=say, wish=wish, hook_prefix=receiver.prefix if receiver else "")
        with client.credits.flow(FLOW):
            result = run(lab, _means(portal, wish, journal, receiver))
    finally:
        if receiver is not None:
            receiver.stop()
    return _written(portal, lab, result, client, out)


def _written(portal: PortalConfig, lab: Lab, result: Result, client: DeskClient, out: Path) -> Outcome:
    found = profile(
        result.findings,
        org=portal.org,
        data_centre=portal.data_centre,
        suite=suite_version(),
        probed=lab.clock(),
        run=lab.run,
    )
    profile_file.save(found, out)
    left = [each.line() for each in result.left]
    spent = client.credits.by_flow().get(FLOW, 0.0)
    return Outcome(portal.org, lab.run, result.findings, left, result.stopped, out, lab.guard.writes, spent)


def clean_up(settings: Settings, portal: PortalConfig, *, say: Callable[[str], None]) -> list[str]:
    """Remove what an earlier run left; return what could not be removed."""
    journal = Journal.load(journal_path(settings, portal.org))
    if journal is None:
        return []
    say("cleaning up after an earlier run")
    client, clock = _client(settings, portal)
    lab = _lab(client, clock, journal, say=say, wish=None)
    return [each.line() for each in cleanup.clean(lab)]


def suite_version() -> str:
    """Return the version of the suite that is installed, `unknown` in a checkout that is not."""
    try:
        return metadata.version("zoho-privacy")
    except metadata.PackageNotFoundError:
        return "unknown"


def journal_path(settings: Settings, org: str) -> Path:
    """Return where a portal's journal lies."""
    return settings.state_dir / f"probe-{org}.jsonl"


def _client(settings: Settings, portal: PortalConfig) -> tuple[DeskClient, Clock]:
    bootstrap.make_state_dir(settings)
    store = SqliteStore(settings.state_dir / bootstrap.DATABASE, timeout_s=bootstrap.LOCK_WAIT_S)
    clock: Clock = HttpClock(settings.clock_url) if settings.clock_url else SystemClock()
    sealer = AesSealer(settings.key())
    return connect(bootstrap.desk_config(portal), store=store, sealer=sealer, clock=clock), clock


def _lab(
    client: DeskClient,
    clock: Clock,
    journal: Journal,
    *,
    say: Callable[[str], None],
    wish: Wish | None,
    hook_prefix: str = "",
) -> Lab:
    def hand(what: str, about: Mapping[str, str]) -> None:
        say("  " + HANDS[what].format_map(about))

    guard = Guard(client.transport, journal, hook_prefix=hook_prefix)
    lab = Lab(guard, Notebook(clock.now), clock.now, time.sleep, say, hand)
    return replace(lab, patience_s=wish.patience_s, hand_patience_s=wish.hand_patience_s) if wish else lab


def _means(portal: PortalConfig, wish: Wish, journal: Journal, receiver: Receiver | None) -> Means:
    config_ = bootstrap.desk_config(portal)
    renew, alive = access(config_)
    other = transport(config_, token=one_token(config_, wish.second_token)) if wish.second_token else None
    return Means(
        org=portal.org,
        config=config_,
        consent=wish.consent,
        sender=portal.from_address,
        receiver=receiver,
        key_set=key_set(config_),
        other=Guard(other, journal) if other else None,
        renew=renew,
        alive=alive,
    )


def _receiver(portal: PortalConfig, wish: Wish, journal: Journal) -> Receiver | None:
    """Return a receiver that Desk can reach: on this machine where Desk is, else behind the operator's proxy."""
    near = portal.desk_url is not None and config.is_loopback(portal.desk_url)
    if not near and not wish.receiver:
        return None
    return Receiver(
        lambda record: record in journal.made, secrets.token_urlsafe(18), port=wish.listen, public=wish.receiver
    )


def _department(client: DeskClient, wanted: str) -> str:
    """Return the test department's id, by id or name; raises BadInput where it is none, or not enabled."""
    found = [each for each in client.departments() if wanted in {each.id, each.name}]
    if len(found) != 1 or not found[0].enabled:
        raise BadInput("--department names no enabled department")
    return found[0].id


def _domain(name: str) -> None:
    labels = name.split(".")
    if not (len(labels) > 1 and all(part.isascii() and part.replace("-", "").isalnum() for part in labels)):
        raise BadInput("--domain is no domain name")
