"""Tell what happened: an event's name and facts → one line, in the reader's language.

The trace page, a matter's timeline and every other log on screen use the same words. Names of
people and organisations are read in a fixed number of queries however many events there are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from linli.core import calendars, keyprints
from linli.core.actor import Actor, ActorKind
from linli.deliberation import events as deliberation
from linli.flows import events as flows
from linli.language.mask import scrub_personal_data
from linli.matters import events as matters
from linli.matters import services as matter_services
from linli.matters.dossier import Dossier
from linli.matters.naming import Names, names_for
from linli.matters.queries import SUBJECT as MATTER
from linli.matters.queries import works_there
from linli.matters.said import said_with
from linli.notify import events as notify
from linli.people import events as people
from linli.people import queries as people_queries
from linli.territory import events as territory
from linli.visits import events as visits
from linli.web.exporting import TITLES
from linli.web.labels import label_of
from linli.web.photos import Photo, shown
from linli.web.telling_of_deliberation import WORDS as OF_DELIBERATION
from linli.web.wording import exact

if TYPE_CHECKING:
    from linli.core.models import Event

WORDS: Mapping[str, Any] = {
    matters.REPORTED: _("Reported (%(channel)s)"),
    matters.ACCEPTED: pgettext_lazy("happened", "Accepted"),
    matters.DECLINED: pgettext_lazy("happened", "Not accepted"),
    matters.DISPATCHED: _("Dispatched to %(unit)s"),
    matters.RECALLED: _("Order taken back from %(unit)s"),
    matters.TAKEN: _("Order taken"),
    matters.OBJECTED: _("Objected to the order"),
    matters.OBJECTION_UPHELD: _("Objection upheld"),
    matters.OBJECTION_OVERRULED: _("Objection overruled"),
    matters.RETURNED: _("Given back: %(reason)s"),
    matters.RETURN_REFUSED: _("Return refused"),
    matters.TIME_ASKED: _("Asked for time: %(time)s"),
    matters.EXTENDED: _("Time limit extended by %(amount)s %(clock)s"),
    matters.PAUSED: _("Clock paused until %(until)s"),
    matters.TIME_REFUSED: _("More time refused"),
    matters.RESUMED: _("Clock runs again"),
    matters.SETTLED: _("Settled on the spot"),
    matters.RESOLVED: _("Reported as done"),
    matters.VERIFIED: _("Verified"),
    matters.ANSWERED: _("Answered; there was nothing to inspect"),
    matters.REWORK_ASKED: _("Sent to rework, round %(round)s"),
    matters.RATED: _("Rated: %(rating)s"),
    matters.CLOSED: pgettext_lazy("happened", "Closed"),
    matters.WITHDRAWN: pgettext_lazy("happened", "Withdrawn"),
    matters.MERGED: _("Merged into No. %(into_id)s"),
    matters.UNMERGED: _("Merge with No. %(from_id)s undone"),
    matters.RECATEGORISED: _("Category changed from “%(from)s” to “%(to)s”"),
    matters.CLIMBED: _("Passed up to “%(level)s”"),
    matters.OVERDUE: _("Became overdue"),
    matters.NUDGED: _("Asked after"),
    matters.SUPERVISED: _("Put under supervision"),
    matters.NOTED: _("Wrote a note (%(note)s)"),
    matters.TOLD: _("Told whoever asked (%(means)s)"),
    matters.MEDIATED: _("Mediated: %(outcome)s"),
    matters.PUBLISHED: _("Put on the public board"),
    matters.UNPUBLISHED: _("Taken off the public board"),
    matters.CONTACT_OPENED: _("Opened name and number of whoever asked"),
    matters.REPORTER_ERASED: _("Name and number of one who asked were erased"),
    matters.PHOTOS_ERASED: _("Photos of one who asked were erased (%(photos)s)"),
    matters.POINTED_ANEW: _("Belongs to another grid since the grids were redrawn"),
    matters.PROBLEM_LIST_OPENED: _("Opened a problem list"),
    matters.LISTED: _("Put on the problem list as No. %(number)s"),
    matters.SHEET_MADE: _("Drew up a meeting sheet"),
    matters.SHEET_CHANGED: _("Changed the meeting sheet"),
    matters.HOTLINE_REPLIED: _("Reply sent to 12345"),
    matters.HOTLINE_COLUMNS_SET: _("Set the columns of the 12345 workbook"),
    matters.EXPORTED: _("Exported a list"),
    matters.METHOD_SET: _("Set how matters are run"),
    matters.LEVELS_SET: _("Set the settlement levels"),
    matters.RATE_WEIGHTS_SET: _("Set the weights of the 12345 satisfaction rate from %(from)s on"),
    matters.CATEGORY_SET: _("Set a category"),
    matters.CATEGORY_ENDED: _("Ended a category"),
    matters.RETURN_REASON_SET: _("Set a reason for returns"),
    matters.RETURN_REASON_ENDED: _("Ended a reason for returns"),
    people.ACCOUNT_CREATED: _("Account created"),
    people.ACCOUNT_CHANGED: _("Account changed"),
    people.ACCOUNT_CLOSED: _("Account closed"),
    people.ACCOUNT_REOPENED: _("Account opened again"),
    people.PREFERENCES_CHANGED: _("Preferences changed"),
    people.PASSWORD_CHANGED: _("Password changed"),
    people.PASSWORD_RESET: _("Password reset"),
    people.SECOND_FACTOR_SET: _("Second factor set up"),
    people.SECOND_FACTOR_REMOVED: _("Second factor removed"),
    people.SECOND_FACTOR_RESET: _("Second factor taken away"),
    people.SIGNED_IN: _("Signed in"),
    people.SIGN_IN_FAILED: _("Sign-in failed"),
    people.LOCKED_OUT: _("Locked after too many failed sign-ins"),
    people.SIGNED_OUT: _("Signed out"),
    people.SIGN_IN_LINK_MADE: _("Sign-in link made"),
    people.TOKEN_ISSUED: _("Token issued for a program"),
    people.TOKEN_REVOKED: _("Token of a program revoked"),
    people.ROLE_GIVEN: _("Role given: %(role)s"),
    people.ROLE_ENDED: _("Role ended: %(role)s"),
    people.HANDED_OVER: _("Handed over to a stand-in"),
    people.HANDOVER_ENDED: _("Stand-in ended"),
    people.DUTY_SET: _("Put on duty"),
    people.DUTY_ENDED: _("Taken off duty"),
    people.ORGANISATION_CREATED: _("Organisation added"),
    people.ORGANISATION_CHANGED: _("Organisation changed"),
    people.ORGANISATION_ENDED: _("Organisation ended"),
    people.COMMUNITY_SET_UP: _("Community set up"),
    people.HOUSEHOLD_OPENED: _("Household entered"),
    people.HOUSEHOLD_CHANGED: _("Household corrected"),
    people.HOUSEHOLD_ENDED: _("Household ended"),
    people.HOUSEHOLD_DISPUTED: _("Two people said different things about the household"),
    people.DISPUTE_DECIDED: _("The office chose what the roster says of the household"),
    people.RESIDENT_ADDED: _("Entered on the roster of residents"),
    people.RESIDENT_CHANGED: _("Entry on the roster corrected"),
    people.RESIDENT_MOVED: _("Moved to another household"),
    people.RESIDENT_DEPARTED: _("Taken off the roster"),
    people.DEATH_TAKEN_BACK: _("Lives, and was entered as dead by mistake: %(reason)s"),
    people.RESIDENTS_MERGED: _("Two entries of one person made one"),
    people.NUMBER_OPENED: _("A number on the roster was opened"),
    people.ROSTER_POINTED_ANEW: _("Roster follows the redrawn grids"),
    people.ROSTER_FILE_RECEIVED: _("A file for the roster was uploaded"),
    people.ROSTER_COLUMNS_TOLD: _("Columns of a roster file were named"),
    people.ROSTER_IMPORT_DECIDED: _("Bringing a file onto the roster was decided"),
    people.ROSTER_IMPORT_DROPPED: _("A file for the roster was discarded"),
    people.ROSTER_IMPORT_FAILED: _("A file for the roster could not be brought in"),
    people.ROSTER_IMPORTED: _("Roster brought in from a file"),
    people.ROSTER_EXPORTED: _("List written to a file: %(list)s"),
    people.NUMBER_TAKEN_OUT: _("A number left in full with a list: %(reason)s"),
    keyprints.KEYS_ROTATED: _("Names and numbers sealed under a new key"),
    people.PARTY_UNIT_ADDED: _("Party unit entered"),
    people.PARTY_UNIT_CHANGED: _("Party unit corrected"),
    people.PARTY_UNIT_ENDED: _("Party unit ended"),
    people.PARTY_MEMBER_ADDED: _("Party member entered"),
    people.PARTY_MEMBER_CHANGED: _("Party member’s entry corrected"),
    people.PARTY_MEMBER_MOVED: _("Party member went to another unit"),
    people.PARTY_MEMBER_ENDED: _("Party member no longer belongs here"),
    people.KIND_ADDED: _("Kind of people entered"),
    people.KIND_CHANGED: _("Kind of people corrected"),
    people.KIND_ENDED: _("Kind of people ended"),
    people.TEAM_JOINED: _("Somebody joined the grid’s team"),
    people.TEAM_LEFT: _("Somebody left the grid’s team"),
    people.PATCH_ADDED: _("Patch entered"),
    people.PATCH_RENAMED: _("Patch renamed"),
    people.PATCH_ENDED: _("Patch ended"),
    people.PATCH_CLAIMED: _("Patch claimed"),
    people.PATCH_RELEASED: _("Patch given back"),
    people.TALENT_LISTED: _("Listed among the local talents"),
    people.TALENT_CHANGED: _("Entry among the local talents corrected"),
    people.TALENT_WITHDRAWN: _("Consent to be listed withdrawn"),
    people.TIE_HOLDER_NAMED: _("Named to hold links"),
    people.TIE_HOLDER_ENDED: _("Holds links no longer"),
    people.TIE_CAPACITY_SET: _("Number of links for each holder set"),
    people.TIE_MADE: _("Link made"),
    people.TIE_ENDED: _("Link ended"),
    people.TIE_HANDED_OVER: _("Link handed to a stand-in from %(from_date)s to %(until_date)s"),
    people.TIE_STAND_IN_ENDED: _("Stand-in for a link ended"),
    people.ENTITLEMENT_ADDED: _("Entitlement from the age of %(age)s added"),
    people.ENTITLEMENT_ENDED: _("Entitlement from the age of %(age)s ended"),
    people.PAPER_ADDED: _("Paper written down, until %(expires_on)s"),
    people.PAPER_RENEWED: _("Paper renewed, until %(expires_on)s"),
    people.PAPER_ENDED: _("Paper no longer held"),
    people.TIES_ASSIGNED: _("Links assigned to the nearest"),
    people.NEED_GROUP_ADDED: _("Group served first named"),
    people.NEED_GROUP_CHANGED: _("How often those of a group are visited: %(cadence)s"),
    people.NEED_GROUP_ENDED: _("Group served first ended"),
    people.NEED_RECORDED: _("Help needed written down"),
    people.NEED_CHANGED: _("Help needed corrected"),
    people.NEED_ENDED: _("Help no longer needed"),
    people.NEED_OPENED: _("Opened what help is needed: %(reason)s"),
    people.NEED_TAKEN_OUT: _("Named in a list that was exported: %(reason)s"),
    people.NEED_LOOK_REFUSED: _("A look at the register of help needed was refused"),
    calendars.CALENDAR_DAY_SET: _("Working calendar: %(date)s set by hand"),
    calendars.CALENDAR_YEAR_CONFIRMED: _("Working calendar: official notice for %(year)s entered"),
    calendars.CALENDAR_YEAR_REOPENED: _("Working calendar: %(year)s provisional again"),
    territory.AREA_ADDED: _("Area added"),
    territory.AREA_CHANGED: _("Area changed"),
    territory.AREA_REDRAWN: _("Boundary redrawn"),
    territory.AREA_ENDED: _("Area ended"),
    territory.COMMUNITY_CHANGED: _("Community's details changed"),
    territory.ESTATE_ADDED: _("Estate added"),
    territory.ESTATE_CHANGED: _("Estate changed"),
    territory.ESTATE_ENDED: _("Estate out of use"),
    territory.BUILDING_ADDED: _("Building added"),
    territory.BUILDING_CHANGED: _("Building changed"),
    territory.BUILDING_REGRIDDED: _("Building moved to another grid"),
    territory.BUILDING_ENDED: _("Building out of use"),
    territory.ENTRANCE_ADDED: _("Entrance added"),
    territory.ENTRANCE_CHANGED: _("Entrance changed"),
    territory.DWELLINGS_ADDED: _("Dwellings added"),
    territory.PLACE_ADDED: _("Place added"),
    territory.PLACE_CHANGED: _("Place changed"),
    territory.PLACE_ENDED: _("Place out of use"),
    territory.POSTER_MADE: _("Poster made"),
    territory.POSTER_WITHDRAWN: _("Poster withdrawn"),
    territory.REGISTER_IMPORTED: _("Register brought in"),
    notify.CHANNEL_ADDED: _("Channel added"),
    notify.CHANNEL_CHANGED: _("Channel changed"),
    notify.CHANNEL_REMOVED: _("Channel removed"),
    notify.TOPIC_MUTED: _("Messages turned off"),
    notify.TOPIC_UNMUTED: _("Messages turned on"),
    visits.FORM_PUBLISHED: _("Version %(number)s of a visit form published"),
    visits.CAMPAIGN_CREATED: _("Campaign drafted"),
    visits.CAMPAIGN_CHANGED: _("Campaign changed"),
    visits.CAMPAIGN_PLANNED: _("Campaign planned for %(households)s households"),
    visits.CAMPAIGN_STARTED: _("Campaign started on %(households)s households"),
    visits.CAMPAIGN_CLOSED: _("Campaign closed; %(left)s households were not called on"),
    visits.CAMPAIGN_CANCELLED: _("Campaign called off"),
    visits.VISITED: _("Called on, time %(attempt)s: %(visit_outcome)s"),
    visits.CALLED_AGAIN: _("To be called on again on %(due_date)s, %(window)s"),
    visits.CADENCE_SET: _("Regular visits arranged"),
    visits.CADENCE_ENDED: _("Regular visits ended"),
    visits.FELL_DUE: _("Regular visit fell due"),
    visits.CALLED_OFF: _("Visit called off: the household is no longer there"),
    visits.CALLED_SOON: _("To be called on within 24 hours"),
    visits.CALL_LATE: _("Nobody called within 24 hours"),
    visits.CALL_HANDED_OVER: _("Visit handed from %(gave)s to %(unit)s: %(reason)s"),
    visits.CALLS_TAKEN_OVER: _("%(calls)s visits of %(gave)s taken over: %(reason)s"),
    visits.FINDING_REPORTED: _("What the visit found was reported"),
    flows.ROOT_SENT: _("Root of the event log sent"),
    notify.WEBHOOK_ADDED: _("Webhook added"),
    notify.WEBHOOK_PAUSED: _("Webhook paused"),
    notify.WEBHOOK_RESUMED: _("Webhook goes on"),
    notify.WEBHOOK_SECRET_RENEWED: _("Secret of a webhook renewed"),
    notify.WEBHOOK_ENDED: _("Webhook ended"),
    flows.REVIVED: _("Tried again what had been given up"),
    flows.LET_BE: _("Left undone what had been given up"),
    **OF_DELIBERATION,
}
"""What is said of each event."""


class _Unsaid(dict[str, str]):
    """Facts that are left open."""

    def __missing__(self, key: str) -> str:
        return "…"


def kind_of_event(*, name: str) -> str:
    """Return what happens, in general: an event's words with its facts left open."""
    words = WORDS.get(name)
    return name if words is None else str(words) % _Unsaid()


_BAD = frozenset(
    {matters.OBJECTED, matters.RETURNED, matters.REWORK_ASKED, matters.OVERDUE, matters.DECLINED}
)
_QUIET = frozenset(
    {
        matters.NOTED,
        matters.TOLD,
        matters.CONTACT_OPENED,
        matters.REPORTER_ERASED,
        matters.PHOTOS_ERASED,
        matters.POINTED_ANEW,
        matters.LISTED,
        matters.PUBLISHED,
        matters.UNPUBLISHED,
        matters.HOTLINE_REPLIED,
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a story, as components/_thread.html shows it."""

    what: str
    who: str
    at: datetime
    text: str = ""
    mood: str = ""
    photos: Sequence[Photo] = ()
    name: str = ""
    subject_id: int = 0


@dataclass(frozen=True, slots=True)
class _Names:
    accounts: Mapping[int, str]
    organisations: Mapping[int, str]
    of_matters: Names = field(default_factory=Names)


def tell_events(
    *,
    events: "Iterable[Event]",
    actor: Actor,
    dossiers: Mapping[int, Dossier] | None = None,
) -> list[Entry]:
    """Return what happened, one entry for each event, in the order given.

    The events are of subjects that `actor` may see. With the dossiers of their matters, by key,
    an entry also says in its own words what was written and shows the photos that came with it;
    numbers and names within texts are masked. Who is complained of learns nothing of who asked, and
    whoever is not of the community reads of those who reported it on their rounds only their role.
    """
    shut = {
        key
        for key, dossier in (dossiers or {}).items()
        if not matter_services.may_know_reporters(matter=dossier.matter, actor=actor)
    }
    told = [
        event
        for event in events
        if not (event.name in matters.ABOUT_REPORTERS and event.subject_id in shut)
    ]
    names = _names_in(told)
    roles = _roles_instead(told, actor, dossiers or {})
    entries = []
    for event in told:
        dossier = (dossiers or {}).get(event.subject_id) if event.subject_kind == MATTER else None
        text, photos = said_with(event=event, dossier=dossier) if dossier is not None else ("", [])
        entries.append(
            Entry(
                what=word_event(event=event, names=names),
                who=roles.get((event.subject_id, event.actor)) or _who(event.actor, names),
                at=event.happened_at,
                text=scrub_personal_data(text=text),
                mood="bad" if event.name in _BAD else "quiet" if event.name in _QUIET else "",
                photos=shown(photos),
                name=event.name,
                subject_id=event.subject_id,
            )
        )
    return entries


def word_event(*, event: "Event", names: _Names) -> str:
    """Return the line of one event; one that this version does not know is called by its name."""
    words = WORDS.get(event.name)
    return event.name if words is None else str(words) % _Lenient(_plain_facts(event, names))


class _Lenient(dict[str, str]):
    """Facts in which what is missing reads as a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


# --- Names ------------------------------------------------------------------------------------


def _names_in(events: "Sequence[Event]") -> _Names:
    """Read every name that these events mention."""
    account_ids = {key for event in events if (key := _account_in(event.actor)) is not None}
    account_ids |= _keys(events, "account_id") | _keys(events, "gave_id")
    categories = _keys(events, "from_category_id") | _keys(events, "to_category_id")
    reasons = {
        (event.community_id, event.facts["reason"])
        for event in events
        if event.name == matters.RETURNED
        and event.community_id is not None
        and "reason" in event.facts
    }
    return _Names(
        accounts=people_queries.names_of(account_ids=account_ids),
        organisations=people_queries.names_of_organisations(
            organisation_ids=_keys(events, "organisation_id")
        ),
        of_matters=names_for(
            level_ids=_keys(events, "level_id"), category_ids=categories, reasons=reasons
        ),
    )


def _keys(events: "Iterable[Event]", fact: str) -> set[int]:
    return {key for event in events if isinstance(key := event.facts.get(fact), int)}


def _account_in(key: str) -> int | None:
    kind, _sep, number = key.partition(":")
    return int(number) if kind == ActorKind.ACCOUNT and number.isdecimal() else None


def _roles_instead(
    events: "Sequence[Event]", actor: Actor, dossiers: Mapping[int, Dossier]
) -> dict[tuple[int, str], str]:
    """Return what to call reporters with an account to those outside: by matter and actor's key."""
    hidden: dict[tuple[int, str], int] = {}
    for dossier in dossiers.values():
        if works_there(actor=actor, matter=dossier.matter):
            continue
        for one in dossier.reporters:
            if one.account_id is not None and one.account_id != actor.account_id:
                for subject_id in (dossier.matter.pk, one.matter_id):
                    hidden[subject_id, f"{ActorKind.ACCOUNT}:{one.account_id}"] = one.account_id
    if not hidden:
        return {}
    last = max(event.happened_at for event in events)
    held = people_queries.role_of_each(
        account_ids=set(hidden.values()), on=people_queries.local_day(at=last)
    )
    return {
        place: _label(held[account_id], "role") if account_id in held else gettext("A resident")
        for place, account_id in hidden.items()
    }


def _who(key: str, names: _Names) -> str:
    account_id = _account_in(key)
    if account_id is not None:
        return names.accounts.get(account_id, gettext("Somebody who left"))
    kind = key.partition(":")[0]
    if kind in (ActorKind.REPORTER, ActorKind.AUTHOR, ActorKind.NOBODY):
        return gettext("A resident")
    return gettext("Linli itself")


# --- Facts in words ---------------------------------------------------------------------------


def _plain_facts(event: "Event", names: _Names) -> dict[str, str]:
    facts = {key: str(value) for key, value in event.facts.items() if value is not None}
    named = {key: word(event, names) for key, word in _NAMED.items()}
    coded = {key: word(event) for key, word in _CODED.items()}
    return facts | {key: said for key, said in (named | coded).items() if said}


def _unit(event: "Event", names: _Names) -> str:
    organisation_id, account_id = (
        event.facts.get("organisation_id"),
        event.facts.get("account_id"),
    )
    if isinstance(organisation_id, int):
        return names.organisations.get(organisation_id, "")
    return names.accounts.get(account_id, "") if isinstance(account_id, int) else ""


def _reason(event: "Event", names: _Names) -> str:
    if event.name != matters.RETURNED or event.community_id is None:
        return ""
    code = str(event.facts.get("reason", ""))
    return names.of_matters.reasons.get((event.community_id, code), "")


def _category(fact: str) -> Callable[["Event", _Names], str]:
    def word(event: "Event", names: _Names) -> str:
        both = names.of_matters.categories.get(event.facts.get(fact, 0))
        return "" if both is None else both[(get_language() or "").startswith("en")]

    return word


def _coded(name: str, fact: str, table: str) -> Callable[["Event"], str]:
    def word(event: "Event") -> str:
        code = event.facts.get(fact)
        return _label(str(code), table) if event.name == name and code is not None else ""

    return word


def _label(code: str, table: str) -> str:
    """Return what a code is called; one that this version does not know is called by itself."""
    try:
        return label_of(code=code, table=table)
    except KeyError:
        return code


def _rating(event: "Event") -> str:
    satisfaction = event.facts.get("satisfaction")
    if satisfaction is None:
        return ""
    solved = gettext("solved") if event.facts.get("solved") else gettext("not solved")
    felt = _label(str(satisfaction), "satisfaction")
    return gettext("%(solved)s, %(felt)s") % {"solved": solved, "felt": felt}


def _until(event: "Event") -> str:
    until = event.facts.get("until")
    if event.name != matters.PAUSED or not isinstance(until, str):
        return ""
    return exact(when=datetime.fromisoformat(until))


def _role(event: "Event") -> str:
    code = event.facts.get("role")
    return "" if code is None else _label(str(code), "role")


def _fact_label(event: "Event", fact: str, table: str) -> str:
    code = event.facts.get(fact)
    return _label(str(code), table) if event.name in visits.ALL and code else ""


_NAMED: Mapping[str, Callable[["Event", _Names], str]] = {
    "unit": _unit,
    "gave": lambda event, names: names.accounts.get(event.facts.get("gave_id", 0), ""),
    "reason": _reason,
    "from": _category("from_category_id"),
    "to": _category("to_category_id"),
    "level": lambda event, names: names.of_matters.levels.get(event.facts.get("level_id", 0), ""),
}
_CODED: Mapping[str, Callable[["Event"], str]] = {
    "channel": _coded(matters.REPORTED, "channel", "channel"),
    "note": _coded(matters.NOTED, "kind", "note"),
    "means": _coded(matters.TOLD, "means", "means"),
    "outcome": _coded(matters.MEDIATED, "outcome", "outcome"),
    "time": _coded(matters.TIME_ASKED, "kind", "time"),
    "clock": _coded(matters.EXTENDED, "clock", "clock"),
    "rating": _rating,
    "until": _until,
    "visit_outcome": lambda event: _fact_label(event, "outcome", "visit_outcome"),
    "window": lambda event: _fact_label(event, "window", "visit_window"),
    "role": _role,
    "list": lambda event: str(TITLES.get(event.facts.get("list", ""), "")),
    "from_level": _coded(deliberation.TOPIC_MOVED, "from_level", "topic_level"),
    "to_level": _coded(deliberation.TOPIC_MOVED, "to_level", "topic_level"),
    "state": _coded(deliberation.TASK_ENDED, "state", "task"),
    "cadence": _coded(people.NEED_GROUP_CHANGED, "cadence", "cadence"),
}
