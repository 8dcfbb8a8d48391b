"""What `doctor --stage` asks AWS: everything the template makes is green, and each thing that is not so is red."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.cloud.conftest import HOOK, KEY, ORG, forget
from zoho_privacy.domain.health import Colour
from zoho_privacy.hosting import stage as names
from zoho_privacy.local.aws import checks, machine, services, template

NAME = "trial"
STACK = f"zoho-privacy-{NAME}"
SECRET = {
    "ZOHO_PRIVACY_HOOK_SECRET": HOOK,
    "ZOHO_PRIVACY_INSTALLATION_SECRET": KEY,
    **{f"ZOHO_PRIVACY_PORTAL_{ORG}_{each}": "x" for each in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")},
}
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:x"


@dataclass
class Made:
    """A stage as the template makes it, on an AWS of its own."""

    url: str
    known: dict[str, str]

    def client(self, service: str) -> Any:
        return services.client(service, self.url)

    def alarm(self, name: str) -> str:
        found = self.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{STACK}-{name}")["MetricAlarms"]
        return str(found[0]["AlarmName"])

    def schedule(self, name: str) -> Any:
        (found,) = self.client("scheduler").list_schedules(NamePrefix=f"{STACK}-{name}")["Schedules"]
        return found["Name"]


@pytest.fixture(scope="module")
def stage_of_template() -> Iterator[Made]:
    told = template.read(machine.TEMPLATE, {})
    with services.serving() as url:
        known = services.make(url, told.resources, json.dumps(SECRET))
        services.watch(url, STACK, told.resources, [each.name for each in told.functions], told.log_days)
        alarms = {name: each for name, each in told.resources.items() if name == "DeadLettersAlarm"}
        services.watch(url, f"{STACK}-2", alarms, [], told.log_days)  # a stage whose name begins alike
        yield Made(url, known)


@pytest.fixture(scope="module")
def made(stage_of_template: Made) -> Iterator[Made]:
    """The environment of a command that looks at the stage; clients are made once for all tests."""
    known = stage_of_template.known
    environment = {
        **services.environment(stage_of_template.url),
        names.TABLE: known["Table"],
        names.FILES: known["Files"],
        names.ANCHORS: known["Anchors"],
        names.ARRIVALS: known["Arrivals"],
        names.TASKS: known["Continuations"],
        names.DEAD_LETTERS: known["DeadLetters"],
        names.SECRET: known["Secret"],
        names.PORTALS: json.dumps([{"org": ORG}]),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        forget()
        yield stage_of_template
    forget()


def colours() -> dict[str, Colour]:
    return {check.name: check.colour for check in checks.examine(NAME).checks}


@contextmanager
def rests(made: Made) -> Iterator[None]:
    made.client("sqs").send_message(QueueUrl=made.known["DeadLetters"], MessageBody="{}")
    yield
    made.client("sqs").purge_queue(QueueUrl=made.known["DeadLetters"])


@contextmanager
def waits(made: Made) -> Iterator[None]:
    figures = made.client("cloudwatch")
    now = datetime.now(UTC)  # noqa: TID251  AWS's own figures, by the machine's clock

    def told(value: float, at: datetime) -> None:
        queue = [{"Name": "QueueName", "Value": made.known["Arrivals"].rpartition("/")[2]}]
        figure = {"MetricName": "ApproximateAgeOfOldestMessage", "Dimensions": queue, "Timestamp": at, "Value": value}
        figures.put_metric_data(Namespace="AWS/SQS", MetricData=[figure])

    told(1200, now - timedelta(minutes=4))
    yield
    told(0, now)


@contextmanager
def is_loud(made: Made) -> Iterator[None]:
    alarms, name = made.client("cloudwatch"), made.alarm("OverdueAlarm")
    alarms.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    yield
    alarms.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="a test")


@contextmanager
def is_mute(made: Made) -> Iterator[None]:
    alarms, name = made.client("cloudwatch"), made.alarm("DeadLettersAlarm")
    alarms.disable_alarm_actions(AlarmNames=[name])
    yield
    alarms.enable_alarm_actions(AlarmNames=[name])


@contextmanager
def has_no_alarm(made: Made) -> Iterator[None]:
    alarms = made.client("cloudwatch")
    (found,) = alarms.describe_alarms(AlarmNames=[made.alarm("SweepHeartbeatAlarm")])["MetricAlarms"]
    members = {"AlarmName", "Namespace", "MetricName", "Period", "EvaluationPeriods", "Statistic", "Threshold"}
    again = {name: found[name] for name in (*members, "ComparisonOperator", "AlarmActions")}
    alarms.delete_alarms(AlarmNames=[found["AlarmName"]])
    yield
    alarms.put_metric_alarm(**again)


@contextmanager
def is_off(made: Made) -> Iterator[None]:
    schedules, name = made.client("scheduler"), made.schedule("SweepSchedule")
    same = {
        "Name": name,
        "ScheduleExpression": "rate(10 minutes)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": ARN, "RoleArn": ARN},
    }
    schedules.update_schedule(**same, State="DISABLED")
    yield
    schedules.update_schedule(**same, State="ENABLED")


@contextmanager
def lacks_a_member(made: Made) -> Iterator[None]:
    secrets, where = made.client("secretsmanager"), made.known["Secret"]
    less = {name: value for name, value in SECRET.items() if not name.endswith("REFRESH_TOKEN")}
    secrets.put_secret_value(SecretId=where, SecretString=json.dumps(less))
    yield
    secrets.put_secret_value(SecretId=where, SecretString=json.dumps(SECRET))


@contextmanager
def no_secret(made: Made) -> Iterator[None]:
    secrets, where = made.client("secretsmanager"), made.known["Secret"]
    secrets.delete_secret(SecretId=where, ForceDeleteWithoutRecovery=True)
    yield
    secrets.create_secret(Name=where, SecretString=json.dumps(SECRET))


@contextmanager
def is_open(made: Made) -> Iterator[None]:
    buckets, name = made.client("s3"), made.known["Anchors"]
    closed = buckets.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    half = {**closed, "RestrictPublicBuckets": False}
    buckets.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=half)
    yield
    buckets.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=closed)


@contextmanager
def no_recovery(made: Made) -> Iterator[None]:
    tables, name = made.client("dynamodb"), made.known["Table"]
    for on in (False, True):
        recovery = {"PointInTimeRecoveryEnabled": on}
        tables.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
        if not on:
            yield


@contextmanager
def not_locked(made: Made) -> Iterator[None]:
    buckets, name = made.client("s3"), made.known["Anchors"]
    locked = buckets.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    bare = {"ObjectLockEnabled": "Enabled"}
    buckets.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=bare)
    yield
    buckets.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=locked)


@contextmanager
def kept_for_ever(made: Made) -> Iterator[None]:
    logs, group = made.client("logs"), f"/aws/lambda/{STACK}-worker"
    logs.delete_retention_policy(logGroupName=group)
    yield
    logs.put_retention_policy(logGroupName=group, retentionInDays=30)


BROKEN: list[tuple[str, Callable[[Made], AbstractContextManager[None]]]] = [
    ("dead messages", rests),
    ("waiting messages", waits),
    ("alarms", is_loud),
    ("alarms", is_mute),
    ("alarms", has_no_alarm),
    ("schedules", is_off),
    ("secret", lacks_a_member),
    ("secret", no_secret),
    ("buckets", is_open),
    ("backups", no_recovery),
    ("anchors", not_locked),
    ("logs", kept_for_ever),
]


def test_a_stage_as_the_template_makes_it_is_green(made: Made) -> None:
    assert set(colours().items()) == {(name, Colour.GREEN) for name, _ in BROKEN}
    assert made.known.keys() > {"Table", "Files", "Anchors"}


@pytest.mark.req("R-SEC-6")
@pytest.mark.parametrize(("name", "breaks"), BROKEN, ids=[each.__name__ for _, each in BROKEN])
def test_each_thing_that_is_broken_is_red_alone_and_says_how_it_is_mended(
    made: Made, name: str, breaks: Callable[[Made], AbstractContextManager[None]]
) -> None:
    with breaks(made):
        found = [check for check in checks.examine(NAME).checks if check.colour is not Colour.GREEN]
    assert [(check.name, check.colour) for check in found] == [(name, Colour.RED)]
    assert found[0].mend
    told = json.dumps([check.as_dict() for check in found])
    assert [value for value in SECRET.values() if len(value) > 1 and value in told] == []


def test_another_stage_of_the_same_name_in_one_process_is_a_stage_of_its_own(made: Made) -> None:
    told = template.read(machine.TEMPLATE, {})
    with services.serving() as url:
        assert services.client("logs", url).describe_log_groups()["logGroups"] == []
        services.watch(url, STACK, told.resources, [each.name for each in told.functions], 1)
        services.register(url, {STACK: {}})
    assert colours()["logs"] is Colour.GREEN
    assert made.client("lambda").list_functions()["Functions"] == []


@pytest.mark.usefixtures("made")
def test_a_question_that_is_refused_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(names.TABLE, "another-table")
    assert colours()["backups"] is Colour.RED
