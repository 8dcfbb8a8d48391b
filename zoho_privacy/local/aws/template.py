"""Reads from `serverless.yml` what runs: functions, their environment and sources, schedules, queues.

Only what an emulated stage needs is read; CloudFormation's short forms become `{"Ref": X}` and the like. A function
that is added to the template is part of the emulated stage without a change here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from zoho_privacy.domain.errors import BadInput

PARAMETER: Final = re.compile(r"\$\{param:(\w+)\}")
RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `queue` is the resource that starts it, if any; `routes` are method and path."""

    name: str
    handler: str
    timeout_s: int
    memory_mb: int
    environment: Mapping[str, Any]
    routes: tuple[tuple[str, str], ...]
    queue: str | None
    batch: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a function is started with, and how often."""

    function: str
    every: timedelta
    event: Any


@dataclass(frozen=True, slots=True)
class Template:
    """The stage as the template tells it. `resources` are CloudFormation's, by name; logs end after `log_days`."""

    functions: tuple[Function, ...]
    schedules: tuple[Schedule, ...]
    resources: Mapping[str, Any]
    log_days: int


class _Loader(yaml.SafeLoader):
    """Reads `!Ref X` as {"Ref": X}, the other short forms likewise."""


def _short_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None}


yaml.add_multi_constructor("!", _short_form, _Loader)


def document(path: Path) -> Any:
    """Return the template as it is written."""
    return yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506  a safe loader that knows more tags


def read(path: Path, parameters: Mapping[str, str]) -> Template:
    """Return the stage, with these parameters in place of the defaults.

    Raises:
        BadInput: The template names a parameter that has no value.
    """
    told = document(path)
    values = {**told["params"]["default"], **parameters}
    common = told["provider"]["environment"]
    functions = [_function(name, each, common, values) for name, each in told["functions"].items()]
    resources = told["resources"]["Resources"]
    schedules = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::Scheduler::Schedule"]
    return Template(
        tuple(functions),
        tuple(_schedule(each) for each in schedules),
        resources,
        told["provider"]["logRetentionInDays"],
    )


def resolved(environment: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with what resources are called in place of references.

    Raises:
        BadInput: It refers to a resource that has no name.
    """
    found = {}
    for name, value in environment.items():
        if isinstance(value, Mapping):
            (target,) = value.values()
            if str(target) not in known:
                raise BadInput(f"{name} refers to {target}, which is not part of an emulated stage")
            found[name] = known[str(target)]
        else:
            found[name] = str(value)
    return found


def _function(name: str, told: Mapping[str, Any], common: Mapping[str, Any], values: Mapping[str, Any]) -> Function:
    routes = [each["httpApi"] for each in told["events"] if "httpApi" in each]
    queues = [each["sqs"] for each in told["events"] if "sqs" in each]
    environment = {**common, **told.get("environment", {})}
    return Function(
        name=name,
        handler=told["handler"],
        timeout_s=int(told.get("timeout", 10)),
        memory_mb=int(told.get("memorySize", 512)),
        environment={key: _filled(value, values) for key, value in environment.items()},
        routes=tuple((each["method"], each["path"]) for each in routes),
        queue=_named(queues[0]["arn"]) if queues else None,
        batch=int(queues[0]["batchSize"]) if queues else 0,
    )


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    if not isinstance(value, str):
        return value

    def put(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise BadInput(f"the template's parameter {match[1]} has no value")
        return str(values[match[1]])

    return PARAMETER.sub(put, value)


def _schedule(told: Mapping[str, Any]) -> Schedule:
    rate = RATE.fullmatch(told["ScheduleExpression"])
    if rate is None:
        raise BadInput("a schedule of the template is no rate")
    function = _named(told["Target"]["Arn"]).removesuffix("LambdaFunction").lower()
    return Schedule(function, timedelta(**{f"{rate[2]}s": int(rate[1])}), json.loads(told["Target"]["Input"]))


def _named(reference: Mapping[str, str]) -> str:
    """Return the resource that `!GetAtt X.Arn` or `!Ref X` names."""
    (target,) = reference.values()
    return target.partition(".")[0]
