"""Which tests cite which requirement, read from their source; a suite that was installed without them has none."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from zoho_privacy.domain.errors import BadInput

MARK: Final = "req"
CALL: Final = b".req("
BESIDE: Final = Path(__file__).resolve().parents[2] / "tests"
OURS: Final = "unit/test_policy_map.py"


def beside() -> Path | None:
    """Return the tests of a checkout, None where the suite stands alone."""
    return BESIDE if (BESIDE / OURS).is_file() else None


def proofs(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Return the tests below a folder by what they cite, as `path::name`, or as `path` where the whole file cites it.

    Raises:
        BadInput: A file cannot be read, or is no Python.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        try:
            source = path.read_bytes()
            tree = ast.parse(source if CALL in source else b"")
        except (OSError, SyntaxError, ValueError):
            raise BadInput(f"{path.relative_to(folder)} cannot be read") from None
        for node in tree.body:
            name = f"::{node.name}" if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""
            for requirement in dict.fromkeys(_cited(node)):
                found[requirement].append(path.relative_to(folder).as_posix() + name)
    return {name: tuple(tests) for name, tests in sorted(found.items())}


def _cited(node: ast.stmt) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == MARK:
            for argument in each.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value
