"""The page behind a verification link: a look proves nothing, a button does, and nobody learns who is known."""

import re
from urllib.parse import urlencode

import pytest

from tests.builders import ORG
from tests.fakes.links import COMPANY, EARLIER, PHONE, Scene, a_scene
from webhooks import identity
from zoho_privacy.domain.model import State
from zoho_privacy.domain.verify import FACT_NAMES
from zoho_privacy.hosting import dispatch, pages
from zoho_privacy.hosting.http import Request
from zoho_privacy.workflows import casebook

ANSWERS = {"ticket_number": EARLIER, "company": COMPANY, "phone": PHONE, "name": "Ada Moss", "declared": "yes"}


def get(scene: Scene, token: str, language: str = "") -> tuple[int, str]:
    headers = {"accept-language": language} if language else {}
    answer = identity.handle(Request("GET", f"/verify/{token}", headers), scene.app)
    return answer.status, answer.body.decode()


def post(scene: Scene, token: str, **fields: str) -> tuple[int, str]:
    body = urlencode(fields).encode()
    answer = identity.handle(Request("POST", f"/verify/{token}", body=body), scene.app)
    return answer.status, answer.body.decode()


def state(scene: Scene) -> State:
    (case,) = casebook.cases_of_ticket(scene.app.store, ORG, scene.ticket.id)
    return case.state


@pytest.mark.req("R-VERIFY-2")
def test_looking_proves_nothing_and_pressing_the_button_does() -> None:
    """Mail scanners follow every link in a mail before its reader does."""
    scene = a_scene()
    token = scene.challenge()
    for _ in range(3):
        assert get(scene, token)[0] == 200
    assert state(scene) is State.AWAITING_PROOF
    assert post(scene, token)[0] == 200
    assert state(scene) is State.VERIFIED


@pytest.mark.req("R-INTAKE-4")
def test_pressing_twice_is_pressing_once() -> None:
    scene = a_scene()
    token = scene.challenge()
    assert post(scene, token) == post(scene, token) == get(scene, token)


@pytest.mark.req("R-VERIFY-2", "R-VERIFY-4")
def test_further_facts_and_a_declaration_are_asked_where_the_law_wants_them() -> None:
    scene = a_scene()
    token = scene.careful_challenge()
    asked = set(re.findall(r'<input type="text" id="(\w+)"', get(scene, token)[1]))
    assert 1 <= len(asked) <= 2
    assert asked <= set(FACT_NAMES)
    assert "penalty of perjury" in get(scene, token)[1]
    undeclared = {name: ANSWERS[name] for name in asked}
    assert post(scene, token)[0] == 422
    assert post(scene, token, **undeclared)[0] == 422
    assert state(scene) is State.AWAITING_PROOF
    assert post(scene, token, **undeclared, declared="yes")[0] == 200
    assert state(scene) is State.VERIFIED


@pytest.mark.req("R-VERIFY-6", "R-VERIFY-12")
def test_wrong_answers_are_counted_and_end_with_a_person() -> None:
    scene = a_scene()
    token = scene.careful_challenge()
    wrong = dict.fromkeys(FACT_NAMES, "not this") | {"declared": "yes"}
    statuses = [post(scene, token, **wrong)[0] for _ in range(5)]
    assert statuses == [422, 422, 422, 422, 403]
    assert state(scene) is State.WITH_PERSON
    assert post(scene, token, **ANSWERS)[0] == 403


@pytest.mark.req("R-VERIFY-12")
def test_unknown_and_lapsed_links_look_the_same() -> None:
    scene = a_scene()
    token = scene.challenge()
    scene.wait(hours=73)
    lapsed = get(scene, token)
    for unknown in ("x" * 43, "short", "%00", "é" * 20, token[:-1]):
        assert get(scene, unknown) == lapsed
        assert post(scene, unknown) == lapsed
    assert lapsed[0] == 404


@pytest.mark.req("R-VERIFY-12")
def test_the_page_of_somebody_unknown_is_that_of_anybody() -> None:
    """Whoever wrote in another's name must not learn whether that person is a customer."""
    known, unknown = a_scene(), a_scene()
    pages_seen = [get(known, known.challenge()), get(unknown, unknown.challenge(proves=False))]
    assert pages_seen[0] == pages_seen[1]
    token = unknown.app.keyring.token("challenge", f"{unknown.ticket.id}-1")
    assert post(unknown, token) == post(known, known.app.keyring.token("challenge", f"{known.ticket.id}-1"))
    assert state(unknown) is State.WITH_PERSON


@pytest.mark.req("R-VERIFY-12", "R-SEC-8")
def test_no_page_holds_personal_data() -> None:
    scene = a_scene()
    token = scene.careful_challenge()
    seen = [get(scene, token)[1], post(scene, token, **(ANSWERS | {"phone": "x"}))[1], post(scene, token, **ANSWERS)[1]]
    for page in seen:
        for value in ("Ada", "Moss", "example.net", PHONE, COMPANY, EARLIER, scene.ticket.id):
            assert value not in page


@pytest.mark.parametrize("language", sorted(pages.languages()))
def test_each_language_speaks_on_every_page(language: str) -> None:
    scene = a_scene()
    token = scene.careful_challenge(language)
    words = pages.words(language)
    status, page = get(scene, token)
    assert (status, f'<html lang="{language}">' in page) == (200, True)
    assert pages.page(language, words["identity"]["title"], []).split("<h1>")[1].split("</h1>")[0] in page
    assert get(scene, "unknown", f"{language}-XX,{language};q=0.9,en;q=0.5")[1].startswith(
        f'<!doctype html>\n<html lang="{language}">'
    )


def test_a_language_without_texts_is_answered_in_english() -> None:
    scene = a_scene()
    assert '<html lang="en">' in get(scene, scene.challenge(language="pl"))[1]
    assert '<html lang="en">' in get(scene, "unknown", "pl,*;q=0.5")[1]


@pytest.mark.parametrize("body", [b"\xff\xfe=%ff", b"&&&", b"a=" + b"x" * 100_000, b"=" * 40, b"declared=yes&" * 60])
def test_any_form_is_answered(body: bytes) -> None:
    """Also one with more fields than a form of ours can have."""
    scene = a_scene()
    token = scene.careful_challenge()
    route = dispatch.Route("POST", identity.PATH, identity.handle)
    answer = dispatch.answer(route, Request("POST", f"/verify/{token}", body=body), scene.app)
    assert answer.status in {400, 422}


def test_pages_carry_headers_that_keep_them_private() -> None:
    scene = a_scene()
    headers = identity.handle(Request("GET", f"/verify/{scene.challenge()}"), scene.app).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
