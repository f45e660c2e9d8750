"""What time does to votes, each by itself; and tellers hear that a secret ballot waits for them."""

import logging

import pytest

from linli.deliberation.models import OpenBallot, Vote
from linli.deliberation.tests.test_round import judging_topic
from linli.deliberation.tests.votes_scene import OVER, Scene, scene
from linli.deliberation.workflow import RollUnit
from linli.flows import deliberating, worker
from linli.notify.models import Message
from linli.notify.wording import word


def simple_vote(cast, hall):
    """Return an open vote of a forum, in building 3."""
    desk = cast.actor(cast.shen)
    return Scene(cast, hall, desk, [], []).opened(unit=RollUnit.HOUSEHOLD)


@pytest.fixture
def here(cast):
    return scene(cast)


def test_tellers_are_told_when_a_secret_ballot_waits_for_their_keys(here, cast):
    secret, keys = here.secret()
    here.cast_all(secret, ["YES"] * 6)
    here.cast_all(here.opened(), ["YES"])
    worker.run_due(at=OVER)
    assert not Message.objects.filter(code="vote_waits_for_keys").exists()

    deliberating.run_votes(at=OVER)
    worker.run_due(at=OVER)
    told = Message.objects.filter(code="vote_waits_for_keys")
    assert {one.account_id for one in told} == {cast.zhou_min.pk, cast.li.pk}
    assert {one.path for one in told} == {f"/forums/votes/{secret.pk}/count/"}
    assert secret.title in word(code="vote_waits_for_keys", facts=told[0].facts).sentence
    assert not any(key in str(one.facts) for key in keys for one in told)


def test_a_vote_that_cannot_be_closed_holds_up_no_other(here, caplog):
    broken, other = here.opened(), here.opened()
    here.cast_all(broken, ["YES"])
    here.cast_all(other, ["YES"])
    OpenBallot.objects.filter(vote=broken).update(choice="他们的住址")
    with caplog.at_level(logging.ERROR):
        assert deliberating.run_votes(at=OVER) == 1
    states = dict(Vote.objects.values_list("pk", "state"))
    assert states == {broken.pk: "OPEN", other.pk: "COUNTED"}
    assert f"closing a vote failed for {broken.pk}" in caplog.text
    assert "住址" not in caplog.text
    # Once it is mended it closes at the next round.
    OpenBallot.objects.filter(vote=broken).update(choice="YES")
    assert deliberating.run_votes(at=OVER) == 1


def test_a_judgement_that_cannot_be_asked_on_stays_open_and_holds_up_no_other(
    cast, caplog, monkeypatch
):
    _topic, judgement = judging_topic(cast, homes=20)
    vote = simple_vote(cast, judgement.topic.forum)
    late = judgement.vote.closes_at

    def fail(**_said):
        raise ZeroDivisionError

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr("linli.deliberation.services.judging.extend_vote", fail)
        deliberating.run_votes(at=late)
    assert f"asking on in a vote failed for {judgement.vote_id}: ZeroDivisionError" in caplog.text
    states = dict(Vote.objects.values_list("pk", "state"))
    assert states == {vote.pk: "COUNTED", judgement.vote_id: "OPEN"}
    deliberating.run_votes(at=late)
    judgement.refresh_from_db()
    assert judgement.extensions == 1
