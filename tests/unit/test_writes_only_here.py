"""One gate: whoever reads the source finds no second way to change anything in a desk (R-HOLD-4).

Every method of the DeskWriter port is looked for in every module. A module that names one, on anything but a module of
its own, must be the gate or the adapter behind it.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final, get_type_hints

import pytest

from zoho_privacy.ports import DeskReader, DeskWriter
from zoho_privacy.workflows.context import App, Desk
from zoho_privacy.workflows.writes import Writes

ROOT: Final = Path(__file__).parents[2]
WRITES: Final = frozenset(name for name in vars(DeskWriter) if not name.startswith("_"))
GATE: Final = "zoho_privacy/workflows/writes.py"
PART_OF_IT: Final = "zoho_privacy/workflows/twins.py"  # writes a ticket anew; the gate alone calls it, test below
INSIDE: Final = frozenset({GATE, PART_OF_IT})
BEHIND_IT: Final = "zoho_privacy/adapters/desk/"
BUILDS_IT: Final = "zoho_privacy/bootstrap.py"
BY_NAME: Final = {"getattr", "attrgetter", "methodcaller"}
NAMES_THE_PORT: Final = {*INSIDE, "zoho_privacy/ports.py"}


def modules() -> list[str]:
    """Return every module that runs in the suite."""
    places = (path for folder in ("zoho_privacy", "webhooks", "tasks") for path in (ROOT / folder).rglob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in places)


def uses(source: str) -> Iterator[str]:
    """Yield what a source does with a writer: `.trash_tickets`, `.writer`, the port's name, a method asked for by name.

    A function of that name in a module (`ledger.purge`) is something else; so is a method that a class defines.
    """
    tree = ast.parse(source)
    imported = {alias.asname or alias.name for node in ast.walk(tree) for alias in _imports(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {*WRITES, "writer"}:
            if not (isinstance(node.value, ast.Name) and node.value.id in imported):
                yield f".{node.attr}"
        elif isinstance(node, ast.Name) and node.id == "DeskWriter":
            yield "DeskWriter"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BY_NAME:
            yield from (f"'{arg.value}'" for arg in node.args if isinstance(arg, ast.Constant) and arg.value in WRITES)


def _imports(node: ast.AST) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import | ast.ImportFrom) else []


@pytest.mark.req("R-HOLD-4")
@pytest.mark.parametrize(
    "module", [each for each in modules() if each not in INSIDE and not each.startswith(BEHIND_IT)]
)
def test_nobody_else_writes_into_a_desk(module: str) -> None:
    found = set(uses((ROOT / module).read_text("utf-8")))
    assert not found - ({"DeskWriter"} if module in NAMES_THE_PORT else set())


@pytest.mark.req("R-HOLD-4")
def test_the_gate_uses_every_way_there_is() -> None:
    """A method that the gate does not use would be a way that nobody needs."""
    used = {each.removeprefix(".") for module in INSIDE for each in uses((ROOT / module).read_text("utf-8"))}
    assert used >= WRITES


@pytest.mark.req("R-HOLD-4")
def test_only_the_gate_lets_a_ticket_be_written_anew() -> None:
    named = [module for module in modules() if re.search(r"\bTwins\b", (ROOT / module).read_text("utf-8"))]
    assert sorted(named) == sorted(INSIDE)


@pytest.mark.req("R-HOLD-4")
def test_nothing_that_workflows_are_given_is_a_writer() -> None:
    """They get a reader, whose port has no way to write, and the gate, which does not show what it holds."""
    assert not WRITES & set(vars(DeskReader))
    assert get_type_hints(Desk)["read"] is DeskReader
    assert get_type_hints(Desk)["write"] is Writes
    assert DeskWriter not in {*get_type_hints(Desk).values(), *get_type_hints(App).values()}
    assert [each.name for each in fields(Writes) if get_type_hints(Writes)[each.name] is DeskWriter] == ["writer"]
    assert "writer" not in repr([each for each in fields(Writes) if each.repr])


def test_it_is_put_together_in_one_place() -> None:
    builders = [module for module in modules() if "Writes(" in (ROOT / module).read_text("utf-8")]
    assert [module for module in builders if module != GATE] == [BUILDS_IT]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("app.desks[org].write.writer.purge(ids)", {".purge", ".writer"}),
        ("desk.read.trash_tickets([1])", {".trash_tickets"}),
        ("act = desk.read.send_reply", {".send_reply"}),
        ("getattr(client, 'delete_comment')(1, 2)", {"'delete_comment'"}),
        ("from zoho_privacy.ports import DeskWriter\nheld: DeskWriter", {"DeskWriter"}),
        ("from zoho_privacy.workflows import ledger\nledger.purge(store)", set()),
        ("desk.read.ticket(1)", set()),
    ],
)
def test_the_search_finds_what_it_is_for(source: str, found: set[str]) -> None:
    assert set(uses(source)) == found
