"""Finishes a function's package: adds libraries, leaves out what nothing needs, ships byte code. Plain Python alone.

`python3 zoho_privacy/local/aws/pack.py PACKAGE.zip --libraries FOLDER --python 3.12` is what the template's plugin
calls once the libraries are fetched. The package that runs on this machine is made by the same rules:

- `LEFT_OUT`: tests, translations, documentation and key handling of libraries that no function reaches;
- symbols for debuggers are blanked in compiled libraries (zeros weigh nothing in an archive);
- of all countries' holidays those of `rules/calendars.toml` alone, since the library loads each that it has;
- byte code is made by the very Python that will run it, unchecked: the archive's dates are all alike, so that byte
  code which is compared with its source by date would be made anew at each cold start;
- of libraries the byte code alone is shipped, of our own code the source beside it, to be read and compared.

The same content gives the same bytes. May not: reach a network, or leave out anything of our own but `local/`'s parts
for this machine. Sources, read 2026-11: Python's compileall, zipfile and PEP 552.
"""

import argparse
import compileall
import fnmatch
import os
import py_compile
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

OURS: Final = ("zoho_privacy", "webhooks", "tasks")
LEFT_OUT: Final = (
    "*.c", "*.h", "*.md", "*.pxd", "*.pyi", "*.pyx", "*/py.typed",
    "*.dist-info/*", "__pycache__/*", "*/__pycache__/*", "*/tests/*", "bin/*",
    "requirements.txt", ".completed_requirements",
    "Cryptodome/IO/*", "Cryptodome/Math/*", "Cryptodome/PublicKey/*", "Cryptodome/SelfTest/*", "Cryptodome/Signature/*",
    "aws_lambda_powertools/event_handler/*", "aws_lambda_powertools/utilities/auth_alpha/*",
    "aws_lambda_powertools/utilities/circuit_breaker/*", "aws_lambda_powertools/utilities/data_masking/*",
    "aws_lambda_powertools/utilities/feature_flags/*", "aws_lambda_powertools/utilities/idempotency/*",
    "aws_lambda_powertools/utilities/kafka/*", "aws_lambda_powertools/utilities/parameters/*",
    "aws_lambda_powertools/metrics/provider/datadog/*", "aws_lambda_powertools/utilities/streaming/*",
    "aws_lambda_powertools/utilities/validation/*", "pydantic/mypy.py",
    "cffi/*", "dateutil/zoneinfo/*.tar.gz", "holidays/locale/*", "pycparser/*", "pydantic/v1/*",
    "urllib3/contrib/emscripten/*", "zoho_privacy/local/*",
)  # fmt: skip
"""Patterns of names in the archive. A licence stays: see `kept`. What else stays is in `NEEDED`."""

NEEDED: Final = tuple(f"zoho_privacy/local/{name}.py" for name in ("__init__", "console", "health", "portals"))
"""What the daily checks use of what is otherwise for one machine only."""

COUNTRY: Final = re.compile(r'"(\w+)": \("\w+", "([A-Z]{2})"')
MADE: Final = (1980, 1, 1, 0, 0, 0)
LEVEL: Final = 9
SECTION: Final = struct.Struct("<IIQQQQIIQQ")  # name, type, flags, address, offset, size, ...


def kept(name: str) -> bool:
    """Tell whether a member of the archive belongs into the package."""
    if ".dist-info/" in name and Path(name).name.upper().startswith(("LICEN", "NOTICE", "COPYING")):
        return True
    return name in NEEDED or not any(fnmatch.fnmatch(name, pattern) for pattern in LEFT_OUT)


def without_symbols(library: bytes) -> bytes:
    """Return a 64-bit ELF library with what only debuggers read set to zero; anything else comes back as it is."""
    if library[:6] != b"\x7fELF\x02\x01":
        return library
    (table,) = struct.unpack_from("<Q", library, 0x28)
    size, count, names = struct.unpack_from("<HHH", library, 0x3A)
    sections = [SECTION.unpack_from(library, table + size * number) for number in range(count)]
    (start_of_names,) = (section[4] for section in sections[names : names + 1])
    blanked = bytearray(library)
    for section in sections:
        begin = start_of_names + section[0]
        name = library[begin : library.index(b"\0", begin)]
        if name in {b".symtab", b".strtab"} or name.startswith(b".debug_"):
            start, length = section[4], section[5]
            blanked[start : start + length] = bytes(length)
    return bytes(blanked)


def interpreter(version: str) -> str:
    """Return a Python of this version (`3.12`, say) on this machine.

    Raises:
        LookupError: There is none; byte code of another version would be ignored at every cold start.
    """
    root = os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv"
    candidates = [sys.executable, shutil.which(f"python{version}"), shutil.which("python3")]
    candidates += sorted(str(each) for each in Path(root).glob(f"versions/{version}.*/bin/python3"))
    for each in filter(None, candidates):
        if _says(each) == version:
            return each
    raise LookupError(f"byte code for Python {version} is made by Python {version}, which is not on this machine")


def _says(python: str) -> str:
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    asked = [python, "-I", "-c", question]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603  a Python


def fewer_calendars(folder: Path) -> None:
    """Remove the countries whose holidays no rule asks for; a tenth of a second at every cold start."""
    library, rules = folder / "holidays", folder / "zoho_privacy" / "rules" / "calendars.toml"
    asked = {each.get("country") for each in tomllib.loads(rules.read_text("utf-8"))["calendars"].values()}
    known = COUNTRY.findall((library / "registry.py").read_text("utf-8"))
    wanted = {module for module, code in known if code in asked}
    for source in [*library.glob("countries/*.py"), *library.glob("financial/*.py")]:
        if source.stem == "__init__":
            source.write_text("")
        elif source.stem not in wanted:
            source.unlink()


def compile_all(folder: Path) -> None:
    """Put byte code beside each of our sources, and in the place of each other source.

    Raises:
        ValueError: A source is no Python of this version.
    """
    always = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for entry in sorted(folder.iterdir()):
        own = entry.name in OURS
        options: dict[str, Any] = {
            "quiet": 1,
            "legacy": not own,
            "invalidation_mode": always,
            "stripdir": str(folder),
        }
        if entry.is_dir():
            good = compileall.compile_dir(entry, maxlevels=30, **options)
        else:
            good = entry.suffix != ".py" or compileall.compile_file(entry, **options)
        if not good:
            raise ValueError(f"{entry.name} cannot be compiled")
        if not own:
            sources = [entry] if entry.is_file() else entry.rglob("*.py")
            for source in [each for each in sources if each.with_suffix(".pyc").is_file()]:
                source.unlink()


def write(folder: Path, package: Path) -> None:
    """Make an archive of everything in a folder; dates and order are always the same."""
    draft = package.with_name(package.name + ".part")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as zipped:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), MADE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            content = path.read_bytes()
            zipped.writestr(entry, without_symbols(content) if ".so" in path.suffixes else content)
    draft.replace(package)


def finish(package: Path, libraries: Path | None, python: str) -> None:
    """Finish an archive in its place, joined by a folder of libraries; `python` makes the byte code.

    Raises:
        subprocess.CalledProcessError: A source is no Python of that version.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with zipfile.ZipFile(package) as zipped:
            zipped.extractall(folder, [name for name in zipped.namelist() if kept(name)])
        if libraries is not None:
            root = libraries.resolve()
            found = ((path.relative_to(root).as_posix(), path) for path in root.rglob("*") if path.is_file())
            collect(found, folder)
        finish_folder(folder, python)
        write(folder, package)


def collect(files: Iterable[tuple[str, Path]], folder: Path) -> None:
    """Copy into a folder what belongs into the package, each file under the name given with it."""
    for name, source in files:
        if kept(name):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def finish_folder(folder: Path, python: str) -> None:
    """Make the byte code of a folder that holds what is kept. Raises as `finish`."""
    fewer_calendars(folder)
    subprocess.run([python, "-I", __file__, "--compile", str(folder)], check=True)  # noqa: S603  our own file


def main(argv: Iterable[str] | None = None) -> int:
    """Finish a package, or compile a folder with this very Python."""
    parser = argparse.ArgumentParser(prog="pack.py", description=__doc__.partition("\n")[0])
    parser.add_argument("package", type=Path, nargs="?", help="the archive, changed in its place")
    parser.add_argument("--libraries", type=Path, metavar="FOLDER", help="what is added to it")
    parser.add_argument("--python", default="3.12", metavar="VERSION", help="the version that will run it")
    parser.add_argument("--compile", type=Path, metavar="FOLDER", help="only make the byte code of a folder")
    args = parser.parse_args(None if argv is None else list(argv))
    if args.compile:
        compile_all(args.compile)
        return 0
    if args.package is None:
        parser.error("name the package")
    try:
        finish(args.package, args.libraries, interpreter(args.python))
    except LookupError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
