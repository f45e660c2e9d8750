"""Bring a matter to any state by the steps that lead there, taken by whoever takes them."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from linli.core.actor import NOBODY
from linli.matters import queries, services
from linli.matters.models import Matter
from linli.matters.services import Report, Reported, ReporterInput
from linli.matters.workflow import Channel, State
from linli.territory.queries import locate
from tests.cast import NOW, Cast

LATER = NOW + timedelta(minutes=30)


def a_report(cast: Cast, **changes: object) -> Report:
    """Return the report of a broken lamp at 翠园3幢 by a resident without an account."""
    given: dict[str, object] = {
        "submission_key": uuid.uuid4(),
        "community_id": cast.community.pk,
        "text": "翠园3幢门口的路灯坏了，晚上看不清路。",
        "category_id": cast.lamp.pk,
        "location": locate(building_id=cast.building.pk),
        "channel": Channel.WEB,
        "reporter": ReporterInput(name="张三", phone="13812348000", agreed_privacy=True),
    }
    return Report(**(given | changes))


def reported(cast: Cast, *, at: datetime = NOW, **changes: object) -> Reported:
    """Report it."""
    return services.report(report=a_report(cast, **changes), actor=NOBODY, at=at)


class Stage:
    """One matter, and the steps its people usually take with it."""

    def __init__(self, cast: Cast, **changes: object) -> None:
        self.cast = cast
        self.report = reported(cast, **changes)
        self.id = self.report.matter.pk
        self.at = NOW

    @property
    def matter(self) -> Matter:
        """Return the matter as it stands in the database."""
        return Matter.objects.select_related("order", "category", "condition").get(pk=self.id)

    def _do(self, step: Callable[..., object], who: str, **given: object) -> None:
        actor = self.cast.actor(getattr(self.cast, who))
        step(matter_id=self.id, actor=actor, at=self.at, **given)

    def accept(self) -> None:
        self._do(services.accept, "zhou_min")

    def dispatch(self) -> None:
        self._do(services.dispatch, "zhou_min", organisation_id=self.cast.property_company.pk)

    def take(self) -> None:
        self._do(services.take, "chen")

    def object_to(self) -> None:
        self._do(services.object_to, "chen", reason="不属于我司服务范围")

    def give_back(self) -> None:
        self._do(services.return_order, "chen", reason_id=self.cast.private_part.pk)

    def pause(self) -> None:
        until = self.at + timedelta(days=2)
        self._do(services.pause, "zhou_ning", until=until, reason="等材料到货")

    def resolve(self) -> None:
        self._do(services.resolve, "chen", note="已更换灯泡")

    def verify(self) -> None:
        self._do(services.verify, "xu")

    def send_to_rework(self) -> None:
        self._do(services.send_to_rework, "xu", reason="晚上仍不亮")

    def rate(self, *, solved: bool = True, satisfaction: str = "SATISFIED") -> None:
        reporter = self.report.reporter
        services.rate(
            matter_id=self.id,
            reporter_id=reporter.pk,
            actor=queries.actor_of_reporter(reporter=reporter),
            at=self.at,
            solved=solved,
            satisfaction=satisfaction,
        )

    def decline(self) -> None:
        self._do(services.decline, "zhou_min", reason="不属于社区受理范围")

    def withdraw(self) -> None:
        self._do(services.withdraw, "zhou_min", reporter_id=self.report.reporter.pk)

    def merge(self) -> None:
        self._do(services.merge, "zhou_min", into_id=reported(self.cast).matter.pk)


PATHS: dict[State, tuple[str, ...]] = {
    State.REPORTED: (),
    State.ACCEPTED: ("accept",),
    State.DISPATCHED: ("accept", "dispatch"),
    State.OBJECTED: ("accept", "dispatch", "object_to"),
    State.TAKEN: ("accept", "dispatch", "take"),
    State.PAUSED: ("accept", "dispatch", "take", "pause"),
    State.RETURNED: ("accept", "dispatch", "take", "give_back"),
    State.RESOLVED: ("accept", "dispatch", "take", "resolve"),
    State.REWORK: ("accept", "dispatch", "take", "resolve", "send_to_rework"),
    State.VERIFIED: ("accept", "dispatch", "take", "resolve", "verify"),
    State.CLOSED: ("accept", "dispatch", "take", "resolve", "verify", "rate"),
    State.DECLINED: ("decline",),
    State.WITHDRAWN: ("withdraw",),
    State.MERGED: ("merge",),
}


def stage_at(cast: Cast, state: State, **changes: object) -> Stage:
    """Return a matter that stands at `state`."""
    stage = Stage(cast, **changes)
    for step in PATHS[state]:
        getattr(stage, step)()
    assert stage.matter.state == state
    return stage
