"""An event is written with its change or not at all, and owes what the table says."""

import uuid

import pytest
from django.db import transaction

from linli.core import events
from linli.core.actor import NOBODY, Actor, ActorKind, Grant, system
from linli.core.models import Delivery, Event
from linli.core.ref import Ref
from tests.cast import NOW


@pytest.fixture(autouse=True)
def _table():
    before = events.registered()
    events.register(reactions={"test.happened": ("first", "second"), "test.quiet": ()})
    yield
    events.register(reactions=before)


def happen(name="test.happened", **given):
    return events.record(
        **{
            "name": name,
            "subject": Ref("matters.matter", 7),
            "trace": uuid.uuid4(),
            "actor": Actor(kind=ActorKind.ACCOUNT, id=3),
            "at": NOW,
            "community_id": None,
        }
        | given
    )


@pytest.mark.django_db
def test_event_says_what_happened_to_what_by_whom_and_when():
    cause = happen()
    event = happen(facts={"round": 2}, cause=cause, trace=cause.trace, community_id=5)
    event.refresh_from_db()
    assert (event.subject_kind, event.subject_id, event.actor) == ("matters.matter", 7, "account:3")
    assert (event.trace, event.cause, event.facts) == (cause.trace, cause, {"round": 2})
    assert (event.happened_at, event.community_id) == (NOW, 5)


@pytest.mark.django_db
def test_event_owes_each_reaction_once_from_the_same_moment():
    event = happen()
    owed = Delivery.objects.filter(event=event).values_list("reaction", "state", "due_at")
    assert sorted(owed) == [("first", "PENDING", NOW), ("second", "PENDING", NOW)]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["test.quiet", "test.unknown"])
def test_event_without_reactions_owes_nothing(name):
    happen(name)
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_change_that_is_undone_leaves_no_event():
    @transaction.atomic
    def change():
        happen()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_event_outside_a_transaction_is_a_programmers_error():
    with pytest.raises(AssertionError):
        happen()


def test_table_cannot_be_changed_from_outside():
    events.registered()["test.quiet"] = ("third",)
    assert events.registered()["test.quiet"] == ()


# --- Small values that events are made of


def test_ref_reads_what_it_writes():
    assert Ref.parse(text=str(Ref("matters.matter", 7))) == Ref("matters.matter", 7)
    for wrong in ("", "matters.matter", ":7", "matters.matter:x"):
        with pytest.raises(ValueError, match=r"not a reference|invalid literal"):
            Ref.parse(text=wrong)


def test_actor_has_a_plain_key_and_the_scope_of_its_grants():
    stand_in = Actor(
        kind=ActorKind.ACCOUNT,
        id=3,
        grants=(
            Grant(role="STAFF", level="COMMUNITY", place_id=1, community_id=1),
            Grant(role="HANDLER", organisation_id=9, community_id=2),
        ),
        stands_in_for=frozenset({4}),
    )
    assert stand_in.key == "account:3"
    assert stand_in.account_ids == {3, 4}
    assert stand_in.roles == {"STAFF", "HANDLER"}
    assert stand_in.organisation_ids == {9}
    assert stand_in.community_ids == {1, 2}
    assert [grant.role for grant in stand_in.grants_of(roles=["HANDLER"])] == ["HANDLER"]
    assert (system(name="clock").key, NOBODY.key) == ("system:clock", "nobody:")
    assert system(name="clock").account_ids == frozenset()
    assert system(name="clock").is_system
    assert NOBODY.account_id is None


@pytest.mark.django_db
def test_many_events_are_written_as_each_would_be():
    cause = happen("test.quiet")
    several = [
        events.Happened(Ref("matters.matter", key), uuid.uuid4(), {"row": key}) for key in (7, 8)
    ]
    events.record_many(
        name="test.happened",
        happened=several,
        actor=Actor(kind=ActorKind.ACCOUNT, id=3),
        at=NOW,
        community_id=5,
        cause=cause,
    )
    kept = Event.objects.filter(name="test.happened").order_by("id")
    told = [(one.subject_id, one.facts, one.actor, one.cause_id) for one in kept]
    assert told == [(key, {"row": key}, "account:3", cause.pk) for key in (7, 8)]
    assert Delivery.objects.filter(event__in=kept, due_at=NOW).count() == 4
