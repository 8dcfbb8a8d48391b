"""Files and ledger heads in S3: the suite's Blobs in one bucket, the Anchor in another that forgets nothing.

The files' bucket keeps no older versions, or a deleted export would live on in one. The anchors' bucket has versions
and an object lock with a period of its own: nobody, the suite included, can change or remove a head before it ends
(R-EVID-3). A head's organisation, number and hash stand in its name, so that one listing reads them all. Encryption,
TLS and public access are the buckets' own rules (template); names are those that the port allows.
Sources, read 2026-11: S3 user guide (consistency, conditional writes, object lock), API reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from json import dumps
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from zoho_privacy.adapters.aws import code_of, trouble
from zoho_privacy.adapters.blobs import CHUNK, NAME, checked
from zoho_privacy.domain.errors import NotFound, StoreUnavailable, Tampered
from zoho_privacy.domain.ledger import Head
from zoho_privacy.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

IN_MEMORY: Final = 8 << 20
HANDED_OUT_S: Final = 300
GONE: Final = frozenset({"404", "NoSuchKey", "NotFound"})
TAKEN: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
ANCHOR: Final = re.compile(r"[^/]*/(?P<at>[0-9T.]+)-(?P<sequence>[0-9]{12})-(?P<hash>[0-9a-f]+)\.json", re.ASCII)


class S3Blobs:
    """Blobs in the bucket `bucket`."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """See the port. Beyond eight megabytes the file waits on the function's own disk until it is whole.

        Raises:
            StoreUnavailable: Nothing is known to be written; an older file of that name may have been replaced whole.
            NeedsHuman: The bucket, its key or the permission is missing.
        """
        checked(name)
        with SpooledTemporaryFile(IN_MEMORY) as whole:
            for chunk in chunks:
                whole.write(chunk)
            size = whole.tell()
            whole.seek(0)
            with _plainly():
                self._client.put_object(Bucket=self._bucket, Key=name, Body=cast("IO[bytes]", whole))
        return size

    def get(self, name: str) -> Iterator[bytes]:
        """See the port."""
        with _plainly():
            found = self._client.get_object(Bucket=self._bucket, Key=checked(name))
        return _chunks(found["Body"].iter_chunks(CHUNK))

    def delete(self, name: str) -> bool:
        """See the port."""
        with _plainly():  # the file itself comes first; a HEAD could not tell a missing bucket from a missing file
            first = self._client.list_objects_v2(Bucket=self._bucket, Prefix=checked(name), MaxKeys=1).get("Contents")
            if not first or first[0]["Key"] != name:
                return False
            self._client.delete_object(Bucket=self._bucket, Key=name)
        return True

    def names(self, prefix: str) -> Sequence[str]:
        """See the port."""
        return sorted(name for name in _names(self._client, self._bucket, prefix) if NAME.fullmatch(name))


def handed_out(client: S3Client, bucket: str, name: str, chunks: Iterable[bytes], *, shown_as: str) -> str:
    """Put a file where whoever has the returned address may fetch it for five minutes; the bucket ends it in a day.

    What is put there must be encrypted under a key of its own: the address alone opens it. Raises as `S3Blobs.put`.
    """
    S3Blobs(client, bucket).put(name, chunks)
    asked = {"Bucket": bucket, "Key": name, "ResponseContentDisposition": shown_as}
    return client.generate_presigned_url("get_object", Params=asked, ExpiresIn=HANDED_OUT_S)


class S3Anchor:
    """An Anchor in the bucket `bucket`, one object a head. `clock` orders the heads as they are left."""

    def __init__(self, client: S3Client, bucket: str, *, clock: Clock) -> None:
        self._client, self._bucket, self._clock = client, bucket, clock

    def leave(self, org: str, sequence: int, head: str, at: datetime) -> None:
        """See the port.

        Raises:
            StoreUnavailable: It is not known to be left; repeating is safe.
            NeedsHuman: The bucket, its key or the permission is missing.
        """
        told = {"org": org, "sequence": sequence, "hash": head, "at": at.astimezone(UTC).isoformat()}
        name = f"{org}/{self._clock.now():%Y%m%dT%H%M%S.%f}-{sequence:012d}-{head}.json"
        with _plainly():
            self._client.put_object(Bucket=self._bucket, Key=name, Body=dumps(told).encode(), IfNoneMatch="*")

    def heads(self, org: str) -> Sequence[Head]:
        """Return the heads left for an organisation, oldest first.

        Raises:
            Tampered: Something else lies among them.
        """
        return [_head(org, name) for name in sorted(_names(self._client, self._bucket, f"{org}/"))]


def _head(org: str, name: str) -> Head:
    parts = ANCHOR.fullmatch(name)
    if parts is None:
        raise Tampered("something that is no ledger head lies among the anchors")
    return Head(org, int(parts["sequence"]), parts["hash"])


def _names(client: S3Client, bucket: str, prefix: str) -> Iterator[str]:
    with _plainly():
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from (each["Key"] for each in page.get("Contents", []))


def _chunks(body: Iterator[bytes]) -> Iterator[bytes]:
    with _plainly():
        yield from body


@contextmanager
def _plainly() -> Iterator[None]:
    """Say in our words what S3 answered; its own texts hold names of files."""
    try:
        yield
    except ClientError as error:
        if code_of(error) in GONE:
            raise NotFound("there is no such file") from error
        if code_of(error) in TAKEN:
            raise StoreUnavailable("another wrote a file of that name at this moment") from error
        raise trouble(error, "the file store") from error
    except BotoCoreError as error:
        raise trouble(error, "the file store") from error
