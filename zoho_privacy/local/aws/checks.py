"""What `zoho-privacy doctor --stage` asks AWS itself: is anything stuck, would somebody hear of it, is it kept safe.

Queues and the age of what waits, alarms and their state, schedules, the secret's members, buckets, table, logs. Reads
only, and no value of a secret goes anywhere. A question that fails is a finding of its own. What CloudFormation named
is found by the stack's name and the resource's in `serverless.yml`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from zoho_privacy.adapters import aws, aws_secrets
from zoho_privacy.domain import health
from zoho_privacy.domain.errors import ZohoPrivacyError
from zoho_privacy.domain.health import Check, Health
from zoho_privacy.hosting import stage

MANY: Final = 1000
OLD_S: Final = 900
"""As the alarm has it: a delivery that waits for longer is late."""

LOG_DAYS: Final = 30
FUNCTIONS: Final = ("desk", "pages", "widget", "worker", "tasks")
AGAIN: Final = "deploy the template again"
OWN_SECRETS: Final = ("ZOHO_PRIVACY_HOOK_SECRET", "ZOHO_PRIVACY_INSTALLATION_SECRET")


def examine(name: str) -> Health:
    """Return how a stage stands; `remote.app` comes first."""
    return Health(f"stage {name}", tuple(_checks(f"zoho-privacy-{name}")))


def _checks(stack: str) -> Iterator[Check]:
    asked: dict[str, Callable[[], Check]] = {
        "dead messages": _dead_messages,
        "waiting messages": _waiting,
        "alarms": lambda: _alarms(stack),
        "schedules": lambda: _schedules(stack),
        "secret": _secret,
        "buckets": _buckets,
        "backups": _backups,
        "anchors": _anchors,
        "logs": lambda: _logs(stack),
    }
    for name, look in asked.items():
        try:
            yield look()
        except (BotoCoreError, ClientError) as problem:
            yield health.failed(name, aws.trouble(problem, name))
        except ZohoPrivacyError as problem:
            yield health.failed(name, problem)


def _pages(service: str, operation: str, member: str, **wanted: Any) -> list[Any]:
    """Return all that a list of a service holds."""
    pages = aws.asked(service).get_paginator(operation).paginate(**wanted)
    return [each for page in pages for each in page.get(member, ())]


def _by_resource(stack: str, found: Iterable[Any], member: str) -> Mapping[str, Any]:
    """Return what a stack made, by its name in the template; another stage may begin with this one's name."""
    named = re.compile(rf"{re.escape(stack)}-([A-Za-z0-9]+)-[A-Za-z0-9]+")
    return {match[1]: each for each in found if (match := named.fullmatch(each[member]))}


def _tasks(suffix: str) -> set[str]:
    """Return what the template calls something that it has for each task."""
    names = entry_points(group="zoho_privacy.tasks").names
    return {"".join(part.title() for part in name.split("_")) + suffix for name in names}


def _count(variable: str) -> int:
    names: Any = ["ApproximateNumberOfMessages"]
    told = aws.sqs().get_queue_attributes(QueueUrl=stage.need(variable), AttributeNames=names)["Attributes"]
    return int(told["ApproximateNumberOfMessages"])


def _dead_messages() -> Check:
    count = _count(stage.DEAD_LETTERS)
    if count == 0:
        return health.green("dead messages", "no message rests")
    mend = "zoho-privacy dead-letters list --stage NAME; mend the reason, then replay"
    return health.red("dead messages", f"{count} messages could not be worked off", mend, f"dead_messages_{count}")


def _waiting() -> Check:
    waiting = {name: _count(each) for name, each in (("arrivals", stage.ARRIVALS), ("continuations", stage.TASKS))}
    oldest = max(_age(each) for each in (stage.ARRIVALS, stage.TASKS))
    says = (
        f"{waiting['arrivals']} deliveries and {waiting['continuations']} continuations wait, the oldest {oldest:.0f} s"
    )
    mend = "look at the worker's errors; its concurrency is in the template"
    if oldest > OLD_S:
        return health.red("waiting messages", says, mend, "waiting_long")
    if max(waiting.values()) >= MANY:
        return health.yellow("waiting messages", says, mend, "waiting")
    return health.green("waiting messages", says)


def _age(variable: str) -> float:
    """Return how many seconds the oldest message of a queue has waited, as far as the last minutes' figures tell."""
    now = datetime.now(UTC)  # noqa: TID251  AWS's own figures, by the machine's clock
    told = aws.asked("cloudwatch").get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": stage.need(variable).rpartition("/")[2]}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )
    points = sorted(told["Datapoints"], key=lambda each: each["Timestamp"])
    return float(points[-1]["Maximum"]) if points else 0.0


def _alarms(stack: str) -> Check:
    found = _by_resource(
        stack, _pages("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=f"{stack}-"), "AlarmName"
    )
    missing = (_tasks("HeartbeatAlarm") | {"DeadLettersAlarm", "WaitingAlarm"}) - set(found)
    mute = [name for name, each in found.items() if not each["ActionsEnabled"] or not each["AlarmActions"]]
    loud = [name for name, each in found.items() if each["StateValue"] == "ALARM"]
    if missing or mute:
        says = f"nobody would hear of: {', '.join(sorted({*missing, *mute}))}"
        return health.red("alarms", says, AGAIN, "alarms_mute")
    if loud:
        mend = "docs/deploy.md, alarms, says what each means"
        return health.red("alarms", f"in alarm: {', '.join(sorted(loud))}", mend, "alarms_loud")
    return health.green("alarms", f"{len(found)} alarms are quiet")


def _schedules(stack: str) -> Check:
    found = _by_resource(stack, _pages("scheduler", "list_schedules", "Schedules", NamePrefix=f"{stack}-"), "Name")
    off = [name for name, each in found.items() if each["State"] != "ENABLED"]
    still = sorted({*(_tasks("Schedule") - set(found)), *off})
    if still:
        return health.red("schedules", f"never run: {', '.join(still)}", AGAIN, "schedules_off")
    return health.green("schedules", f"{len(found)} schedules are enabled")


def _secret() -> Check:
    values = aws_secrets.fetch(aws.secrets(), stage.need(stage.SECRET)).values
    wanted = list(OWN_SECRETS)
    if stage.ALL_PORTALS not in values:
        for each in stage.portals():
            wanted += [f"ZOHO_PRIVACY_PORTAL_{each['org']}_{member.upper()}" for member in stage.CREDENTIALS]
    lacking = [name for name in wanted if not values.get(name)]
    if lacking:
        mend = "complete the secret; functions notice within five minutes"
        return health.red("secret", f"the secret lacks {', '.join(lacking)}", mend, "secret_incomplete")
    return health.green("secret", "the secret can be read and has every member")


def _buckets() -> Check:
    for variable in (stage.FILES, stage.ANCHORS):
        told: Any = aws.s3().get_public_access_block(Bucket=stage.need(variable))
        if not all(told["PublicAccessBlockConfiguration"].values()):
            return health.red("buckets", "a bucket could be opened to the public", AGAIN, "bucket_open")
    return health.green("buckets", "no bucket can be opened to the public")


def _backups() -> Check:
    told: Any = aws.dynamodb().describe_continuous_backups(TableName=stage.need(stage.TABLE))
    point = told["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if point.get("PointInTimeRecoveryStatus") == "ENABLED":
        return health.green("backups", "the table can be restored to any second of 35 days")
    return health.red(
        "backups", "the table cannot be restored to a point in time", "deploy the template again", "no_pitr"
    )


def _anchors() -> Check:
    told: Any = aws.s3().get_object_lock_configuration(Bucket=stage.need(stage.ANCHORS))
    rule = told["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {})
    if rule.get("Mode") == "COMPLIANCE":
        return health.green("anchors", "nobody can remove a ledger head before its period ends")
    return health.red("anchors", "ledger heads can be removed", "deploy the template again", "no_lock")


def _logs(stack: str) -> Check:
    found = {
        each["logGroupName"]: each.get("retentionInDays")
        for each in _pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"/aws/lambda/{stack}-")
    }
    kept = {name: found.get(f"/aws/lambda/{stack}-{name}") for name in FUNCTIONS}
    wrong = [name for name, days in kept.items() if days is None or days > LOG_DAYS]
    if wrong:
        says = f"log lines do not end after {LOG_DAYS} days: {', '.join(wrong)}"
        return health.red("logs", says, AGAIN, "logs_kept")
    return health.green("logs", f"log lines end after at most {LOG_DAYS} days")
