"""Finds the plug-ins that are installed: packages that offer a source under the entry point group below.

An installed package is not asked by that alone: the operator names it in the portal's settings. An entry point is a
function of the portal's organisation id that returns a `Source`; where its own settings come from is its own affair.
"""

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.ports import Source

GROUP: Final = "zoho_privacy.sources"


def installed() -> dict[str, EntryPoint]:
    """Return the sources that installed packages offer, by name."""
    return {each.name: each for each in entry_points(group=GROUP)}


def load(org: str, names: Iterable[str], offered: dict[str, EntryPoint] | None = None) -> tuple[Source, ...]:
    """Return the named sources of a portal, in order of their names.

    Raises:
        BadInput: One is not installed, cannot be loaded, or calls itself otherwise.
    """
    known = installed() if offered is None else offered
    return tuple(_source(org, name, known) for name in sorted(set(names)))


def _source(org: str, name: str, known: dict[str, EntryPoint]) -> Source:
    if name not in known:
        raise BadInput(f"sources: {name} is not installed; there are: {', '.join(sorted(known)) or 'none'}")
    try:
        source: Source = known[name].load()(org)
    except Exception as problem:  # noqa: BLE001  a plug-in may fail in any way, and its text may hold anything
        raise BadInput(f"sources: {name} cannot be loaded: {type(problem).__name__}") from None
    if source.describe().name != name:
        raise BadInput(f"sources: {name} calls itself {source.describe().name}")
    return source
