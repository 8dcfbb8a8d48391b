"""The template as CloudFormation will see it: packaged without a network, judged by cfn-lint.

The packages that a function carries are left out here: fetching them for another machine takes minutes.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zoho-privacy" / "osls"
SERVERLESS: Final = CACHE / "node_modules" / "osls" / "bin" / "serverless.js"

BY_THE_FRAMEWORK: Final = {"W3005"}
"""Its DependsOn beside a reference to the same resource: superfluous, harmless, and not ours to write."""


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `osls package` makes of the template, in a copy of the project."""
    node = shutil.which("node")
    if node is None or not SERVERLESS.is_file():
        pytest.skip("node and osls are not installed: .ci/run puts them into the cache")
    place = tmp_path_factory.mktemp("package")
    shutil.copy(ROOT / "serverless.yml", place)
    for folder in ("zoho_privacy", "webhooks", "tasks"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (place / "deploy").mkdir()
    (place / "deploy" / "requirements.txt").write_text("")
    (place / "node_modules").symlink_to(CACHE / "node_modules")
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "SLS_TELEMETRY_DISABLED": "1"}
    command = [node, str(SERVERLESS), "package", "--stage", "test", "--package", "out"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=170, check=False)
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
    assert len([each for each in known.values() if each["Type"] == "AWS::Lambda::Function"]) == 4
    assert {
        each["Properties"]["RetentionInDays"] for each in known.values() if each["Type"] == "AWS::Logs::LogGroup"
    } == {30}
    assert "IamRoleLambdaExecution" not in known, "every function has a role of its own"


def test_the_package_holds_the_suite_and_nothing_of_its_workshop(packaged: Path) -> None:
    with zipfile.ZipFile(packaged / "zoho-privacy.zip") as zipped:
        held = set(zipped.namelist())
    assert {"zoho_privacy/cloud/receiver.py", "webhooks/desk.py", "tasks/sweep.py"} <= held
    assert "zoho_privacy/rules/pages/page.html" in held
    of_the_packer = {"requirements.txt", ".completed_requirements"}
    assert {name.partition("/")[0] for name in held - of_the_packer} == {"zoho_privacy", "webhooks", "tasks"}
    assert not [name for name in held if name.startswith(("zoho_privacy/local/demo", "zoho_privacy/local/probe"))]
