"""A deployed stage, looked at and worked on from an operator's machine.

What a stage is called is asked of its function `tasks`, whose environment names everything; credentials and region are
those that AWS's own tools use. Commands then work as they do on one machine: on the stage's table, files and secret.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from zoho_privacy import bootstrap, config
from zoho_privacy.adapters import aws, aws_secrets
from zoho_privacy.adapters.clock import HttpClock, SystemClock
from zoho_privacy.adapters.sqs import Resting
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.hosting import stage
from zoho_privacy.workflows.context import App

SERVICE: Final = "zoho-privacy"
PREFIXES: Final = ("PRIVACY_", "ZOHO_PRIVACY_")


def app(name: str) -> App:
    """Return the suite on a stage's places; this process takes over the stage's settings.

    Raises:
        BadInput: There is no such stage here, or its settings are wrong.
        StoreUnavailable, NeedsHuman: AWS does not answer, or a permission is missing.
    """
    enter(name)
    settings = config.load()
    return bootstrap.build(settings, bootstrap.on_stage(clock(settings.clock_url)))


def enter(name: str) -> None:
    """Let this process's environment be that of a stage. Raises as `app`."""
    told = environment(name)
    for known in [each for each in os.environ if each.startswith(PREFIXES)]:
        del os.environ[known]
    os.environ.update({key: value for key, value in told.items() if key.startswith(PREFIXES)})
    stage.with_secrets(aws_secrets.fetch(aws.secrets(), stage.need(stage.SECRET)).values)


def environment(name: str) -> Mapping[str, str]:
    """Return what the stage's functions are told. Raises as `app`."""
    try:
        told: Any = aws.asked("lambda").get_function_configuration(FunctionName=f"{SERVICE}-{name}-tasks")
    except ClientError as problem:
        if aws.code_of(problem) == "ResourceNotFoundException":
            raise BadInput(f"there is no stage {name!r} in this account and region; AWS_REGION chooses one") from None
        raise aws.trouble(problem, "the stage's functions") from problem
    except BotoCoreError as problem:
        raise aws.trouble(problem, "the stage's functions") from problem
    found: Mapping[str, str] = told.get("Environment", {}).get("Variables", {})
    return found


def resting() -> Resting:
    """Return the queue where messages rest that no function could work off; `app` comes first."""
    homes = {"arrivals": stage.need(stage.ARRIVALS), "tasks": stage.need(stage.TASKS)}
    return Resting(aws.sqs(), stage.need(stage.DEAD_LETTERS), homes)


def clock(url: str | None) -> HttpClock | SystemClock:
    """Return a stage's clock: the machine's, or in trials the emulator's."""
    return HttpClock(url) if url else SystemClock()
