"""Schemathesis reads our own description and tries everything that it allows, and what it forbids.

Every check is on. Half of the addresses name things that are there, so that rules are met and not
only the door. `EXAMPLES` are few here; LINLI_FUZZ_EXAMPLES asks for more.
"""

import os
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings, strategies
from schemathesis.config import SchemathesisConfig

from linli.api.tests.programs import token_for
from linli.config.wsgi import application
from linli.matters.tests.stages import stage_at
from linli.matters.workflow import State
from tests.house.access import make_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

OF_DELIBERATION = ("forum_id", "topic_id", "meeting_id", "vote_id", "map_id")
EXAMPLES = int(os.environ.get("LINLI_FUZZ_EXAMPLES", "4"))
CONFIG = {
    "checks": {
        # What a rule refuses is a 422 of its own; see `must_not_call_it_malformed`.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "401", "403", "404", "409", "410", "422", "429"]
        },
        "negative_data_rejection": {"expected-statuses": ["400", "401", "404", "415", "422"]},
        "missing_required_header": {"expected-statuses": ["400", "404", "422"]},
    },
    "generation": {"max-examples": EXAMPLES},
}


@pytest.fixture(autouse=True)
def _named_as_before(request: pytest.FixtureRequest) -> None:
    """Schemathesis 4.32 reads a test's name where pytest kept it before 9.2."""
    if not hasattr(request.node, "_nodeid"):
        request.node._nodeid = request.node.nodeid


@pytest.fixture
def _connection_kept() -> Iterator[None]:
    """Keep the connection, and with it the test's transaction, from one request to the next."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def described_api(cast: Any, monkeypatch: pytest.MonkeyPatch, _connection_kept: None) -> Any:
    monkeypatch.setattr(django_settings, "API_RATE", 10**9)
    world = make_world(cast)
    there = [world.ids["matter_id"], *(stage_at(cast, state).id for state in State)]
    known = {
        "matter_id": there,
        "area_id": [cast.grid.pk, cast.community.pk, cast.city.pk],
        "estate_id": [cast.estate.pk],
        "building_id": [cast.building.pk],
        "place_id": [cast.place.pk],
        "organisation_id": [cast.property_company.pk],
        "list_id": [world.ids["list_id"]],
        "sheet_id": [world.ids["sheet_id"]],
        "token": [str(world.ids["token"])],
        "community_id": [cast.community.pk],
        "category_id": [cast.lamp.pk, cast.dispute.pk],
        "condition_id": [cast.condition(cast.lamp).pk],
        "reason_id": [cast.private_part.pk],
        "account_id": [cast.xu.pk],
        "into_id": there,
        **{name: [world.ids[name]] for name in OF_DELIBERATION},
    }
    token = token_for(cast, cast.shen)
    config = SchemathesisConfig.from_dict(
        CONFIG | {"auth": {"openapi": {"token": {"bearer": token}}}}
    )
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=config)

    def at_home(values: Any) -> Any:
        """Let every other key that could be one name something that is there."""
        if not isinstance(values, dict):
            return values
        return {name: _known(known, name, value) for name, value in values.items()}

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        return at_home(path_parameters)

    @schema.hook
    def map_query(context: Any, query: Any) -> Any:
        return at_home(query)

    @schema.hook
    def map_body(context: Any, body: Any) -> Any:
        return at_home(body)

    return schema


def _known(known: dict[str, list[Any]], name: str, value: Any) -> Any:
    if name not in known or not isinstance(value, int) or isinstance(value, bool):
        return value
    # What is out of range stays so: it is there to be refused.
    is_fine = 1 <= value < 2**53
    return known[name][value // 2 % len(known[name])] if is_fine and value % 2 else value


@schemathesis.check
def must_not_call_it_malformed(context: Any, response: Any, case: Any) -> None:
    """What fits the description is never refused as if it did not."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code == 422:
        told = response.json()
        assert told["code"] != "RequestInvalid", told["errors"]


# Years outside 2000 to 2099 are refused, which OpenAPI has no word for.
FIRST, LAST = datetime(2000, 1, 1), datetime(2099, 12, 31)  # noqa: DTZ001  # the zone is added
schemathesis.openapi.format(
    "date-time", strategies.datetimes(FIRST, LAST).map(lambda moment: f"{moment.isoformat()}Z")
)
schemathesis.openapi.format("date", strategies.dates(FIRST.date(), LAST.date()).map(date.isoformat))
schema = schemathesis.pytest.from_fixture("described_api")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent_is_answered_as_described(case: Any) -> None:
    cache.clear()
    case.call_and_validate()
