"""What was sealed cannot be changed unnoticed."""

import threading
import uuid
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from linli.cli import main
from linli.core import events, seals
from linli.core.actor import system
from linli.core.models import Event, Seal, SealedEvent
from linli.core.ref import Ref
from tests.cast import NOW


def happen(n=1):
    with transaction.atomic():
        for number in range(n):
            events.record(
                name="test.happened",
                subject=Ref("matters.matter", number + 1),
                trace=uuid.uuid4(),
                actor=system(name="test"),
                at=NOW,
                community_id=None,
                facts={"名": "路灯", "b": [1, 2.5], "a": None},
            )


@pytest.mark.django_db
def test_untouched_log_is_whole():
    happen(3)
    assert seals.seal_events(at=NOW) == 3
    happen(2)
    assert seals.seal_events(at=NOW) == 2
    assert seals.seal_events(at=NOW) == 0
    happen(4)
    found = seals.verify_seals()
    assert found.is_whole
    assert (found.sealed_count, found.unsealed_count) == (5, 4)
    assert found.last_digest == Seal.objects.order_by("-id").first().digest


@pytest.mark.django_db
def test_empty_log_is_whole():
    assert seals.verify_seals().is_whole


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"name": "test.other"},
        {"actor": "account:1"},
        {"facts": {"名": "路灯"}},
        {"subject_id": 99},
        {"community_id": 1},
        {"happened_at": NOW.replace(minute=1)},
        {"trace": uuid.UUID(int=1)},
    ],
)
def test_altered_event_is_named(change):
    happen(3)
    seals.seal_events(at=NOW)
    event = Event.objects.order_by("id")[1]
    Event.objects.filter(pk=event.pk).update(**change)
    found = seals.verify_seals()
    assert found.altered_event_ids == (event.pk,)
    assert found.broken_seal_ids == ()
    assert not found.is_whole


@pytest.mark.django_db
def test_event_taken_out_with_its_seal_row_breaks_the_seal():
    happen(3)
    seals.seal_events(at=NOW)
    gone = Event.objects.order_by("id")[1]
    SealedEvent.objects.filter(event=gone).delete()
    gone.delete()
    assert seals.verify_seals().broken_seal_ids == (Seal.objects.get().pk,)


@pytest.mark.django_db
def test_event_altered_together_with_its_digest_breaks_the_seal():
    happen(2)
    seals.seal_events(at=NOW)
    event = Event.objects.order_by("id")[0]
    event.actor = "account:1"
    event.save()
    SealedEvent.objects.filter(event=event).update(digest=seals.digest_of(event=event))
    found = seals.verify_seals()
    assert found.altered_event_ids == ()
    assert found.broken_seal_ids == (Seal.objects.get().pk,)


@pytest.mark.django_db
def test_altered_seal_breaks_the_one_after_it_as_well():
    for _ in range(3):
        happen()
        seals.seal_events(at=NOW)
    first, second, _third = Seal.objects.order_by("id")
    Seal.objects.filter(pk=first.pk).update(digest="0" * 64)
    assert seals.verify_seals().broken_seal_ids == (first.pk, second.pk)


@pytest.mark.django_db
def test_a_batch_is_a_seal_and_the_next_call_takes_the_rest(monkeypatch):
    monkeypatch.setattr(seals, "BATCH", 4)
    happen(6)
    assert [seals.seal_events(at=NOW) for _ in range(3)] == [4, 2, 0]
    assert seals.verify_seals().is_whole


@pytest.mark.django_db(transaction=True)
def test_two_workers_seal_each_event_once():
    happen(5)
    seals.seal_events(at=NOW)
    happen(20)
    sealed = []

    def work():
        try:
            sealed.append(seals.seal_events(at=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(sealed) == 20
    assert len(sealed) == 4
    assert seals.verify_seals().is_whole


def says(*words, language="en_GB.UTF-8"):
    done = CliRunner(env={"LANG": language, "LC_ALL": ""}).invoke(main, ["audit", *words])
    return done.exit_code, done.output


def take_out_behind_the_databases_back(event_id):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        else:
            cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("DELETE FROM core_event WHERE id = %s", [event_id])
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
        else:
            cursor.execute("PRAGMA foreign_keys = ON")


@pytest.mark.django_db(transaction=True)
def test_event_taken_out_behind_the_databases_back_is_named():
    happen(3)
    seals.seal_events(at=NOW)
    gone = Event.objects.order_by("id")[1].pk
    take_out_behind_the_databases_back(gone)
    found = seals.verify_seals()
    assert found.missing_event_ids == (gone,)
    assert not found.is_whole
    code, said = says("verify")
    assert code == 1
    assert f"Event {gone} was taken out" in said
    SealedEvent.objects.all().delete()  # nothing dangling is left for the end of the test


@pytest.mark.django_db
def test_broken_seal_says_which_events_it_covered():
    happen(3)
    seals.seal_events(at=NOW)
    happen(2)
    seals.seal_events(at=NOW)
    first, second, third = Event.objects.order_by("id")[:3]
    SealedEvent.objects.filter(event=second).delete()
    second.delete()
    _code, said = says("verify")
    assert "3 events were sealed, only 2 are there" in said
    assert f"from event {first.pk} to {third.pk}" in said


@pytest.mark.django_db
def test_event_put_into_an_old_seal_breaks_it():
    happen(2)
    seals.seal_events(at=NOW)
    happen()
    put_in = Event.objects.order_by("-id")[0]
    SealedEvent.objects.create(
        event=put_in, seal=Seal.objects.get(), digest=seals.digest_of(event=put_in)
    )
    code, said = says("verify")
    assert code == 1
    assert "2 events were sealed, 3 are there now" in said


@pytest.mark.django_db
def test_two_events_that_changed_places_are_both_named():
    happen(3)
    seals.seal_events(at=NOW)
    one, other = Event.objects.order_by("id")[:2]
    Event.objects.filter(pk=one.pk).update(subject_id=other.subject_id, trace=other.trace)
    Event.objects.filter(pk=other.pk).update(subject_id=one.subject_id, trace=one.trace)
    assert seals.verify_seals().altered_event_ids == (one.pk, other.pk)


@pytest.mark.django_db
def test_seal_taken_out_of_the_middle_is_noticed():
    for _ in range(3):
        happen()
        seals.seal_events(at=NOW)
    first, second, third = Seal.objects.order_by("id")
    Seal.objects.filter(pk=third.pk).update(previous=None)
    SealedEvent.objects.filter(seal=second).delete()
    Seal.objects.filter(pk=second.pk).delete()
    Seal.objects.filter(pk=third.pk).update(previous=first)
    assert seals.verify_seals().broken_seal_ids == (third.pk,)


@pytest.mark.django_db
def test_end_cut_off_whole_is_found_by_a_root_kept_elsewhere():
    happen(2)
    seals.seal_events(at=NOW)
    early = seals.current_root()
    happen(2)
    seals.seal_events(at=NOW)
    late = seals.current_root()
    last = Seal.objects.order_by("-id")[0]
    ids = list(SealedEvent.objects.filter(seal=last).values_list("event_id", flat=True))
    SealedEvent.objects.filter(seal=last).delete()
    Event.objects.filter(pk__in=ids).delete()
    last.delete()
    assert says("verify")[0] == 0, "nothing in the log itself can tell"
    code, said = says("verify", "--root", str(late))
    assert code == 1
    assert "its end was cut off" in said
    code, said = says("verify", "--root", str(early))
    assert code == 0
    assert f"Everything up to seal {early.seal_id}" in said


@pytest.mark.django_db
def test_log_rewritten_whole_is_found_by_a_root_kept_elsewhere():
    happen(2)
    seals.seal_events(at=NOW)
    kept = seals.current_root()
    Event.objects.update(actor="account:1")
    SealedEvent.objects.all().delete()
    Seal.objects.all().delete()
    seals.seal_events(at=NOW)
    assert seals.verify_seals().is_whole
    with pytest.raises(seals.RootUnreadable):
        seals.read_root(text="tomorrow")
    new = Seal.objects.order_by("-id")[0]
    assert seals.compare_root(root=seals.Root(new.pk, kept.digest)) == "REWRITTEN"
    code, said = says("verify", "--root", f"{new.pk}:{kept.digest}")
    assert code == 1
    assert "the log was rewritten" in said


@pytest.mark.django_db
def test_root_is_printed_with_how_to_compare_it():
    assert says("root")[0] == 2
    happen(2)
    seals.seal_events(at=NOW)
    code, said = says("root", "--print")
    assert code == 0
    assert f"linli audit verify --root {seals.current_root()}" in said


@pytest.mark.django_db
def test_auditor_is_told_in_words():
    happen(2)
    seals.seal_events(at=NOW)
    whole = CliRunner(env={"LANG": "en_GB.UTF-8", "LC_ALL": ""}).invoke(main, ["audit", "verify"])
    assert whole.exit_code == 0, whole.output
    assert "2 events are sealed." in whole.output
    assert Seal.objects.get().digest in whole.output
    event = Event.objects.order_by("id")[0]
    Event.objects.filter(pk=event.pk).update(actor="account:1")
    altered = CliRunner(env={"LANG": "zh_CN.UTF-8", "LC_ALL": ""}).invoke(main, ["audit", "verify"])
    assert altered.exit_code == 1
    assert f"第 {event.pk} 条记录在封存后被改动" in altered.output


# --- After a big import -------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_round_seals_batch_after_batch_until_nothing_waits(monkeypatch):
    monkeypatch.setattr(seals, "BATCH", 4)
    happen(10)
    assert seals.seal_waiting(at=NOW) == 10
    assert list(Seal.objects.order_by("id").values_list("events_count", flat=True)) == [4, 4, 2]
    assert seals.seal_waiting(at=NOW) == 0
    assert seals.verify_seals().is_whole


@pytest.mark.django_db
def test_a_round_ends_when_its_time_is_over(monkeypatch):
    monkeypatch.setattr(seals, "BATCH", 4)
    monkeypatch.setattr(seals, "ROUND_SECONDS", 0.0)
    happen(10)
    assert seals.seal_waiting(at=NOW) == 0
    monkeypatch.undo()
    assert seals.seal_waiting(at=NOW) == 10


@pytest.mark.django_db
def test_an_event_that_came_late_under_a_lower_key_is_sealed_with_the_next():
    happen(3)
    late = Event.objects.order_by("id").first()
    key, late.pk = late.pk, None
    Event.objects.filter(pk=key).delete()
    assert seals.seal_waiting(at=NOW) == 2
    late.pk = key  # Its transaction ends only now.
    late.save(force_insert=True)
    happen(1)
    assert seals.seal_waiting(at=NOW + timedelta(days=6)) == 2
    assert seals.verify_seals().is_whole


@pytest.mark.django_db
def test_what_was_sealed_long_ago_is_not_looked_through_again():
    happen(3)
    seals.seal_waiting(at=NOW)
    first = Event.objects.order_by("id").first().pk
    happen(2)
    later = NOW + timedelta(days=8)
    with CaptureQueriesContext(connection) as sent:
        assert seals.seal_waiting(at=later) == 2
    unsealed = '"core_sealedevent"."event_id" IS NULL'
    looked = next(one["sql"] for one in sent if unsealed in one["sql"])
    assert f'"core_event"."id" > {first - 1} ' in looked
    assert seals.verify_seals().is_whole
