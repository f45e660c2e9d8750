"""What follows when something happened: one table, from event name to functions.

Each function is owed once to each event and runs in the worker, in the transaction that marks it
done. It promises no order, reads the state as its round finds it, and ends quietly when there is
nothing to do.
The table stands at the end; its names are registered with `core.events` when Linli starts.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from linli.core import calendars, keyprints
from linli.core.actor import ActorKind
from linli.core.models import Event
from linli.flows import audience
from linli.flows import events as flow_events
from linli.flows.following_visits import (
    call_off_visits,
    end_visits_of_tie,
    follow_needs,
    let_calls_follow_stand_in,
    let_visits_follow_resident,
    tell_of_late_call,
    tell_of_nobodys_calls,
    tell_who_calls_soon,
    tell_who_took_over,
)
from linli.flows.offering import OFFERED, offer_to_webhooks
from linli.matters import events as matter_events
from linli.matters import services as matter_services
from linli.matters.models import Matter
from linli.matters.workflow import OPEN, UNRESOLVED, WITH_HANDLER, State
from linli.notify import events as notify_events
from linli.notify import services as notify
from linli.notify.models import Topic
from linli.people import events as people_events
from linli.people import queries as people
from linli.people import services as people_services
from linli.territory import events as territory_events
from linli.visits import events as visit_events

Reaction = Callable[[Event, datetime], None]

_ACCOUNT_PATH = "/account/"


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


def erase_photos(event: Event, at: datetime) -> None:
    """Erase the photos of those who had themselves forgotten while it was still open."""
    matter_services.erase_photos_due(matter_id=event.subject_id, at=at)


# --- When the ground changes ------------------------------------------------------------------


def point_matters_anew(event: Event, at: datetime) -> None:
    """Point open matters to the grids as they are now drawn; once for all rows of an import."""
    if event.cause is not None and event.cause.name == territory_events.REGISTER_IMPORTED:
        return
    if event.community_id is not None:
        matter_services.point_anew(community_id=event.community_id, at=at)


def point_roster_anew(event: Event, at: datetime) -> None:
    """Point households to the grids as they are now drawn; once for all rows of an import."""
    if event.cause is not None and event.cause.name == territory_events.REGISTER_IMPORTED:
        return
    if event.community_id is not None:
        people_services.point_roster_anew(community_id=event.community_id, at=at)


def index_estate_anew(event: Event, _at: datetime) -> None:
    """Let matters and residents be found by the new name of their estate."""
    matter_services.index_at(column="estate_id", place_ids=[event.subject_id])
    buildings = people_services.buildings_of(estate_id=event.subject_id)
    people_services.index_roster_anew(building_ids=buildings)


def index_building_anew(event: Event, _at: datetime) -> None:
    """Let matters and residents be found by the new name of their building."""
    matter_services.index_at(column="building_id", place_ids=[event.subject_id])
    people_services.index_roster_anew(building_ids=[event.subject_id])


def index_entrance_anew(event: Event, _at: datetime) -> None:
    """Let matters and residents be found by the new name of their entrance."""
    matter_services.index_at(column="entrance_id", place_ids=[event.subject_id])
    buildings = people_services.buildings_of(entrance_id=event.subject_id)
    people_services.index_roster_anew(building_ids=buildings)


def index_place_anew(event: Event, _at: datetime) -> None:
    """Let matters be found by the new name of their place."""
    matter_services.index_at(column="place_id", place_ids=[event.subject_id])


# --- When a handler is gone -------------------------------------------------------------------


def take_back_persons_orders(event: Event, at: datetime) -> None:
    """Take back what somebody had in hand whose account was closed."""
    matter_services.take_back_from(account_id=event.subject_id, at=at)


def take_back_units_orders(event: Event, at: datetime) -> None:
    """Take back what an organisation had in hand that is no longer there."""
    matter_services.take_back_from(organisation_id=event.subject_id, at=at)


def tell_desk_handler_gone(event: Event, at: datetime) -> None:
    """Tell the desk that a matter needs a new handler because the old one is gone."""
    if event.actor.startswith(f"{ActorKind.SYSTEM}:"):
        tell_desk_to_dispatch(event, at)


# --- To somebody about their own account ------------------------------------------------------


def tell_account_password_reset(event: Event, at: datetime) -> None:
    """Tell somebody that their password was reset."""
    _tell_account(event, at, event.subject_id, code="password_reset", urgent=True)


def tell_account_second_factor_reset(event: Event, at: datetime) -> None:
    """Tell somebody that their second factor was taken away."""
    _tell_account(event, at, event.subject_id, code="second_factor_reset", urgent=True)


def tell_account_role_given(event: Event, at: datetime) -> None:
    """Tell somebody that they were given a role."""
    facts = {"from": event.facts.get("from")}
    _tell_account(event, at, event.subject_id, code="role_given", facts=facts)


def tell_account_role_ended(event: Event, at: datetime) -> None:
    """Tell somebody that a role of theirs ended."""
    facts = {"until": event.facts.get("until")}
    _tell_account(event, at, event.subject_id, code="role_ended", facts=facts)


def tell_both_of_handover(event: Event, at: datetime) -> None:
    """Tell whoever goes on leave and whoever stands in, each about the other."""
    days = {"from": event.facts["from"], "until": event.facts["until"]}
    absent_id, stand_in_id = event.facts["absent_id"], event.facts["stand_in_id"]
    names = people.names_of(account_ids=[absent_id, stand_in_id])
    for account_id, code, other_id in (
        (stand_in_id, "stands_in", absent_id),
        (absent_id, "stood_in_for", stand_in_id),
    ):
        facts = {**days, "name": names.get(other_id, "")}
        _tell_account(event, at, account_id, code=code, facts=facts)


def tell_both_handover_ended(event: Event, at: datetime) -> None:
    """Tell both that everything is its owner's again."""
    for account_id in (event.facts["absent_id"], event.facts["stand_in_id"]):
        _tell_account(event, at, account_id, code="stand_in_over")


def tell_account_on_duty(event: Event, at: datetime) -> None:
    """Tell somebody when they are on duty."""
    facts = {"from": event.facts["starts_at"], "until": event.facts["ends_at"]}
    _tell_account(event, at, event.facts["account_id"], code="on_duty", facts=facts)


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
    others = set(to) - {_account_of_actor(event)}
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


def _tell_account(
    event: Event,
    at: datetime,
    account_id: int,
    *,
    code: str,
    facts: Mapping[str, Any] | None = None,
    urgent: bool = False,
) -> None:
    if account_id != _account_of_actor(event):
        notify.tell(
            account_ids=[account_id],
            event=event,
            topic=Topic.ACCOUNT,
            code=code,
            facts=facts or {},
            path=_ACCOUNT_PATH,
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


def _account_of_actor(event: Event) -> int | None:
    kind, _, key = event.actor.partition(":")
    return int(key) if kind == ActorKind.ACCOUNT and key.isdecimal() else None


# --- The table --------------------------------------------------------------------------------

TABLE: dict[str, tuple[Reaction, ...]] = {
    matter_events.REPORTED: (tell_who_answers,),
    matter_events.ACCEPTED: (tell_askers_accepted,),
    matter_events.DECLINED: (tell_askers_declined, erase_photos),
    matter_events.DISPATCHED: (tell_holder_of_order,),
    matter_events.RECALLED: (tell_recalled_holder, tell_desk_handler_gone),
    matter_events.TAKEN: (),
    matter_events.OBJECTED: (tell_judges,),
    matter_events.OBJECTION_UPHELD: (tell_objector_upheld, tell_desk_to_dispatch),
    matter_events.OBJECTION_OVERRULED: (tell_holder_it_stays,),
    matter_events.RETURNED: (tell_desk_of_return,),
    matter_events.RETURN_REFUSED: (tell_holder_return_refused,),
    matter_events.TIME_ASKED: (tell_desk_time_asked,),
    matter_events.EXTENDED: (tell_holder_time_granted,),
    matter_events.PAUSED: (tell_holder_paused,),
    matter_events.TIME_REFUSED: (tell_holder_time_refused,),
    matter_events.RESUMED: (tell_holder_resumed,),
    matter_events.SETTLED: (tell_verifiers,),
    matter_events.RESOLVED: (tell_verifiers,),
    matter_events.VERIFIED: (tell_askers_to_rate,),
    matter_events.ANSWERED: (tell_askers_answered,),
    matter_events.REWORK_ASKED: (tell_holder_of_rework,),
    matter_events.RATED: (),
    # Who asked was told when it was put right; its closing tells nobody anything new.
    matter_events.CLOSED: (erase_photos,),
    matter_events.WITHDRAWN: (tell_holder_withdrawn, erase_photos),
    matter_events.MERGED: (tell_askers_joined,),
    matter_events.UNMERGED: (tell_desk_unmerged,),
    matter_events.RECATEGORISED: (tell_holder_changed, tell_those_in_charge),
    matter_events.CLIMBED: (tell_next_level,),
    matter_events.OVERDUE: (tell_overdue,),
    matter_events.NUDGED: (tell_nudged,),
    matter_events.SUPERVISED: (tell_supervised,),
    matter_events.NOTED: (),
    matter_events.TOLD: (),
    matter_events.MEDIATED: (),
    matter_events.PUBLISHED: (),
    matter_events.UNPUBLISHED: (),
    matter_events.CONTACT_OPENED: (),
    matter_events.REPORTER_ERASED: (),
    matter_events.PHOTOS_ERASED: (),
    matter_events.POINTED_ANEW: (tell_who_answers,),
    matter_events.PROBLEM_LIST_OPENED: (),
    matter_events.LISTED: (),
    matter_events.SHEET_MADE: (),
    matter_events.SHEET_CHANGED: (),
    matter_events.HOTLINE_REPLIED: (),
    matter_events.HOTLINE_COLUMNS_SET: (),
    matter_events.EXPORTED: (),
    matter_events.METHOD_SET: (),
    matter_events.LEVELS_SET: (),
    matter_events.RATE_WEIGHTS_SET: (),
    matter_events.CATEGORY_SET: (),
    matter_events.CATEGORY_ENDED: (),
    matter_events.RETURN_REASON_SET: (),
    matter_events.RETURN_REASON_ENDED: (),
    #
    people_events.ACCOUNT_CREATED: (),
    people_events.ACCOUNT_CHANGED: (),
    people_events.ACCOUNT_CLOSED: (take_back_persons_orders, tell_of_nobodys_calls),
    people_events.ACCOUNT_REOPENED: (),
    people_events.PREFERENCES_CHANGED: (),
    people_events.PASSWORD_CHANGED: (),
    people_events.PASSWORD_RESET: (tell_account_password_reset,),
    people_events.SECOND_FACTOR_SET: (),
    people_events.SECOND_FACTOR_REMOVED: (),
    people_events.SECOND_FACTOR_RESET: (tell_account_second_factor_reset,),
    people_events.SIGNED_IN: (),
    people_events.SIGN_IN_FAILED: (),
    people_events.LOCKED_OUT: (),
    people_events.SIGNED_OUT: (),
    people_events.SIGN_IN_LINK_MADE: (),
    people_events.TOKEN_ISSUED: (),
    people_events.TOKEN_REVOKED: (),
    people_events.ROLE_GIVEN: (tell_account_role_given,),
    people_events.ROLE_ENDED: (tell_account_role_ended, tell_of_nobodys_calls),
    people_events.HANDED_OVER: (tell_both_of_handover,),
    people_events.HANDOVER_ENDED: (tell_both_handover_ended,),
    people_events.DUTY_SET: (tell_account_on_duty,),
    people_events.DUTY_ENDED: (),
    people_events.ORGANISATION_CREATED: (),
    people_events.ORGANISATION_CHANGED: (),
    people_events.ORGANISATION_ENDED: (take_back_units_orders,),
    people_events.COMMUNITY_SET_UP: (),
    people_events.HOUSEHOLD_OPENED: (),
    people_events.HOUSEHOLD_CHANGED: (),
    people_events.HOUSEHOLD_ENDED: (call_off_visits,),
    people_events.HOUSEHOLD_DISPUTED: (),
    people_events.DISPUTE_DECIDED: (),
    people_events.RESIDENT_ADDED: (),
    people_events.RESIDENT_CHANGED: (),
    people_events.RESIDENT_MOVED: (let_visits_follow_resident,),
    people_events.RESIDENT_DEPARTED: (),
    people_events.RESIDENTS_MERGED: (),
    people_events.NUMBER_OPENED: (),
    people_events.ROSTER_POINTED_ANEW: (),
    people_events.ROSTER_FILE_RECEIVED: (),
    people_events.ROSTER_COLUMNS_TOLD: (),
    people_events.ROSTER_IMPORT_DECIDED: (),
    people_events.ROSTER_IMPORT_DROPPED: (),
    people_events.ROSTER_IMPORT_FAILED: (),
    people_events.ROSTER_IMPORTED: (),
    people_events.ROSTER_EXPORTED: (),
    people_events.NUMBER_TAKEN_OUT: (),
    people_events.PARTY_UNIT_ADDED: (),
    people_events.PARTY_UNIT_CHANGED: (),
    people_events.PARTY_UNIT_ENDED: (),
    people_events.PARTY_MEMBER_ADDED: (),
    people_events.PARTY_MEMBER_CHANGED: (),
    people_events.PARTY_MEMBER_MOVED: (),
    people_events.PARTY_MEMBER_ENDED: (),
    people_events.KIND_ADDED: (),
    people_events.KIND_CHANGED: (),
    people_events.KIND_ENDED: (),
    people_events.TEAM_JOINED: (),
    people_events.TEAM_LEFT: (),
    people_events.PATCH_ADDED: (),
    people_events.PATCH_RENAMED: (),
    people_events.PATCH_ENDED: (),
    people_events.PATCH_CLAIMED: (),
    people_events.PATCH_RELEASED: (),
    people_events.TALENT_LISTED: (),
    people_events.TALENT_CHANGED: (),
    people_events.TALENT_WITHDRAWN: (),
    people_events.TIE_HOLDER_NAMED: (),
    people_events.TIE_HOLDER_ENDED: (),
    people_events.TIE_CAPACITY_SET: (),
    people_events.TIE_MADE: (),
    people_events.TIE_ENDED: (end_visits_of_tie,),
    people_events.TIE_HANDED_OVER: (let_calls_follow_stand_in,),
    people_events.TIE_STAND_IN_ENDED: (let_calls_follow_stand_in,),
    people_events.TIES_ASSIGNED: (),
    people_events.NEED_GROUP_ADDED: (),
    people_events.NEED_GROUP_ENDED: (),
    people_events.NEED_GROUP_CHANGED: (follow_needs,),
    people_events.NEED_RECORDED: (follow_needs,),
    people_events.NEED_CHANGED: (follow_needs,),
    people_events.NEED_ENDED: (follow_needs,),
    people_events.NEED_OPENED: (),
    people_events.NEED_TAKEN_OUT: (),
    people_events.NEED_LOOK_REFUSED: (),
    people_events.ENTITLEMENT_ADDED: (),
    people_events.ENTITLEMENT_ENDED: (),
    people_events.PAPER_ADDED: (),
    people_events.PAPER_RENEWED: (),
    people_events.PAPER_ENDED: (),
    #
    keyprints.KEYS_ROTATED: (),
    calendars.CALENDAR_DAY_SET: (),
    calendars.CALENDAR_YEAR_CONFIRMED: (),
    calendars.CALENDAR_YEAR_REOPENED: (),
    #
    territory_events.AREA_ADDED: (point_matters_anew, point_roster_anew),
    territory_events.AREA_CHANGED: (),
    territory_events.AREA_REDRAWN: (point_matters_anew, point_roster_anew),
    territory_events.AREA_ENDED: (point_matters_anew, point_roster_anew),
    territory_events.COMMUNITY_CHANGED: (),
    territory_events.ESTATE_ADDED: (),
    territory_events.ESTATE_CHANGED: (index_estate_anew,),
    territory_events.ESTATE_ENDED: (),
    territory_events.BUILDING_ADDED: (),
    territory_events.BUILDING_CHANGED: (index_building_anew,),
    territory_events.BUILDING_REGRIDDED: (point_matters_anew, point_roster_anew),
    territory_events.BUILDING_ENDED: (),
    territory_events.ENTRANCE_ADDED: (),
    territory_events.ENTRANCE_CHANGED: (index_entrance_anew,),
    territory_events.DWELLINGS_ADDED: (),
    territory_events.PLACE_ADDED: (),
    territory_events.PLACE_CHANGED: (index_place_anew,),
    territory_events.PLACE_ENDED: (),
    territory_events.POSTER_MADE: (),
    territory_events.POSTER_WITHDRAWN: (),
    territory_events.REGISTER_IMPORTED: (point_matters_anew, point_roster_anew),
    #
    notify_events.CHANNEL_ADDED: (),
    notify_events.CHANNEL_CHANGED: (),
    notify_events.CHANNEL_REMOVED: (),
    notify_events.TOPIC_MUTED: (),
    notify_events.TOPIC_UNMUTED: (),
    notify_events.WEBHOOK_ADDED: (),
    notify_events.WEBHOOK_PAUSED: (),
    notify_events.WEBHOOK_RESUMED: (),
    notify_events.WEBHOOK_SECRET_RENEWED: (),
    notify_events.WEBHOOK_ENDED: (),
    #
    visit_events.FORM_PUBLISHED: (),
    visit_events.CAMPAIGN_CREATED: (),
    visit_events.CAMPAIGN_CHANGED: (),
    visit_events.CAMPAIGN_PLANNED: (),
    visit_events.CAMPAIGN_STARTED: (),
    visit_events.CAMPAIGN_CLOSED: (),
    visit_events.CAMPAIGN_CANCELLED: (),
    visit_events.VISITED: (),
    visit_events.CALLED_AGAIN: (),
    visit_events.FINDING_REPORTED: (),
    visit_events.CADENCE_SET: (),
    visit_events.CADENCE_ENDED: (),
    visit_events.FELL_DUE: (),
    visit_events.CALLED_OFF: (),
    visit_events.CALLED_SOON: (tell_who_calls_soon,),
    visit_events.CALL_LATE: (tell_of_late_call,),
    visit_events.CALL_HANDED_OVER: (),
    visit_events.CALLS_TAKEN_OVER: (tell_who_took_over,),
    #
    flow_events.ROOT_SENT: (),
    flow_events.REVIVED: (),
    flow_events.LET_BE: (),
}

# Whatever happens to a matter is offered to other programs besides.
TABLE |= {name: (*TABLE[name], offer_to_webhooks) for name in OFFERED}

REACTIONS: dict[str, Reaction] = {
    reaction.__name__: reaction for owed in TABLE.values() for reaction in owed
}
"""Every reaction by the name that deliveries keep."""

ALONE = frozenset(
    reaction.__name__
    for reaction in (
        *(
            erase_photos,
            point_matters_anew,
            point_roster_anew,
            take_back_persons_orders,
            take_back_units_orders,
            follow_needs,
        ),
        *(index_building_anew, index_entrance_anew, index_estate_anew, index_place_anew),
    )
)
"""What changes matters, or locks many rows: each in a transaction of its own, so that no two wait
for each other in a circle, and those that share a round may share one reading of its matters."""


def names() -> dict[str, tuple[str, ...]]:
    """Return the table as `core.events.register` takes it."""
    return {name: tuple(reaction.__name__ for reaction in owed) for name, owed in TABLE.items()}
