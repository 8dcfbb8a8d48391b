"""What the adapters to S3, SQS and Secrets Manager promise beyond their ports, and what trouble with them means."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import BotoCoreError

from tests import cloud
from tests.cloud import Faulty, refusal
from zoho_privacy.adapters import aws as clients
from zoho_privacy.adapters import aws_secrets
from zoho_privacy.adapters.clock import SystemClock
from zoho_privacy.adapters.s3 import S3Anchor, S3Blobs
from zoho_privacy.adapters.sqs import MOST_BYTES, Messages
from zoho_privacy.domain.errors import BadInput, NeedsHuman, NotFound, StoreUnavailable, Tampered, ZohoPrivacyError
from zoho_privacy.domain.ledger import Head
from zoho_privacy.local.aws import remote

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SILENCE = BotoCoreError()


@pytest.fixture(scope="module")
def s3(aws: str) -> Any:
    return cloud.client("s3", aws)


@pytest.fixture(scope="module")
def sqs(aws: str) -> Any:
    return cloud.client("sqs", aws)


@pytest.fixture(scope="module")
def vault(aws: str) -> Any:
    return cloud.client("secretsmanager", aws)


# ------------------------------------------------------------------------------------------------------------ files


@pytest.mark.parametrize("method", ["put_object", "get_object", "list_objects_v2", "delete_object"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal("X", "SlowDown", 503), StoreUnavailable),
        (refusal("X", "InternalError", 500), StoreUnavailable),
        (SILENCE, StoreUnavailable),
        (refusal("X", "AccessDenied", 403), NeedsHuman),
        (refusal("X", "NoSuchBucket", 404), NeedsHuman),
    ],
    ids=["slow down", "server error", "unreachable", "no permission", "no bucket"],
)
def test_a_bucket_in_trouble_says_what_to_do(
    s3: Any, method: str, error: Exception, expected: type[ZohoPrivacyError]
) -> None:
    service: Any = Faulty(s3)
    blobs = S3Blobs(service, cloud.bucket(s3))
    blobs.put("exports/1", [b"old"])
    calls: dict[str, Callable[[], object]] = {
        "put_object": lambda: blobs.put("exports/1", [b"new"]),
        "get_object": lambda: blobs.get("exports/1"),
        "list_objects_v2": lambda: blobs.delete("exports/1"),
        "delete_object": lambda: blobs.delete("exports/1"),
    }
    service.fail(method, error)
    with pytest.raises(expected) as caught:
        calls[method]()
    assert "ada" not in str(caught.value)
    assert b"".join(blobs.get("exports/1")) == b"old"


def test_a_file_that_is_cut_short_on_its_way_is_no_file(s3: Any) -> None:
    """Half an export must not look like a whole one."""

    class Cut:
        def iter_chunks(self, _: int) -> Any:
            yield b"half of "
            raise SILENCE

    class Cutting(Faulty):
        def _call(self, method: str, asked: Any) -> Any:
            return {"Body": Cut()} if method == "get_object" else super()._call(method, asked)

    service: Any = Cutting(s3)
    blobs = S3Blobs(service, cloud.bucket(s3))
    with pytest.raises(StoreUnavailable):
        list(blobs.get("exports/1"))


# ------------------------------------------------------------------------------------------------------- ledger heads


@pytest.fixture
def locked(s3: Any) -> str:
    """A bucket as the template makes it for ledger heads."""
    name = cloud.bucket(s3, ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 10}},
        },
    )
    return name


@pytest.mark.req("R-EVID-3")
def test_a_head_cannot_be_changed_or_removed_before_its_period_ends(s3: Any, locked: str) -> None:
    anchor = S3Anchor(s3, locked, clock=SystemClock())
    anchor.leave("60001", 7, "ab", AT)
    (version,) = s3.list_object_versions(Bucket=locked)["Versions"]
    kept = s3.head_object(Bucket=locked, Key=version["Key"])
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    assert kept["ObjectLockRetainUntilDate"] - SystemClock().now() > timedelta(days=9)
    with pytest.raises(Exception, match="AccessDenied"):
        s3.delete_object(Bucket=locked, Key=version["Key"], VersionId=version["VersionId"])
    assert anchor.heads("60001") == [Head("60001", 7, "ab")]
    told = json.loads(s3.get_object(Bucket=locked, Key=version["Key"])["Body"].read())
    assert told == {"org": "60001", "sequence": 7, "hash": "ab", "at": AT.isoformat()}


def test_a_head_is_left_beside_another_never_over_it(s3: Any, locked: str) -> None:
    class Stopped(SystemClock):
        def now(self) -> datetime:
            return AT

    anchor = S3Anchor(s3, locked, clock=Stopped())
    anchor.leave("60001", 7, "ab", AT)
    with pytest.raises(StoreUnavailable):
        anchor.leave("60001", 7, "ab", AT)
    assert len(s3.list_object_versions(Bucket=locked)["Versions"]) == 1


def test_what_is_no_head_needs_a_person(s3: Any, locked: str) -> None:
    s3.put_object(Bucket=locked, Key="60001/notes.txt", Body=b"x")
    with pytest.raises(Tampered):
        S3Anchor(s3, locked, clock=SystemClock()).heads("60001")


# ----------------------------------------------------------------------------------------------------------- messages


@pytest.fixture
def queue(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName=f"arrivals-{uuid4().hex[:8]}")["QueueUrl"])


def received(sqs: Any, url: str) -> list[Any]:
    found: list[Any] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(each["Body"]) for each in messages]
    return found


def test_messages_go_in_tens_and_none_is_forgotten(sqs: Any, queue: str) -> None:
    service: Any = Faulty(sqs)
    Messages(service, queue).send([{"n": n} for n in range(25)])
    assert service.calls == ["send_message_batch"] * 3
    assert sorted(each["n"] for each in received(sqs, queue)) == list(range(25))


def test_large_messages_go_in_several_calls(sqs: Any, queue: str) -> None:
    service: Any = Faulty(sqs)
    Messages(service, queue).send([{"t": "x" * (MOST_BYTES // 3)} for _ in range(4)])
    assert service.calls == ["send_message_batch"] * 2
    assert len(received(sqs, queue)) == 4


def test_one_message_too_large_sends_none(sqs: Any, queue: str) -> None:
    with pytest.raises(BadInput):
        Messages(sqs, queue).send([{"n": 1}, {"t": "x" * MOST_BYTES}])
    assert received(sqs, queue) == []


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal("SendMessageBatch", "RequestThrottled", 403), StoreUnavailable),
        (SILENCE, StoreUnavailable),
        (refusal("SendMessageBatch", "AccessDenied", 403), NeedsHuman),
        (refusal("SendMessageBatch", "AWS.SimpleQueueService.NonExistentQueue"), NeedsHuman),
        (refusal("SendMessageBatch", "QueueDoesNotExist"), NeedsHuman),
    ],
)
def test_a_queue_in_trouble_says_what_to_do(
    sqs: Any, queue: str, error: Exception, expected: type[ZohoPrivacyError]
) -> None:
    service: Any = Faulty(sqs)
    service.fail("send_message_batch", error)
    with pytest.raises(expected):
        Messages(service, queue).send([{"n": 1}])


@pytest.mark.parametrize(("fault", "expected"), [(False, StoreUnavailable), (True, NeedsHuman)])
def test_a_call_that_took_some_is_a_failure(sqs: Any, queue: str, *, fault: bool, expected: type[Exception]) -> None:
    """Answering 200 for a delivery of which one message is lost would lose an event for good."""

    class Partial(Faulty):
        def _call(self, _method: str, asked: Any) -> Any:
            return {"Failed": [{"Id": asked["Entries"][0]["Id"], "SenderFault": fault, "Code": "X"}]}

    service: Any = Partial(sqs)
    with pytest.raises(expected):
        Messages(service, queue).send([{"n": 1}, {"n": 2}])


# ------------------------------------------------------------------------------------------------------------ secrets


def secret(vault: Any, text: str) -> str:
    name = f"test-{uuid4().hex[:8]}"
    vault.create_secret(Name=name, SecretString=text)
    return name


@pytest.mark.req("R-SEC-3")
def test_a_secret_is_read_as_settings_and_a_new_value_is_another_version(vault: Any) -> None:
    name = secret(vault, json.dumps({"ZOHO_PRIVACY_HOOK_SECRET": "one"}))
    first = aws_secrets.fetch(vault, name)
    assert first.values == {"ZOHO_PRIVACY_HOOK_SECRET": "one"}
    assert aws_secrets.fetch(vault, name) == first
    vault.put_secret_value(SecretId=name, SecretString=json.dumps({"ZOHO_PRIVACY_HOOK_SECRET": "two"}))
    second = aws_secrets.fetch(vault, name)
    assert second.version != first.version
    assert second.values == {"ZOHO_PRIVACY_HOOK_SECRET": "two"}
    assert "two" not in repr(second)


@pytest.mark.req("R-SEC-8")
@pytest.mark.parametrize("text", ["s3cret", '["s3cret"]', '{"ZOHO_PRIVACY_X": 1}', '{"s3cret": "x"}'])
def test_a_secret_that_is_no_settings_needs_a_person_and_is_not_shown(vault: Any, text: str) -> None:
    with pytest.raises(NeedsHuman) as caught:
        aws_secrets.fetch(vault, secret(vault, text))
    assert "s3cret" not in str(caught.value)


def test_a_secret_that_is_missing_or_forbidden_needs_a_person(vault: Any) -> None:
    with pytest.raises(NeedsHuman, match="ResourceNotFoundException"):
        aws_secrets.fetch(vault, "never-made")
    service: Any = Faulty(vault)
    service.fail("get_secret_value", refusal("GetSecretValue", "AccessDeniedException"), SILENCE)
    for expected in (NeedsHuman, StoreUnavailable):
        with pytest.raises(expected):
            aws_secrets.fetch(service, "test")


def test_a_missing_file_is_missing_before_the_first_chunk(s3: Any) -> None:
    with pytest.raises(NotFound):
        S3Blobs(s3, cloud.bucket(s3)).get("exports/none")


# ------------------------------------------------------------------------------------------------------------- whom


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """An environment without region and credentials, and a library that has read nothing yet."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    clients.session.cache_clear()
    clients.asked.cache_clear()
    yield monkeypatch
    clients.session.cache_clear()
    clients.asked.cache_clear()


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, "NoRegionError"),
        ({"AWS_REGION": "eu-central-1"}, "NoCredentialsError"),
        ({"AWS_REGION": "eu-central-1", "AWS_PROFILE": "never-made"}, "ProfileNotFound"),
        ({"AWS_REGION": "eu central 1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}, "InvalidRegionError"),
    ],
    ids=["no region", "no credentials", "no such profile", "no region's name"],
)
def test_a_command_that_cannot_know_whom_to_ask_needs_a_person(
    nobody: pytest.MonkeyPatch, told: dict[str, str], reason: str
) -> None:
    for name, value in told.items():
        nobody.setenv(name, value)
    with pytest.raises(NeedsHuman, match=reason):
        remote.environment("prod")


def test_the_region_is_the_one_that_the_command_line_of_aws_takes(nobody: pytest.MonkeyPatch) -> None:
    nobody.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert clients.asked("sqs").meta.region_name == "eu-west-1"
    nobody.setenv("AWS_REGION", "eu-central-1")
    clients.session.cache_clear()
    clients.asked.cache_clear()
    assert clients.asked("sqs").meta.region_name == "eu-central-1"
