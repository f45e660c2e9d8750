"""Who is told when a matter moves: reactions of the table in reactions.py.

Each reads the state as its round finds it, and ends quietly when there is nothing to tell.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from linli.core.actor import ActorKind
from linli.core.models import Event
from linli.flows import audience
from linli.matters.models import Matter
from linli.matters.workflow import OPEN, UNRESOLVED, WITH_HANDLER, State
from linli.notify import services as notify
from linli.notify.models import Topic


def matter_path(*, matter_id: int) -> str:
    """Return where a message about a matter leads; from there everybody goes on to their face."""
    return f"/messages/matter/{matter_id}/"


# --- To whoever has to do something -----------------------------------------------------------


def tell_who_answers(event: Event, at: datetime) -> None:
    """Tell those who answer at the matter's level of a report, and at night those on duty."""
    matter = _matter(event)
    if matter.state != State.REPORTED:
        return
    urgent = audience.is_urgent(matter=matter)
    night = audience.on_duty(matter=matter, at=at)
    _tell(event, at, matter, to=night, code="to_accept", urgent=True)
    answering = audience.whoever_answers(matter=matter, at=at)
    _tell(event, at, matter, to=answering, code="to_accept", urgent=urgent)


def tell_next_level(event: Event, at: datetime) -> None:
    """Tell those who answer at the level that a matter climbed to."""
    matter = _matter(event)
    if matter.state not in UNRESOLVED or matter.level_id != event.facts.get("level_id"):
        return
    to = audience.whoever_answers(matter=matter, at=at)
    level = matter.level.name if matter.level is not None else ""
    _tell(event, at, matter, to=to, code="on_your_level", level=level)


def tell_holder_of_order(event: Event, at: datetime) -> None:
    """Tell the unit that an order came in."""
    matter = _matter(event)
    if matter.state in (State.DISPATCHED, State.REWORK):
        _tell_holder(event, at, matter, code="order")


def tell_holder_of_rework(event: Event, at: datetime) -> None:
    """Tell the unit that its work is not done yet."""
    matter = _matter(event)
    if matter.state == State.REWORK and matter.round == event.facts.get("round"):
        _tell_holder(event, at, matter, code="order_again")


def tell_holder_it_stays(event: Event, at: datetime) -> None:
    """Tell the unit that its objection was overruled."""
    matter = _matter(event)
    if matter.state in (State.DISPATCHED, State.REWORK):
        _tell_holder(event, at, matter, code="order_stands")


def tell_holder_return_refused(event: Event, at: datetime) -> None:
    """Tell the unit that it goes on with the matter."""
    matter = _matter(event)
    if matter.state == State.TAKEN:
        _tell_holder(event, at, matter, code="return_refused")


def tell_holder_time_granted(event: Event, at: datetime) -> None:
    """Tell the unit its new deadline."""
    _tell_working_holder(event, at, code="time_granted")


def tell_holder_time_refused(event: Event, at: datetime) -> None:
    """Tell the unit that its deadline stands."""
    _tell_working_holder(event, at, code="time_refused")


def tell_holder_paused(event: Event, at: datetime) -> None:
    """Tell the unit until when its clock stands still."""
    matter = _matter(event)
    if matter.state == State.PAUSED and matter.paused_until is not None:
        _tell_holder(event, at, matter, code="paused", until=matter.paused_until.isoformat())


def tell_holder_resumed(event: Event, at: datetime) -> None:
    """Tell the unit that its clock runs again."""
    _tell_working_holder(event, at, code="resumed")


def tell_holder_changed(event: Event, at: datetime) -> None:
    """Tell the unit that its matter is now of another category, with another limit."""
    _tell_working_holder(event, at, code="changed")


def tell_those_in_charge(event: Event, at: datetime) -> None:
    """Tell those in charge when a change of category made a matter restricted."""
    matter = _matter(event)
    if matter.is_restricted and matter.state in OPEN:
        to = audience.in_charge(matter=matter, at=at)
        _tell(event, at, matter, to=to, code="restricted", urgent=audience.is_urgent(matter=matter))


def tell_judges(event: Event, at: datetime) -> None:
    """Tell those who may judge an objection as a third."""
    matter = _matter(event)
    if matter.state == State.OBJECTED:
        to = audience.judges(matter=matter, at=at)
        _tell(event, at, matter, to=to, code="to_judge", topic=Topic.OBJECTION)


def tell_desk_to_dispatch(event: Event, at: datetime) -> None:
    """Tell the desk that a matter needs a new handler."""
    matter = _matter(event)
    if matter.state == State.ACCEPTED:
        _tell_desk(event, at, matter, code="to_dispatch")


def tell_desk_of_return(event: Event, at: datetime) -> None:
    """Tell the desk that a unit gave a matter back, and why."""
    matter = _matter(event)
    if matter.state == State.RETURNED:
        order = matter.order
        reason = order.return_reason if order is not None else None
        _tell_desk(event, at, matter, code="given_back", reason=reason.name if reason else "")


def tell_desk_time_asked(event: Event, at: datetime) -> None:
    """Tell the desk that a unit asks for more time, unless it was answered meanwhile."""
    matter = _matter(event)
    order = matter.order
    if order is not None and order.time_requests.filter(state="ASKED").exists():
        _tell_desk(event, at, matter, code="time_asked")


def tell_desk_unmerged(event: Event, at: datetime) -> None:
    """Tell the desk that a matter stands by itself again."""
    matter = _matter(event)
    if matter.state in (State.REPORTED, State.ACCEPTED):
        _tell_desk(event, at, matter, code="unmerged")


def tell_verifiers(event: Event, at: datetime) -> None:
    """Tell those who may check a result; never who did the work."""
    matter = _matter(event)
    if matter.state == State.RESOLVED:
        _tell(event, at, matter, to=audience.verifiers(matter=matter, at=at), code="to_verify")


# --- To whoever no longer has to --------------------------------------------------------------


def tell_recalled_holder(event: Event, at: datetime) -> None:
    """Tell the unit whose order was taken back, unless it has the matter again."""
    matter = _matter(event)
    gone = audience.people_of(
        organisation_id=event.facts.get("organisation_id"),
        account_id=event.facts.get("account_id"),
        at=at,
    )
    _tell(event, at, matter, to=gone - audience.holder(matter=matter, at=at), code="order_gone")


def tell_objector_upheld(event: Event, at: datetime) -> None:
    """Tell the unit that was right to object."""
    matter = _matter(event)
    order = matter.orders.filter(pk=event.facts["order_id"]).first()
    gone = audience.unit_of(order=order, at=at) - audience.holder(matter=matter, at=at)
    _tell(event, at, matter, to=gone, code="objection_upheld")


def tell_holder_withdrawn(event: Event, at: datetime) -> None:
    """Tell the unit that nobody asks for this any more."""
    matter = _matter(event)
    if matter.state == State.WITHDRAWN:
        to = audience.unit_of(order=matter.order, at=at)
        _tell(event, at, matter, to=to, code="order_gone")


# --- When it takes too long -------------------------------------------------------------------


def tell_overdue(event: Event, at: datetime) -> None:
    """Tell the holder and the desk that a matter is late; before dispatch whoever answers."""
    matter = _matter(event)
    if matter.state not in UNRESOLVED or at <= matter.due_at:
        return
    to = audience.desk(matter=matter, at=at) | _now_with(matter, at)
    _tell(event, at, matter, to=to, code="overdue", topic=Topic.DEADLINE)


def tell_nudged(event: Event, at: datetime) -> None:
    """Tell whoever has the matter now that somebody asks after it."""
    matter = _matter(event)
    if matter.state in OPEN:
        _tell(event, at, matter, to=_now_with(matter, at), code="nudged", topic=Topic.DEADLINE)


def tell_supervised(event: Event, at: datetime) -> None:
    """Tell the holder and the desk that a matter is watched from above."""
    matter = _matter(event)
    if matter.state in OPEN:
        to = audience.desk(matter=matter, at=at) | _now_with(matter, at)
        _tell(event, at, matter, to=to, code="supervised", topic=Topic.SUPERVISION)


# --- To those who asked and have an account ---------------------------------------------------


def tell_askers_accepted(event: Event, at: datetime) -> None:
    """Tell those who asked by when it will be handled."""
    _tell_askers(event, at, code="accepted", unless=State.DECLINED)


def tell_askers_declined(event: Event, at: datetime) -> None:
    """Tell those who asked that it was not accepted."""
    _tell_askers(event, at, code="declined")


def tell_askers_joined(event: Event, at: datetime) -> None:
    """Tell those who asked that it is handled together with an earlier report."""
    _tell_askers(event, at, code="joined")


def tell_askers_to_rate(event: Event, at: datetime) -> None:
    """Tell those who asked that it was put right, and ask what they say."""
    matter = _matter(event)
    if matter.state == State.VERIFIED:
        to = audience.waiting_to_rate(matter=matter)
        _tell(event, at, matter, to=to, code="to_rate", topic=Topic.PROGRESS)


def tell_askers_answered(event: Event, at: datetime) -> None:
    """Tell those who asked that there is an answer, and ask whether it settles it."""
    matter = _matter(event)
    if matter.state == State.VERIFIED:
        to = audience.waiting_to_rate(matter=matter)
        _tell(event, at, matter, to=to, code="answered", topic=Topic.PROGRESS)


def tell_desk_handler_gone(event: Event, at: datetime) -> None:
    """Tell the desk that a matter needs a new handler because the old one is gone."""
    if event.actor.startswith(f"{ActorKind.SYSTEM}:"):
        tell_desk_to_dispatch(event, at)


# --- Small parts ------------------------------------------------------------------------------


def _matter(event: Event) -> Matter:
    return audience.matter_of(matter_id=event.subject_id)


def _now_with(matter: Matter, at: datetime) -> set[int]:
    """Return whoever has the next move with a matter."""
    if matter.state == State.RESOLVED:
        return audience.verifiers(matter=matter, at=at)
    if matter.state in WITH_HANDLER:
        return audience.holder(matter=matter, at=at)
    return audience.whoever_answers(matter=matter, at=at)


def _tell_holder(event: Event, at: datetime, matter: Matter, *, code: str, **facts: Any) -> None:
    to = audience.holder(matter=matter, at=at)
    urgent = audience.is_urgent(matter=matter)
    _tell(event, at, matter, to=to, code=code, urgent=urgent, **facts)


def _tell_working_holder(event: Event, at: datetime, *, code: str) -> None:
    matter = _matter(event)
    if matter.state in WITH_HANDLER:
        _tell_holder(event, at, matter, code=code)


def _tell_desk(event: Event, at: datetime, matter: Matter, *, code: str, **facts: Any) -> None:
    _tell(event, at, matter, to=audience.desk(matter=matter, at=at), code=code, **facts)


def _tell_askers(event: Event, at: datetime, *, code: str, unless: State | None = None) -> None:
    matter = _matter(event)
    if matter.state != unless:
        to = audience.askers(matter=matter)
        _tell(event, at, matter, to=to, code=code, topic=Topic.PROGRESS)


def _tell(
    event: Event,
    at: datetime,
    matter: Matter,
    *,
    to: Collection[int],
    code: str,
    topic: Topic = Topic.ORDER,
    urgent: bool = False,
    **facts: Any,
) -> None:
    """Tell people of a matter, but not whoever did it; a restricted one without its content."""
    others = set(to) - {audience.account_of_actor(event)}
    if not others:
        return
    if matter.is_restricted:
        code, said = "restricted", {}
    else:
        said = {**_facts(matter), **facts}
    notify.tell(
        account_ids=others,
        event=event,
        topic=topic,
        code=code,
        facts=said,
        path=matter_path(matter_id=matter.pk),
        at=at,
        urgent=urgent,
    )


def _facts(matter: Matter) -> dict[str, Any]:
    """Return what a message names of a matter: never the words somebody wrote."""
    unit = matter.order
    return {
        "number": str(matter.pk),
        "category": matter.category.name,
        "category_en": matter.category.name_en,
        "place": _place_of(matter),
        "due": matter.due_at.isoformat(),
        "unit": _name_of_unit(matter) if unit is not None else "",
    }


def _place_of(matter: Matter) -> str:
    """Return where it is, no finer than a building or a named place."""
    if matter.building is not None:
        estate = f"{matter.estate.name} " if matter.estate is not None else ""
        return f"{estate}{matter.building.name}"
    for spot in (matter.place, matter.estate, matter.grid):
        if spot is not None:
            return spot.name
    return ""


def _name_of_unit(matter: Matter) -> str:
    order = matter.order
    assert order is not None
    if order.organisation is not None:
        return order.organisation.name
    return order.account.name if order.account is not None else ""
