"""Try to join secret ballots to voters: by rows and their marks, copies, logs, order, and keys."""

import logging
import re
import shutil
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse

from linli.core import crypto
from linli.core.models import Delivery, Event
from linli.deliberation import envelopes
from linli.deliberation.models import CountedBallot, Envelope, Participation
from linli.deliberation.services import counting
from linli.deliberation.tally import Kind
from linli.deliberation.tests.votes_scene import OVER, RACKS, code_of, scene
from linli.flows.worker import run_due

VOTERS = 12
BALLOTS = [
    {"1": 1 + number % 5, "2": 1 + number // 5, "3": 1 + number % 3} for number in range(VOTERS)
]
"""Every one different, so that each could be told from the others."""

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


@pytest.fixture
def secret(cast):
    here = scene(cast)
    vote, keys = here.secret(kind=Kind.RATING, options=RACKS)
    receipts = here.cast_all(vote, BALLOTS)
    return here, vote, keys, receipts


def everything():
    """Return all rows of all tables as text, as somebody with a copy of the database has them."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                said += [
                    bytes(cell).decode("latin-1") if isinstance(cell, memoryview | bytes)
                    else str(cell)
                    for cell in row
                ]  # fmt: skip
    return "\n".join(said)


def in_order(table, columns, order):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {order}")
        return cursor.fetchall()


def physical_orders(table, key):
    """Return the keys of a table in every order that the database itself gives away."""
    marks = ("ctid", "xmin::text::bigint, ctid") if _is_postgresql() else ("rowid",)
    return [[row[0] for row in in_order(table, key, mark)] for mark in (*marks, "id")]


def _is_postgresql():
    return connection.vendor == "postgresql"


def test_before_the_count_no_copy_of_the_database_tells_a_ballot(secret):
    _here, _vote, keys, receipts = secret
    copy = everything()
    for receipt in receipts:
        assert receipt not in copy
    for key in keys:
        assert key not in copy
        assert key.replace("-", "") not in copy
    contents = [bytes(one) for one in Envelope.objects.values_list("content", flat=True)]
    assert len({len(one) for one in contents}) == 1, "a length would tell how much was said"
    assert len(set(contents)) == VOTERS


def test_whoever_has_the_servers_keys_and_one_teller_opens_nothing(secret):
    _here, vote, keys, _receipts = secret
    contents = [bytes(one) for one in Envelope.objects.values_list("content", flat=True)]
    for pair in ([keys[0], envelopes.new_key()], [keys[0], keys[0]], [keys[1], keys[1]]):
        with pytest.raises(envelopes.EnvelopeBroken):
            envelopes.open_all(envelopes=contents, keys=pair, vote=str(vote.pk))
    for one in contents:
        with pytest.raises(crypto.SealBroken):
            crypto.unseal_bytes(sealed=one, field="deliberation_envelope.content", row=str(vote.pk))
    # An envelope belongs to its vote.
    with pytest.raises(envelopes.EnvelopeBroken):
        envelopes.open_all(envelopes=contents, keys=keys, vote=str(vote.pk + 1))


def test_after_the_count_no_order_of_rows_leads_from_a_ballot_to_a_voter(secret):
    here, vote, keys, receipts = secret
    here.counted(vote, keys)
    said = dict(CountedBallot.objects.values_list("receipt", "choice"))
    assert said == dict(zip(receipts, BALLOTS, strict=True)), "everybody finds their own"
    assert not Envelope.objects.exists()
    cast_order = list(
        Participation.objects.order_by("took_part_at", "entry__number").values_list(
            "entry__number", flat=True
        )
    )
    assert cast_order == list(range(1, VOTERS + 1))
    for found in physical_orders("deliberation_countedballot", "receipt"):
        assert found != receipts, "the order of rows is the order of casting"
        assert found != receipts[::-1]
    assert sorted(receipts) != receipts


def test_all_ballots_come_from_one_transaction_that_no_voter_took_part_in(secret):
    here, vote, keys, _receipts = secret
    here.counted(vote, keys)
    columns = {field.column for field in CountedBallot._meta.concrete_fields}
    assert columns == {"id", "vote_id", "receipt", "choice", "weight"}, "no time, no number"
    if not _is_postgresql():
        return
    marks = {row[0] for row in in_order("deliberation_countedballot", "xmin::text", "1")}
    voters = {row[0] for row in in_order("deliberation_participation", "xmin::text", "1")}
    assert len(marks) == 1
    assert not marks & voters


def test_copies_from_before_and_after_the_count_do_not_join(secret):
    here, vote, keys, receipts = secret
    before = everything()
    here.counted(vote, keys)
    after = everything()
    for receipt in receipts:
        assert receipt not in before
        assert after.count(receipt) == 1, "a receipt stands in the published list alone"
    assert "public_key" not in str(Event.objects.values_list("facts", flat=True))


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL has no one file")
def test_no_file_of_the_database_holds_a_ballot_before_the_count(secret, tmp_path):
    here, vote, keys, receipts = secret
    name = Path(connection.settings_dict["NAME"])
    found = b""
    for file in name.parent.glob(f"{name.name}*"):
        copy = tmp_path / file.name
        shutil.copy(file, copy)
        found += copy.read_bytes()
    for receipt in receipts:
        assert receipt.encode() not in found
    here.counted(vote, keys)


def test_the_event_log_and_its_deliveries_tell_the_count_and_nobody(secret, clock):
    here, vote, keys, receipts = secret
    here.counted(vote, keys)
    clock.now = OVER
    run_due(at=OVER)
    about = Event.objects.filter(subject_kind="deliberation.vote", subject_id=vote.pk)
    names = list(about.order_by("id").values_list("name", flat=True))
    assert names == [
        "deliberation.vote_drafted",
        *["deliberation.teller_key_made"] * 2,
        "deliberation.vote_opened",
        "deliberation.vote_closed",
        "deliberation.vote_counted",
    ]
    text = " ".join(str(one) for one in Event.objects.values_list("facts", flat=True))
    text += " ".join(Delivery.objects.values_list("error", flat=True))
    for receipt in receipts:
        assert receipt not in text
    assert set(about.last().facts) == {"turnout", "outcome", "digest", "result"}


def test_neither_logs_nor_sessions_nor_caches_hold_a_ballot(cast, client, caplog):
    here = scene(cast)
    vote, _keys = here.secret(kind=Kind.RATING, options=RACKS)
    caplog.set_level(logging.DEBUG)
    said = []
    for number in range(1, 6):
        page = client.post(
            reverse("vote_ballot", args=[code_of(vote, number)]), {"option_1": str(number)}
        )
        assert page.status_code == 200
        found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}</p>", page.content.decode())
        said.append(found[0][:12].replace("-", ""))
    assert len(set(said)) == 5
    copy = everything() + str(dict(client.cookies))
    lines = "\n".join(
        f"{one.getMessage()} {one.__dict__}" for one in caplog.records if "sql" not in one.name
        and not one.name.startswith("django.db")
    )  # fmt: skip
    for receipt in said:
        assert receipt not in copy
        assert receipt not in lines
    assert "option_1" not in lines


def test_a_count_that_fails_halfway_leaves_everything_sealed(secret, cast, monkeypatch):
    here, vote, keys, receipts = secret
    here.closed(vote)

    def fail(*_said, **_more):
        raise OSError("the disk is full")

    monkeypatch.setattr(counting, "move_vote", fail)
    with pytest.raises(OSError, match="full"):
        counting.count_vote(vote_id=vote.pk, keys=keys, actor=cast.actor(cast.li), at=OVER)
    assert Envelope.objects.count() == VOTERS
    copy = everything()
    assert not any(receipt in copy for receipt in receipts)
