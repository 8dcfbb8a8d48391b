import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.understanding_cases import Example, examples
from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.domain.classify import CERTAIN, DOUBTFUL, evaluate, understand
from zoho_privacy.domain.model import Kind, Understanding

LEXICON = lexicon()
CASES = tuple(examples())
LATIN = tuple(each for each in CASES if each.language in {"en", "de", "fr", "es", "nl", "it"})
WORDS = (
    "delete",
    "my",
    "data",
    "personal",
    "please",
    "not",
    "löschen",
    "Daten",
    "mes",
    "données",
    "?",
    ".",
    "\n",
    ">",
    "<p>",
    "@",
)
FOOTERS = (
    "-- \nIda Holm\nExample Ltd\nData protection: you may request access to and erasure of your personal data.",
    "This e-mail is confidential. If you are not the intended recipient, please delete it and tell the sender.",
    "You are receiving this because you signed up. To unsubscribe from our newsletter, click here.",
    "Informationen zum Datenschutz: Sie haben das Recht auf Auskunft und Löschung Ihrer Daten.",
)
OUR_REPLY = (
    "On Mon, 2 Mar 2026 at 10:02, Support <support@example.com> wrote:\n"
    "> Dear customer, we have received your request to delete your personal data and will answer within 30 days.\n"
    "> You have the right to access, correct or delete your personal data and to withdraw your consent.\n"
    "> Please delete all my personal data."
)


def read(text: str, subject: str = "") -> Understanding:
    return understand(subject, text, lexicon=LEXICON)


def meaning(found: Understanding) -> tuple[object, ...]:
    return found.kinds, tuple(label.kind for label in found.doubtful), found.reminder, found.by_agent, found.child


@settings(max_examples=100)
@given(subject=st.text(max_size=80), body=st.text(max_size=600))
def test_any_text_is_understood_without_an_error(subject: str, body: str) -> None:
    found = read(body, subject)
    assert all(label.confidence >= CERTAIN for label in found.labels)
    assert all(DOUBTFUL <= label.confidence < CERTAIN for label in found.doubtful)


@settings(max_examples=100)
@given(body=st.lists(st.sampled_from(WORDS), max_size=80).map(" ".join))
def test_any_heap_of_telling_words_is_understood_without_an_error(body: str) -> None:
    found, agent = evaluate("", body, lexicon=LEXICON)
    assert found.keys() == set(Kind)
    assert all(0.0 <= score <= 1.0 for score in (*found.values(), agent))


@settings(max_examples=60)
@given(example=st.sampled_from(LATIN), footer=st.sampled_from(FOOTERS))
@pytest.mark.req("R-CLASS-4")
def test_a_footer_never_changes_the_result(example: Example, footer: str) -> None:
    plain = meaning(read(example.text, example.subject))
    assert meaning(read(f"{example.text}\n\n{footer}", example.subject)) == plain


@settings(max_examples=60)
@given(example=st.sampled_from([each for each in CASES if not each.expect and each.group == "ordinary"]))
@pytest.mark.req("R-CLASS-4")
def test_quoting_our_own_reply_never_fires(example: Example) -> None:
    found = read(f"{example.text}\n\n{OUR_REPLY}", "Re: ticket")
    assert not found.labels


@settings(max_examples=60)
@given(example=st.sampled_from(LATIN), data=st.data())
def test_invisible_characters_do_not_matter(example: Example, data: st.DataObject) -> None:
    text = example.text
    for _ in range(4):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(st.sampled_from("\u200b\u00ad\u2060\ufeff")) + text[place:]
    assert meaning(read(text, example.subject)) == meaning(read(example.text, example.subject))


@settings(max_examples=40)
@given(example=st.sampled_from(CASES))
def test_reading_twice_is_reading_once(example: Example) -> None:
    """The lexicon remembers words; what it remembers must not change an answer."""
    assert read(example.text, example.subject) == read(example.text, example.subject)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "delete my data ",
        "From: x\n",
        "> ",
        "x\n",
        "<div>",
        "a@",
        "1:",
        "'a ",
        "my data you have about me ",
        "個人情報を削除",
        "ά",
    ],
)
def test_a_hostile_body_of_100_kb_is_quick(piece: str) -> None:
    """About 0.1 s on an idle core; the bound leaves room for a busy machine and still catches a quadratic pattern."""
    body = (piece * (100_000 // len(piece) + 1))[:100_000]
    begin = time.process_time()
    read(body, body[:500])
    assert time.process_time() - begin < 1.0
