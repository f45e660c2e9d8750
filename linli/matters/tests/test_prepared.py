"""A prepared query answers as the queryset it was built from, for every kind of value and row."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from linli.core.prepared import Prepared
from linli.matters.models import Matter
from linli.matters.tests.stages import stage_at
from linli.matters.workflow import State
from tests.cast import NOW
from tests.racing import race

BY_KEY = Prepared(lambda key: Matter.objects.select_related("community", "order").filter(pk=key))
BY_TRACE = Prepared(lambda trace: Matter.objects.filter(trace=trace).values_list("pk", flat=True))
IN_BUILDING = Prepared(lambda building: Matter.objects.filter(building_id=building))
EITHER = Prepared(
    lambda moment, state, key: (
        Matter.objects.filter(Q(pk__in=[key]) | Q(state=state), reported_at__gte=moment)
        .values("pk", "reported_at", "trace")
        .order_by("-pk")[:5]
    )
)


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_rows_come_as_the_queryset_would_bring_them(cast):
    matter = stage_at(cast=cast, state=State.DISPATCHED).matter
    community, order = matter.community, matter.order
    for _time in ("built", "built before"):
        with CaptureQueriesContext(connection) as asked:
            found = BY_KEY.first(key=matter.pk)
            assert (found, found.community, found.order) == (matter, community, order)
        assert len(asked) == 1
        assert BY_TRACE(trace=matter.trace) == [matter.pk]
        row = {"pk": matter.pk, "reported_at": matter.reported_at, "trace": matter.trace}
        assert EITHER(moment=NOW, state="NONE", key=matter.pk) == [row]
        assert EITHER(moment=NOW, state=matter.state, key=0) == [row]
        assert EITHER(moment=NOW + timedelta(days=1), state=matter.state, key=matter.pk) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_none_equals_nothing(cast):
    matter = stage_at(cast=cast, state=State.REPORTED).matter
    Matter.objects.filter(pk=matter.pk).update(building_id=None)
    assert IN_BUILDING(building=None) == []
    assert BY_KEY.first(key=None) is None


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_over_its_own_connection(cast):
    matter = stage_at(cast=cast, state=State.REPORTED).matter
    asked = Prepared(lambda key: Matter.objects.filter(pk=key))
    outcome = race(racers=6, act=lambda _number: asked.first(key=matter.pk))
    assert outcome.results == [matter] * 6
    assert not outcome.refusals
