"""The stage as it would be deployed: packaged without an account, for another processor, judged by cfn-lint.

Once a run: the libraries come from the package index, from then on from the packer's own cache.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Final

import pytest
import yaml

from zoho_privacy.local.aws import machine, pack

pytestmark = pytest.mark.timeout(900)  # a first run fetches the libraries

ROOT: Final = Path(__file__).parents[3]
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zoho-privacy" / "osls"
SERVERLESS: Final = CACHE / "node_modules" / "osls" / "bin" / "serverless.js"

CHECKOV: Final = CACHE.with_name("checkov") / "bin" / "checkov"
MOST_BYTES: Final = 15_000_000
FOR: Final = "3.12"
UNCHECKED: Final = 0b01

BY_THE_FRAMEWORK: Final = {"W3005"}
"""Its DependsOn beside a reference to the same resource: superfluous, harmless, and not ours to write."""


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `osls package` makes of the template, in a copy of the project."""
    node = shutil.which("node")
    if node is None or not SERVERLESS.is_file():
        pytest.skip("node and osls are not installed: .ci/run puts them into the cache")
    try:
        pack.interpreter(FOR)
    except LookupError as problem:
        pytest.skip(str(problem))
    place = tmp_path_factory.mktemp("package")
    shutil.copy(ROOT / "serverless.yml", place)
    for folder in (*pack.OURS, "deploy"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (place / "node_modules").symlink_to(CACHE / "node_modules")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ZOHO_PRIVACY_"))}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{environment['PATH']}", "SLS_TELEMETRY_DISABLED": "1"}
    command = [node, str(SERVERLESS), "package", "--stage", "test", "--package", "out"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return place / "out"


@pytest.mark.req("R-DEV-2")
def test_cloudformation_finds_nothing_wrong(packaged: Path) -> None:
    template = packaged / "cloudformation-template-update-stack.json"
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", str(template)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)
    found = [(each["Rule"]["Id"], each["Message"]) for each in json.loads(done.stdout)]
    assert [each for each in found if each[0] not in BY_THE_FRAMEWORK] == []
    known = json.loads(template.read_text("utf-8"))["Resources"]
    written = json.loads((packaged / "serverless-state.json").read_text("utf-8"))["service"]["functions"]
    assert len([each for each in known.values() if each["Type"] == "AWS::Lambda::Function"]) == len(written)
    assert {
        each["Properties"]["RetentionInDays"] for each in known.values() if each["Type"] == "AWS::Logs::LogGroup"
    } == {30}
    assert "IamRoleLambdaExecution" not in known, "every function has a role of its own"


@pytest.mark.req("R-SEC-1", "R-SEC-2")
def test_what_a_security_checker_finds_has_a_written_reason(packaged: Path) -> None:
    """Every finding, whatever its weight: offline the checker knows no weights."""
    if not CHECKOV.is_file():
        pytest.skip("checkov is not installed: .ci/run puts it into the cache")
    template = packaged / "cloudformation-template-update-stack.json"
    options = ["--framework", "cloudformation", "--output", "json", "--quiet", "--compact", "--skip-download"]
    done = subprocess.run([CHECKOV, "-f", template, *options], capture_output=True, text=True, timeout=400, check=False)
    told = json.loads(done.stdout)
    assert told["summary"]["parsing_errors"] == 0
    assert told["summary"]["passed"] > 50
    found: dict[str, set[str]] = {}
    for each in told["results"]["failed_checks"]:
        found.setdefault(each["check_id"], set()).add(each["resource"].rpartition(".")[2])
    written = yaml.safe_load((ROOT / "deploy" / "findings.yml").read_text("utf-8"))
    assert all(len(each["reason"]) > 40 for each in written.values())
    assert found == {name: set(each["resources"]) for name, each in written.items()}


@pytest.fixture(scope="module")
def held(packaged: Path) -> dict[str, zipfile.ZipInfo]:
    with zipfile.ZipFile(packaged / "zoho-privacy.zip") as zipped:
        return {each.filename: each for each in zipped.infolist()}


def test_the_package_is_small_and_holds_what_another_processor_runs(packaged: Path) -> None:
    """Fifteen megabytes without the CRM choice; compiled libraries are those of the functions' processor."""
    package = packaged / "zoho-privacy.zip"
    assert package.stat().st_size <= MOST_BYTES
    with zipfile.ZipFile(package) as zipped:
        libraries = [name for name in zipped.namelist() if ".so" in Path(name).suffixes]
        machines = {int.from_bytes(zipped.read(name)[18:20], "little") for name in libraries}
    assert machines == {183}, "the ELF number of 64-bit ARM"
    assert len(libraries) > 5


def test_the_package_holds_the_suite_and_nothing_of_its_workshop(held: dict[str, zipfile.ZipInfo]) -> None:
    assert {"zoho_privacy/cloud/receiver.py", "webhooks/desk.py", "tasks/sweep.py"} <= set(held)
    assert "zoho_privacy/rules/pages/page.html" in held
    assert not [name for name in held if not pack.kept(name) and not name.endswith(".pyc")]
    libraries = {name.partition("/")[0] for name in held}
    assert not libraries & {"boto3", "botocore", "moto", "flask", "zoho_emulator", "tests", "zcrmsdk"}
    assert {each.date_time for each in held.values()} == {pack.MADE}


def test_byte_code_is_shipped_for_the_runtime_and_never_checked(
    packaged: Path, held: dict[str, zipfile.ZipInfo]
) -> None:
    """What is compared with its source by date is made anew at each cold start: in an archive all dates are alike."""
    template = json.loads((packaged / "cloudformation-template-update-stack.json").read_text("utf-8"))["Resources"]
    runtimes = {e["Properties"]["Runtime"] for e in template.values() if e["Type"] == "AWS::Lambda::Function"}
    assert runtimes == {f"python{FOR}"}
    sources = [name for name in held if name.endswith(".py")]
    assert {name.partition("/")[0] for name in sources} == set(pack.OURS)
    for name in sources:
        path = Path(name)
        assert f"{path.parent}/__pycache__/{path.stem}.cpython-{FOR.replace('.', '')}.pyc" in held
    with zipfile.ZipFile(packaged / "zoho-privacy.zip") as zipped:
        heads = {zipped.read(name)[:8] for name in held if name.endswith(".pyc")}
    (head,) = heads
    assert head[4:] == UNCHECKED.to_bytes(4, "little")
    if sys.version_info[:2] == tuple(map(int, FOR.split("."))):
        assert head[:4] == MAGIC_NUMBER


def test_the_package_for_this_machine_holds_the_same(held: dict[str, zipfile.ZipInfo], built: Path) -> None:
    """What is tried out here is what is deployed: the same modules, joined by libraries for another processor."""
    with zipfile.ZipFile(built) as zipped:
        here = set(zipped.namelist())

    def modules(names: set[str]) -> set[str]:
        return {name.replace("/__pycache__", "").partition(".")[0] for name in names if name.endswith(".pyc")}

    assert modules(here) ^ modules(set(held)) == set()
    data = {name for name in here | set(held) if name.startswith(pack.OURS) and not name.endswith(".pyc")}
    assert data <= here
    assert data <= set(held)
    assert machine.ROOT == ROOT
