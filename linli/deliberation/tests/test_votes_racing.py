"""Many ballots at one moment: of one person one counts, and a close misses none it acknowledged."""

from itertools import cycle, islice

import pytest

from linli.deliberation.models import Envelope, OpenBallot, Participation
from linli.deliberation.services import casting, counting
from linli.deliberation.tests.votes_scene import END, OVER, code_of, scene
from linli.deliberation.workflow import BallotChannel
from tests.cast import NOW
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

RACERS, EACH = 20, 5
CHANNELS = tuple(islice(cycle(BallotChannel), RACERS))


@pytest.fixture
def here(cast):
    return scene(cast)


def casting_of(here, vote, *, is_secret=False):
    """Return what a racer does: five ballots of the first entry by its channel."""
    code, taken = code_of(vote, 1), []

    def cast_one(number):
        channel = CHANNELS[number]
        if channel == BallotChannel.ONLINE:
            return casting.cast(code=code, choice="YES", at=NOW)
        is_paper = channel == BallotChannel.PAPER
        return casting.enter_ballot(
            vote_id=vote.pk,
            number=1,
            channel=channel,
            choice=None if is_secret and is_paper else "NO",
            helper="" if is_paper else "王阿姨",
            why="纸票写得更晚",
            actor=here.desk,
            at=NOW,
        )

    def act(number):
        for _ in range(EACH):
            try:
                taken.append(cast_one(number))
            except casting.AlreadyVoted as refused:
                taken.append(refused)

    return act, taken


def test_of_a_hundred_open_ballots_of_one_person_one_counts(here):
    vote = here.opened()
    act, taken = casting_of(here, vote)
    assert race(racers=RACERS, act=act).refusals == []
    assert len([one for one in taken if isinstance(one, casting.Cast)]) == RACERS * EACH
    assert OpenBallot.objects.filter(stands=True).count() == 1
    last = OpenBallot.objects.order_by("number").last()
    assert (last.number, last.stands) == (RACERS * EACH, True)
    assert Participation.objects.get().channel == last.channel
    assert here.closed(vote).result["turnout"] == 1


def test_of_a_hundred_secret_ballots_of_one_person_one_is_taken(here):
    vote, _keys = here.secret()
    act, taken = casting_of(here, vote, is_secret=True)
    assert race(racers=RACERS, act=act).refusals == []
    (winner,) = [one for one in taken if isinstance(one, casting.Cast)]
    assert len(taken) == RACERS * EACH
    by_paper = Participation.objects.get().channel == BallotChannel.PAPER
    assert Envelope.objects.count() == (0 if by_paper else 1)
    assert bool(winner.receipt) is not by_paper


def test_whatever_was_acknowledged_before_the_close_is_counted(here):
    vote = here.opened()
    codes = [code_of(vote, number) for number in range(1, 12)]

    def act(number):
        if number == len(codes):
            return counting.close_due_votes(at=END)
        return casting.cast(code=codes[number], choice="YES", at=NOW)

    outcome = race(racers=len(codes) + 1, act=act)
    acknowledged = [one for one in outcome.results if isinstance(one, casting.Cast)]
    assert {type(one) for one in outcome.refusals} <= {casting.VoteNotOpen}
    vote.refresh_from_db()
    assert vote.result["turnout"] == len(acknowledged)
    assert vote.result["figures"]["YES"] == len(acknowledged)


def test_two_closes_at_one_moment_count_once(here):
    vote = here.opened()
    here.cast_all(vote, ["YES"] * 3)
    outcome = race(racers=4, act=lambda _number: counting.close_due_votes(at=OVER))
    assert outcome.refusals == []
    assert sum(outcome.results) == 1
    vote.refresh_from_db()
    assert vote.counted_ballots.count() == 3
