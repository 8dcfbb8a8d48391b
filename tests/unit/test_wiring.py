"""What is installed is what is there: endpoints and tasks match their files and need nothing to be imported."""

import inspect
import re
import subprocess
import sys
import tomllib
from datetime import timedelta
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

import pytest

from tests.fakes.receiving import make
from zoho_privacy.hosting.dispatch import GROUP as ENDPOINTS
from zoho_privacy.hosting.dispatch import parameters
from zoho_privacy.hosting.http import Request
from zoho_privacy.local.scheduler import GROUP as TASKS

ROOT = Path(__file__).parents[2]
SHARED = {"draining"}
REQUIREMENTS: Final = ROOT.parent / "shared" / "privacy-requirements.md"
CITED: Final = re.compile(r"\bR-[A-Z]+-\d+\b")


def points(group: str) -> list[EntryPoint]:
    return sorted(entry_points(group=group), key=lambda each: each.name)


def files(folder: str) -> set[str]:
    return {f"{folder}.{path.stem}" for path in (ROOT / folder).glob("*.py") if not path.stem.startswith("_")} - {
        f"{folder}.{name}" for name in SHARED
    }


@pytest.mark.parametrize(("group", "folder", "function"), [(ENDPOINTS, "webhooks", "handle"), (TASKS, "tasks", "run")])
def test_every_file_is_installed_and_everything_installed_is_a_file(group: str, folder: str, function: str) -> None:
    assert {point.module for point in points(group)} == files(folder)
    assert {point.attr for point in points(group)} == {function}


def test_what_pyproject_names_is_what_is_installed_and_can_be_called() -> None:
    """A stale installation would run yesterday's handlers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for group in (ENDPOINTS, TASKS):
        assert {point.name: point.value for point in points(group)} == project["entry-points"][group]
    for target in project["scripts"].values():
        module, _, function = target.partition(":")
        assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("point", points(TASKS), ids=lambda point: str(point.name))
def test_every_task_says_how_often_and_can_be_rehearsed(point: EntryPoint) -> None:
    module = import_module(point.module)
    assert isinstance(module.EVERY, timedelta)
    assert timedelta(0) < module.EVERY <= timedelta(days=1)
    first, *rest = inspect.signature(point.load()).parameters.values()
    assert first.name == "app"
    assert [each.name for each in rest if each.kind is each.KEYWORD_ONLY] == ["dry_run"]


@pytest.mark.shared
def test_every_requirement_that_is_cited_exists() -> None:
    """An id that nobody can look up proves nothing."""
    if not REQUIREMENTS.is_file():
        pytest.skip("the requirements are not beside the project")
    known = set(CITED.findall(REQUIREMENTS.read_text("utf-8")))
    folders = ("zoho_privacy", "webhooks", "tasks", "tests", "docs")
    files = [path for name in folders for path in (ROOT / name).rglob("*") if path.suffix in {".py", ".toml", ".md"}]
    cited = {found: path.name for path in files for found in CITED.findall(path.read_text("utf-8"))}
    assert {found: name for found, name in cited.items() if found not in known} == {}
    assert len(cited) > 100


@pytest.mark.parametrize("point", points(ENDPOINTS), ids=lambda point: str(point.name))
def test_every_route_carries_a_secret(point: EntryPoint) -> None:
    """Nothing is reachable by a path that anybody could write down: a secret or a token is in it, or a key is asked."""
    module = import_module(point.module)
    for method, pattern in module.ROUTES:
        assert method in {"GET", "HEAD", "POST"}
        if not {"{secret}", "{token}"} & set(pattern.split("/")):
            path = pattern.replace("{org}", "60001").replace("{ticket}", "1")
            assert module.handle(Request(method, path), make().app).status == 401


@pytest.mark.parametrize("point", points(ENDPOINTS) + points(TASKS), ids=lambda point: str(point.name))
def test_importing_needs_no_environment_and_touches_nothing(point: EntryPoint, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import {point.module}"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("/a/{x}", "/a/1", {"x": "1"}),
        ("/a/{x}", "/a/", None),
        ("/a/{x}", "/a/1/", None),
        ("/a/{x}", "/a/1/2", None),
        ("/a/{x}/b", "/a/%2F/b", {"x": "%2F"}),
        ("/a", "/A", None),
        ("/", "/", {}),
    ],
)
def test_patterns_fit_whole_paths(pattern: str, path: str, found: dict[str, str] | None) -> None:
    assert parameters(pattern, path) == found
