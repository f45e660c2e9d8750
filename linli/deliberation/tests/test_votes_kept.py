"""Ballots stay what they were: whoever alters one is named, whoever replaces one gives a reason."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation

from linli import auditing
from linli.core.models import Event
from linli.deliberation import events
from linli.deliberation.models import OpenBallot, Participation
from linli.deliberation.services import casting
from linli.deliberation.tests.votes_scene import END, OVER, code_of, scene
from linli.deliberation.workflow import BallotChannel
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(cast):
    return scene(cast)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def altered():
    """Return what the audit says of votes."""
    said = []
    auditing.verify(say=said.append)
    return [line for line in said if "vote" in line]


def forged(change):
    """Return what the audit says of a change that is taken back."""
    with transaction.atomic():
        change()
        named = altered()
        transaction.set_rollback(True)
    return named


def filled(here, vote):
    """Let three vote online, one of them twice, and one with help."""
    here.cast_all(vote, ["YES", "NO", "YES"])
    casting.cast(code=code_of(vote, 1), choice="NO", at=NOW + timedelta(minutes=1))
    casting.enter_ballot(
        vote_id=vote.pk,
        number=4,
        channel=BallotChannel.ASSISTED,
        choice="YES",
        helper="王阿姨",
        actor=here.desk,
        at=NOW,
    )


FORGERIES = [
    lambda ballots: ballots.filter(stands=True, choice="NO").update(choice="YES"),
    lambda ballots: ballots.filter(helper="王阿姨").update(helper="李阿姨"),
    lambda ballots: ballots.filter(number=2).update(comment="不是我写的"),
    lambda ballots: ballots.filter(number=2).update(channel="PAPER"),
    lambda ballots: ballots.filter(number=2).update(cast_at=NOW + timedelta(hours=1)),
    lambda ballots: ballots.filter(number=2).update(receipt="0000000000"),
    lambda ballots: ballots.filter(entry__number=2).update(mark=""),
    lambda ballots: ballots.filter(entry__number=2).delete(),
    lambda ballots: ballots.filter(entry__number=1, number=1).delete(),
    lambda ballots: (
        ballots.filter(entry__number=1, number=2).update(stands=False),
        ballots.filter(entry__number=1, number=1).update(stands=True),
    ),
    lambda _ballots: Participation.objects.filter(helper="王阿姨").update(channel="PAPER"),
    lambda _ballots: Participation.objects.update(took_part_at=OVER),
    lambda _ballots: Participation.objects.filter(helper="王阿姨").update(helper="李阿姨"),
    lambda _ballots: Participation.objects.filter(entry__number=2).delete(),
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_an_open_ballot_altered_before_or_after_the_count_is_named(here, forge):
    vote = here.opened()
    filled(here, vote)
    said = f"A ballot of vote {vote.pk}, or who took part in it, was altered once cast."

    def change():
        forge(OpenBallot.objects.filter(vote=vote))

    assert altered() == []
    assert forged(change) == [said]
    here.closed(vote)
    assert altered() == []
    assert said in forged(change)


def test_after_the_close_even_whoever_has_the_key_takes_nobody_out(here):
    vote = here.opened()
    filled(here, vote)
    here.closed(vote)

    def change():
        OpenBallot.objects.filter(entry__number=2).delete()
        Participation.objects.filter(entry__number=2).delete()

    assert f"A ballot of vote {vote.pk}, or who took part" in forged(change)[0]


def test_how_somebody_took_part_in_a_secret_ballot_is_guarded_too(here):
    vote, _keys = here.secret()
    here.cast_all(vote, ["YES"] * 6)
    rows = Participation.objects.filter(entry__number=2)
    assert altered() == []
    assert len(forged(lambda: rows.update(took_part_at=OVER))) == 1
    here.closed(vote)
    assert len(forged(lambda: rows.update(took_part_at=OVER))) == 1


# --- At the desk --------------------------------------------------------------------------------


def paper(here, vote, **more):
    given = {
        "vote_id": vote.pk,
        "number": 1,
        "channel": BallotChannel.PAPER,
        "choice": "NO",
        "actor": here.desk,
        "at": NOW + timedelta(hours=1),
    }
    return casting.enter_ballot(**(given | more))


def test_a_paper_takes_an_online_ballots_place_with_a_reason_only(here):
    vote = here.opened()
    here.cast_all(vote, ["YES"])
    with pytest.raises(casting.BallotStands, match=r"number 1 already, cast online, of 2026"):
        paper(here, vote)
    assert OpenBallot.objects.get().choice == "YES"

    taken = paper(here, vote, why="本人到场改投，电话13800138000")
    assert taken.is_again
    last = OpenBallot.objects.get(stands=True)
    assert (last.choice, last.number, last.channel) == ("NO", 2, "PAPER")
    assert last.replaced_why.startswith("本人到场改投")
    assert "13800138000" not in last.replaced_why
    told = Event.objects.get(name=events.BALLOT_REPLACED)
    assert told.facts == {"number": 1, "was": "ONLINE", "is": "PAPER"}
    assert (told.trace, told.actor) == (vote.trace, here.desk.key)
    # Who votes by their own slip changes their mind without a word.
    again = casting.cast(code=code_of(vote, 1), choice="YES", at=END - timedelta(hours=1))
    assert again.is_again
    assert OpenBallot.objects.get(stands=True).replaced_why == ""
