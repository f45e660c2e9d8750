"""What follows when something happened: one table, from event name to functions.

Each function is owed once to each event and runs in the worker, in the transaction that marks it
done. It promises no order, reads the state as its round finds it, and ends quietly when there is
nothing to do.
The table stands at the end; its names are registered with `core.events` when Linli starts.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils import translation

from linli.core import calendars, keyprints
from linli.core.actor import system
from linli.core.models import Event
from linli.deliberation import events as deliberation_events
from linli.deliberation.services import judging
from linli.flows import deliberating
from linli.flows import events as flow_events
from linli.flows import telling_of_accounts as of_accounts
from linli.flows import telling_of_matters as of_matters
from linli.flows import telling_of_meetings as of_meetings
from linli.flows import telling_of_opinions as of_opinions
from linli.flows import telling_of_topics as of_topics
from linli.flows import telling_of_votes as of_votes
from linli.flows.agendas import take_off_agendas
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
from linli.flows.raising import forget_author, seal_opinion_off
from linli.matters import events as matter_events
from linli.matters import services as matter_services
from linli.notify import events as notify_events
from linli.people import events as people_events
from linli.people import services as people_services
from linli.territory import events as territory_events
from linli.visits import events as visit_events

Reaction = Callable[[Event, datetime], None]


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


# --- What deliberation waits for ---------------------------------------------------------------


def follow_task(event: Event, at: datetime) -> None:
    """Let a resolution's task end when the matter that carries it out does."""
    actor = system(name="deliberation")
    deliberating.follow_task(matter_id=event.subject_id, actor=actor, at=at, cause=event)


def go_on_with_topic(event: Event, at: datetime) -> None:
    """Ask those a topic touches when its last task is done; send it back when one failed."""
    with translation.override(settings.LANGUAGE_CODE):
        deliberating.go_on(
            topic_id=event.subject_id, actor=system(name="deliberation"), at=at, cause=event
        )


def conclude_judgement(event: Event, at: datetime) -> None:
    """Close the topic that was judged, or send it back."""
    with translation.override(settings.LANGUAGE_CODE):
        judging.conclude(
            vote_id=event.subject_id, actor=system(name="deliberation"), at=at, cause=event
        )


# --- When somebody is forgotten ----------------------------------------------------------------


def erase_photos(event: Event, at: datetime) -> None:
    """Erase the photos of those who had themselves forgotten while it was still open."""
    matter_services.erase_photos_due(matter_id=event.subject_id, at=at)


# --- The table --------------------------------------------------------------------------------

TABLE: dict[str, tuple[Reaction, ...]] = {
    matter_events.REPORTED: (of_matters.tell_who_answers,),
    matter_events.ACCEPTED: (of_matters.tell_askers_accepted,),
    matter_events.DECLINED: (of_matters.tell_askers_declined, erase_photos, follow_task),
    matter_events.DISPATCHED: (of_matters.tell_holder_of_order,),
    matter_events.RECALLED: (
        of_matters.tell_recalled_holder,
        of_matters.tell_desk_handler_gone,
    ),
    matter_events.TAKEN: (),
    matter_events.OBJECTED: (of_matters.tell_judges,),
    matter_events.OBJECTION_UPHELD: (
        of_matters.tell_objector_upheld,
        of_matters.tell_desk_to_dispatch,
    ),
    matter_events.OBJECTION_OVERRULED: (of_matters.tell_holder_it_stays,),
    matter_events.RETURNED: (of_matters.tell_desk_of_return,),
    matter_events.RETURN_REFUSED: (of_matters.tell_holder_return_refused,),
    matter_events.TIME_ASKED: (of_matters.tell_desk_time_asked,),
    matter_events.EXTENDED: (of_matters.tell_holder_time_granted,),
    matter_events.PAUSED: (of_matters.tell_holder_paused,),
    matter_events.TIME_REFUSED: (of_matters.tell_holder_time_refused,),
    matter_events.RESUMED: (of_matters.tell_holder_resumed,),
    matter_events.SETTLED: (of_matters.tell_verifiers,),
    matter_events.RESOLVED: (of_matters.tell_verifiers,),
    matter_events.VERIFIED: (of_matters.tell_askers_to_rate, follow_task),
    matter_events.ANSWERED: (of_matters.tell_askers_answered,),
    matter_events.REWORK_ASKED: (of_matters.tell_holder_of_rework,),
    matter_events.RATED: (),
    # Who asked was told when it was put right; its closing tells nobody anything new.
    matter_events.CLOSED: (erase_photos,),
    matter_events.WITHDRAWN: (of_matters.tell_holder_withdrawn, erase_photos, follow_task),
    matter_events.MERGED: (of_matters.tell_askers_joined,),
    matter_events.UNMERGED: (of_matters.tell_desk_unmerged,),
    matter_events.RECATEGORISED: (
        of_matters.tell_holder_changed,
        of_matters.tell_those_in_charge,
        take_off_agendas,
        seal_opinion_off,
    ),
    matter_events.CLIMBED: (of_matters.tell_next_level,),
    matter_events.OVERDUE: (of_matters.tell_overdue,),
    matter_events.NUDGED: (of_matters.tell_nudged,),
    matter_events.SUPERVISED: (of_matters.tell_supervised,),
    matter_events.NOTED: (),
    matter_events.TOLD: (),
    matter_events.MEDIATED: (),
    matter_events.PUBLISHED: (),
    matter_events.UNPUBLISHED: (),
    matter_events.CONTACT_OPENED: (),
    matter_events.REPORTER_ERASED: (forget_author,),
    matter_events.PHOTOS_ERASED: (),
    matter_events.POINTED_ANEW: (of_matters.tell_who_answers,),
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
    people_events.PASSWORD_RESET: (of_accounts.tell_account_password_reset,),
    people_events.SECOND_FACTOR_SET: (),
    people_events.SECOND_FACTOR_REMOVED: (),
    people_events.SECOND_FACTOR_RESET: (of_accounts.tell_account_second_factor_reset,),
    people_events.SIGNED_IN: (),
    people_events.SIGN_IN_FAILED: (),
    people_events.LOCKED_OUT: (),
    people_events.SIGNED_OUT: (),
    people_events.SIGN_IN_LINK_MADE: (),
    people_events.TOKEN_ISSUED: (),
    people_events.TOKEN_REVOKED: (),
    people_events.ROLE_GIVEN: (of_accounts.tell_account_role_given,),
    people_events.ROLE_ENDED: (of_accounts.tell_account_role_ended, tell_of_nobodys_calls),
    people_events.HANDED_OVER: (of_accounts.tell_both_of_handover,),
    people_events.HANDOVER_ENDED: (of_accounts.tell_both_handover_ended,),
    people_events.DUTY_SET: (of_accounts.tell_account_on_duty,),
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
    people_events.DEATH_TAKEN_BACK: (),
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
    deliberation_events.FORUM_OPENED: (),
    deliberation_events.FORUM_CHANGED: (),
    deliberation_events.FORUM_ENDED: (),
    deliberation_events.PARTY_SET: (),
    deliberation_events.PARTY_ENDED: (),
    deliberation_events.FIELD_ADDED: (),
    deliberation_events.FIELD_ENDED: (),
    deliberation_events.PROCEDURE_PUBLISHED: (),
    deliberation_events.GROUND_RULES_PUBLISHED: (),
    deliberation_events.JUDGEMENT_RULE_SET: (),
    deliberation_events.CALENDAR_DECIDED: (),
    deliberation_events.OPINION_SAID: (),
    deliberation_events.OPINION_MERGED: (of_opinions.tell_author_merged,),
    deliberation_events.OPINION_TAKEN_OUT: (of_opinions.tell_author_taken_out,),
    deliberation_events.OPINION_ANSWERED: (of_opinions.tell_author_answered,),
    deliberation_events.OPINION_SHOWN: (),
    deliberation_events.OPINION_HIDDEN: (),
    deliberation_events.OPINION_SEALED_OFF: (),
    deliberation_events.OPINIONS_WAIT: (of_opinions.tell_staff_of_waiting,),
    deliberation_events.OPINION_ERASED: (),
    deliberation_events.AUTHOR_OPENED: (),
    deliberation_events.TOPIC_RAISED: (),
    deliberation_events.TOPIC_CHANGED: (),
    deliberation_events.TOPIC_ADVANCED: (of_opinions.tell_authors_of_move,),
    deliberation_events.TOPIC_MOVED: (),
    deliberation_events.TOPIC_DROPPED: (of_opinions.tell_authors_of_move,),
    deliberation_events.TOPIC_TALKED_OVER: (),
    deliberation_events.TOPIC_LATE: (of_topics.tell_owner_late,),
    deliberation_events.PAPER_GIVEN_OUT: (),
    deliberation_events.PAPER_PUBLISHED: (),
    deliberation_events.PAPER_WITHDRAWN: (),
    deliberation_events.TOPIC_PUBLISHED: (of_opinions.tell_authors_of_move,),
    deliberation_events.TOPIC_CARRIED_OUT: (of_opinions.tell_authors_of_move,),
    deliberation_events.TOPIC_JUDGED: (
        of_opinions.tell_authors_of_move,
        of_topics.tell_owner_to_ask,
    ),
    deliberation_events.TOPIC_CLOSED: (of_opinions.tell_authors_of_move,),
    deliberation_events.TOPIC_RETURNED: (
        of_opinions.tell_authors_of_move,
        of_topics.tell_owner_of_round,
    ),
    deliberation_events.JUDGEMENT_EXTENDED: (),
    deliberation_events.MEETING_PLANNED: (of_meetings.tell_of_plan,),
    deliberation_events.MEETING_CHANGED: (of_meetings.tell_of_change,),
    deliberation_events.MEETING_CANCELLED: (of_meetings.tell_of_cancellation,),
    deliberation_events.AGENDA_CHANGED: (),
    deliberation_events.MEETING_OPENED: (),
    deliberation_events.SIGNED_IN: (),
    deliberation_events.MEETING_RECORDED: (),
    deliberation_events.MOTION_MOVED: (),
    deliberation_events.MOTION_DECIDED: (),
    deliberation_events.MEETING_ENDED: (of_meetings.tell_who_signs,),
    deliberation_events.MEETING_REOPENED: (),
    deliberation_events.MINUTES_SIGNED: (),
    deliberation_events.MINUTES_REWORDED: (),
    deliberation_events.MINUTES_PUBLISHED: (),
    deliberation_events.MINUTES_TAKEN_OUT: (),
    deliberation_events.VOTE_DRAFTED: (),
    deliberation_events.VOTE_CHANGED: (),
    deliberation_events.TELLER_KEY_MADE: (),
    deliberation_events.VOTE_OPENED: (),
    deliberation_events.VOTE_EXTENDED: (),
    deliberation_events.VOTE_CLOSED: (of_votes.tell_tellers,),
    deliberation_events.VOTE_COUNTED: (conclude_judgement,),
    deliberation_events.VOTE_CANCELLED: (),
    deliberation_events.BALLOT_REPLACED: (),
    deliberation_events.SLIPS_PRINTED: (),
    deliberation_events.OWNERS_SHARES_SET: (),
    deliberation_events.MAP_OPENED: (),
    deliberation_events.MAP_CLOSED: (),
    deliberation_events.STATEMENT_ADDED: (),
    deliberation_events.STATEMENT_MODERATED: (),
    deliberation_events.MAP_DRAWN: (),
    deliberation_events.RESOLVED: (),
    deliberation_events.TASK_GIVEN: (),
    deliberation_events.TASK_ENDED: (go_on_with_topic,),
    deliberation_events.CORRECTED: (),
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
            conclude_judgement,
            erase_photos,
            go_on_with_topic,
            point_matters_anew,
            point_roster_anew,
            take_back_persons_orders,
            take_back_units_orders,
            follow_needs,
            take_off_agendas,
            seal_opinion_off,
        ),
        *(index_building_anew, index_entrance_anew, index_estate_anew, index_place_anew),
    )
)
"""What changes matters, or locks many rows: each in a transaction of its own, so that no two wait
for each other in a circle, and those that share a round may share one reading of its matters."""


def names() -> dict[str, tuple[str, ...]]:
    """Return the table as `core.events.register` takes it."""
    return {name: tuple(reaction.__name__ for reaction in owed) for name, owed in TABLE.items()}
