"""What all adapters to AWS share: one client per service and process, bounded waiting, and what an error means to us.

Clients are made on first use, since each costs tens of milliseconds of a cold start; all of them are safe to use from
several threads. They come from botocore: boto3 is the same plus a transfer manager, whose import costs a quarter of
the cold start and which nothing here uses. The region, the credentials and, in trials, the endpoint
(`AWS_ENDPOINT_URL`) come from the environment, as the service's own library reads it. A text of the service may quote
what was sent: it goes into no message of ours. Sources, read 2026-11: botocore configuration reference; common errors
of the services' API references.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConfigNotFound,
    ConfigParseError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.session import Session, get_session

from zoho_privacy.domain.errors import NeedsHuman, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sqs.client import SQSClient

CONNECT_S: Final = 1.0
READ_S: Final = 3.0
ATTEMPTS: Final = 3

FORBIDDEN: Final = frozenset({
    "AccessDenied", "AccessDeniedException", "AllAccessDisabled", "ExpiredToken", "ExpiredTokenException",
    "InvalidAccessKeyId", "InvalidClientTokenId", "KMSAccessDeniedException", "KMSDisabledException",
    "KMSInvalidStateException", "KMSNotFoundException", "KmsAccessDenied", "KmsDisabled", "KmsInvalidState",
    "KmsNotFound", "NoSuchBucket", "NotAuthorized", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
    "ResourceNotFoundException", "SignatureDoesNotMatch", "UnrecognizedClientException", "DecryptionFailure",
})  # fmt: skip
"""A permission, a key or the place itself is missing: waiting does not help, a person must look."""

NOT_SET_UP: Final = (
    ConfigNotFound,
    ConfigParseError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
"""What a command meets where AWS's own tools would not work either."""


def config() -> Config:
    """Return how every client waits: briefly, three attempts with growing pauses, never for ever."""
    return Config(
        connect_timeout=CONNECT_S, read_timeout=READ_S, retries={"mode": "standard", "total_max_attempts": ATTEMPTS}
    )


@cache
def session() -> Session:
    """Return this process's session: what is read of the library's own data is read once.

    The region is that of `AWS_REGION`, as AWS's command line has it; the library itself looks at `AWS_DEFAULT_REGION`.
    """
    made = get_session()
    if region := os.environ.get("AWS_REGION"):
        made.set_config_variable("region", region)
    return made


def _client(service: str) -> Any:
    return session().create_client(service, config=config())


@cache
def dynamodb() -> DynamoDBClient:
    """Return this process's client for tables."""
    made: DynamoDBClient = _client("dynamodb")
    return made


@cache
def s3() -> S3Client:
    """Return this process's client for files."""
    made: S3Client = _client("s3")
    return made


@cache
def sqs() -> SQSClient:
    """Return this process's client for queues."""
    made: SQSClient = _client("sqs")
    return made


@cache
def secrets() -> SecretsManagerClient:
    """Return this process's client for secrets."""
    made: SecretsManagerClient = _client("secretsmanager")
    return made


@cache
def asked(service: str) -> Any:
    """Return this process's client of a service that commands look at and functions never do."""
    return _client(service)


def code_of(error: ClientError) -> str:
    """Return the service's word for what went wrong."""
    said: Any = error.response.get("Error", {})
    return str(said.get("Code", ""))


def trouble(error: Exception, what: str) -> NeedsHuman | StoreUnavailable:
    """Return what an answer that no adapter expects means: wait and repeat, or fetch a person.

    `what` names the place in our words. Whatever is not known to need a person is worth repeating, save a request that
    the service calls wrong (400): it would be wrong again.
    """
    if isinstance(error, NOT_SET_UP):
        return NeedsHuman(
            f"{what} cannot be asked: {type(error).__name__}; AWS_REGION and AWS_PROFILE choose whom to ask"
        )
    if not isinstance(error, ClientError):
        return StoreUnavailable(f"{what} cannot be reached: {type(error).__name__}")
    code = code_of(error)
    status: Any = error.response.get("ResponseMetadata", {})
    if code in FORBIDDEN:
        return NeedsHuman(f"{what} cannot be used: {code}; look at the function's role, the key and the name")
    if status.get("HTTPStatusCode") == 400 and code in {
        "ValidationException",
        "InvalidParameterValue",
        "InvalidRequest",
    }:
        return NeedsHuman(f"{what} does not take what we ask: {code}")
    return StoreUnavailable(f"{what} cannot be used just now: {code or 'no reason given'}")
