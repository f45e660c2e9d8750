"""One report goes all the way; each step refused to whoever it is not for."""

import uuid

import pytest

from linli.core.models import Event
from linli.matters import queries, services
from linli.matters.services import Report, ReporterInput
from linli.matters.workflow import Channel
from linli.territory.queries import locate
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def a_report(cast: Cast, **changes: object) -> Report:
    given: dict[str, object] = {
        "submission_key": uuid.uuid4(),
        "community_id": cast.community.pk,
        "text": "翠园3幢门口的路灯坏了,晚上看不清路。",
        "category_id": cast.lamp.pk,
        "location": locate(building_id=cast.building.pk),
        "channel": Channel.WEB,
        "reporter": ReporterInput(name="张三", phone="13812348000", agreed_privacy=True),
    }
    return Report(**(given | changes))


def test_a_report_is_put_right_verified_and_rated(cast: Cast) -> None:
    reported = services.report(report=a_report(cast), actor=queries.Actor("nobody"), at=NOW)
    matter = reported.matter
    assert matter.level == cast.home_level
    steps = {"matter_id": matter.pk, "at": NOW}
    services.accept(actor=cast.actor(cast.zhou_min), **steps)
    services.dispatch(
        actor=cast.actor(cast.zhou_min), organisation_id=cast.property_company.pk, **steps
    )
    services.take(actor=cast.actor(cast.chen), **steps)
    services.resolve(actor=cast.actor(cast.chen), note="换了灯泡", **steps)
    with pytest.raises(services.HandlerMayNotJudge.__mro__[1]):
        services.verify(actor=cast.actor(cast.chen), **steps)
    services.verify(actor=cast.actor(cast.xu), **steps)
    reporter = queries.reporter_by_code(code=reported.tracking_code, at=NOW)
    services.rate(
        reporter_id=reporter.pk,
        actor=queries.actor_of_reporter(reporter=reporter),
        solved=True,
        satisfaction="SATISFIED",
        **steps,
    )
    matter.refresh_from_db()
    assert matter.state == "CLOSED"
    assert list(Event.objects.filter(trace=matter.trace).values_list("name", flat=True)) == [
        "matters.reported",
        "matters.accepted",
        "matters.dispatched",
        "matters.taken",
        "matters.resolved",
        "matters.verified",
        "matters.rated",
        "matters.closed",
    ]
