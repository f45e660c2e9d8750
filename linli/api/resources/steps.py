"""One address for each step of a matter; the rules are those of the pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from ninja import Router

from linli.api.caller import caller_of
from linli.api.operations import Act, Made, writes
from linli.api.schemas import steps as bodies
from linli.api.schemas.common import PathKey, Sent
from linli.api.schemas.matters import MatterRow, row_of
from linli.core.actor import Actor
from linli.matters import queries, services
from linli.matters.labels import STEPS
from linli.matters.workflow import Step

router = Router(tags=["steps"])


@dataclass(frozen=True, slots=True)
class Taking:
    """How one step is taken: what it is sent with, and the service that takes it."""

    body: type[Sent]
    call: Callable[..., Any]


TAKEN: Mapping[Step, Taking] = {
    Step.ACCEPT: Taking(bodies.Accept, services.accept),
    Step.DECLINE: Taking(bodies.Reason, services.decline),
    Step.DISPATCH: Taking(bodies.Dispatch, services.dispatch),
    Step.RECALL: Taking(bodies.Reason, services.recall),
    Step.TAKE: Taking(bodies.Nothing, services.take),
    Step.OBJECT: Taking(bodies.Reason, services.object_to),
    Step.UPHOLD: Taking(bodies.Judgement, services.uphold),
    Step.OVERRULE: Taking(bodies.Judgement, services.overrule),
    Step.RETURN: Taking(bodies.Return, services.return_order),
    Step.REFUSE_RETURN: Taking(bodies.Reason, services.refuse_return),
    Step.SETTLE: Taking(bodies.Done, services.settle),
    Step.ASK_TIME: Taking(bodies.AskTime, services.ask_time),
    Step.EXTEND: Taking(bodies.Extend, services.extend),
    Step.PAUSE: Taking(bodies.Pause, services.pause),
    Step.REFUSE_TIME: Taking(bodies.Reason, services.refuse_time),
    Step.RESUME: Taking(bodies.Nothing, services.resume),
    Step.RESOLVE: Taking(bodies.Done, services.resolve),
    Step.VERIFY: Taking(bodies.Verify, services.verify),
    Step.REWORK: Taking(bodies.Rework, services.send_to_rework),
    Step.RATE: Taking(bodies.Rate, services.rate),
    Step.WITHDRAW: Taking(bodies.Withdraw, services.withdraw),
    Step.MERGE: Taking(bodies.Merge, services.merge),
    Step.UNMERGE: Taking(bodies.Nothing, services.unmerge),
    Step.RECATEGORISE: Taking(bodies.Recategorise, services.recategorise),
    Step.ESCALATE: Taking(bodies.Reason, services.escalate),
    Step.NUDGE: Taking(bodies.Nothing, services.nudge),
    Step.SUPERVISE: Taking(bodies.Supervise, services.supervise),
    Step.NOTE: Taking(bodies.Note, services.add_note),
    Step.TELL: Taking(bodies.Tell, services.tell),
    Step.MEDIATE: Taking(bodies.Mediate, services.record_mediation),
    Step.PUBLISH: Taking(bodies.Publish, services.publish),
}
"""Closing is missing on purpose: ratings and silence close a matter, nobody presses a button."""


class Taken(Sent):
    """The matter as it stands after a step; null where the step took it out of one's sight."""

    matter: MatterRow | None


def _given(step: Step, body: Sent) -> dict[str, Any]:
    given = dict(body)
    if step == Step.NOTE:
        given["kind"] = "PROGRESS" if given["for_reporter"] else "NOTE"
    return {name: str(value) if name in _CODES else value for name, value in given.items()}


_CODES = frozenset({"kind", "satisfaction", "means", "outcome"})


def _put(step: Step, taking: Taking) -> None:
    def take(request: HttpRequest, matter_id: PathKey, body: Any) -> Act:
        caller = caller_of(request)
        # What does not exist for the caller is said before anything about the body.
        queries.get_matter(actor=caller.actor, matter_id=matter_id)

        def act() -> Made:
            given = _given(step, body)
            taking.call(matter_id=matter_id, actor=caller.actor, at=caller.at, **given)
            return Made(Taken(matter=_as_it_stands(caller.actor, matter_id, caller.at)))

        return act

    take.__annotations__["body"] = taking.body
    take.__doc__ = None
    summary = STEPS[step]
    writes(
        router,
        f"/{{matter_id}}/steps/{step}",
        answers=Taken,
        summary=summary,
        name=f"step_{step}",
    )(take)


def _as_it_stands(actor: Actor, matter_id: int, at: Any) -> MatterRow | None:
    seen = queries.visible_to(actor=actor, matter_id=matter_id)
    matter = seen.select_related(*queries.ROW_RELATIONS).first()
    return None if matter is None else row_of(matter, at)


for _step, _taking in TAKEN.items():
    _put(_step, _taking)
