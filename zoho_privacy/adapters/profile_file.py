"""Reads and writes `portal-profile.toml`: what a probe found out about one portal. Meaning: `domain/profile.py`."""

import json
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from zoho_privacy.domain import profile
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.profile import Finding, Profile


def load(path: Path) -> Profile:
    """Return a file's profile.

    Raises:
        BadInput: It cannot be read, or is wrong; every mistake is told at once.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise BadInput("The portal profile cannot be read; check path and permissions") from None
    except tomllib.TOMLDecodeError:
        raise BadInput("The portal profile is not valid TOML") from None
    return profile.read(document)


def save(found: Profile, path: Path) -> None:
    """Write a profile, whole or not at all.

    Raises:
        BadInput: The folder cannot be written to.
    """
    partial = path.with_suffix(path.suffix + ".partial")
    try:
        partial.write_text("\n".join(_lines(found)) + "\n", "utf-8")
        partial.replace(path)
    except OSError as problem:
        raise BadInput(f"The portal profile cannot be written: {problem.strerror}") from None


def _lines(found: Profile) -> Iterator[str]:
    yield "# What this portal was found to do: `zoho-privacy probe`. See docs/portal-profile.md."
    yield f"schema = {profile.SCHEMA}"
    yield ""
    yield "[portal]"
    for name in ("org", "data_centre", "suite", "run"):
        yield f"{name} = {_text(getattr(found, name))}"
    yield f"probed = {_time(found.probed)}"
    yield ""
    yield "[behaviour]"
    yield from (f"{name} = {_text(value)}" for name, value in found.behaviour.items())
    for finding in found.findings.values():
        yield ""
        yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"# {profile.QUESTIONS[finding.name].text}"
    yield f"[findings.{finding.name}]"
    yield f"state = {_text(finding.state.value)}"
    if finding.value:
        yield f"value = {_text(finding.value)}"
    if finding.says:
        yield f"says = {_text(finding.says)}"
    if finding.at:
        yield f"at = {_time(finding.at)}"
    if finding.evidence:
        yield "evidence = ["
        for each in finding.evidence:
            parts = {"call": each.call, "status": each.status, "compared": each.compared}
            yield "  { " + ", ".join(f"{name} = {_text(value)}" for name, value in parts.items() if value) + " },"
        yield "]"


def _text(value: str) -> str:
    """Return a TOML basic string: JSON's escapes are TOML's too, DEL apart."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
