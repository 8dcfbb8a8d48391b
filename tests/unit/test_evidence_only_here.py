"""Evidence is used for nothing else (R-EVID-7): whoever reads the source finds who reads the ledger, and for what.

No decision about a request, a person or a record may rest on it: classification, proof, letters, plans, retention and
the letters' texts live below and never read an entry. A new reader is a new row here, with its purpose.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
READS: Final = frozenset({"entries", "links", "verify_all", "purged_through", "marks"})
PURPOSES: Final = {
    "zoho_privacy/workflows/evidence.py": "bundles, audit, coverage",
    "zoho_privacy/workflows/explain.py": "why: an operator or the panel asks what was done",
    "zoho_privacy/workflows/handout.py": "whom a mis-sent export concerned (R-BREACH-1)",
    "zoho_privacy/local/fate.py": "why: an operator asks what was done",
    "zoho_privacy/local/overview.py": "the operator's page of a case",
    "zoho_privacy/local/replaying.py": "a restored state takes over what was done since (R-ERASE-7)",
    "zoho_privacy/local/commands/cases.py": "an operator looks at a case",
    "zoho_privacy/local/commands/ledger.py": "an operator verifies the chain",
    "zoho_privacy/local/commands/report.py": "figures",
    "zoho_privacy/local/demo/verdict.py": "the demo checks itself",
}
OWN: Final = "zoho_privacy/workflows/ledger.py"
PACKAGE: Final = "zoho_privacy.workflows"
MODULE: Final = "zoho_privacy.workflows.ledger"


def readers() -> Iterator[str]:
    """Yield the modules that read ledger entries, through the module that keeps them or past it from the store."""
    for folder in ("zoho_privacy", "webhooks", "tasks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            source = path.read_text("utf-8")
            if name != OWN and "ledger" in source and reads(source):
                yield name


def reads(source: str) -> bool:
    """Tell whether a source reads entries."""
    nodes = list(ast.walk(ast.parse(source)))
    own = any(isinstance(node, ast.ImportFrom) and node.module == MODULE and READS & _names(node) for node in nodes)
    has = any(
        isinstance(node, ast.ImportFrom) and node.module == PACKAGE and "ledger" in _names(node) for node in nodes
    )
    return own or any(map(_past, nodes)) or (has and any(map(_asks, nodes)))


def _names(node: ast.ImportFrom) -> set[str]:
    return {each.name for each in node.names}


def _asks(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    named = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "ledger"
    return isinstance(called, ast.Attribute) and named and called.attr in READS


def _past(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(isinstance(e, ast.Constant) and e.value == "ledger" for e in node.args)


@pytest.mark.req("R-EVID-7", "R-VERIFY-10")
def test_the_ledger_is_read_to_prove_and_explain_and_for_nothing_else() -> None:
    assert set(readers()) - set(PURPOSES) == set()


@pytest.mark.req("R-EVID-7")
@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from zoho_privacy.workflows import ledger\nledger.entries(store, org)", True),
        ("from zoho_privacy.domain import ledger\nledger.purged_through(chain)", False),
        ("from zoho_privacy.workflows.ledger import entries", True),
        ("casebook.every(store, org, 'ledger')", True),
        ("from zoho_privacy.workflows import ledger\nledger.head(store, org)", False),
        ("change.log('x')", False),
    ],
)
def test_a_reader_is_seen(source: str, found: bool) -> None:  # noqa: FBT001  a table's cell
    assert reads(source) is found
