"""Measures redaction on labelled texts and on size: `python -m benchmarks.redaction LABELLED.json`.

Prints precision and recall per label, by characters, and MB/s for text and mail-like HTML. The labelled file is a JSON
list of {"full_text", "spans": [{"entity_type", "start_position", "end_position"}]}. Nothing is compared or asserted
here; tests/unit/domain/test_redact_labelled.py holds the floors.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from zoho_privacy.domain.redact import find_personal_data, redact_html, redact_text

LABELS = {
    "PERSON": "PERSON",
    "ADDRESS": "ADDRESS",
    "CREDIT_CARD": "CARD",
    "PHONE_NUMBER": "PHONE",
    "EMAIL_ADDRESS": "EMAIL",
    "US_SSN": "SSN",
    "IBAN_CODE": "IBAN",
    "US_DRIVER_LICENSE": "GOVID",
    "IP_ADDRESS": "IP",
}


def measure(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[float, float, int]]:
    """Return label -> (precision, recall, labelled characters).

    A found character is right where it lies in any labelled span, whatever its class; recall counts the characters of
    a class that anything covered. Places, organisations, titles and dates that are no birth dates are not asked for.
    """
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for row in rows:
        text = row["full_text"]
        finds = find_personal_data(text)
        here = {index for start, end, _ in finds for index in range(start, end)}
        personal = {index for span in row["spans"] for index in range(span["start_position"], span["end_position"])}
        for start, end, label in finds:
            letters = [index for index in range(start, end) if text[index].isalnum()]
            found[label] += len(letters)
            right[label] += sum(index in personal for index in letters)
        for span in row["spans"]:
            label = LABELS.get(span["entity_type"], "")
            letters = [i for i in range(span["start_position"], span["end_position"]) if text[i].isalnum()]
            if label:
                wanted[label] += len(letters)
                covered[label] += sum(index in here for index in letters)
    return {
        label: (
            right[label] / found[label] if found[label] else 1.0,
            covered[label] / wanted[label] if wanted[label] else 1.0,
            wanted[label],
        )
        for label in sorted({*found, *wanted})
    }


def speed(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Return MB/s of text and of mail-like HTML around the same sentences."""
    texts = [row["full_text"] for row in rows]
    style = "<span style='font-family:\"Calibri\",sans-serif;mso-fareast-language:EN-US'>"
    pages = [f"<div class=MsoNormal>{style}{text}<o:p></o:p></span></div>" * 3 for text in texts]
    rates = []
    for redact, samples in ((redact_text, texts), (redact_html, pages)):
        size = sum(len(sample) for sample in samples)
        begin = time.perf_counter()
        for sample in samples:
            redact(sample, {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net"})
        rates.append(size / 1e6 / (time.perf_counter() - begin))
    return rates[0], rates[1]


def main(arguments: Sequence[str]) -> int:
    """Print the figures for the file named on the command line."""
    rows = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    for label, (precision, recall, size) in measure(rows).items():
        print(f"{label:9} precision {precision:.3f}  recall {recall:.3f}  of {size} characters")  # noqa: T201
    text, page = speed(rows)
    print(f"text {text:.2f} MB/s, HTML {page:.2f} MB/s")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
