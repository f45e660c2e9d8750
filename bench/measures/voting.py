"""Ballots: 5,000 on the roll, eight clients, each in a process of its own; none counts twice."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from multiprocessing import get_context

from django.db import connection, connections, transaction

from bench.measures.planning import homes_of
from bench.measuring import Figure, database_cpu
from bench.world import World
from linli.core import bulk, codes
from linli.deliberation.models import Envelope, OpenBallot, Participation, RollEntry, Vote
from linli.deliberation.queries.votes import slip_code_of
from linli.deliberation.services import casting, forums, opening, votes
from linli.deliberation.services.forums import ForumInput
from linli.deliberation.services.votes import VoteInput
from linli.deliberation.tally import Kind
from linli.deliberation.workflow import RollUnit, TopicLevel
from linli.people import queries as people
from linli.people.models import Account

CLIENTS, _HOMES = 8, 5_600  # a tenth of them is vacant
Cast = Callable[[tuple[int, str]], object]
"""What a client does with one entry of the roll: its key and the code of its slip."""


class Doubled(Exception):
    """A ballot is missing, or one counts twice."""


def ballots(world: World) -> list[Figure]:
    """Measure open and secret ballots by the services, beside the same rows by the driver."""
    buildings = homes_of(world, world.times(_HOMES))
    actor = world.actor("shuji")
    forum = forums.open_forum(
        community_id=world.village.area_id,
        wanted=ForumInput(name="表决", allows_secret=True),
        actor=actor,
        at=world.at,
        code=f"B{time.time_ns()}"[:24],
    )

    def opened(*, is_secret: bool) -> Vote:
        tellers = world.village.staff[:2]
        draft = votes.draft_vote(
            forum_id=forum.pk,
            wanted=VoteInput(
                title="楼前装晾衣架",
                kind=Kind.YES_NO,
                opens_at=world.at,
                closes_at=world.at + timedelta(days=1),
                unit=RollUnit.HOUSEHOLD,
                level=TopicLevel.BUILDING,
                place_ids=buildings,
                is_secret=is_secret,
                teller_ids=tellers if is_secret else (),
            ),
            actor=actor,
            at=world.at,
        )
        for key in tellers if is_secret else ():
            teller = people.actor_of(account=Account.objects.get(pk=key), at=world.at)
            votes.make_teller_key(vote_id=draft.pk, actor=teller, at=world.at)
        return opening.open_vote(vote_id=draft.pk, actor=actor, at=world.at)

    def cast(entry: tuple[int, str]) -> object:
        return casting.cast(code=entry[1], choice="YES", at=world.at)

    floor_vote = opened(is_secret=False)
    floor, _cpu = _rate(floor_vote, _raw(floor_vote, world))
    figures = []
    for is_secret in (False, True):
        vote = opened(is_secret=is_secret)
        rate, cpu = _rate(vote, cast)
        _require_each_once(vote)
        figures.append(
            Figure(
                measure=f"{'secret' if is_secret else 'open'} ballots, {vote.roll_count:,} on the "
                f"roll, {CLIENTS} clients",
                figure=rate,
                unit="ballots a second",
                floor=floor,
                floor_is="ballots: as many processes write the same rows by the raw driver",
                ratio=floor / rate,
                database_cpu_ms=cpu,
                wanted="≥ 200 a second, no double",
                note="by the services; each ballot was found once",
            )
        )
    return figures


def _raw(vote: Vote, world: World) -> Cast:
    """Return what writes the rows of an open ballot and asks nothing."""

    @transaction.atomic
    def write(entry: tuple[int, str]) -> None:
        how = {"entry_id": entry[0], "vote_id": vote.pk, "channel": "ONLINE"}
        bulk.insert(model=Participation, rows=[{**how, "took_part_at": world.at}])
        row = {**how, "number": 1, "choice": "YES", "cast_at": world.at}
        bulk.insert(model=OpenBallot, rows=[{**row, "receipt": codes.new_tracking_code()}])

    return write


def _rate(vote: Vote, cast: Cast) -> tuple[float, float]:
    """Let the clients cast all ballots of a vote; return how many a second, and database CPU."""
    entries = [
        (one.pk, slip_code_of(entry=one))
        for one in RollEntry.objects.filter(vote=vote).order_by("number")
    ]
    before = database_cpu()
    _leave()
    fork = get_context("fork")
    barrier = fork.Barrier(CLIENTS + 1)
    clients = [
        fork.Process(target=_cast_all, args=(entries[number::CLIENTS], cast, barrier))
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    barrier.wait(timeout=60)
    begun = time.perf_counter()
    for client in clients:
        client.join()
    took = time.perf_counter() - begun
    return len(entries) / took, (database_cpu() - before) / len(entries) * 1000


def _cast_all(entries: Sequence[tuple[int, str]], cast: Cast, barrier: object) -> None:
    connection.ensure_connection()
    barrier.wait(timeout=60)
    for entry in entries:
        cast(entry)
    _leave()


def _leave() -> None:
    """Close every connection of this process: a fork must not speak into another's talk."""
    for one in connections.all(initialized_only=True):
        one.close()
        if hasattr(one, "close_pool"):
            one.close_pool()


def _require_each_once(vote: Vote) -> None:
    took_part = Participation.objects.filter(vote=vote).count()
    kept = (
        Envelope.objects.filter(vote=vote).count()
        if vote.is_secret
        else OpenBallot.objects.filter(vote=vote, stands=True).count()
    )
    if not took_part == kept == vote.roll_count:
        raise Doubled(f"{took_part} took part, {kept} ballots, {vote.roll_count} on the roll")
