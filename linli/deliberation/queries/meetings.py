"""Meetings: which are coming, who is there, who is missing, and who writes them down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from linli.core.actor import Actor
from linli.core.crypto import unseal
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.deliberation import events
from linli.deliberation.models import (
    AgendaItem,
    Attendance,
    Forum,
    Meeting,
    Motion,
    Party,
    Speech,
    Topic,
)
from linli.deliberation.queries.access import (
    MEETING,
    READERS,
    communities_of,
    get_meeting,
    may_read,
    may_run,
    meetings_open_to,
    sits_in,
    topics_open_to,
)
from linli.deliberation.queries.forums import parties_of
from linli.deliberation.workflow import (
    BEFORE_DELIBERATION,
    TALKED_OVER,
    MeetingKind,
    MeetingState,
    SignInMeans,
    TopicState,
    missing_parties,
)
from linli.people import queries as people
from linli.people.models import Account

NAME_FIELD = "deliberation_attendance.name"
SIGN_IN_KEY_FIELD = "deliberation_meeting.sign_in_key"
PAGE_SIZE = 30
SEATED_FIELDS = ("position", "name", "duty", "seats", "is_required")
"""What of a party is frozen when a meeting opens."""

_TOLD_TO_CALENDARS = (
    events.MEETING_PLANNED,
    events.MEETING_CHANGED,
    events.MEETING_CANCELLED,
    events.AGENDA_CHANGED,
)

COMING = (MeetingState.PLANNED, MeetingState.OPEN)
DOORS_BEFORE = timedelta(hours=2)
"""How long before it begins people can sign in: who comes early sits down."""


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is there, with the name to call them by. `party_name` is "" for others.

    `says` is the party they say to be of, as long as the office did not confirm it, else "".
    """

    attendance: Attendance
    name: str
    party_name: str
    says: str = ""

    @property
    def id(self) -> int:
        """Return the attendance's key."""
        return self.attendance.pk


@dataclass(frozen=True, slots=True)
class Bench:
    """A party of the forum, and who of it is there."""

    party: Party
    present: tuple[Present, ...]

    @property
    def is_missing(self) -> bool:
        """Tell whether it must be there and is not."""
        return self.party.is_required and not self.present


@dataclass(frozen=True, slots=True)
class Room:
    """Who is there, by party, and whether they are enough. Figures are of this moment.

    `claims` say to be of a party, which the office has still to confirm. `counted` is how many of
    those present count for the quorum. `doubles` are of one name, and may be one person.
    """

    benches: tuple[Bench, ...]
    claims: tuple[Present, ...]
    others: tuple[Present, ...]
    doubles: tuple[tuple[Present, Present], ...]
    present_count: int
    counted: int
    expected: int
    quorum: int

    @property
    def everybody(self) -> tuple[Present, ...]:
        """Return all who are there, party by party."""
        seated = (one for bench in self.benches for one in bench.present)
        return (*seated, *self.claims, *self.others)

    @property
    def missing(self) -> tuple[Party, ...]:
        """Return the parties that must be there and are not."""
        return tuple(bench.party for bench in self.benches if bench.is_missing)

    @property
    def has_quorum(self) -> bool:
        """Tell whether enough people are there to decide."""
        return self.counted >= max(self.quorum, 1)


# --- Which meetings ---------------------------------------------------------------------------


def coming_meetings(*, actor: Actor, forum: Forum | None = None) -> list[Meeting]:
    """Return what is planned or under way, the nearest first."""
    return list(_rows(actor, forum).filter(state__in=COMING).order_by("starts_at", "id"))


def page_of_past_meetings(
    *, actor: Actor, forum: Forum | None = None, after: str = "", size: int = PAGE_SIZE
) -> tuple[list[Meeting], str]:
    """Return one page of meetings that are over, the latest first, and the key of the next."""
    rows = _rows(actor, forum).exclude(state__in=COMING).order_by("-starts_at", "-id")
    moment, _mark, key = after.partition("~")
    if key.isdecimal() and len(key) < 16:
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            raise NotFound from None
        rows = rows.filter(Q(starts_at__lt=at) | Q(starts_at=at, pk__lt=int(key)))
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], f"{last.starts_at.isoformat()}~{last.pk}" if last is not None else ""


def meetings_for_calendar(*, forum: Forum, since: datetime) -> list[Meeting]:
    """Return a forum's meetings from a moment on, cancelled ones as well, by their time.

    `changes` says how often each was changed, so that a calendar knows the newest wording.
    """
    told = Event.objects.filter(subject_kind=MEETING, subject_id=OuterRef("pk"))
    changed = told.filter(name__in=_TOLD_TO_CALENDARS).values("subject_id")
    rows = Meeting.objects.filter(forum=forum, starts_at__gte=since).exclude(kind=MeetingKind.TALK)
    counted = rows.annotate(changes=Subquery(changed.annotate(n=Count("pk")).values("n")))
    items = AgendaItem.objects.order_by("position", "id")
    return list(
        counted.select_related("place")
        .prefetch_related(Prefetch("items", queryset=items))
        .order_by("starts_at", "id")
    )


def meetings_on(*, actor: Actor, topic: Topic) -> list[Meeting]:
    """Return the meetings whose agenda holds a topic, the earliest first; never cancelled ones."""
    rows = meetings_open_to(actor=actor).filter(items__topic=topic)
    return list(rows.exclude(state=MeetingState.CANCELLED).order_by("starts_at", "id"))


def _rows(actor: Actor, forum: Forum | None) -> QuerySet[Meeting]:
    rows = meetings_inside(actor=actor).select_related("forum", "place")
    return rows if forum is None else rows.filter(forum=forum)


# --- Who keeps them ---------------------------------------------------------------------------


def keeps(*, actor: Actor, meeting: Meeting) -> bool:
    """Tell whether this person writes a meeting down: its chair, its recorder, or the office."""
    if may_run(actor=actor, community_id=meeting.community_id):
        return True
    return actor.account_id is not None and actor.account_id in (
        meeting.chair_id,
        meeting.recorder_id,
    )


def meetings_inside(*, actor: Actor) -> QuerySet[Meeting]:
    """Return the meetings of the communities somebody works for, and of forums they sit in."""
    if actor.is_system:
        return Meeting.objects.all()
    seats = Party.objects.filter(sits_in(actor=actor), ended_at=None)
    return Meeting.objects.filter(
        Q(community__in=communities_of(actor=actor, roles=READERS))
        | Q(forum__in=seats.values("forum"))
        | Q(chair__in=actor.account_ids)
        | Q(recorder__in=actor.account_ids)
    )


def get_meeting_inside(*, actor: Actor, meeting_id: int) -> Meeting:
    """Return a meeting, names and all, for those who work for the community or sit in the forum.

    :raises NotFound: when there is none, or it is not for this person.
    """
    meeting = get_meeting(actor=actor, meeting_id=meeting_id)
    if (
        may_read(actor=actor, community_id=meeting.community_id)
        or keeps(actor=actor, meeting=meeting)
        or party_of(actor=actor, forum=meeting.forum) is not None
    ):
        return meeting
    raise NotFound


def may_chair(*, forum: Forum, at: datetime) -> list[Account]:
    """Return who may chair or record: the community's people, and those who sit in the forum."""
    found = {one.pk: one for one in people.accounts_in(community_id=forum.community_id, at=at)}
    seated = set().union(*people_of_parties(parties=parties_of(forum=forum), at=at).values(), ())
    for account in Account.objects.filter(pk__in=seated, is_active=True).order_by("name", "id"):
        found.setdefault(account.pk, account)
    return list(found.values())


# --- Who sits where ---------------------------------------------------------------------------


def people_of_parties(*, parties: Sequence[Party], at: datetime) -> dict[int, set[int]]:
    """Return the accounts that sit for each of these parties that day, by the party's key."""
    today = people.local_day(at=at)
    found: dict[int, set[int]] = {party.pk: set() for party in parties}
    links = Party.people.through.objects.filter(party__in=parties, account__is_active=True)
    for party_id, account_id in links.values_list("party_id", "account_id"):
        found[party_id].add(account_id)
    for party in parties:
        if party.organisation_id is not None:
            found[party.pk] |= set(
                people.members_of(organisation_id=party.organisation_id, on=today)
            )
    return found


def party_of(*, actor: Actor, forum: Forum) -> Party | None:
    """Return the party for which this person sits; the first where there are several."""
    if actor.account_id is None:
        return None
    rows = Party.objects.filter(sits_in(actor=actor), forum=forum, ended_at=None)
    return rows.order_by("position", "id").first()


# --- Who is there -----------------------------------------------------------------------------


def room_of(*, meeting: Meeting) -> Room:
    """Return who is there; until the meeting opens, with the figures it would open with."""
    parties = parties_at(meeting=meeting)
    there = present_at(meeting=meeting)
    if meeting.kind == MeetingKind.TALK:
        parties = []  # Nobody is expected at a talk: only who came has a bench.
    known = {party.pk for party in parties}
    seated = {one.attendance.party_id for one in there if one.attendance.party_id is not None}
    # A party that left the forum since keeps its bench: its people did come.
    parties += Party.objects.filter(pk__in=seated - known).order_by("position", "id")
    benches = tuple(
        Bench(party, tuple(one for one in there if one.attendance.party_id == party.pk))
        for party in parties
    )
    expected, quorum = meeting.expected, meeting.quorum
    if meeting.state == MeetingState.PLANNED:
        expected = expected_of(parties=parties)
        quorum = quorum_of(forum=meeting.forum, expected=expected)
    return Room(
        benches=benches,
        claims=tuple(one for one in there if one.says),
        others=tuple(one for one in there if not one.says and one.attendance.party_id is None),
        doubles=_doubles(there),
        present_count=_count(meeting, len(there)),
        counted=counted_of(meeting=meeting),
        expected=expected,
        quorum=quorum,
    )


def parties_at(*, meeting: Meeting) -> list[Party]:
    """Return who sits at a meeting, in order: as it was opened, before that as the forum has it.

    What was frozen stands on the rows that are returned, so they are for reading only.
    """
    if meeting.seating is None:
        return parties_of(forum=meeting.forum)
    said = {one["id"]: one for one in meeting.seating.parties}
    rows = Party.objects.filter(pk__in=said).select_related("organisation")
    found = {party.pk: party for party in rows.prefetch_related("people")}
    for key, party in found.items():
        for field in SEATED_FIELDS:
            setattr(party, field, said[key][field])
    return [found[key] for key in said]


def seating_said(*, parties: Iterable[Party]) -> list[dict[str, Any]]:
    """Return parties as plain values, as they are frozen."""
    return [
        {"id": one.pk, **{field: getattr(one, field) for field in SEATED_FIELDS}} for one in parties
    ]


def _doubles(there: Sequence[Present]) -> tuple[tuple[Present, Present], ...]:
    """Return pairs of one name that may be one person: who signed in, and is on the sheet as well.

    Two accounts are two people, and so are two on the sheet under two parties.
    """
    found = []
    for place, one in enumerate(there):
        for other in there[place + 1 :]:
            rows = one.attendance, other.attendance
            is_paper_only = all(row.means == SignInMeans.PAPER for row in rows)
            are_accounts = all(row.account_id is not None for row in rows)
            is_clear = are_accounts or (is_paper_only and all(row.party_id for row in rows))
            if "".join(one.name.split()) == "".join(other.name.split()) and not is_clear:
                found.append((one, other))
    return tuple(found)


def counted_of(*, meeting: Meeting) -> int:
    """Return how many count for the quorum: the parties' confirmed people, and residents if the
    forum's rule says so. Of a talk, whoever was there.
    """
    if meeting.kind == MeetingKind.TALK:
        return present_count_of(meeting=meeting)
    is_planned = meeting.state == MeetingState.PLANNED
    rule = meeting.forum if is_planned else meeting
    rows = meeting.attendances.filter(says_party=None)
    return (rows if rule.quorum_counts_residents else rows.exclude(party=None)).count()


def present_count_of(*, meeting: Meeting) -> int:
    """Return how many people are there. A talk counts heads; not everybody gives a name."""
    return _count(meeting, meeting.attendances.count())


def _count(meeting: Meeting, signed_in: int) -> int:
    return max(signed_in, meeting.expected) if meeting.kind == MeetingKind.TALK else signed_in


def reached_quorum(*, meeting: Meeting) -> bool:
    """Tell whether so many people came that the meeting could decide."""
    return counted_of(meeting=meeting) >= max(meeting.quorum, 1)


def expected_of(*, parties: Iterable[Party]) -> int:
    """Return how many people are expected: the seats of the parties that must be there."""
    return sum(party.seats for party in parties if party.is_required)


def quorum_of(*, forum: Forum, expected: int) -> int:
    """Return how many of those expected must be there, rounded up in whole numbers."""
    return -(-forum.quorum_percent * expected // 100)


def missing_of(*, meeting: Meeting) -> list[Party]:
    """Return the required parties of which nobody is there whom the office knows or confirmed."""
    if meeting.kind == MeetingKind.TALK:
        return []  # Nobody is required at a talk.
    required = {one.pk: one for one in parties_at(meeting=meeting) if one.is_required}
    present = meeting.attendances.exclude(party=None).values_list("party_id", flat=True)
    gone = missing_parties(required=required.keys(), present=list(present))
    return [party for key, party in required.items() if key in gone]


def present_at(*, meeting: Meeting) -> list[Present]:
    """Return who is there, in the order in which they came."""
    rows = meeting.attendances.select_related("account", "party", "says_party")
    frozen = {party.pk: party.name for party in parties_at(meeting=meeting)}

    def called(party: Party | None) -> str:
        return frozen.get(party.pk, party.name) if party is not None else ""

    return [
        Present(
            attendance=row,
            name=name_of(attendance=row),
            party_name=called(row.party),
            says=called(row.says_party),
        )
        for row in rows.order_by("signed_in_at", "id")
    ]


def name_of(*, attendance: Attendance) -> str:
    """Return the name of somebody who was there: of their account, or as it was typed."""
    if attendance.account is not None:
        return attendance.account.name
    return unseal(sealed=attendance.name_sealed, field=NAME_FIELD, row=str(attendance.row_key))


def takes_sign_ins(*, meeting: Meeting, at: datetime) -> bool:
    """Tell whether people can sign in now: shortly before it begins, until it ends."""
    if meeting.state == MeetingState.OPEN:
        return True
    return meeting.state == MeetingState.PLANNED and at >= meeting.starts_at - DOORS_BEFORE


# --- What is talked about ---------------------------------------------------------------------


def items_of(*, meeting: Meeting) -> list[AgendaItem]:
    """Return the agenda, in order."""
    return list(meeting.items.select_related("topic").order_by("position", "id"))


def topics_for(*, actor: Actor, meeting: Meeting) -> list[Topic]:
    """Return the topics that can be put on the agenda, those about to be talked over first."""
    rows = topics_open_to(actor=actor).filter(forum=meeting.forum, state__in=TALKED_OVER)
    found = rows.exclude(agenda_items__meeting=meeting).order_by("due_at", "id")
    order = {TopicState.DELIBERATING: 0, TopicState.PREPARING: 1}
    return sorted(found, key=lambda topic: order.get(TopicState(topic.state), 2))


def is_ready(*, topic: Topic) -> bool:
    """Tell whether a topic is where meetings talk it over, or nearly."""
    return topic.state not in BEFORE_DELIBERATION or topic.state == TopicState.PREPARING


def speeches_of(*, meeting: Meeting) -> list[Speech]:
    """Return the speakers' list of every item, in the order of asking."""
    rows = Speech.objects.filter(item__meeting=meeting)
    return list(rows.order_by("item__position", "position", "id"))


def motions_of(*, meeting: Meeting) -> list[Motion]:
    """Return what was moved, with those who disagree, in order."""
    rows = Motion.objects.filter(item__meeting=meeting).prefetch_related("dissents")
    return list(rows.order_by("item__position", "position", "id"))
