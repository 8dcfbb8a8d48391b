"""The scan of a sentence: which words are read as which, and how far from its spelling a word may be."""

import pytest

from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.adapters.understanding import classify
from zoho_privacy.domain.lexicon import BIT, Vocabulary


def vocabulary(language: str) -> Vocabulary:
    return lexicon().vocabulary([language], typos=language)


def said(language: str, sentence: str) -> set[str]:
    hits, _, _ = vocabulary(language).scan(sentence)
    return {name for name, bit in BIT.items() for hit in hits if hit.mask & bit}


@pytest.mark.req("R-CLASS-1")
@pytest.mark.parametrize(
    ("language", "right", "wrong"),
    [
        ("en", "delete", "dleete"),
        ("en", "unsubscribe", "unsubcribe"),
        ("de", "weitergegeben", "weitegregeben"),
        ("fr", "publicitaire", "publiictaire"),
        ("es", "expediente", "expeidente"),
        ("nl", "achternaam", "achtrenaam"),
        ("ru", "выбросьте", "выборсьте"),
        ("pl", "reklamowych", "reklmaowych"),
        ("it", "eliminate", "elimminate"),
    ],
)
def test_a_slip_of_the_keys_changes_nothing(language: str, right: str, wrong: str) -> None:
    """Two letters swapped, one missing, one typed twice."""
    assert said(language, right)
    assert said(language, wrong) == said(language, right)


@pytest.mark.req("R-CLASS-4")
@pytest.mark.parametrize("word", ["form", "trail", "dairy", "casual", "united", "printer", "folder", "restore"])
def test_an_ordinary_word_is_no_slip_of_another(word: str) -> None:
    vocabulary("en").scan(word)
    assert word not in vocabulary("en").meant


def test_short_words_stand_as_they_are() -> None:
    """Of four letters nearly everything is a slip away from something."""
    for word in ("siht", "dtaa", "wpie"):
        assert lexicon().vocabulary(["en"], typos="en").typed is not None
        vocabulary("en").scan(word)
        meant = vocabulary("en").meant.get(word, word)
        assert meant == word or sorted(meant) == sorted(word)


def test_only_the_language_written_in_is_put_right() -> None:
    both = lexicon().vocabulary(["de", "en"], typos="de")
    both.scan("dleete")
    assert "dleete" not in both.meant


LIMITED = {
    "en": "What I told you about my diabetes stays with the nurse and is used for nothing else.",
    "de": "Was ich über meine Schwangerschaft gesagt habe, nutzt ihr bitte für nichts anderes.",
    "fr": "Que je sois syndiquée ne doit servir à rien d'autre qu'à la cotisation.",
    "ja": "私の病歴は治療以外の目的に使わないでください。",
    "ar": "معلومات مرضي لا تستخدموها لأي غرض آخر غير العلاج.",
}


@pytest.mark.req("R-LANG-1", "R-CLASS-1")
@pytest.mark.parametrize("language", sorted(set(lexicon().entries) - {"any"}))
def test_each_language_has_words_for_why_and_about_what(language: str) -> None:
    """What somebody asks shows in what they are upset, ashamed or careful about, not in the names of rights."""
    thin = [
        concept
        for concept in ("delicate", "until", "automated", "outrage", "exposed", "instead", "newlife", "profit")
        if len(lexicon().entries[language].get(concept, ())) < 5
    ]
    assert thin == []


@pytest.mark.req("R-OPTOUT-4", "R-CLASS-1")
@pytest.mark.parametrize("language", sorted(LIMITED))
def test_what_is_delicate_is_to_be_used_for_nothing_else(language: str) -> None:
    assert classify("", LIMITED[language])["limit_sensitive"] >= 0.5
