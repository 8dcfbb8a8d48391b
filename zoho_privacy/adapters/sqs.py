"""Messages between receipt and work: ids only, sent in as few calls as may be, none forgotten.

A queue may deliver a message twice and in any order; whoever reads one re-reads the facts. The body is JSON and carries
ids and sealed places, never a name, an address or a word. Sources, read 2026-11: SQS developer guide and API reference
(ten messages and 256 KB a call; a call may succeed for some of its messages).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from zoho_privacy.adapters.aws import trouble
from zoho_privacy.domain.errors import BadInput, NeedsHuman, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

MOST_AT_ONCE: Final = 10
LOOK_S: Final = 30
MOST_BYTES: Final = 240_000  # of the 262,144 that a message and a whole call may have


class Messages:
    """The queue at `url`, to send to."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client, self._url = client, url

    def send(self, bodies: Sequence[Mapping[str, Any]], *, delay_s: int = 0) -> None:
        """Send each as a message of its own, not delivered before `delay_s` seconds (0 to 900).

        Raises:
            BadInput: One of them is larger than a message may be; nothing was sent.
            StoreUnavailable: Some are not known to be sent; sending all of them again is safe.
            NeedsHuman: The queue, its key or the permission is missing.
        """
        texts = [json.dumps(body, separators=(",", ":")) for body in bodies]
        if any(len(text) > MOST_BYTES for text in texts):
            raise BadInput("a message is larger than its queue takes")
        for batch in _batches(texts):
            entries: Any = [
                {"Id": f"{n}", "MessageBody": text, "DelaySeconds": delay_s} for n, text in enumerate(batch)
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except (BotoCoreError, ClientError) as error:
                raise trouble(error, "the queue") from error
            refused = answer.get("Failed", [])
            if any(each["SenderFault"] for each in refused):
                raise NeedsHuman("the queue does not take what we send")
            if refused:
                raise StoreUnavailable(f"the queue did not take {len(refused)} of {len(batch)} messages")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that rests: its id, whose it is ("" where nobody can tell), since when, how often it was tried."""

    id: str
    home: str
    since: datetime
    tries: int
    body: str
    receipt: str


class Resting:
    """The dead letters' queue at `url`; `homes` are the queues that letters may go back to, by name."""

    def __init__(self, client: SQSClient, url: str, homes: Mapping[str, str]) -> None:
        self._client, self._url, self._homes = client, url, homes

    def letters(self, *, keep: bool = False) -> list[Letter]:
        """Return what rests. With `keep` nobody else sees it for half a minute: enough to send it back.

        Raises:
            StoreUnavailable: The queue cannot be asked just now.
            NeedsHuman: The queue, its key or the permission is missing.
        """
        found: dict[str, Letter] = {}
        while got := self._receive():
            for each in got:
                told = each.get("Attributes", {})
                since = datetime.fromtimestamp(int(told.get("SentTimestamp", "0")) / 1000, UTC)
                tries = int(told.get("ApproximateReceiveCount", "1")) - 1
                body = each["Body"]
                id_ = each["MessageId"]
                found[id_] = Letter(id_, _home(body), since, tries, body, each["ReceiptHandle"])
        if not keep:
            for each in found.values():
                self._show(each)
        return sorted(found.values(), key=lambda each: (each.since, each.id))

    def back(self, letter: Letter) -> bool:
        """Send a letter to where it came from; False where nobody can tell. Raises as `letters`.

        It is sent before it is removed: what happens in between makes a second copy, which changes nothing.
        """
        if letter.home not in self._homes:
            return False
        try:
            self._client.send_message(QueueUrl=self._homes[letter.home], MessageBody=letter.body)
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)
        except (BotoCoreError, ClientError) as error:
            raise trouble(error, "the queue") from error
        return True

    def _show(self, letter: Letter) -> None:
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )
        except (BotoCoreError, ClientError) as error:
            raise trouble(error, "the queue") from error

    def _receive(self) -> Sequence[Any]:
        try:
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, VisibilityTimeout=LOOK_S, AttributeNames=["All"]
            )
        except (BotoCoreError, ClientError) as error:
            raise trouble(error, "the queue") from error
        return answer.get("Messages", [])


def _home(body: str) -> str:
    """Tell by its shape which queue a message is of."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    return "arrivals" if "items" in told else "tasks" if "task" in told else ""


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield them in order, at most ten and 240 KB at once."""
    batch: list[str] = []
    for text in texts:
        if batch and (len(batch) == MOST_AT_ONCE or sum(map(len, batch)) + len(text) > MOST_BYTES):
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch
