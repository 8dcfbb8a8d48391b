"""Messages between receipt and work: ids only, sent in as few calls as may be, none forgotten.

A queue may deliver a message twice and in any order; whoever reads one re-reads the facts. The body is JSON and carries
ids and sealed places, never a name, an address or a word. Sources, read 2026-11: SQS developer guide and API reference
(ten messages and 256 KB a call; a call may succeed for some of its messages).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from zoho_privacy.adapters.aws import trouble
from zoho_privacy.domain.errors import BadInput, NeedsHuman, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

MOST_AT_ONCE: Final = 10
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
