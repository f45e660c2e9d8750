"""Rows written at once are what they would be one by one."""

import uuid

import pytest

from linli.core import bulk
from linli.core.models import Event
from tests.cast import NOW


def an_event(number):
    return Event(
        trace=uuid.uuid4(),
        name="test.happened",
        subject_kind="matters.matter",
        subject_id=number,
        actor="account:3",
        community_id=None,
        happened_at=NOW,
        facts={"row": number, "text": "翠园3幢"},
    )


@pytest.mark.django_db
def test_every_column_arrives_as_it_was_given():
    rows = [an_event(number) for number in range(3)]
    bulk.insert(rows=rows)
    kept = list(Event.objects.order_by("id"))
    for given, found in zip(rows, kept, strict=True):
        assert found.pk
        names = [field.attname for field in Event._meta.concrete_fields if not field.primary_key]
        assert [getattr(found, name) for name in names] == [getattr(given, name) for name in names]


@pytest.mark.django_db
def test_nothing_is_nothing():
    bulk.insert(rows=[])
    assert not Event.objects.exists()
