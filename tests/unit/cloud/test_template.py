"""The template gives each function what it uses and nothing else, and keeps what the documents promise."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from zoho_privacy.adapters.stores import dynamodb
from zoho_privacy.cloud import tasks
from zoho_privacy.hosting import stage as names
from zoho_privacy.workflows.deadlines import DeadlineReport

ROOT: Final = Path(__file__).parents[3]
ADAPTERS: Final = {
    "store": ("zoho_privacy/adapters/stores/dynamodb.py", "DynamoStore"),
    "blobs": ("zoho_privacy/adapters/s3.py", "S3Blobs"),
    "anchor": ("zoho_privacy/adapters/s3.py", "S3Anchor"),
    "messages": ("zoho_privacy/adapters/sqs.py", "Messages"),
}
ACTIONS: Final = {
    "get_item": "dynamodb:GetItem",
    "batch_get_item": "dynamodb:BatchGetItem",
    "query": "dynamodb:Query",
    "put_item": "dynamodb:PutItem",
    "delete_item": "dynamodb:DeleteItem",
    "put_object": "s3:PutObject",
    "get_object": "s3:GetObject",
    "delete_object": "s3:DeleteObject",
    "list_objects_v2": "s3:ListBucket",
    "get_paginator": "s3:ListBucket",
    "send_message_batch": "sqs:SendMessage",
    "get_secret_value": "secretsmanager:GetSecretValue",
}
TRANSACTION: Final = {"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"}
BY_THE_PLATFORM: Final = {"logs:CreateLogStream", "logs:PutLogEvents", "kms:Decrypt", "kms:GenerateDataKey"}
"""Used for a function, not by its code: its log lines, and the key of whatever it reads or writes."""

OF_A_QUEUE: Final = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
"""Used by the event source of a function that has one."""

STARS: Final = re.compile(r":log-group:[^*]*:\*|\{(?:Files|Anchors)\.Arn\}/(?:dead-letters/)?\*")
"""The streams of a log group, the objects of a bucket."""

FUNCTIONS: Final = ("desk", "pages", "widget", "worker", "tasks")


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms: `!Ref X` as {"Ref": X}, the others likewise."""


def _short_form(loader: Any, tag: str, node: Any) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_scalar(node)}


yaml.add_multi_constructor("!", _short_form, Loader)


@pytest.fixture(scope="module")
def template() -> Any:
    return yaml.load((ROOT / "serverless.yml").read_text("utf-8"), Loader)


@pytest.fixture(scope="module")
def resources(template: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = template["resources"]["Resources"]
    return found


# ------------------------------------------------------------------------------------------------- least privilege


def allowed(resources: Mapping[str, Any], function: str) -> set[str]:
    role = resources[f"{function.title()}Role"]["Properties"]["Policies"]
    return {action for policy in role for each in policy["PolicyDocument"]["Statement"] for action in each["Action"]}


def modules(template: Any, function: str) -> list[ast.Module]:
    """Return our modules that the function has loaded once it has served everything it can serve."""
    handler = template["functions"][function]["handler"].rpartition(".")[0].replace("/", ".")
    serves = {
        "desk": ["webhooks.desk"],
        "pages": template["functions"]["pages"]["environment"]["PRIVACY_ENDPOINTS"].split(","),
        "widget": [template["functions"]["widget"]["environment"]["PRIVACY_ENDPOINTS"]],
        "worker": ["zoho_privacy.bootstrap", "zoho_privacy.workflows.inbox", "zoho_privacy.workflows.outbox"],
        "tasks": [f"tasks.{name}" for name in tasks.TASKS],
    }[function]
    code = f"import sys, {', '.join([handler, *serves])}; print(*[m.__file__ for n, m in sys.modules.items()"
    code += " if n.partition('.')[0] in {'zoho_privacy', 'webhooks', 'tasks'} and '.adapters' not in n and m.__file__])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ast.parse(Path(path).read_text("utf-8")) for path in done.stdout.split()]


def asked(parsed: Iterable[ast.Module], port: str) -> set[str]:
    """Return the methods that are called on `....port` anywhere, or on the port itself where it is passed on."""
    found = set()
    for module in parsed:
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                holder = node.func.value
                name = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
                if name in {port, f"_{port}"}:
                    found.add(node.func.attr)
    return found


def service_calls(path: str, owner: str, wanted: set[str]) -> set[str]:
    """Return what the wanted methods of a class call on its client, through its own methods too."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    methods = {
        each.name: each
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == owner
        for each in node.body
        if isinstance(each, ast.FunctionDef)
    }
    helpers = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    found, todo, seen = set(), [methods[name] for name in wanted if name in methods], set()
    while todo:
        current = todo.pop()
        for node in ast.walk(current):
            if not isinstance(node, ast.Attribute | ast.Name):
                continue
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            if name in ACTIONS or name == "transact_write_items":
                found.add(name)
            inner = methods.get(name) or helpers.get(name)
            if inner is not None and name not in seen:
                seen.add(name)
                todo.append(inner)
    return found


@pytest.mark.req("R-SEC-2")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_what_its_function_can_call_and_nothing_else(
    template: Any, resources: Mapping[str, Any], function: str
) -> None:
    """Read from the code: every method that its modules ask of a port, down to the calls of the service."""
    parsed = modules(template, function)
    ports = ("blobs", "messages") if function == "desk" else ("store", "blobs", "anchor")
    calls: set[str] = {"get_secret_value"}
    for port in ports:
        calls |= service_calls(*ADAPTERS[port], asked(parsed, port))
    needed = {ACTIONS[call] for call in calls - {"transact_write_items"}}
    needed |= TRANSACTION if "transact_write_items" in calls else set()
    if function == "tasks":
        needed |= {"sqs:SendMessage"}  # a run that goes on by message
    if any("sqs" in event for event in template["functions"][function]["events"]):
        needed |= OF_A_QUEUE
    assert allowed(resources, function) - BY_THE_PLATFORM == needed
    assert allowed(resources, function) >= BY_THE_PLATFORM


@pytest.mark.req("R-SEC-2")
def test_no_role_names_everything(resources: Mapping[str, Any]) -> None:
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"]["Policies"]:
                for each in policy["PolicyDocument"]["Statement"]:
                    assert "*" not in each["Action"], name
                    for place in each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]:
                        told = str(place)
                        assert told.count("*") == bool(STARS.search(told)), (name, told)
                        if ":log-group:" in told:
                            assert f"-{name.removesuffix('Role').lower()}:*" in told, "its own lines"
                    assert not any(action.endswith(":*") for action in each["Action"]), name


@pytest.mark.req("R-SEC-2")
def test_a_star_for_a_resource_has_its_reason_beside_it() -> None:
    lines = [line for line in (ROOT / "serverless.yml").read_text("utf-8").splitlines() if 'Resource: "*"' in line]
    assert lines
    assert [line for line in lines if " # " not in line] == []


# -------------------------------------------------------------------------------------------------- what is promised


def test_the_table_is_the_one_that_the_store_is_tested_with(resources: Mapping[str, Any]) -> None:
    table = resources["Table"]["Properties"]
    assert {name: table[name] for name in dynamodb.SCHEMA} == dict(dynamodb.SCHEMA)
    assert table["TimeToLiveSpecification"] == {"AttributeName": dynamodb.EXPIRES, "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert resources["Table"]["DeletionPolicy"] == "Retain"


@pytest.mark.req("R-SEC-1", "R-EVID-3")
def test_buckets_are_sealed_private_and_tls_only(resources: Mapping[str, Any]) -> None:
    for name in ("Files", "Anchors"):
        bucket = resources[name]["Properties"]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        (statement,) = resources[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert resources["Anchors"]["Properties"]["ObjectLockEnabled"] is True
    retention = resources["Anchors"]["Properties"]["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention["Mode"] == "COMPLIANCE"
    assert "VersioningConfiguration" not in resources["Files"]["Properties"], "a deleted export must be gone"


@pytest.mark.req("R-SEC-6")
def test_every_alarm_tells_somebody_and_logs_end(template: Any, resources: Mapping[str, Any]) -> None:
    alarms = {name: each for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    assert len(alarms) >= 10
    for each in alarms.values():
        assert each["Properties"]["AlarmActions"] == [{"Ref": "Alarms"}]
        assert each["Properties"]["AlarmDescription"]
    assert template["provider"]["logRetentionInDays"] == 30
    for queue in ("Arrivals", "Continuations"):
        redrive = resources[queue]["Properties"]["RedrivePolicy"]
        assert redrive["deadLetterTargetArn"] == {"GetAtt": "DeadLetters.Arn"}
        limit = template["functions"]["worker" if queue == "Arrivals" else "tasks"]["timeout"]
        assert resources[queue]["Properties"]["VisibilityTimeout"] >= 6 * limit


@pytest.mark.req("R-SEC-6", "R-CLOCK-7")
def test_every_task_has_a_heartbeat_and_its_figures_are_what_alarms_look_at(resources: Mapping[str, Any]) -> None:
    """A task that fails or is not started sends none; each is missed after more than its interval."""
    filters = {n: e["Properties"] for n, e in resources.items() if e["Type"] == "AWS::Logs::MetricFilter"}
    for name in tasks.TASKS:
        called = "".join(word.title() for word in name.split("_"))
        alarm = resources[f"{called}HeartbeatAlarm"]["Properties"]
        assert filters[f"{called}HeartbeatCount"]["FilterPattern"] == f'{{ $.heartbeat = "{name}" }}'
        assert (alarm["TreatMissingData"], alarm["MetricName"]) == ("breaching", f"{called}Heartbeat")
        assert alarm["Period"] * alarm["EvaluationPeriods"] > import_module(f"tasks.{name}").EVERY.total_seconds()

    @dataclass(frozen=True, slots=True)
    class Report:
        overdue: int = 2
        stopped: str = "x"
        dry_run: bool = True

    assert tasks.figures([Report(), Report()]) == {"overdue": 4}
    assert "overdue" in DeadlineReport.__dataclass_fields__
    assert "$.figures.overdue > 0" in filters["OverdueCount"]["FilterPattern"]
    fetched = re.findall(r'"(\w+ /export/\{token\})', filters["ExportsFetchedCount"]["FilterPattern"])
    assert set(fetched) <= {f"{method} {path}" for method, path in import_module("webhooks.delivery").ROUTES}


def test_every_task_has_its_schedule_and_is_asked_often_enough(resources: Mapping[str, Any]) -> None:
    schedules = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::Scheduler::Schedule"]
    told = {yaml.safe_load(each["Target"]["Input"])["task"]: each["ScheduleExpression"] for each in schedules}
    assert set(told) == set(tasks.TASKS) == {point.name for point in entry_points(group="zoho_privacy.tasks")}
    for name, rate in told.items():
        minutes = int(re.fullmatch(r"rate\((\d+) minutes?\)", rate)[1])  # type: ignore[index]
        assert minutes * 60 <= import_module(f"tasks.{name}").EVERY.total_seconds()


def test_every_function_is_told_what_it_asks_for(template: Any) -> None:
    everywhere = set(template["provider"]["environment"])
    needs = {
        "desk": {names.SECRET, names.PORTALS, names.FILES, names.ARRIVALS},
        "pages": {names.SECRET, names.PORTALS, names.FILES, names.TABLE, names.ANCHORS, names.ENDPOINTS},
        "widget": {names.SECRET, names.PORTALS, names.FILES, names.TABLE, names.ANCHORS, names.ENDPOINTS},
        "worker": {names.SECRET, names.PORTALS, names.FILES, names.TABLE, names.ANCHORS},
        "tasks": {names.SECRET, names.PORTALS, names.FILES, names.TABLE, names.ANCHORS, names.TASKS},
    }
    for name, wanted in needs.items():
        function = template["functions"][name]
        assert wanted <= everywhere | set(function["environment"])
        module, _, handler = function["handler"].rpartition(".")
        assert callable(getattr(import_module(module.replace("/", ".")), handler))
    assert template["provider"]["architecture"] == "arm64"
    assert template["provider"]["runtime"] >= "python3.12"


def test_every_route_of_an_endpoint_is_a_route_of_the_api(template: Any) -> None:
    shown = {
        each["httpApi"]["path"] for one in template["functions"].values() for each in one["events"] if "httpApi" in each
    }
    routes = {
        pattern
        for name in ("webhooks.desk", "webhooks.identity", "webhooks.delivery", "webhooks.widget")
        for _, pattern in import_module(name).ROUTES
    }
    assert shown == routes


def test_a_function_carries_what_the_project_depends_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = {*project["dependencies"], *extras["export"], *extras["aws"]}
    plain = {each for each in wanted if not each.startswith("boto3")}  # the runtime brings it
    assert carried("requirements.txt") == plain
    assert carried("requirements-crm.txt") == plain | set(extras["crm"])


def carried(name: str) -> set[str]:
    lines = (ROOT / "deploy" / name).read_text("utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}
