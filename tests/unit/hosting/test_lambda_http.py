"""From an HTTP API event to a request and back."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_privacy.domain.errors import BadInput
from zoho_privacy.hosting import lambda_http
from zoho_privacy.hosting.http import Response, html

CONTEXT = {"http": {"method": "POST", "sourceIp": "192.0.2.7"}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def test_a_request_is_read_as_any_host_reads_it() -> None:
    event = {
        "version": "2.0",
        "rawPath": "/verify/tök en",
        "rawQueryString": "a=1&b=%C3%A9&c=",
        "headers": {"Accept-Language": "de", "x-zdesk-jwt": "t"},
        "requestContext": CONTEXT,
        "body": "code=1",
    }
    request = lambda_http.read(event)
    assert (request.method, request.path, request.client) == ("POST", "/verify/tök en", "192.0.2.7")
    assert request.headers == {"accept-language": "de", "x-zdesk-jwt": "t"}
    assert request.query == {"a": "1", "b": "é", "c": ""}
    assert request.form() == {"code": "1"}


@given(body=st.binary(max_size=40))
def test_bytes_come_in_as_they_were_sent(body: bytes) -> None:
    event = {"version": "2.0", "requestContext": CONTEXT, "isBase64Encoded": True}
    assert lambda_http.read({**event, "body": base64.b64encode(body).decode()}).body == body


@given(body=st.binary(min_size=1, max_size=40))
def test_bytes_go_out_as_they_are(body: bytes) -> None:
    answer = lambda_http.write(Response(200, headers={"content-type": "application/zip"}, stream=[body]))
    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"]) == body


def test_text_goes_out_as_text_and_a_head_without_body() -> None:
    page = html("<p>ü</p>", 404)
    assert lambda_http.write(page) == {"statusCode": 404, "headers": dict(page.headers), "body": "<p>ü</p>"}
    assert lambda_http.write(page, head=True)["body"] == ""


@settings(max_examples=60)
@given(event=st.dictionaries(st.sampled_from(["version", "requestContext", "body", "rawPath"]), JSON))
def test_anything_else_is_refused_or_read(event: dict[str, object]) -> None:
    for version in ({}, {"version": "2.0"}, {"version": "2.0", "requestContext": CONTEXT}):
        try:
            request = lambda_http.read({**event, **version})
        except BadInput:
            continue
        assert request.path
        assert json.dumps(lambda_http.write(Response(200, request.body)))


@pytest.mark.parametrize("body", ["%%%", "YQ", "é"])
def test_a_body_that_is_not_what_it_says_is_refused(body: str) -> None:
    with pytest.raises(BadInput):
        lambda_http.read({"version": "2.0", "requestContext": CONTEXT, "body": body, "isBase64Encoded": True})
