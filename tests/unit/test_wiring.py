"""What is installed is what is there: endpoints and tasks match their files and need nothing to be imported."""

import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from zoho_privacy.hosting.dispatch import GROUP as ENDPOINTS
from zoho_privacy.hosting.dispatch import parameters
from zoho_privacy.local.scheduler import GROUP as TASKS

ROOT = Path(__file__).parents[2]
SHARED = {"draining"}


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


@pytest.mark.parametrize("point", points(ENDPOINTS), ids=lambda point: str(point.name))
def test_every_route_carries_a_secret(point: EntryPoint) -> None:
    """Nothing is reachable by a path that anybody could write down: a hook's secret or a link's token is in it."""
    module = __import__(point.module, fromlist=["ROUTES"])
    for method, pattern in module.ROUTES:
        assert method in {"GET", "HEAD", "POST"}
        assert {"{secret}", "{token}"} & set(pattern.split("/"))


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
