"""What another provider's importer would do with a package, as far as it needs no desk."""

from typing import Any

import pytest

from zoho_privacy.local import takeover


@pytest.mark.req("R-PORT-2")
def test_files_are_read_when_their_order_is_sent_and_never_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "CHUNK_BYTES", 100)
    read: list[int] = []

    def ticket(number: int) -> dict[str, Any]:
        def file() -> dict[str, str]:
            read.append(number)
            return {"name": "disk.img", "contentBase64": "A" * 60}

        return {"subject": str(number), "attachments": [file], "threads": [{"attachments": []}]}

    sent: list[list[str]] = []
    for some in takeover._chunks(ticket(number) for number in range(5)):
        sent.append([each["subject"] for each in some])
        assert read == list(range(sum(map(len, sent))))
        assert all(each["attachments"][0]["name"] == "disk.img" for each in some)
    assert sent == [["0", "1"], ["2", "3"], ["4"]]
