"""What a report and a list may cost, in statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.core.actor import NOBODY
from linli.matters import queries, services
from linli.matters.queries import MatterFilter
from linli.matters.tests.plans import plan_of
from linli.matters.tests.stages import a_report, reported
from linli.matters.workflow import OPEN
from linli.territory.models import MapRevision
from linli.territory.queries import locate
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

_FRAME = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def statements(captured: CaptureQueriesContext) -> list[str]:
    """Return what was read and written, without the frame of transactions."""
    sent = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in sent if not sql.startswith(_FRAME)]


def test_a_report_costs_fifteen_statements_from_the_point_to_its_deliveries(cast: Cast) -> None:
    point = {"longitude": 118.801, "latitude": 32.052}
    community_id = cast.community.pk
    reported(cast)
    MapRevision.objects.create()
    locate(community_id=community_id, **point)  # The map is read once for each process.
    given = a_report(cast)
    with CaptureQueriesContext(connection) as captured:
        spot = queries.Spot(community_id=community_id, category_id=cast.lamp.pk, **point)
        where = locate(community_id=community_id, **point)
        queries.suggest_duplicates(spot=spot, text=given.text, at=NOW)
        report = services.Report(
            submission_key=given.submission_key,
            community_id=community_id,
            text=given.text,
            category_id=given.category_id,
            location=where,
            channel=given.channel,
            reporter=given.reporter,
        )
        services.report(report=report, actor=NOBODY, at=NOW)
    assert len(statements(captured)) <= 15, statements(captured)


@pytest.mark.parametrize("who", ["zhou_min", "shen", "li", "gu", "chen"])
@pytest.mark.parametrize(
    "wanted",
    [
        MatterFilter(),
        MatterFilter(query="路灯"),
        MatterFilter(states=tuple(OPEN), oldest_deadline_first=True),
        MatterFilter(needs_desk=True, oldest_deadline_first=True),
    ],
)
def test_a_page_costs_the_same_whatever_is_in_it(cast: Cast, who: str, wanted) -> None:
    costs = []
    for rows_total in (1, 12):
        for _ in range(rows_total):
            reported(cast)
        with CaptureQueriesContext(connection) as captured:
            queries.page_of_matters(actor=cast.actor(getattr(cast, who)), wanted=wanted, size=10)
        costs.append(len(statements(captured)) - 2)  # Two for the actor.
    assert max(costs) <= 3, costs


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL chooses by how many rows there are"
)
def test_duplicates_are_looked_for_among_a_months_matters_only(cast: Cast) -> None:
    reported(cast)
    spot = queries.Spot(
        community_id=cast.community.pk,
        building_id=cast.building.pk,
        longitude=118.801,
        latitude=32.052,
    )
    plan = plan_of(lambda: queries.suggest_duplicates(spot=spot, text="路灯坏了", at=NOW))
    assert "matter_by_reported" in plan, plan


@pytest.mark.parametrize("who", ["shen", "zhou_min", "gu"])
def test_queues_are_counted_without_reading_their_matters(cast: Cast, who: str) -> None:
    reported(cast)
    actor = cast.actor(getattr(cast, who))
    plan = plan_of(lambda: queries.count_queues(actor=actor, at=NOW))
    way = "Index Only Scan using" if connection.vendor == "postgresql" else "USING COVERING INDEX"
    level = "subdistrict" if who == "gu" else "community"
    assert f"{way} matter_{level}_due" in plan, plan
