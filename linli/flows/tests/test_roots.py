"""The root of the event log leaves once a day, to where nobody can change it."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction

from linli.core import events, seals
from linli.core.actor import system
from linli.core.models import Event
from linli.core.ref import Ref
from linli.flows import roots
from linli.notify import addresses
from tests.cast import NOW

ADDRESS = "mailtos://name:secret@example.com?to=audit@example.org"
pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """Return what would have left; the net is not used."""
    out = []
    monkeypatch.setattr(addresses, "send", lambda **told: out.append(told) or True)
    return out


@pytest.fixture
def root():
    with transaction.atomic():
        events.record(
            name="test.happened",
            subject=Ref("test.thing", 1),
            trace=uuid.uuid4(),
            actor=system(name="test"),
            at=NOW,
            community_id=None,
        )
    seals.seal_events(at=NOW)
    return seals.current_root()


def test_it_leaves_once_a_day(settings, sent, root):
    settings.AUDIT_MAIL = ADDRESS
    assert roots.mail_daily_root(at=NOW) == 1
    assert roots.mail_daily_root(at=NOW + timedelta(hours=1)) == 0
    assert roots.mail_daily_root(at=NOW + timedelta(days=1)) == 1
    assert sent[0]["address"] == ADDRESS
    assert str(root) in sent[0]["body"]
    event = Event.objects.filter(name="flows.root_sent").first()
    assert event.facts == {"root": str(root)}
    assert "secret" not in str(event.facts)


def test_nobody_who_wants_it_gets_none(settings, sent, root):
    settings.AUDIT_MAIL = ""
    assert roots.mail_daily_root(at=NOW) == 0
    assert sent == []


def test_a_mail_that_is_not_taken_is_tried_again(settings, monkeypatch, root):
    settings.AUDIT_MAIL = ADDRESS
    monkeypatch.setattr(addresses, "send", lambda **_: False)
    with pytest.raises(roots.RootNotSent) as refused:
        roots.mail_daily_root(at=NOW)
    assert "secret" not in str(refused.value)
    monkeypatch.setattr(addresses, "send", lambda **_: True)
    assert roots.mail_daily_root(at=NOW + timedelta(hours=1)) == 1


def test_an_empty_log_has_no_root(sent):
    with pytest.raises(roots.NothingSealed):
        roots.send_root(address=ADDRESS, at=NOW)
