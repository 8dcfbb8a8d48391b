"""What `zoho-privacy doctor --stage` asks AWS itself: do messages rest, can the table be restored, are anchors locked.

Reads only. A question that fails is a finding of its own.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from zoho_privacy.adapters import aws
from zoho_privacy.domain import health
from zoho_privacy.domain.health import Check, Health
from zoho_privacy.hosting import stage

MANY: Final = 1000


def examine(name: str) -> Health:
    """Return how a stage stands; `remote.app` comes first."""
    return Health(f"stage {name}", tuple(_checks()))


def _checks() -> Iterator[Check]:
    asked: dict[str, Callable[[], Check]] = {
        "dead messages": _dead_messages,
        "waiting messages": _waiting,
        "backups": _backups,
        "anchors": _anchors,
    }
    for name, look in asked.items():
        try:
            yield look()
        except (BotoCoreError, ClientError) as problem:
            yield health.failed(name, aws.trouble(problem, name))


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
    count = _count(stage.ARRIVALS)
    if count < MANY:
        return health.green("waiting messages", f"{count} deliveries wait")
    mend = "look at the worker's errors; its concurrency is in the template"
    return health.yellow("waiting messages", f"{count} deliveries wait", mend, "waiting")


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
