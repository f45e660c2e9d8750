"""What was given up is seen by whoever runs the place, and tried again or left with a reason."""

from datetime import timedelta

import pytest

from linli.core.errors import NotFound
from linli.core.models import Delivery, Event
from linli.flows import dead_letters, events, worker
from linli.flows.dead_letters import Kind, ReasonMissing
from linli.flows.worker import run_due
from linli.matters.tests.stages import stage_at
from linli.matters.workflow import State
from linli.notify import posting, sending, webhooks
from linli.notify import services as notify
from linli.notify.models import Channel, Dispatch, Message, WebhookDelivery
from linli.notify.outgoing import Answer
from linli.notify.tests import test_send

pytestmark = pytest.mark.django_db


def broken(_event, _at):
    raise KeyError("张三 13812348000")


@pytest.fixture
def given_up(cast, now, monkeypatch, settings):
    """Give up one of each kind: a reaction, a message and a webhook's delivery."""
    settings.NOTIFY_DRY_RUN = False
    settings.WEBHOOK_PRIVATE_NETWORKS = ()
    test_send.sent.clear()
    notify.add_channel(
        name="", address="linlitest://fails/", digest_minutes=0, actor=cast.actor(cast.chen), at=now
    )
    webhooks.add_webhook(
        community_id=cast.community.pk,
        name="市级平台",
        url="https://works.example/",
        names=["matters.reported"],
        actor=cast.actor(cast.shen),
        at=now,
    )

    def away(**_given):
        raise TimeoutError

    monkeypatch.setattr("linli.notify.outgoing.post", away)
    stage = stage_at(cast, State.DISPATCHED)
    with monkeypatch.context() as patched:
        patched.setitem(worker.REACTIONS, "tell_askers_accepted", broken)
        later = now
        for _ in range(60):
            run_due(at=later)
            sending.send_due(at=later)
            posting.post_due(at=later)
            later += timedelta(hours=2)
    return stage, later


def found(actor):
    return {letter.kind: letter for letter in dead_letters.list_dead(actor=actor).letters}


def test_each_kind_is_shown_with_how_often_and_why(cast, given_up):
    letters = found(cast.actor(cast.shen))
    assert set(letters) == set(Kind)
    reaction = letters[Kind.REACTION]
    assert (reaction.what, reaction.attempts, reaction.error) == (
        "tell_askers_accepted",
        10,
        "KeyError",
    )
    message = letters[Kind.MESSAGE]
    assert (message.what, message.attempts, message.error) == ("老陈", 8, "NotAccepted")
    hook = letters[Kind.WEBHOOK]
    assert (hook.what, hook.attempts, hook.error) == ("市级平台", 10, "TimeoutError")
    assert "张三" not in str(letters)
    assert dead_letters.count_dead() == dict.fromkeys(Kind, 1)


def test_an_overseer_sees_them_and_others_do_not(cast, given_up):
    assert len(found(cast.actor(cast.gu))) == 3
    assert found(cast.actor(cast.outsider)) == {}
    for who in (cast.zhou_min, cast.chen, cast.nobody_yet):
        with pytest.raises(NotFound):
            dead_letters.list_dead(actor=cast.actor(who))
    letter = found(cast.actor(cast.gu))[Kind.REACTION]
    with pytest.raises(NotFound):
        dead_letters.revive(
            kind=letter.kind,
            letter_id=letter.id,
            actor=cast.actor(cast.outsider),
            at=given_up[1],
        )


def test_what_is_revived_is_done_by_the_worker(cast, given_up, monkeypatch):
    """The cause is gone: the worker does what it had given up, each once."""
    _stage, later = given_up
    secretary = cast.actor(cast.shen)
    for letter in found(secretary).values():
        dead_letters.revive(kind=letter.kind, letter_id=letter.id, actor=secretary, at=later)
    monkeypatch.setitem(test_send.answers, "fails", True)
    monkeypatch.setattr("linli.notify.outgoing.post", lambda **_given: Answer(200))
    assert run_due(at=later) >= 1
    assert sending.send_due(at=later) == 1
    assert posting.post_due(at=later) == 1
    assert not Delivery.objects.exclude(state="DONE").exists()
    assert not Dispatch.objects.filter(sent_at=None).exists()
    assert not WebhookDelivery.objects.exclude(state="SENT").exists()
    assert Channel.objects.get().last_error == ""
    assert found(secretary) == {}
    assert Event.objects.filter(name=events.REVIVED, actor=secretary.key).count() == 3


def test_all_are_revived_at_once(cast, given_up):
    _stage, later = given_up
    assert dead_letters.revive_all(actor=cast.actor(cast.outsider), at=later) == 0
    assert dead_letters.revive_all(actor=cast.actor(cast.shen), at=later) == 3
    assert dead_letters.revive_all(actor=cast.actor(cast.shen), at=later) == 0


def test_what_is_let_be_needs_a_reason_and_stays(cast, given_up):
    _stage, later = given_up
    secretary = cast.actor(cast.shen)
    letters = found(secretary)
    for kind, letter in letters.items():
        with pytest.raises(ReasonMissing):
            dead_letters.let_be(
                kind=kind, letter_id=letter.id, reason="  ", actor=secretary, at=later
            )
        dead_letters.let_be(
            kind=kind,
            letter_id=letter.id,
            reason="已当面告知13812348000",
            actor=secretary,
            at=later,
        )
        with pytest.raises(NotFound):
            dead_letters.revive(kind=kind, letter_id=letter.id, actor=secretary, at=later)
    assert found(secretary) == {}
    said = Event.objects.filter(name=events.LET_BE).values_list("facts", flat=True)
    assert len(said) == 3
    assert "13812348000" not in str(list(said))
    run_due(at=later)
    assert sending.send_due(at=later + timedelta(days=1)) == 0
    assert posting.post_due(at=later + timedelta(days=1)) == 0


def test_what_nobody_wanted_any_more_was_not_given_up(cast, now, given_up):
    Message.objects.update(read_at=now)
    Dispatch.objects.update(gave_up_at=now, attempts=1)
    assert Kind.MESSAGE not in found(cast.actor(cast.shen))


def test_what_belongs_to_no_community_is_for_who_sees_to_all(cast, now):
    event = Event.objects.create(
        trace="0" * 32,
        name="people.role_given",
        subject_kind="people.account",
        subject_id=1,
        actor="system:x",
        community_id=None,
        happened_at=now,
    )
    Delivery.objects.create(event=event, reaction="x", state="DEAD", due_at=now)
    assert found(cast.actor(cast.shen)) == {}
    assert set(found(cast.actor(cast.gu))) == {Kind.REACTION}
