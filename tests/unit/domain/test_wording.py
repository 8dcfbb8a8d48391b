import json
import subprocess
import sys
import zlib
from dataclasses import replace

import pytest

from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.domain.classify import read, understand
from zoho_privacy.domain.model import Kind
from zoho_privacy.domain.scene import Scene
from zoho_privacy.domain.wording import KINDS, SIZE, Wording, features, number, of_word, packed


def model() -> Wording:
    wording = lexicon().wording
    assert wording is not None
    return wording


def scene(text: str) -> Scene:
    (found,) = read("", text, lexicon=lexicon())
    return found


@pytest.mark.req("R-CLASS-7")
@pytest.mark.parametrize(
    "text",
    [
        "Please don't keep that recording of me.",
        "Ihr dürft meine Angaben behalten, aber fasst sie nicht an, bis 2027 alles geklärt ist!",
        "私に関するものは全部消してください。",
        "Я больше не хочу получать от вас рекламу?",
    ],
)
def test_remembered_parts_add_up_to_the_features_that_were_trained(text: str) -> None:
    wording, here = model(), scene(text)
    for _ in range(2):  # met for the first time, then remembered
        assert wording.request(here) == pytest.approx(wording.judge([here], 0).request)


@pytest.mark.req("R-CLASS-1")
def test_what_is_said_beside_it_tells_for_what_a_sentence_asks() -> None:
    wording = model()
    asked, why = scene("Please use that for nothing else."), scene("You know that I am pregnant.")
    alone, beside = wording.judge([asked], 0), wording.judge([why, asked], 1)
    assert beside.request == alone.request
    assert beside.kinds[Kind.LIMIT_SENSITIVE] > alone.kinds[Kind.LIMIT_SENSITIVE]


def test_a_feature_has_the_same_number_everywhere() -> None:
    assert number("=<data>") == zlib.crc32(b"=<data>") % SIZE
    assert of_word("data7") == of_word("data9")
    assert "w消去" in of_word("消去")


@pytest.mark.req("R-CLASS-1", "R-CLASS-4")
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Je préférerais que plus rien de moi ne traîne chez vous.", Kind.DELETION),
        ("Ich mag nicht, dass ihr noch irgendetwas von mir aufhebt.", Kind.DELETION),
        ("Mag ik meelezen met wat jullie over mij opschrijven?", Kind.ACCESS),
    ],
)
def test_a_wish_in_words_that_no_rule_knows_is_found_by_its_wording(text: str, kind: Kind) -> None:
    ruled = understand("", text, lexicon=replace(lexicon(), wording=None))
    assert not ruled.kinds
    assert understand("", text, lexicon=lexicon()).kinds == (kind,)


@pytest.mark.req("R-CLASS-4")
@pytest.mark.parametrize("text", ["Please do not delete my data.", "Bitte löschen Sie meine Daten nicht."])
def test_what_the_writer_forbids_is_not_raised_by_its_wording(text: str) -> None:
    assert Kind.DELETION not in understand("", text, lexicon=lexicon()).kinds


@pytest.mark.req("R-CLASS-3")
def test_closing_an_account_stays_a_question_whatever_its_wording() -> None:
    found = understand("", "Bonjour, je souhaite fermer mon compte. Merci.", lexicon=lexicon())
    assert not found.kinds
    assert Kind.DELETION in {label.kind for label in found.doubtful}


def test_weights_survive_being_packed() -> None:
    columns = [[0.0] * SIZE for _ in range(1 + len(KINDS))]
    here = scene("Please erase my personal data.")
    for at in features(here):
        columns[0][at] = 2.0
    again = Wording.load(packed(columns, [-1.0] * len(columns), trained_on="x"))
    assert again.request(here) > 0.9
    assert again.request(scene("我的打印机坏了")) < 0.5


def test_a_model_of_another_form_says_what_to_do() -> None:
    head = json.dumps({"size": 8, "kinds": [], "scales": [], "biases": [], "trained_on": ""}).encode()
    with pytest.raises(ValueError, match=r"python3 -m benchmarks\.train"):
        Wording.load(head + b"\n" + zlib.compress(b""))


def test_the_model_was_trained_on_the_lines_that_are_here() -> None:
    program = "from benchmarks.mail_corpus import digest; print(digest())"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert model().trained_on == found.stdout.strip()
