"""Before the close a result is nowhere: page, file, feed, mail, API and log are the same, byte for
byte, in two worlds that differ in nothing but what the ballots say.

An open vote, a secret one and a budget run with ballots in them. Everything that has an address is
fetched by everybody in both worlds. Once the votes are closed and counted, the same places differ:
so a result that showed too early would have been seen here.
"""

import json
import os
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from linli.api.tests.programs import Program, program_of, public_token
from linli.core.models import Event
from linli.deliberation.digests import digest_of
from linli.deliberation.models import Forum, Publication, Topic, Vote
from linli.deliberation.queries import published_content
from linli.deliberation.queries.vote_files import JSON, PABULIB, SUMS, TABLE
from linli.deliberation.services import casting, counting, topics
from linli.deliberation.services.topics import TopicInput
from linli.deliberation.services.votes import OptionInput
from linli.deliberation.tally import Kind
from linli.deliberation.tests.votes_scene import OVER, RACKS, Scene, code_of, scene
from linli.deliberation.workflow import BallotChannel
from linli.flows import deliberating
from linli.flows.worker import run_due
from linli.notify import sending
from linli.notify import services as notify
from linli.notify.models import Message, WebhookDelivery
from linli.notify.tests import test_send
from tests.cast import NOW, Cast
from tests.house.access import (
    World,
    addresses,
    browser_of,
    make_world,
    text_of,
    unchanged,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DURING = NOW + timedelta(days=2)
PUBLISHED = UUID("00000000-0000-4000-8000-0000000000a1")
DESCRIPTION = Path(__file__).resolve().parents[2] / "linli" / "api" / "openapi.json"
ASKED = ("shen", "li", "xu", "qian", "gu", "resident", "nobody")
"""The secretary, a teller, the field, a party of the forum, an overseer, and residents."""
PROGRAMS = ("shen", "li", "xu", "gu", "public")
TELLING = {
    "vote",
    "vote_result",
    "vote_file",
    "vote_ballot",
    "publication",
    "publication_file",
    "publication_poster",
}
"""The pages that tell a result once there is one."""


@dataclass(frozen=True)
class Running:
    """Three votes on one topic that run, and all that has an address."""

    here: Scene
    world: World
    topic: Topic
    votes: tuple[Vote, ...]
    keys: Sequence[str]


Ballots = tuple[Sequence[Any], ...]
ONE_WORLD: Ballots = (
    ["YES"] * 7 + ["NO"] * 3 + ["ABSTAIN"],
    [["1"]] * 8 + [["2"]] * 3,
    [["1", "3"]] * 8 + [["2", "3"]] * 3,
)
OTHER_WORLD: Ballots = (
    ["NO"] * 8 + ["YES"] * 2 + ["ABSTAIN"],
    [["2"]] * 9 + [["1"]] * 2,
    [["2", "3"]] * 9 + [["1", "3"]] * 2,
)


class Chance:
    """Chance that falls out the same in both worlds, so that pages can be compared by the byte."""

    def __init__(self, seed: str) -> None:
        self.begin(seed)

    def begin(self, seed: str) -> None:
        """Let what follows depend on this seed alone."""
        self.seed, self.drawn = seed, 0

    def __call__(self, length: int) -> bytes:
        """Return so many bytes."""
        found = b""
        while len(found) < length:
            self.drawn += 1
            found += sha256(f"{self.seed}:{self.drawn}".encode()).digest()
        return found[:length]


@pytest.fixture
def running(cast: Cast, settings: Any) -> Running:
    settings.NOTIFY_DRY_RUN, settings.PUBLIC_URL = False, "https://linli.example"
    world = make_world(cast)
    Forum.objects.update(code="MY")  # Two forums of one community.
    here = scene(cast)
    given = {"actor": here.desk, "at": NOW}
    topic = topics.raise_topic(
        forum_id=here.forum.pk, wanted=TopicInput(title="楼前装什么", why="大家都在问"), **given
    )
    Topic.objects.filter(pk=topic.pk).update(due_at=NOW + timedelta(days=1))  # Soon it is late.
    racks = (OptionInput("东门"), OptionInput("西门"))
    of_budget = {"kind": Kind.BUDGET, "options": RACKS, "money_yuan": 5_000, "rule": "equal-shares"}
    secret, keys = here.secret(title="装在哪个门", kind=Kind.APPROVAL, options=racks)
    votes = (here.opened(), secret, here.opened(title="小微预算", **of_budget))
    Vote.objects.filter(pk__in=[one.pk for one in votes]).update(topic=topic)
    run_due(at=NOW)
    notify.add_channel(
        name="", address="linlitest://works/", digest_minutes=0, actor=here.desk, at=NOW
    )
    return Running(here, world, topic, votes, keys)


@contextmanager
def a_world(of: Running, ballots: Ballots, chance: Chance) -> Iterator[list[str]]:
    """Let the ballots be cast, by three channels, and time pass; then undo all of it.

    Gives what left as messages meanwhile.
    """
    test_send.sent.clear()
    numbers = _next_numbers()
    with transaction.atomic():
        chance.begin("ballots")
        for vote, choices in zip(of.votes, ballots, strict=True):
            _cast(of, vote, choices)
        _publish(of, number=1)
        pass_time(of, chance, at=DURING)
        yield [" ".join(one) for one in test_send.sent]
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        for name, last in numbers:
            cursor.execute("SELECT setval(%s, %s, %s)", [name, last or 1, last is not None])


def _next_numbers() -> list[tuple[str, int | None]]:
    """Return where PostgreSQL's counters stand: it takes no number back with a transaction."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(sequencename), last_value FROM pg_sequences")
        return list(cursor.fetchall())


def _cast(of: Running, vote: Vote, choices: Sequence[Any]) -> None:
    """Cast ballots by all channels; of the open votes one is cast a second time."""
    entering = {"vote_id": vote.pk, "actor": of.here.cast.actor(of.here.cast.zhou_min), "at": NOW}
    for number, choice in enumerate(choices, start=1):
        if number == 2:
            helped = {"channel": BallotChannel.ASSISTED, "helper": "李网格长"}
            casting.enter_ballot(number=number, choice=choice, **helped, **entering)
        elif number == 3 and not vote.is_secret:
            paper = {"channel": BallotChannel.PAPER, "comment": "请早点装"}
            casting.enter_ballot(number=number, choice=choice, **paper, **entering)
        elif number == 3:
            casting.enter_ballot(number=number, channel=BallotChannel.PAPER, **entering)
            casting.put_in_box(vote_id=vote.pk, choice=choice, actor=entering["actor"])
        else:
            casting.cast(code=code_of(vote, number), choice=choice, at=NOW)
    if not vote.is_secret:
        casting.cast(code=code_of(vote, 1), choice=choices[0], at=NOW)


def _publish(of: Running, *, number: int) -> None:
    """Publish what can be said of the topic now."""
    content = published_content(topic=of.topic)
    Publication.objects.create(
        topic=of.topic,
        kind="RESULT",
        number=number,
        content=content,
        digest=digest_of(content),
        public_key=PUBLISHED if number == 1 else UUID(int=PUBLISHED.int + 1),
        published_at=DURING,
        published_by="account:1",
    )


def pass_time(of: Running, chance: Chance, *, at: Any) -> None:
    """Do what the worker does: votes, reminders, reactions, digests."""
    chance.begin(f"time {at}")
    deliberating.run_votes(at=at)
    deliberating.tell_of_late_topics(at=at)
    run_due(at=at)
    sending.send_due(at=at + timedelta(hours=1))


# --- What is fetched ------------------------------------------------------------------------------


def _worlds_of(of: Running) -> Iterator[World]:
    """Give the world as it is, and once for each vote with what belongs to it."""
    yield of.world
    for vote in of.votes:
        for key in (PUBLISHED, UUID(int=PUBLISHED.int + 1)):
            for form in ("json", "csv"):
                ids = {
                    "vote_id": vote.pk,
                    "vote_ballot.code": code_of(vote, 1),
                    "forum_id": of.here.forum.pk,
                    "topic_id": of.topic.pk,
                    "trace": of.topic.trace,
                    "public_key": key,
                    "publication_file.form": form,
                }
                yield replace(of.world, ids={**of.world.ids, **ids})


def pages(of: Running) -> list[tuple[str, str]]:
    """Return the name and address of everything, with each vote in its place."""
    found: dict[str, str] = {}
    for world in _worlds_of(of):
        for name, address in addresses(world, who="resident"):
            found.setdefault(address, name)
    for vote in of.votes:
        for name in (JSON, TABLE, PABULIB, SUMS):
            found[reverse("vote_file", args=[vote.pk, name])] = "vote_file"
    return [(name, address) for address, name in found.items()]


def api_addresses(of: Running) -> list[str]:
    """Return every address of the API that is read, with each vote in its place."""
    described = json.loads(DESCRIPTION.read_text("utf-8"))["paths"]
    found = dict.fromkeys(("/open311/v2/requests.json",))
    community = of.here.cast.community.pk
    for world in _worlds_of(of):
        for path, methods in described.items():
            if "get" not in methods:
                continue
            asked = {one["name"] for one in methods["get"]["parameters"]}
            filled = re.sub(r"{(\w+)}", lambda name, ids=world.ids: str(ids.get(name[1], 1)), path)
            community = of.here.cast.community.pk
            found[f"{filled}?community_id={community}" if "community_id" in asked else filled] = (
                None
            )
    return list(found)


_UNSTABLE = re.compile(
    r"<dcterms:[^>]*>[^<]*|(?:# \w+ )?linli_(?:request|database_bytes|lag|worker|seal)[^\n]*\n?"
    r"|/(?:CreationDate|ModDate) ?\([^)]*\)|xmp:\w+Date>[^<]*|/ID ?\[[^\]]*\]"
    r"|(?:instance|document)ID>[^<]*",
    re.IGNORECASE,
)
"""What is of the machine's own clock in papers, workbooks and figures of the server itself."""


def said_by(answer: HttpResponse) -> str:
    """Return an answer as a text to compare."""
    where = answer.headers.get("Location", "")
    return f"{answer.status_code} {where}\n{_UNSTABLE.sub('', text_of(answer))}"


def fetched(of: Running, browsers: Mapping[str, Client], chance: Chance) -> dict[str, str]:
    """Return what everybody finds at every address, by who asks and the address."""
    found = {}
    for who, browser in browsers.items():
        for name, address in pages(of):
            chance.begin(address)
            with unchanged(browser):
                found[f"{who} {name} {address}"] = said_by(browser.get(address))
    return found


def read_by_programs(
    of: Running, programs: Mapping[str, Program], chance: Chance
) -> dict[str, str]:
    """Return what programs read at every address, by who asks and the address."""
    found = {}
    for who, program in programs.items():
        for address in api_addresses(of):
            chance.begin(address)
            with unchanged(program.client):
                found[f"{who} api {address}"] = said_by(
                    program.client.get(address, headers=program.headers)
                )
    return found


def told() -> dict[str, str]:
    """Return the log of events, messages and what went to other programs, as text."""
    rows = {
        "events": Event.objects.order_by("pk").values_list("name", "subject_id", "facts"),
        "messages": Message.objects.order_by("pk").values_list("account", "code", "facts", "path"),
        "webhooks": WebhookDelivery.objects.order_by("pk").values_list("webhook", "event"),
    }
    return {name: "\n".join(map(str, found)) for name, found in rows.items()}


def fixed_chance(monkeypatch: pytest.MonkeyPatch) -> Chance:
    """Put chance into our hands: `secrets`, `uuid` and Django draw from these two."""
    chance = Chance("begin")
    monkeypatch.setattr(os, "urandom", chance)
    monkeypatch.setattr(random, "_urandom", chance)
    return chance


def different(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the names of what differs."""
    assert one.keys() == other.keys()
    return [name for name in one if one[name] != other[name]]


# --- The tests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ASKED)
def test_no_page_tells_two_worlds_apart_before_the_close(
    who, running, clock, monkeypatch, signed_in
):
    clock.now = DURING
    browsers = {who: browser_of(running.world, who, signed_in)}
    chance = fixed_chance(monkeypatch)
    with a_world(running, ONE_WORLD, chance):
        first = fetched(running, browsers, chance)
    with a_world(running, OTHER_WORLD, chance):
        second = fetched(running, browsers, chance)
    assert not different(first, second)
    result = f"{who} vote_result /deliberate/votes/{running.votes[0].pk}/"
    assert "11" in first[result], "turnout is told while it is open"


def test_no_program_feed_or_message_tells_two_worlds_apart_before_the_close(
    running, cast, clock, monkeypatch
):
    clock.now = DURING
    given = {who: getattr(cast, who) for who in PROGRAMS if who != "public"}
    programs = {who: program_of(cast, account) for who, account in given.items()}
    programs["public"] = Program(public_token(cast))
    chance = fixed_chance(monkeypatch)
    worlds = []
    for ballots in (ONE_WORLD, OTHER_WORLD):
        with a_world(running, ballots, chance) as left:
            read = read_by_programs(running, programs, chance)
            worlds.append({**read, **told(), "mail": "\n".join(left)})
    one, other = worlds
    assert not different(one, other)
    # Nothing was compared with nothing.
    assert "topic_late" in one["messages"]
    assert "楼前装什么" in one["mail"]
    assert '"took_part":11' in one[f"public api /api/v1/votes/{running.votes[1].pk}"]


def closed(of: Running, chance: Chance, clock: Any) -> None:
    """Let the time of all votes run out; the secret one waits for its tellers."""
    clock.now = OVER
    pass_time(of, chance, at=OVER)


def test_a_secret_vote_tells_nothing_until_its_tellers_have_counted(
    running, clock, monkeypatch, signed_in
):
    chance = fixed_chance(monkeypatch)
    worlds = []
    for secret in (ONE_WORLD[1], OTHER_WORLD[1]):
        clock.now = DURING
        with a_world(running, (ONE_WORLD[0], secret, ONE_WORLD[2]), chance) as left:
            closed(running, chance, clock)
            _publish(running, number=2)
            browsers = {who: browser_of(running.world, who, signed_in) for who in ("li", "nobody")}
            read = fetched(running, browsers, chance)
            worlds.append({**read, **told(), "mail": "\n".join(left)})
    assert not different(*worlds)


def test_once_they_are_counted_the_same_places_tell_the_worlds_apart(
    running, cast, clock, monkeypatch, signed_in
):
    chance = fixed_chance(monkeypatch)
    worlds = []
    for ballots in (ONE_WORLD, OTHER_WORLD):
        clock.now = DURING
        with a_world(running, ballots, chance):
            closed(running, chance, clock)
            teller = cast.actor(cast.li, at=OVER)
            counting.count_vote(
                vote_id=running.votes[1].pk, keys=running.keys, actor=teller, at=OVER
            )
            _publish(running, number=2)
            browsers = {who: browser_of(running.world, who, signed_in) for who in ("li", "nobody")}
            programs = {
                "xu": program_of(cast, cast.xu),
                "public": Program(public_token(cast)),
            }
            read = fetched(running, browsers, chance)
            worlds.append({**read, **read_by_programs(running, programs, chance), **told()})
    found = different(*worlds)
    for vote in running.votes:
        for who in ("li", "nobody"):
            assert f"{who} vote_result {reverse('vote_result', args=[vote.pk])}" in found
        assert f"li vote {reverse('vote', args=[vote.pk])}" in found
        for who in ("xu", "public"):
            assert f"{who} api /api/v1/votes/{vote.pk}" in found
    assert f"public api /api/v1/topics/{running.topic.pk}" in found
    assert {name.split()[1] for name in found if name.startswith("nobody ")} == TELLING - {"vote"}
    assert "events" in found  # The log holds the outcome and the digest of what was counted.
