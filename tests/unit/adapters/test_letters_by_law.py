"""What a letter says under each law, in each language: its dates, authority, court and appeal, and no other's."""

import re
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from itertools import chain, product
from typing import Any, Final

import pytest

from zoho_privacy.adapters.delivery.letters import JinjaLetters, as_text, names
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.config import PolicyConfig, PortalConfig, Settings
from zoho_privacy.domain.deadline import due_dates, extension
from zoho_privacy.domain.model import Kind, Law
from zoho_privacy.domain.rules import Remedies, Rules, remedies
from zoho_privacy.domain.sheet import WORDS
from zoho_privacy.domain.tags import Command
from zoho_privacy.local import samples

LETTERS: Final = JinjaLetters(controller="OpenTech Support", privacy_contact="privacy@example.com")
FOLDER: Final = files("zoho_privacy.rules") / "letters"
LANGUAGES: Final = sorted(LETTERS.languages())
HOMES: Final[dict[Law, dict[str, str]]] = {
    Law.GDPR: {"country": "France"},
    Law.UK_GDPR: {"country": "United Kingdom"},
    Law.CCPA: {"country": "United States", "state": "California"},
    Law.LGPD: {"country": "Brazil"},
    Law.PIPEDA: {"country": "Canada"},
    Law.US_STATE: {"country": "United States", "state": "Colorado"},
    Law.NONE: {"country": "Japan"},
}
RECEIVED: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
FEE: Final = (
    r"\bfees?\b|\bcharge|\bpay\b|payment|gebühr|entgelt|bezahl|\bfrais\b|paiement|redevance|\btasas?\b|\bpago|pagar"
    r"|\btariff|\bpagament|\bspese\b|betal|vergoeding|\btaxas?\b|avgift|poplat|platb|naknad|pristojb|plaćan|\btaxă|\bplat[aă]\b"
    r"|τέλο[ςυ]|χρέωσ|πληρω"
)


@cache
def rules() -> Rules:
    return load_rules()


def of(law: Law) -> Remedies:
    return remedies(rules(), law, country=HOMES[law].get("country"), state=HOMES[law].get("state"))


def text(name: str, language: str, **values: Any) -> str:
    return as_text(LETTERS.render(name, language, samples.values(rules(), **values)))


def extended(law: Law) -> date | None:
    """Return the last day of an extended access case under one law, None where it grants none."""
    dates = due_dates(rules(), received=RECEIVED, kind=Kind.ACCESS, laws=(law,), timezone="UTC")
    if rules().clocks[law].extended is None:
        return None
    moved = extension(
        rules(), dates, kind=Kind.ACCESS, laws=(law,), today=RECEIVED.date(), reason="three archives", timezone="UTC"
    )
    return moved.due


@pytest.mark.req("R-MACRO-1", "R-MACRO-2", "R-REFUSE-2", "R-LANG-1")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_names_what_its_own_law_grants_and_nothing_else(language: str) -> None:
    told = {law: text("refusal", language, remedies=of(law), kinds=[Kind.ACCESS]) for law in HOMES}
    court = {
        law: text(
            "refusal",
            language,
            remedies=Remedies(of(law).authority, court=False, appeal_days=of(law).appeal_days),
            kinds=[Kind.ACCESS],
        )
        for law in HOMES
    }
    authorities = {law: of(law).authority for law in HOMES}
    for law, letter in told.items():
        for other, authority in authorities.items():
            assert authority is None or (authority.name in letter) is (other is law)
        assert ("45" in letter) is (law is Law.US_STATE), "an appeal only where a state grants one"
        goes_to_court = law in {Law.GDPR, Law.UK_GDPR, Law.LGPD, Law.PIPEDA}
        assert (letter != court[law]) is goes_to_court
    assert len(set(told.values())) == len(HOMES)
    utah = remedies(rules(), Law.US_STATE, country="United States", state="Utah")
    assert "45" not in text("refusal", language, remedies=utah, kinds=[Kind.ACCESS])


@pytest.mark.req("R-MACRO-2", "R-CLOCK-3")
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_extension_tells_the_day_of_its_own_law(language: str) -> None:
    days = {law: day for law in HOMES if (day := extended(law))}
    assert days == {
        Law.GDPR: date(2026, 6, 2),
        Law.UK_GDPR: date(2026, 6, 2),
        Law.CCPA: date(2026, 5, 31),
        Law.PIPEDA: date(2026, 5, 1),
        Law.US_STATE: date(2026, 5, 31),
    }
    told = {
        law: text("extension", language, remedies=of(law), new_due=day, old_due=date(2026, 4, 1))
        for law, day in days.items()
    }
    assert len(set(told.values())) == len(days)


@pytest.mark.req("R-MACRO-1", "R-LANG-1")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_every_kind_and_law_is_written_in_full(language: str) -> None:
    """As it is sent and as plain text: no gap, no word of the template, the same words in both."""
    sources = {name: (FOLDER / language / f"{name}.html").read_text("utf-8") for name in names()}
    by_kind = ((name, kind, Law.NONE) for name, kind in product(names(), Kind) if "(kinds" in sources[name])
    by_law = ((name, Kind.ACCESS, law) for name, law in product(names(), HOMES) if "remedies" in sources[name])
    rest = ((name, Kind.ACCESS, Law.NONE) for name in names() if not re.search(r"\(kinds|remedies", sources[name]))
    for name, kind, law in chain(by_kind, by_law, rest):
        html = LETTERS.render(name, language, samples.values(rules(), kinds=[kind], no_proof=[], remedies=of(law)))
        plain = as_text(html)
        assert not re.search(r"[{}]|\bNone\b|Undefined", plain), (name, kind, law)
        assert html.startswith(f'<div lang="{language}">')
        words = re.findall(r"[^\W\d_]{4,}", re.sub(r"<[^>]*>", " ", html))
        assert set(words) <= set(re.findall(r"[^\W\d_]{4,}", plain)) | {"quot", "nbsp"}, (name, kind, law)


@pytest.mark.req("R-REFUSE-3", "R-VERIFY-8")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_asks_for_money(language: str) -> None:
    for name in names():
        written = text(name, language, client="", reason="", ground="", body="", question="")
        assert not re.search(FEE, written, re.IGNORECASE), name


@pytest.mark.req("R-REFUSE-3")
def test_no_command_note_or_setting_asks_for_money() -> None:
    """A fee is off, and there is nothing to switch it on with."""
    fields = [*Settings.model_fields, *PortalConfig.model_fields, *PolicyConfig.model_fields]
    offered = " ".join([*Command, *WORDS, *fields]).replace("_", " ")
    assert not re.search(FEE, offered, re.IGNORECASE)


DELETE: Final = {
    "cs": "vymazali", "de": "löschen", "el": "διαγράψουμε", "en": "delete", "es": "eliminemos", "fr": "effacions",
    "hr": "izbrišemo", "it": "cancelliamo", "nl": "verwijderen", "pt": "apaguemos", "ro": "ștergem", "sv": "raderar",
}  # fmt: skip


@pytest.mark.req("R-CONSENT-2")
@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_withdraws_consent_is_offered_a_deletion_and_gets_none_unasked(language: str) -> None:
    withdrawn, other = (
        text("opt_out_done", language, kinds=[kind]) for kind in (Kind.WITHDRAW_CONSENT, Kind.OPT_OUT_SALE)
    )
    assert DELETE[language] in withdrawn
    assert DELETE[language] not in other
