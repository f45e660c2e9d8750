"""A month of matters in every situation that a figure tells apart."""

import uuid
from datetime import datetime, timedelta

from linli.core.actor import NOBODY
from linli.matters import queries, services
from linli.matters.models import Matter
from linli.matters.services import Report, ReporterInput
from linli.matters.workflow import Channel
from linli.territory.queries import locate
from tests.cast import NOW, Cast

MONTH_LATER = NOW + timedelta(days=26)  # 30 March, the month not yet over


class Scene:
    """One matter and the steps taken with it, each at a moment of its own."""

    def __init__(self, cast: Cast, *, at: datetime = NOW, phone: str = "13812348000", **given):
        self.cast = cast
        report = {
            "submission_key": uuid.uuid4(),
            "community_id": cast.community.pk,
            "text": "门口的路灯坏了，晚上看不清路。",
            "category_id": cast.lamp.pk,
            "location": locate(building_id=cast.building.pk),
            "channel": Channel.WEB,
            "reporter": ReporterInput(name="张三", phone=phone, agreed_privacy=True),
        }
        by = NOBODY
        if given.get("channel") in (Channel.HOTLINE_12345, Channel.PHONE):
            by = cast.actor(cast.zhou_min)
        reported = services.report(report=Report(**(report | given)), actor=by, at=at)
        self.id, self.reporter_id = reported.matter.pk, reported.reporter.pk
        self.code = reported.tracking_code

    def do(self, step, who, *, at: datetime = NOW, **given) -> "Scene":
        actor = self.cast.actor(getattr(self.cast, who), at=at)
        step(matter_id=self.id, actor=actor, at=at, **given)
        return self

    def accepted(self, *, at: datetime = NOW) -> "Scene":
        return self.do(services.accept, "zhou_min", at=at)

    def taken(self, *, at: datetime = NOW) -> "Scene":
        self.accepted(at=at)
        company = self.cast.property_company.pk
        self.do(services.dispatch, "zhou_min", at=at, organisation_id=company)
        return self.do(services.take, "chen", at=at)

    def resolved(self, *, at: datetime, note: str = "已更换灯泡") -> "Scene":
        self.taken(at=min(at, NOW))
        return self.do(services.resolve, "chen", at=at, note=note)

    def closed(self, *, at: datetime) -> "Scene":
        return self.resolved(at=at).do(services.verify, "zhou_ning", at=at)

    def rated(self, satisfaction: str, *, at: datetime, solved: bool = True) -> "Scene":
        reporter = queries.reporter_by_code(code=self.code, at=at)
        services.rate(
            matter_id=self.id,
            reporter_id=reporter.pk,
            actor=queries.actor_of_reporter(reporter=reporter),
            at=at,
            solved=solved,
            satisfaction=satisfaction,
        )
        return self

    @property
    def matter(self) -> Matter:
        return Matter.objects.get(pk=self.id)


def make_month(cast: Cast) -> dict[str, Scene]:
    """Put matters of every outcome into 府东社区, all but one reported on 4 March."""
    day, late = NOW + timedelta(days=1), NOW + timedelta(days=14)
    east = {"location": locate(building_id=cast.far_building.pk)}
    hotline = {"channel": Channel.HOTLINE_12345}
    made = {
        "new": Scene(cast),
        "accepted": Scene(cast, **east).accepted(),
        "in_time": Scene(cast).closed(at=day),
        "late": Scene(cast).closed(at=late),
        "content": Scene(cast).closed(at=day).rated("SATISFIED", at=day),
        "fairly": Scene(cast, **east).closed(at=day).rated("BASICALLY_SATISFIED", at=day),
        "reworked": Scene(cast).closed(at=day).rated("DISSATISFIED", at=day),
        "paused": Scene(cast)
        .taken()
        .do(services.pause, "zhou_ning", until=NOW + timedelta(days=60), reason="等材料"),
        "declined": Scene(cast).do(services.decline, "zhou_min", reason="不在本社区"),
        "settled": Scene(cast)
        .do(services.settle, "wang", note="当场关好了门")
        .do(services.verify, "zhou_ning", at=day),
        "before": Scene(cast, at=NOW - timedelta(days=20)),
        "hot_content": Scene(cast, hotline_number="A1", **hotline)
        .closed(at=day)
        .rated("SATISFIED", at=day),
        "hot_fairly": Scene(cast, hotline_number="A2", **hotline)
        .closed(at=day)
        .rated("BASICALLY_SATISFIED", at=day),
        "hot_silent": Scene(cast, hotline_number="A3", **hotline).closed(at=day),
        "hot_without_phone": Scene(cast, hotline_number="A4", phone="", **hotline).closed(at=day),
        "hazard": Scene(cast, category_id=cast.hazard.pk),
        "dispute": Scene(cast, category_id=cast.dispute.pk, **east),
        "question": Scene(cast, category_id=cast.question.pk),
        "referral": Scene(cast, category_id=cast.referral.pk),
        "emergency": Scene(cast, category_id=cast.emergency.pk),
    }
    told = made["hot_silent"]
    told.do(
        services.tell,
        "zhou_min",
        at=day,
        reporter_id=told.reporter_id,
        means="PHONE",
        text="已告知",
    )
    again = made["reworked"]
    again.do(services.take, "chen", at=late).do(services.resolve, "chen", at=late, note="重做")
    again.do(services.verify, "zhou_ning", at=late)
    return made
