"""Whole answers, byte for byte: what clients were written against must not move."""

import re
from pathlib import Path

import pytest

from linli.api.tests.open311.cases import published
from linli.matters.models import Condition, Matter
from linli.matters.tests.stages import Stage

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture
def known(server, cast):
    """Return what the addresses name: a matter on the board, one that is not, one service."""
    Condition.objects.create(
        category=cast.lamp,
        code="MANY",
        name="成片不亮 <3 盏以上>",
        clock="WORKING_HOURS",
        amount=12,
        rework_amount=4,
        position=1,
    )
    matter = published(cast)
    stage = Stage(cast)
    stage.accept()
    stage.dispatch()
    return {"board": matter, "hidden": stage.matter}


ASKED = {
    "discovery": "discovery",
    "services": "services",
    "service_definition": "services/LAMP",
    "service_definition_empty": "services/NOISE",
    "requests": "requests",
    "request_not_on_board": "requests/{hidden}",
    "token": "tokens/{board}",
    "errors_404": "requests/2026-987654321",
    "errors_400": "requests",
}
QUERIES = {"errors_400": {"status": "closed,later"}}


def plain(content: bytes, known: dict[str, Matter]) -> str:
    """Return an answer with a name for each figure that a database hands out."""
    text = content.decode()
    for name, matter in known.items():
        text = text.replace(f'"{matter.number}"', f'"{{{name}}}"')
        text = text.replace(f">{matter.number}<", f">{{{name}}}<")
    text = re.sub(r"BUILDING:\d+", "BUILDING:{key}", text)
    text = re.sub(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}\b", "{code}", text)
    return re.sub(r"(service_request_id\"?[:>]\"?)2026-\d+", r"\1{new}", text)


def compare(name: str, said: str) -> None:
    path = GOLDEN / name
    assert said == path.read_text("utf-8"), f"{name} is not what it was"


@pytest.mark.parametrize("extension", ["xml", "json"])
@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_is_answered_as_ever(name, extension, server, known):
    numbers = {key: matter.number for key, matter in known.items()}
    path = f"{ASKED[name].format(**numbers)}.{extension}"
    answer = server.get(path, **QUERIES.get(name, {}))
    compare(f"{name}.{extension}", plain(answer.content, known))
    kind = {"xml": "text/xml", "json": "application/json"}[extension]
    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize("extension", ["xml", "json"])
def test_what_is_sent_is_answered_as_ever(extension, server, known):
    answer = server.post(f"requests.{extension}", account_id="u-17")
    assert answer.status_code == 200
    compare(f"post.{extension}", plain(answer.content, known))


@pytest.mark.parametrize("extension", ["xml", "json"])
def test_a_wrong_key_is_answered_as_ever(extension, server, known):
    answer = server.post(f"requests.{extension}", api_key="xyz")
    assert answer.status_code == 403
    compare(f"errors_403.{extension}", plain(answer.content, known))
