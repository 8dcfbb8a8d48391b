"""The documents say what the code does: tables, states, errors, commands, links, and nothing that belongs elsewhere."""

import re
import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.unit.adapters.desk.test_calls import BUILT
from zoho_emulator.desk.routes import all_routes
from zoho_privacy import bootstrap
from zoho_privacy.domain import errors, sheet, tags
from zoho_privacy.domain.machine import Event
from zoho_privacy.domain.model import State
from zoho_privacy.local import cli, recipes
from zoho_privacy.workflows.commands import NARROWED, WORDED

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
OURS: Final = ("zoho_privacy", "zoho_emulator", "webhooks", "tasks", "tests", "docs", "benchmarks", ".ci", ".github")
TEXT: Final = {".md", ".py", ".toml", ".html", ".yaml", ".yml", ".json", ".cfg", ".txt", ""}


def tracked() -> Iterator[Path]:
    """Yield the project's own texts, without what tools leave beside them."""
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in TEXT)
    for folder in OURS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
                yield path


def read(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def pages() -> list[Path]:
    return sorted(path for path in tracked() if path.suffix == ".md")


def decisions() -> list[Path]:
    return sorted((DOCS / "decisions").glob("*.md"))


def sources(*folders: str) -> str:
    return "\n".join(read(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))


def slug(heading: str) -> str:
    """Return the anchor that a heading gets where the pages are shown."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def names(page: Path) -> set[str]:
    return set(re.findall(r"`([^`\s]+)`", read(page)))


@pytest.mark.req("R-DEV-1")
def test_the_readme_shows_both_commands() -> None:
    text = read(ROOT / "README.md")
    assert "    python3 -m zoho_privacy demo\n" in text
    assert "    python3 -m tests\n" in text


def test_the_page_of_states_is_drawn_from_the_table() -> None:
    assert read(DOCS / "states.md") == runpy.run_path(str(DOCS / "states.py"))["document"](), "run `make states`"


@pytest.mark.req("R-TAG-2", "R-MACRO-1")
def test_the_page_of_macros_is_printed_from_the_commands() -> None:
    """Every command has its recipe, whose note holds every word the command asks for."""
    assert read(DOCS / "macros.md") == recipes.page(), "run `make states`"
    assert set(recipes.RECIPES) == set(tags.Command)
    for command, recipe in recipes.RECIPES.items():
        assert bool(recipe.note) is (command in WORDED | NARROWED), command
        words = sheet.read("\n".join(recipe.note))
        assert len(words) == len(recipe.note), f"{command}: a line of the note is not read"


@pytest.mark.req("R-TAG-1")
def test_every_state_event_and_tag_is_documented() -> None:
    shown = names(DOCS / "states.md")
    assert {state.value for state in State} <= shown
    assert {event.value for event in Event} <= shown
    assert shown >= tags.VOCABULARY


@pytest.mark.req("R-TAG-2")
@pytest.mark.parametrize("page", ["README.md", "docs/runbook.md"])
def test_every_value_of_the_action_field_is_told_with_the_fields(page: str) -> None:
    """A macro that sets another word is refused, so the words must be there to copy."""
    text = read(ROOT / page)
    assert [command.value for command in tags.Command if f"`{command.value}`" not in text] == []
    assert tags.ACTION_FIELD in text
    assert tags.STATE_FIELD in text


@pytest.mark.req("R-SEC-2")
def test_the_scopes_asked_for_are_those_that_our_calls_need() -> None:
    """One too few and a call fails in the middle; one too many is a power nobody needs."""
    routes = [
        (route.method, re.compile(re.sub(r"<id:[^>]*>", "[^/]+", route.path), re.IGNORECASE), route.scopes)
        for route in all_routes()
    ]
    calls = [call for built in BUILT.values() for call in built]
    needed = {
        scope
        for call in calls
        for method, path, scopes in routes
        if method == call.method and path.fullmatch(call.path)
        for scope in scopes
    }
    asked = re.findall(r"\bDesk\.[\w.]+", read(DOCS / "runbook.md"))
    assert sorted(asked) == sorted(needed)


def test_every_error_stands_in_its_tree_and_in_the_runbook() -> None:
    found = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.ZohoPrivacyError)
    }
    assert {name for name in found if not re.search(rf"\b{name}\b", errors.__doc__ or "")} == set()
    assert found - names(DOCS / "runbook.md") == set()


def test_every_command_is_mentioned() -> None:
    text = read(DOCS / "runbook.md")
    table = text[text.index("## Commands") : text.index("## Retention")]
    wanted = {name.replace("_", "-") for name in cli.available()}
    assert {name for name in wanted if not re.search(rf"`(?:zoho-privacy )?{name}`", table)} == set()


TABLES: Final = (
    r"\b(?:put|put_once|_write)\(\s*\"([a-z_]+)\"",
    r"\bItem\([\w.]+, \"([a-z_]+)\"",
    r"^(?:\w*TABLE|TOKENS|EVENT|DEAD|DEAD_LETTER): Final = \"([a-z_]+)\"",
)


def stored() -> set[str]:
    code = sources("zoho_privacy/workflows", "zoho_privacy/adapters", "zoho_privacy/local", "webhooks", "tasks")
    return {name for pattern in TABLES for name in re.findall(pattern, code, re.MULTILINE)}


@pytest.mark.req("R-SCOPE-2", "R-EVID-5")
def test_every_table_of_the_store_is_in_the_data_map() -> None:
    """Whoever stores something new says whose it is and when it ends."""
    assert {"case", "event", "challenge", "export", "ledger", "pin", "desk_tokens"} <= stored()
    assert stored() - names(DOCS / "data-map.md") == set()


def test_every_row_of_the_data_map_is_a_table() -> None:
    text = read(DOCS / "data-map.md")
    part = text[text.index("## In the suite's store") : text.index("## In the suite's files")]
    shown = {name for row in re.findall(r"^\| (`.*?) \|", part, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert shown - stored() == set()


def test_every_place_for_files_is_in_the_data_map() -> None:
    text = read(DOCS / "data-map.md")
    inside_an_export = {"files", "parts"}
    paths_of_desk = {"contacts"}
    folders = set(re.findall(r"f\"([a-z-]+)/\{", sources("zoho_privacy/workflows"))) - inside_an_export - paths_of_desk
    assert {"plans", "exports", "dead-letters"} <= folders
    assert {f for f in folders if f"`{bootstrap.FILES}/{f}/`" not in text} == set()
    assert {name for name in (bootstrap.DATABASE, bootstrap.ANCHORS) if f"`{name}`" not in text} == set()


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = {name for name in names(DOCS / "threat-model.md") if name.startswith("test_")}
    known = set(re.findall(r"^def (test_\w+)", sources("tests"), re.MULTILINE))
    assert len(named) > 20
    assert named - known == set()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    wanted = {re.split(r"[>=<~ ]", line)[0] for line in (*project["dependencies"], *extras["local"])}
    wanted |= {re.split(r"[>=<~ ]", line)[0] for line in extras["emulator"]}
    page = read(DOCS / "decisions" / "0011-dependencies.md")
    assert {name for name in wanted if not re.search(rf"^\| `{re.escape(name)}`", page, re.MULTILINE)} == set()


@pytest.mark.parametrize("page", decisions(), ids=lambda page: page.stem)
def test_a_decision_says_why_what_and_what_follows(page: Path) -> None:
    text = read(page)
    assert re.search(r"^# \d{4}\b", text)
    assert re.search(r"^Status: \w+", text, re.MULTILINE)
    assert [part for part in ("Context", "Decision", "Consequences") if f"\n## {part}\n" not in text] == []
    assert f"decisions/{page.name}" in read(DOCS / "README.md")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        place, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = (page.parent / place) if place else page
        heads = {slug(h) for h in re.findall(r"^#+ (.*)$", read(there), re.MULTILINE)} if there.is_file() else set()
        if not there.exists() or (anchor and anchor not in heads):
            broken.append(target)
    assert broken == []


ELSEWHERE: Final = {
    "a machine's own path": r"(?<![\w.])/(?:wor[k]|roo[t])/\w",
    "an issue's number": r"(?i)\b(?:issue|issues|pull request|PR|GH|fixes|closes|refs)[ -]?[#]\d+",
    "a package registry": r"(?i)\b(?:pypi\.or[g]|pythonhosted\.or[g]|npmjs\.co[m]|crates\.i[o])",
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_the_project_speaks_of_itself_alone(what: str) -> None:
    found = [str(path.relative_to(ROOT)) for path in tracked() if re.search(ELSEWHERE[what], read(path))]
    assert found == []
