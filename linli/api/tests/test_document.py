"""The curl lines of docs/api.md are sent as they stand there."""

import re
import shlex
from pathlib import Path

import pytest
from django.test import Client

from linli.api.tests.programs import token_for
from linli.matters.tests.stages import stage_at
from linli.matters.workflow import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "api.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines()]


@pytest.mark.parametrize("line", LINES)
def test_every_example_works(line, cast):
    stage = stage_at(cast, State.REPORTED)
    for name, value in (
        ("$LINLI", ""),
        ("$TOKEN", token_for(cast, cast.shen)),
        ("$MATTER", str(stage.id)),
        ("$BUILDING", str(cast.building.pk)),
        ("$COMMUNITY", str(cast.community.pk)),
    ):
        line = line.replace(name, value)
    words = iter(shlex.split(line))
    assert next(words) == "curl"
    headers, body, address = {}, None, ""
    for word in words:
        if word == "-H":
            name, _colon, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word != "-s":
            address = word
    browser = Client(headers=headers)
    if body is None:
        answer = browser.get(address)
    else:
        answer = browser.post(address, body, content_type=headers["Content-Type"])
    assert answer.status_code in (200, 201), answer.json()


def test_there_are_examples():
    assert len(LINES) >= 8
