"""The package of a stage for this very machine, from what is installed here, and what Lambda's runtime brings.

A deployed package holds libraries compiled for another processor. Here the same sources, finished by the same rules
(`pack`), are joined by the same libraries as this environment has them, so that the archive's content runs: unpacked,
without the source tree and without this environment's other packages. `runtime_folder` holds what the runtime itself
brings: boto3 and the interface client. Nothing is fetched. May not be imported by anything that is deployed.
"""

import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from packaging.requirements import Requirement

import zoho_privacy
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.local.aws import pack

ROOT: Final = Path(zoho_privacy.__file__).parents[1]
TEMPLATE: Final = ROOT / "serverless.yml"
REQUIREMENTS: Final = ROOT / "deploy" / "requirements.txt"
RUNTIME: Final = ("boto3", "awslambdaric")
ALSO: Final = "deploy/*.toml"


def build(package: Path) -> None:
    """Make the package for this machine.

    Raises:
        BadInput: This is no checkout of the project, or a library is not installed.
    """
    if not REQUIREMENTS.is_file():
        raise BadInput("a stage on this machine needs the project's own folder: serverless.yml, deploy/")
    wanted = [Requirement(line) for line in REQUIREMENTS.read_text("utf-8").splitlines() if _says_something(line)]
    with TemporaryDirectory() as place:
        folder = Path(place)
        pack.collect(own(), folder)
        for each in closure(wanted):
            pack.collect(_files(each), folder)
        pack.finish_folder(folder, sys.executable)
        pack.write(folder, package)


def unpack(package: Path, folder: Path) -> Path:
    """Unpack a package into an empty folder, as Lambda does, and return the folder."""
    with zipfile.ZipFile(package) as zipped:
        zipped.extractall(folder)
    return folder


def runtime_folder(folder: Path) -> Path:
    """Let an empty folder hold what the runtime brings, by links into this environment, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in closure([Requirement(name) for name in RUNTIME]):
        for name, source in _files(each):
            top = Path(name).parts[0]
            link = folder / top
            if not link.exists() and not top.endswith(".dist-info"):
                link.symlink_to(source.parents[len(Path(name).parts) - 2] if len(Path(name).parts) > 1 else source)
    return folder


def closure(wanted: Iterable[Requirement]) -> list[Distribution]:
    """Return the installed libraries that these need, each once.

    Raises:
        BadInput: One of them is not installed.
    """
    found: dict[str, Distribution] = {}
    todo = [(each, frozenset(each.extras)) for each in wanted]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        each, extras = todo.pop()
        if (each.name.lower(), extras) in seen:
            continue
        seen.add((each.name.lower(), extras))
        found.setdefault(each.name.lower(), _installed(each.name))
        for line in found[each.name.lower()].requires or ():
            inner = Requirement(line)
            asked = [{"extra": extra} for extra in (*extras, "")]
            if inner.marker is None or any(inner.marker.evaluate(one) for one in asked):
                todo.append((inner, frozenset(inner.extras)))
    return list(found.values())


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except ModuleNotFoundError:
        raise BadInput(f"{name} is not installed here: pip install -e '.[aws,aws-emulated]'") from None


def _files(library: Distribution) -> Iterator[tuple[str, Path]]:
    for each in library.files or ():
        name = each.as_posix()
        if not name.startswith("..") and not name.endswith((".pyc", ".pth")):
            yield name, Path(str(library.locate_file(each)))


def own() -> Iterator[tuple[str, Path]]:
    """Return what of the project itself may be deployed, by its name in the package."""
    for folder in pack.OURS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                yield path.relative_to(ROOT).as_posix(), path
    for path in ROOT.glob(ALSO):
        yield path.relative_to(ROOT).as_posix(), path


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")
