"""The emulator's route table against the published one: no invented route, no other scopes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from zoho_emulator.desk.routes import all_routes

TABLE = Path(__file__).resolve().parents[4] / "shared" / "zoho-desk-oas" / "endpoints.json"
# Routes that the API reference documents from other sources than the published OpenAPI text.
ELSEWHERE = {
    ("GET", "/fields"),
    ("GET", "/tickets/{}/history"),
    ("POST", "/subjectAccessRequests/entities"),
    ("GET", "/subjectAccessRequests/{}/download"),
    ("GET", "/contacts/{}/accounts"),
    ("GET", "/contacts/{}/photo"),
    ("GET", "/contacts/{}/attachments/{}/content"),
    ("GET", "/tickets/{}/attachments/{}/content"),
    ("GET", "/tickets/{}/comments/{}/attachments/{}/content"),
    ("GET", "/uploads/{}/contents"),
}


def published() -> Iterator[tuple[tuple[str, str], set[str]]]:
    for row in json.loads(TABLE.read_text(encoding="utf-8")):
        path = re.sub(r"\{[^}]*\}", "{}", row["path"].removeprefix("/api/v1"))
        yield (row["method"], path), set(row["scopes"])


@pytest.mark.shared
def test_every_route_is_a_published_one_with_its_scopes() -> None:
    """A route that does not exist at Zoho would let the suite call it here and fail there."""
    if not TABLE.exists():
        pytest.skip("the reference material is not beside the project")
    table = dict(published())
    mine = {(route.method, re.sub(r"<id:[^>]*>", "{}", route.path)): set(route.scopes) for route in all_routes()}
    assert set(mine) - set(table) == ELSEWHERE & set(mine)
    wrong = {
        key: (scopes, table[key])
        for key, scopes in mine.items()
        if key in table and table[key] and scopes != table[key]
    }
    assert wrong == {}
