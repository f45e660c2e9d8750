"""Thousands of generated bad requests to every address: each gets an answer, none a fault of ours.

About five hundred in every run; ten thousand with ``LINLI_SOAK=full``.
"""

import os
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes, urlencode

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from linli.web import urls  # noqa: F401  # So that every form is known.
from tests.house.access import World, addresses, browser_of, make_world, unchanged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FULL = os.environ.get("LINLI_SOAK", "") == "full"
WHO = ("shen", "zhou_min", "xu", "chen", "gu", "resident")
REQUESTS = (10_000 if FULL else 510) // len(WHO)

TEXTS = (
    "",
    "x",
    " ",
    "x" * 5_000,
    "😀" * 50,
    "\x00",
    "a\x00b",
    "'; DROP TABLE core_event; --",
    "' OR 1=1 --",
    "%' UNION SELECT 1 --",
    "\\",
    "%",
    "_",
    "{{7*7}}{% debug %}%(x)s{0}",
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "../../../etc/passwd",
    "\r\nSet-Cookie: a=b",
    "\u202e\u200f\ufeff",
    "١٢٣",
    "１２３",
    "²",
    "NaN",
    "inf",
    "1e400",
    "-1",
    "0",
    "9" * 40,
    "9223372036854775808",
    "2147483648",
    "1.5",
    "true",
    "null",
    "[]",
    '{"type": "Polygon", "coordinates": [[[1e400]]]}',
    '{"a":' * 500,
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "10000-01-01",
    "2026-03-04T25:61",
    "0001-01-01T00:00",
    "2026-W99",
    "BUILDING:999999999999999999999",
    "BUILDING:x",
    "AREA:-1",
    ":",
    "00000000-0000-0000-0000-000000000000",
    "not-a-uuid",
    "13812348000",
    "r12",
    "u" + "9" * 30,
    "1,2,x",
    ",".join("1" * 3_000),
)
RAW = (
    b"\xff\xfe",
    b"\xc0\xaf",  # an overlong slash
    b"\xe0\x80\xaf",
    b"\xed\xa0\x80",  # half of a pair
    b"\xf8\x88\x80\x80\x80",
    b"\xf4\x90\x80\x80",
    b"\x00",
    b"%",
    b"\x80" * 100,
)
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get")
CONTENT_TYPES = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-16",
    "application/x-www-form-urlencoded; charset=nonsense",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "b" * 300,
    "multipart/form-data; boundary=é",
    "application/json",
    "application/json; charset=utf-7",
    "text/xml",
    "text/plain",
    "nonsense",
    "",
)
BODIES = (
    b"",
    b"\x00" * 100,
    b"{",
    b'{"a": "\\ud800"}',
    b"a=%ed%a0%80&b=%c0%af&c=%00",
    b"&" * 2_000,
    b"a=1&" * 1_500,
    b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1',
    b'--b\r\nContent-Disposition: form-data; name="photos"; filename="\x00../x"\r\n'
    b"\r\n\xff\r\n--b--",
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b"PK\x03\x04" + b"\x00" * 60,
)
FILES = (
    ("x.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 50, "image/jpeg"),
    ("x.xlsx", b"PK\x03\x04nonsense", "image/jpeg"),
    ("..", b"<svg onload=alert(1)>", "image/svg+xml"),
    ("a\x00b.xlsx", b"", "application/zip"),
    ("x.geojson", b'{"type":"FeatureCollection","features":[{"geometry":{"type":"Point"}}]}', ""),
    ("x.geojson", b'{"type":"FeatureCollection","features":null}', "text/html"),
    ("x.geojson", b"[" * 100_000, ""),
    ("x" * 300 + ".pdf", b"%PDF-1.4", "text/html"),
)
HEADERS = {
    "HTTP_REFERER": ("//evil.example/", "http://testserver/\xff", "x" * 3_000),
    "HTTP_HX_REQUEST": ("true",),
    "HTTP_HX_CURRENT_URL": ("http://[", "javascript:1", "http://testserver/desk/"),
    "HTTP_X_LINLI_OUTBOX": ("1",),
    "HTTP_COOKIE": ("a", "sessionid=\x00", "csrftoken=" + "x" * 3_000, "linli_language=../../x"),
    "HTTP_ACCEPT_LANGUAGE": ("x" * 600, "zh;q=nan, en;q=-1"),
    "HTTP_X_FORWARDED_FOR": ("nonsense", "1.2.3.4, " * 300),
    "HTTP_X_FORWARDED_HOST": ("evil.example",),
    "HTTP_IF_NONE_MATCH": ('"', "*", 'W/"x'),
    "HTTP_IF_MODIFIED_SINCE": ("never", "Thu, 01 Jan 99999 00:00:00 GMT"),
    "HTTP_RANGE": ("bytes=9-1", "bytes=-", "x"),
    "HTTP_AUTHORIZATION": ("Bearer", "Bearer é", "Basic Og==", "x" * 3_000),
    "HTTP_HOST": ("a b", "[::1", "testserver:99999x", "é.example"),
    "CONTENT_LENGTH": ("-1", "x", "99999999999"),
}


def field_names() -> tuple[str, ...]:
    """Return every name under which a form of ours takes something, and those of addresses."""

    def below(kind: type) -> set[type]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    names = {name for form in below(forms.BaseForm) for name in getattr(form, "base_fields", ())}
    asked = "after before area of from until period show q view state page list ids week year day"
    more = "tab code text place_ref place_query longitude latitude next sort who community until"
    sent = "submission_key photos upload datum topic reason kind digest_minutes large language"
    return tuple(sorted(names.union(asked.split(), more.split(), sent.split())))


@dataclass
class Bad:
    """One request that no page of ours makes."""

    method: str
    path: str
    query: str
    body: object
    content_type: str | None
    headers: dict[str, str] = field(default_factory=dict)


@st.composite
def bad_requests(draw: st.DrawFn, paths: tuple[str, ...], names: tuple[str, ...]) -> Bad:
    """Draw an address that is there and bend it, its question, its body and its headers."""
    texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=30), st.integers().map(str))
    pairs = st.dictionaries(st.sampled_from(names), texts, max_size=8)
    path, _, query = draw(st.sampled_from(paths)).partition("?")
    if draw(st.integers(0, 9)) == 0:
        parts = path.split("/")
        at = draw(st.integers(0, len(parts) - 1))
        odd = st.one_of(st.sampled_from(RAW), texts.map(lambda text: _bytes(text)[:200]))
        parts[at] = quote_from_bytes(draw(odd))
        path = "/" + "/".join(parts).lstrip("/")
    if draw(st.booleans()):
        asked = {name: _bytes(text) for name, text in draw(pairs).items()}
        query = "&".join(one for one in (query, urlencode(asked)) if one)
    if draw(st.integers(0, 9)) == 0:
        query += "&q=" + quote_from_bytes(draw(st.sampled_from(RAW)))
    method = draw(st.sampled_from(("GET", "POST", "POST", *METHODS)))
    content_type: str | None = None
    body: object = b""
    match draw(st.integers(0, 3)):
        case 0:
            body = b"" if draw(st.booleans()) else draw(st.sampled_from(BODIES))
            content_type = draw(st.sampled_from(CONTENT_TYPES))
        case 1:
            sent = {name: _bytes(text) for name, text in draw(pairs).items()}
            body = urlencode(sent).encode()
            content_type = CONTENT_TYPES[0]
        case 2 if method == "POST":
            name, data, kind = draw(st.sampled_from(FILES))
            sent = {key: text for key, text in draw(pairs).items() if _is_sendable(text)}
            upload = SimpleUploadedFile("x", data, content_type=kind)
            upload._name = name  # a browser may send any
            body = sent | {draw(st.sampled_from(("photos", "file", "upload", "shape"))): upload}
    chosen = draw(st.sets(st.sampled_from(sorted(HEADERS)), max_size=2))
    headers = {name: draw(st.sampled_from(HEADERS[name])) for name in chosen}
    return Bad(method, path, query, body, content_type, headers)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_sendable(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


@pytest.mark.soak
@pytest.mark.parametrize("who", WHO)
def test_no_request_however_bad_is_a_fault_of_ours(who, cast, signed_in):
    world = make_world(cast)
    browser = browser_of(world, who, signed_in)
    paths = tuple(address for _name, address in addresses(world, who=who))

    @settings(
        max_examples=REQUESTS,
        derandomize=not FULL,
        database=None,
        deadline=None,
        phases=[Phase.generate] if FULL else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(bad=bad_requests(paths, field_names()))
    def ask(bad: Bad) -> None:
        status = answer_to(browser, bad)
        assert status < 500 or (status == 503 and bad.path == "/readyz"), (status, bad)

    ask()


def answer_to(browser, bad: Bad) -> int:
    """Make one request and return the status; the world is as before."""
    address = f"{bad.path}?{bad.query}" if bad.query else bad.path
    with unchanged(browser):
        if isinstance(bad.body, dict):
            answer = browser.post(address, bad.body, **bad.headers)
        else:
            answer = browser.generic(
                bad.method,
                address,
                bad.body,
                content_type=bad.content_type or "application/octet-stream",
                **bad.headers,
            )
        if answer.streaming:
            b"".join(answer.streaming_content)
    return answer.status_code


@pytest.mark.parametrize("who", ["shen", "resident"])
def test_each_address_takes_each_broken_piece_of_text(who, cast, signed_in):
    """Made by hand: raw bytes in the question and in the body of every address."""
    world: World = make_world(cast)
    browser = browser_of(world, who, signed_in)
    wrong = []
    names = field_names()
    for turn, (name, address) in enumerate(addresses(world, who=who)):
        raw = quote_from_bytes(RAW[turn % len(RAW)])
        path = address.partition("?")[0]
        sent = "&".join(f"{one}={raw}" for one in names).encode()
        for method in ("GET", "POST"):
            bad = Bad(method, path, f"q={raw}&after={raw}&{raw}={raw}", sent, CONTENT_TYPES[0])
            status = answer_to(browser, bad)
            if status >= 500 and name != "readyz":
                wrong.append((name, method, status, raw))
    assert not wrong


def test_a_piece_asked_from_an_address_that_is_none_leads_to_sign_in(cast, client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://["}
    answer = client.post("/matters/1/steps/accept/", headers=headers)
    assert answer.status_code < 500
    answer = client.get("/desk/", headers=headers)
    assert answer.headers["HX-Redirect"].startswith("/account/sign-in/")
