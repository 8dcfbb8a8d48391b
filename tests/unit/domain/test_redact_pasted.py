"""People in what is pasted: exports, tables, forms, listings of commands, in many languages."""

from pathlib import Path
from typing import Final

import pytest

from zoho_privacy.domain.redact import redact_text

PASTED: Final = Path(__file__).with_name("pasted.txt").read_text("utf-8").removesuffix("\n").split("\n=====\n")
"""Each ends with a line that says what of it is somebody's and, behind a second sign, what is nobody's."""


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize("pasted", PASTED, ids=map(str, range(len(PASTED))))
def test_nobody_stays_in_what_is_pasted(pasted: str) -> None:
    text, _, told = pasted.rpartition("\n>>> ")
    personal, _, plain = told.partition(" >>> ")
    after = redact_text(text)
    assert [each for each in personal.split(" ; ") if each in after] == []
    assert [each for each in plain.split(" ; ") if each not in after] == []
    assert redact_text(after) == after


@pytest.mark.req("R-ERASE-2")
@pytest.mark.parametrize(
    "text",
    [
        "Solicitante: Recursos Humanos",
        "UID:040000008200E00074C5B7101A82E008",
        "Maria-DB-backup.zip",
        "Oscar-Firmware-1.2.zip",
        "Client: Windows 11 Pro",
        "Present: Always On VPN",
        "Behandelaar: Servicedesk",
    ],
)
def test_a_label_before_a_thing_names_nobody(text: str) -> None:
    assert redact_text(text) == text
