"""The demonstration opened: every page of deliberation that a link leads to."""

import re
from html import unescape

import pytest
from django.test import Client

from linli.flows.packs.load import load_pack
from linli.people.models import Account
from linli.web.tests.test_rows import FUDONG
from tests.cast import NOW
from tests.signing_in import sign_in

HERE = ("/forums/", "/deliberate/")
NOT_A_PAGE = re.compile(r"\.\w{2,4}$|/SHA256SUMS$|/paper/$|/poster/$|/export/$|/calendar")
CODE = re.compile(r"\b[A-Z]{3,}(?:_[A-Z]+)*\b")
WORDS = frozenset({"CSV", "JSON", "PDF", "SHA", "STATEMENTS", "VOTES"})


def linked(html):
    """Return the addresses of pages of deliberation that a page links to."""
    for href in re.findall(r'href="(/[^"#]*)', html):
        path = unescape(href)
        if path.startswith(HERE) and not NOT_A_PAGE.search(path.partition("?")[0]):
            yield path


def text_of(html):
    """Return what a page says, without its markup."""
    body = re.sub(r"(?s)<(script|style|svg)\b.*?</\1>", " ", html[html.index("<body") :])
    return re.sub(r"<[^>]+>", " ", body)


def walked(client, *starts):
    """Follow every link from these pages and return the addresses, each of which answered."""
    waiting, seen = list(starts), set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code == 200, path
        html = answer.content.decode()
        assert not set(CODE.findall(text_of(html))) - WORDS, path
        waiting += linked(html)
    return seen


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_every_page_of_deliberation_answers_and_shows_no_code():
    load_pack(path=FUDONG, at=NOW)
    anybody = walked(Client(), "/deliberate/")
    assert {path.split("/")[2] for path in anybody} >= {
        "topics", "meetings", "votes", "maps", "ideas", "published", "say", "vote",
    }  # fmt: skip
    Account.objects.update(must_change_password=False)  # They come by a link, without one.
    for username, parts in (
        ("su.minglan", {"topics", "opinions", "meetings", "maps", "votes"}),
        ("sun.lei", {"topics", "meetings", "votes"}),
    ):
        client = sign_in(Account.objects.get(username=username))
        found = walked(client, "/forums/topics/")
        assert {path.split("/")[2] for path in found if path.startswith("/forums/")} >= parts
