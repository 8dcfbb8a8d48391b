import json
from pathlib import Path

import pytest

from tests.unit.domain.understanding_cases import examples, share
from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.domain.language import UNKNOWN, identify, rank

PROFILES = lexicon().profiles
KIN = {"da": "da/no", "no": "da/no", "hr": "hr/sr", "sr": "hr/sr"}
LETTERS = Path(__file__).parents[4] / "shared" / "data" / "privacy-requests-dev.jsonl"


def same(first: str, second: str) -> bool:
    return KIN.get(first, first) == KIN.get(second, second)


@pytest.mark.req("R-LANG-1")
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Please send me the invoice again.", "en"),
        ("Bitte schicken Sie mir die Rechnung noch einmal.", "de"),
        ("Veuillez m'envoyer la facture encore une fois.", "fr"),
        ("Por favor, envíenme la factura otra vez.", "es"),
        ("Stuur mij de factuur alstublieft nog een keer.", "nl"),
        ("Per favore, mandatemi di nuovo la fattura.", "it"),
        ("Por favor enviem-me a fatura outra vez, não a encontro.", "pt"),
        ("Pošlete mi prosím fakturu ještě jednou.", "cs"),
        ("Παρακαλώ στείλτε μου ξανά το τιμολόγιο.", "el"),
        ("Molim vas da mi ponovno pošaljete račun.", "hr"),
        ("Vă rog să îmi trimiteți factura din nou.", "ro"),
        ("Vänligen skicka mig fakturan en gång till.", "sv"),
        ("Пришлите мне, пожалуйста, счёт ещё раз.", "ru"),
        ("請再把發票寄給我一次。", "zh"),
        ("請求書をもう一度送ってください。", "ja"),
        ("청구서를 다시 보내 주세요.", "ko"),
        ("أرجو إرسال الفاتورة مرة أخرى.", "ar"),
    ],
)
def test_a_plain_sentence_is_recognised(text: str, language: str) -> None:
    assert identify(text, profiles=PROFILES) == language


@pytest.mark.parametrize("text", ["", "12345 !!", "😀😀", "https://example.com/a?b=c"])
def test_what_holds_no_words_has_no_language(text: str) -> None:
    assert identify(text, profiles=PROFILES) == UNKNOWN


def test_shares_are_shares() -> None:
    ranked = rank("Hello, können wir heute sprechen?", profiles=PROFILES)
    assert all(0 < part <= 1 for _, part in ranked)
    assert sum(part for _, part in ranked) <= 1.000001


def test_cases_are_recognised() -> None:
    """Danish and Norwegian count as one: both lexicons are used for either."""
    assert share(same(identify(each.text, profiles=PROFILES), each.language) for each in examples()) >= 0.96


@pytest.mark.shared
def test_letters_are_recognised() -> None:
    if not LETTERS.exists():
        pytest.skip("the developer set is not beside the project")
    rows = [json.loads(line) for line in LETTERS.read_text(encoding="utf-8").splitlines()]
    assert share(same(identify(row["body"], profiles=PROFILES), row["lang"]) for row in rows) >= 0.99
