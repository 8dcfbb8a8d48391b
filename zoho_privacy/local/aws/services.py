"""An empty AWS on loopback: moto behind one lock, and in it the resources that a template names.

moto is right one request at a time; served by threads as it is, it loses writes that it has acknowledged. What it does
not show is said in docs/deploy.md: throttling, lagging indexes, roles, keys.
"""

import threading
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from io import BytesIO
from typing import Any, Final
from uuid import uuid4

import boto3
from botocore.config import Config
from moto.dynamodb.models.table import Table
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

REGION: Final = "eu-central-1"
FAKE_KEYS: Final = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
TABLE_MEMBERS: Final = (
    "AttributeDefinitions",
    "KeySchema",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
    "BillingMode",
)


def _shared_items(table: Table, _memo: dict[int, Any]) -> Table:
    """Return a copy of a table whose items are shared: our writes replace items, none changes one in its place."""
    copied = copy(table)
    copied.items = defaultdict(dict, {key: dict(items) for key, items in table.items.items()})
    return copied


# For each write of a transaction moto keeps a whole copy of the table to go back to: minutes, where a table is large.
Table.__deepcopy__ = _shared_items  # type: ignore[attr-defined]


class Serial:
    """moto's WSGI application, one request at a time, for an account of its own: moto keeps one state a process."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app, self._lock = app, threading.Lock()
        self._account = f"{uuid4().int % 10**12:012}"

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Answer once nobody else is being answered."""
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
        with self._lock:
            return [b"".join(self._app(environ, start_response))]


class _Quiet(WSGIRequestHandler):
    """Keeps connections open and writes no line per request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve an empty AWS, whatever another one in this process holds, and yield its address."""
    app = Serial(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, name="moto")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(service: str, url: str) -> Any:
    """Return a client of that AWS, patient enough for a busy machine."""
    patient = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=30, read_timeout=60)
    make: Callable[..., Any] = boto3.client
    return make(service, endpoint_url=url, region_name=REGION, config=patient, **FAKE_KEYS)


def environment(url: str) -> dict[str, str]:
    """Return what leads the service's own library to that AWS."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": FAKE_KEYS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": FAKE_KEYS["aws_secret_access_key"],
    }


def make(url: str, resources: Mapping[str, Any], secret: str) -> dict[str, str]:
    """Make the table, buckets, queues and the secret of a template; return what each is called, a queue by its URL."""
    mark = uuid4().hex[:8]
    known: dict[str, str] = {}
    kinds = {"AWS::DynamoDB::Table": _table, "AWS::S3::Bucket": _bucket}
    for name, each in resources.items():
        if each["Type"] in kinds:
            known[name] = f"{name.lower()}-{mark}"
            kinds[each["Type"]](url, known[name], each["Properties"])
        elif each["Type"] == "AWS::SecretsManager::Secret":
            known[name] = f"{name.lower()}-{mark}"
            client("secretsmanager", url).create_secret(Name=known[name], SecretString=secret)
    queues = {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::SQS::Queue"}
    for name in sorted(queues, key=lambda each: "RedrivePolicy" in queues[each]):  # what others fall into comes first
        known[name] = _queue(url, f"{name}-{mark}", queues[name], known)
    return known


def register(url: str, functions: Mapping[str, Mapping[str, str]]) -> None:
    """Let that AWS know functions by name with their environment; it runs none of them."""
    role = client("iam", url).create_role(RoleName="stage", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = BytesIO()
    with zipfile.ZipFile(code, "w") as zipped:
        zipped.writestr("none.py", "")
    for name, known in functions.items():
        client("lambda", url).create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role,
            Handler="none.handler",
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": dict(known)},
        )


def watch(url: str, stack: str, resources: Mapping[str, Any], functions: Iterable[str], days: int) -> None:
    """Let that AWS know a template's alarms, schedules and its functions' log groups; it raises and starts none."""
    mark = uuid4().hex[:8].upper()
    alarms, schedules, logs = (client(service, url) for service in ("cloudwatch", "scheduler", "logs"))
    for name, each in resources.items():
        told, called = each.get("Properties", {}), f"{stack}-{name}-{mark}"
        if each["Type"] == "AWS::CloudWatch::Alarm":
            alarms.put_metric_alarm(
                AlarmName=called,
                Namespace=told["Namespace"],
                MetricName=told["MetricName"],
                Period=told["Period"],
                EvaluationPeriods=told["EvaluationPeriods"],
                Statistic=told["Statistic"],
                Threshold=1.0,
                ComparisonOperator=told["ComparisonOperator"],
                AlarmActions=[f"arn:aws:sns:{REGION}:123456789012:alarms"] if told.get("AlarmActions") else [],
            )
        elif each["Type"] == "AWS::Scheduler::Schedule":
            arn = f"arn:aws:lambda:{REGION}:123456789012:function:{stack}-tasks"
            schedules.create_schedule(
                Name=called,
                ScheduleExpression=told["ScheduleExpression"],
                FlexibleTimeWindow=told["FlexibleTimeWindow"],
                State=told.get("State", "ENABLED"),
                Target={
                    "Arn": arn,
                    "RoleArn": "arn:aws:iam::123456789012:role/stage",
                    "Input": told["Target"]["Input"],
                },
            )
    for name in functions:
        group = f"/aws/lambda/{stack}-{name}"
        logs.create_log_group(logGroupName=group)
        logs.put_retention_policy(logGroupName=group, retentionInDays=days)


def _table(url: str, name: str, properties: Mapping[str, Any]) -> None:
    asked = {member: properties[member] for member in TABLE_MEMBERS}
    tables = client("dynamodb", url)
    tables.create_table(TableName=name, **asked)
    tables.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification=properties["PointInTimeRecoverySpecification"]
    )
    tables.update_time_to_live(TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"])


def _bucket(url: str, name: str, properties: Mapping[str, Any]) -> None:
    files = client("s3", url)
    files.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectLockEnabledForBucket=bool(properties.get("ObjectLockEnabled")),
    )
    if block := properties.get("PublicAccessBlockConfiguration"):
        files.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    if rule := properties.get("ObjectLockConfiguration", {}).get("Rule"):
        locked = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {**rule["DefaultRetention"], "Days": 1}}}
        files.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=locked)


def _queue(url: str, name: str, properties: Mapping[str, Any], known: Mapping[str, str]) -> str:
    queues = client("sqs", url)
    attributes = {"VisibilityTimeout": str(properties.get("VisibilityTimeout", 30))}
    if redrive := properties.get("RedrivePolicy"):
        (target,) = redrive["deadLetterTargetArn"].values()
        asked = {"QueueUrl": known[target.partition(".")[0]], "AttributeNames": ["QueueArn"]}
        arn = queues.get_queue_attributes(**asked)["Attributes"]["QueueArn"]
        most = redrive["maxReceiveCount"]
        attributes["RedrivePolicy"] = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": {most}}}'
    return str(queues.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])
