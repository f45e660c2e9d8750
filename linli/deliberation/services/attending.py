"""Signing in to a meeting: by the code at the door, as an account or by name, or on paper."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.crypto import digest, seal
from linli.core.errors import Invalid, NotFound, Refused
from linli.deliberation import events
from linli.deliberation.models import Attendance, Dissent, Meeting, Motion, Party, Speech
from linli.deliberation.queries.doors import meeting_behind
from linli.deliberation.queries.forums import parties_of
from linli.deliberation.queries.meetings import (
    NAME_FIELD,
    party_of,
    people_of_parties,
    present_count_of,
    takes_sign_ins,
)
from linli.deliberation.services._meetings import hold, kept_by, tell_of
from linli.deliberation.services._recording import words
from linli.deliberation.workflow import MeetingState, SignInMeans
from linli.language.normal import normalise
from linli.people.models import Account

NAME_LENGTH_MAX = 30
LINES_MOST = 300
_BETWEEN_PARTY_AND_NAME = re.compile("[:：]")
_BETWEEN_NAMES = re.compile(r"[、,，;；\t]|\s{2,}")


class DoorClosed(Refused):
    """The code was of another minute, or the meeting takes no more sign-ins."""

    sentence = _(
        "This code is not the one on the screen now, or the sign-in is over. Please scan or type "
        "the code again."
    )
    field = "code"


class NobodySignsIn(Refused):
    """It begins later, or it is over."""

    sentence = _("People can sign in from two hours before the meeting until it ends.")


class SignInNameMissing(Invalid):
    """Whoever has no account gives a name."""

    sentence = _("Please write your name.")
    field = "name"


class PartyUnknown(Invalid):
    """No party of this forum."""

    sentence = _("Line %(line)s: “%(party)s” is no party of this forum.")
    field = "lines"


class LinesMissing(Invalid):
    """The sheet is empty."""

    sentence = _("Please write down at least one name.")
    field = "lines"


class LinesTooMany(Invalid):
    """More than a hall holds."""

    sentence = _("At most %(most)s people are entered at once.")
    field = "lines"


class HasSpoken(Refused):
    """Somebody who spoke, moved or disagreed was there."""

    sentence = _("This person spoke, moved something or disagreed, and so stays on the list.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, and whether they had done so before."""

    attendance: Attendance
    is_new: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """What entering a paper sheet came to."""

    new_count: int
    known_count: int


@transaction.atomic
def sign_in(
    *,
    meeting_id: int,
    door_pass: str,
    actor: Actor,
    at: datetime,
    name: str = "",
    party_id: int | None = None,
) -> SignedIn:
    """Sign in with a pass from the door: as the account one has, or by name. Twice is once.

    :raises DoorClosed: when the pass is wrong or too old, or the meeting is over.
    :raises SignInNameMissing: when somebody without an account gives no name.
    """
    found = meeting_behind(meeting_id=meeting_id, door_pass=door_pass, at=at)
    if found is None:
        raise DoorClosed
    meeting, means = found
    _hold_door(meeting, at)
    if actor.account_id is not None:
        party = party_of(actor=actor, forum=meeting.forum)
        return _write(meeting, means, actor, at, account_id=actor.account_id, party=party)
    if not normalise(text=name):
        raise SignInNameMissing
    said = words(text=name, field="name", limit=NAME_LENGTH_MAX)
    known = {one.pk: one for one in parties_of(forum=meeting.forum)}
    if party_id is not None and party_id not in known:
        raise NotFound
    party = known[party_id] if party_id is not None else None
    return _write(meeting, means, actor, at, name=said, party=party)


@transaction.atomic
def enter_sheet(
    *,
    meeting_id: int,
    lines: str,
    actor: Actor,
    at: datetime,
    party_id: int | None = None,
) -> Entered:
    """Enter names from the paper sheet: one a line or with 、 between, “party: names” for a party.

    Lines that name no party belong to `party_id`, if it is given. A name that somebody of the
    party has who has an account is that person.

    :raises PartyUnknown: when a line names a party that does not sit in the forum.
    :raises NobodySignsIn: before the sign-in begins, and after the meeting.
    """
    meeting = kept_by(actor, meeting_id)
    _hold_door(meeting, at)
    return enter_names(meeting, lines, actor, at, party_id=party_id)


def enter_names(
    meeting: Meeting, lines: str, actor: Actor, at: datetime, *, party_id: int | None = None
) -> Entered:
    """Enter names into a meeting that is held; the paper sheet's and a talk's."""
    parties = parties_of(forum=meeting.forum)
    wanted = _read(lines, parties, party_id)
    if not wanted:
        raise LinesMissing
    if len(wanted) > LINES_MOST:
        raise LinesTooMany(most=LINES_MOST)
    accounts = _accounts_by_name(parties, at)
    written = []
    for name, party in wanted:
        account_id = accounts.get((party.pk, name)) if party is not None else None
        given = {"account_id": account_id} if account_id is not None else {"name": name}
        written.append(_write(meeting, SignInMeans.PAPER, actor, at, party=party, **given))
    new = sum(one.is_new for one in written)
    return Entered(new_count=new, known_count=len(written) - new)


@transaction.atomic
def take_off(*, attendance_id: int, actor: Actor, at: datetime) -> None:
    """Take somebody off the list who was entered by mistake and did nothing at the meeting.

    :raises HasSpoken: when they spoke, moved something or disagreed.
    """
    row = Attendance.objects.filter(pk=attendance_id).select_related("meeting").first()
    if row is None:
        raise NotFound
    meeting = kept_by(actor, row.meeting_id)
    hold(meeting, (MeetingState.PLANNED, MeetingState.OPEN))
    did = (
        Speech.objects.filter(attendance=row),
        Motion.objects.filter(moved_by=row),
        Dissent.objects.filter(attendance=row),
    )
    if any(rows.exists() for rows in did):
        raise HasSpoken
    row.delete()
    tell_of(meeting, events.MEETING_RECORDED, actor, at, what="attendance_taken_off")


# --- Parts ------------------------------------------------------------------------------------


def _hold_door(meeting: Meeting, at: datetime) -> None:
    if not takes_sign_ins(meeting=meeting, at=at):
        raise NobodySignsIn
    hold(meeting, (MeetingState.PLANNED, MeetingState.OPEN))


def _write(
    meeting: Meeting,
    means: SignInMeans,
    actor: Actor,
    at: datetime,
    *,
    party: Party | None,
    account_id: int | None = None,
    name: str = "",
) -> SignedIn:
    """Write somebody down once; whoever is there already only gets the party that was missing."""
    name_digest = "" if account_id is not None else _digest_of(name)
    who = Q(account_id=account_id) if account_id is not None else Q(account=None)
    mine = Attendance.objects.filter(who, meeting=meeting, name_digest=name_digest)
    row_key = uuid.uuid4()
    try:
        with transaction.atomic():
            row = Attendance.objects.create(
                meeting=meeting,
                account_id=account_id,
                party=party,
                means=means,
                row_key=row_key,
                name_sealed=seal(value=name, field=NAME_FIELD, row=str(row_key)),
                name_digest=name_digest,
                signed_in_at=at,
                entered_by=actor.key,
            )
    except IntegrityError:
        if party is not None:
            mine.filter(party=None).update(party=party)
        return SignedIn(mine.get(), is_new=False)
    tell_of(
        meeting,
        events.SIGNED_IN,
        actor,
        at,
        means=str(means),
        present=present_count_of(meeting=meeting),
    )
    return SignedIn(row, is_new=True)


def _digest_of(name: str) -> str:
    # 张 三 and 张三 are one person who signed in twice.
    return digest(value="".join(normalise(text=name).split()), field=NAME_FIELD)


def _read(
    lines: str, parties: Sequence[Party], party_id: int | None
) -> list[tuple[str, Party | None]]:
    """Return names with their parties, from lines as somebody types them.

    :raises PartyUnknown: when a line names no party of the forum.
    """
    by_name = {normalise(text=party.name): party for party in parties}
    usual = {party.pk: party for party in parties}.get(party_id) if party_id else None
    if party_id and usual is None:
        raise NotFound
    found: list[tuple[str, Party | None]] = []
    for number, line in enumerate(lines.splitlines(), start=1):
        before, *rest = _BETWEEN_PARTY_AND_NAME.split(line, maxsplit=1)
        party = usual
        if rest:
            party = by_name.get(normalise(text=before)) or _beginning_with(before, parties)
            if party is None:
                raise PartyUnknown(line=number, party=before.strip())
        for part in _BETWEEN_NAMES.split(rest[0] if rest else before):
            if normalise(text=part):
                found.append((words(text=part, field="lines", limit=NAME_LENGTH_MAX), party))
    return found


def _beginning_with(typed: str, parties: Sequence[Party]) -> Party | None:
    """Return the one party whose name begins so: 物业 for 物业公司."""
    said = normalise(text=typed)
    found = [party for party in parties if said and normalise(text=party.name).startswith(said)]
    return found[0] if len(found) == 1 else None


def _accounts_by_name(parties: Sequence[Party], at: datetime) -> Mapping[tuple[int, str], int]:
    """Return the accounts that sit for the parties, by party and name."""
    seated = people_of_parties(parties=parties, at=at)
    keys = set().union(*seated.values(), ())
    names = dict(Account.objects.filter(pk__in=keys).values_list("pk", "name"))
    return {(party, names[key]): key for party, those in seated.items() for key in those}
