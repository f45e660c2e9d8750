"""Rows written at once are what they would be one by one."""

import uuid

import pytest

from linli.core import bulk
from linli.core.models import Event
from tests.cast import NOW


def an_event(number):
    return {
        "trace": uuid.uuid4(),
        "name": "test.happened",
        "subject_kind": "matters.matter",
        "subject_id": number,
        "actor": "account:3",
        "community_id": None,
        "happened_at": NOW,
        "facts": {"row": number, "text": "翠园3幢"},
    }


@pytest.mark.django_db
def test_every_column_arrives_as_it_was_given():
    rows = [an_event(number) for number in range(3)]
    bulk.insert(model=Event, rows=rows)
    kept = list(Event.objects.order_by("id"))
    for given, found in zip(rows, kept, strict=True):
        assert found.pk
        assert {name: getattr(found, name) for name in given} == given
        assert found.cause_id is None  # as the model has it where nothing is said


@pytest.mark.django_db
def test_nothing_is_nothing():
    bulk.insert(model=Event, rows=[])
    assert not Event.objects.exists()
