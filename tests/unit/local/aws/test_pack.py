"""What belongs into a package, and that finishing changes nothing that runs."""

import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from zoho_privacy.local.aws import pack


@pytest.mark.parametrize(
    ("name", "belongs"),
    [
        ("zoho_privacy/cloud/worker.py", True),
        ("zoho_privacy/local/health.py", True),
        ("zoho_privacy/local/demo/main.py", False),
        ("zoho_privacy/local/aws/pack.py", False),
        ("zoho_privacy/domain/__pycache__/plan.cpython-311.pyc", False),
        ("__pycache__/six.cpython-312.pyc", False),
        ("deploy/retention.toml", True),
        ("Cryptodome/Cipher/AES.py", True),
        ("Cryptodome/SelfTest/loader.py", False),
        ("selectolax/lexbor.c", False),
        ("requests-2.34.2.dist-info/METADATA", False),
        ("requests-2.34.2.dist-info/licenses/LICENSE", True),
        ("requests-2.34.2.dist-info/licenses/NOTICE.txt", True),
    ],
)
def test_what_belongs_into_a_package(name: str, *, belongs: bool) -> None:
    """A library's licence goes with it, whatever else is left out."""
    assert pack.kept(name) is belongs


def elf(names: bytes, sections: list[tuple[int, bytes]]) -> bytes:
    """Return a tiny 64-bit library: a head, the sections, their names, their table."""
    body, table = bytearray(64), []
    for offset_of_name, content in [*sections, (names.index(b".shstrtab"), names)]:
        table.append(pack.SECTION.pack(offset_of_name, 1, 0, 0, len(body), len(content), 0, 0, 1, 0))
        body += content
    body[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<Q", body, 0x28, len(body))
    struct.pack_into("<HHH", body, 0x3A, pack.SECTION.size, len(table), len(table) - 1)
    return bytes(body) + b"".join(table)


def test_only_what_debuggers_read_is_blanked() -> None:
    names = b"\0.text\0.symtab\0.strtab\0.debug_info\0.dynsym\0.shstrtab\0"
    wanted = {b".text": b"code", b".symtab": b"s" * 9, b".strtab": b"t" * 9, b".debug_info": b"d", b".dynsym": b"y" * 3}
    library = elf(names, [(names.index(name), content) for name, content in wanted.items()])
    blanked = pack.without_symbols(library)
    assert len(blanked) == len(library)
    assert b"code" in blanked
    assert b"yyy" in blanked
    assert not {b"sss", b"ttt"} & {blanked[start : start + 3] for start in range(64, len(blanked))}
    assert pack.without_symbols(blanked) == blanked
    assert pack.without_symbols(b"MZ is another kind") == b"MZ is another kind"


def a_package(place: Path) -> Path:
    package, library = place / "package.zip", place / "libraries" / "holidays"
    with zipfile.ZipFile(package, "w") as zipped:
        zipped.writestr("zoho_privacy/one.py", "def word():\n    return 'one'\n")
        zipped.writestr("zoho_privacy/rules/calendars.toml", '[calendars.us]\ncountry = "US"\n')
        zipped.writestr("zoho_privacy/local/demo/main.py", "no Python at all")
    (library / "countries").mkdir(parents=True)
    (library / "__init__.py").write_text("")
    (library / "registry.py").write_text('COUNTRIES = {"usa": ("Usa", "US", "USA"), "peru": ("Peru", "PE", "PER")}\n')
    for name, text in {"__init__": "from holidays.countries import usa, peru", "usa": "", "peru": ""}.items():
        (library / "countries" / f"{name}.py").write_text(text)
    return package


def test_a_finished_package_runs_and_is_the_same_each_time(tmp_path: Path) -> None:
    """Own sources stay beside their byte code; of a library the byte code alone, of countries those a rule names."""
    package = a_package(tmp_path)
    before = package.read_bytes()
    pack.finish(package, tmp_path / "libraries", sys.executable)
    first = package.read_bytes()
    package.write_bytes(before)
    pack.finish(package, tmp_path / "libraries", sys.executable)
    assert package.read_bytes() == first
    with zipfile.ZipFile(package) as zipped:
        held = set(zipped.namelist())
        zipped.extractall(tmp_path / "task")
    tag = sys.implementation.cache_tag
    assert held == {
        "zoho_privacy/one.py",
        f"zoho_privacy/__pycache__/one.{tag}.pyc",
        "zoho_privacy/rules/calendars.toml",
        "holidays/__init__.pyc",
        "holidays/registry.pyc",
        "holidays/countries/__init__.pyc",
        "holidays/countries/usa.pyc",
    }
    code = "import sys; sys.path[:0] = [sys.argv[1]]; import holidays.countries.usa, zoho_privacy.one as o"
    code += "; print(o.word())"
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(tmp_path / "task")], capture_output=True, text=True, check=True
    )
    assert said.stdout == "one\n"


def test_a_machine_without_the_runtimes_python_is_told_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Byte code of another version would be ignored, and made anew at each cold start."""
    assert pack.interpreter(".".join(map(str, sys.version_info[:2]))) == sys.executable
    assert pack.main([str(a_package(tmp_path)), "--python", "2.999"]) == 1
    assert "2.999" in capsys.readouterr().err
    assert os.access(sys.executable, os.X_OK)
