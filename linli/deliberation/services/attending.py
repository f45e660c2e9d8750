"""Signing in to a meeting: by the code at the door, as an account or by name, or on paper."""

import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.crypto import digest, seal
from linli.core.errors import Invalid, NotFound, Refused
from linli.deliberation import events
from linli.deliberation.models import Attendance, Dissent, Meeting, Motion, Party, Speech
from linli.deliberation.queries.doors import meeting_behind
from linli.deliberation.queries.meetings import (
    NAME_FIELD,
    parties_at,
    party_of,
    people_of_parties,
    present_count_of,
    takes_sign_ins,
)
from linli.deliberation.services._meetings import (
    WRITTEN_DOWN,
    hold,
    kept_by,
    tell_of,
    write_down,
)
from linli.deliberation.services._recording import words
from linli.deliberation.workflow import MeetingState, SignInMeans
from linli.language.normal import normalise
from linli.people.models import Account

NAME_LENGTH_MAX = 30
LINES_MOST = 300
_LIST_OPEN = frozenset({MeetingState.PLANNED, *WRITTEN_DOWN})
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


class TwoAccounts(Refused):
    """Whoever has an account of their own is a person of their own."""

    sentence = _("Each of the two has an account of their own: they are two people.")


class BothDisagreed(Refused):
    """One person dissents from a motion once; two dissents are those of two people."""

    sentence = _(
        "Both disagreed with the same motion, each in words of their own. They stay two on the "
        "list."
    )


class HasSpoken(Refused):
    """Somebody who spoke, moved or disagreed was there."""

    sentence = _("This person spoke, moved something or disagreed, and so stays on the list.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, and whether they had done so before."""

    attendance: Attendance
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Seat:
    """For which party somebody is there, or only says to be."""

    party: Party | None = None
    says: Party | None = None

    @property
    def key(self) -> int | None:
        """Return the party's key, confirmed or not."""
        wanted = self.party or self.says
        return wanted.pk if wanted is not None else None


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

    Whoever has an account that sits for a party is taken at once, and so is a name that the office
    entered for it. Anybody else only says to be of `party_id`, until the office confirms it.

    :raises DoorClosed: when the pass is wrong or too old, or the meeting is over.
    :raises SignInNameMissing: when somebody without an account gives no name.
    """
    found = meeting_behind(meeting_id=meeting_id, door_pass=door_pass, at=at)
    if found is None:
        raise DoorClosed
    meeting, means = found
    _hold_door(meeting, at)
    known = {one.pk: one for one in parties_at(meeting=meeting)}
    if party_id is not None and party_id not in known:
        raise NotFound
    says = known[party_id] if party_id is not None else None
    if actor.account_id is not None:
        party = party_of(actor=actor, forum=meeting.forum)
        seat = _Seat(party=party) if party is not None else _Seat(says=says)
        return _write(meeting, means, actor, at, account_id=actor.account_id, seat=seat)
    if not normalise(text=name):
        raise SignInNameMissing
    said = words(text=name, field="name", limit=NAME_LENGTH_MAX)
    return _write(meeting, means, actor, at, name=said, seat=_Seat(says=says))


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
    parties = parties_at(meeting=meeting)
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
        seat = _Seat(party=party)
        written.append(_write(meeting, SignInMeans.PAPER, actor, at, seat=seat, **given))
    new = sum(one.is_new for one in written)
    return Entered(new_count=new, known_count=len(written) - new)


# --- Who is of which party, and who is who ----------------------------------------------------


@transaction.atomic
def confirm_claims(
    *, meeting_id: int, attendance_ids: Collection[int], actor: Actor, at: datetime
) -> int:
    """Confirm that people are of the parties they say; from now on they count for them.

    Return how many there were that had still to be confirmed.

    :raises StepNotAllowed: when both have signed the minutes.
    """
    meeting, claims = _claims(meeting_id, attendance_ids, actor)
    count = claims.update(party=F("says_party"), says_party=None)
    if count:
        _tell_of_list(meeting, actor, at, what="parties_confirmed", people=count)
    return count


@transaction.atomic
def decline_claims(
    *, meeting_id: int, attendance_ids: Collection[int], actor: Actor, at: datetime
) -> int:
    """Say that people are there for themselves, whatever party they said to be of.

    :raises StepNotAllowed: when both have signed the minutes.
    """
    meeting, claims = _claims(meeting_id, attendance_ids, actor)
    rows = list(claims.order_by("id"))
    for row in rows:
        alone = _known(meeting, row.account_id, row.name_digest, _Seat())
        is_other = alone is not None and alone.pk != row.pk
        if alone is not None and is_other and not (alone.party_id or alone.says_party_id):
            _join(alone, row)  # Of one name, both for themselves: signed in twice.
        else:
            Attendance.objects.filter(pk=row.pk).update(says_party=None)
    if rows:
        _tell_of_list(meeting, actor, at, what="parties_declined", people=len(rows))
    return len(rows)


@transaction.atomic
def same_person(
    *, meeting_id: int, attendance_id: int, other_id: int, actor: Actor, at: datetime
) -> Attendance:
    """Say that two on the list are one person, who signed in twice: by account and on paper, say.

    All they said, moved and disagreed with is theirs; the account stays where there is one.

    :raises NotFound: when they are not two people of this meeting.
    :raises TwoAccounts: when each has an account.
    :raises BothDisagreed: when both dissented from one motion.
    :raises StepNotAllowed: when both have signed the minutes.
    """
    meeting = kept_by(actor, meeting_id)
    hold(meeting, _LIST_OPEN)
    rows = Attendance.objects.filter(meeting=meeting, pk__in=(attendance_id, other_id))
    two = sorted(rows, key=lambda row: (row.account_id is None, row.pk))
    if len(two) != 2:
        raise NotFound
    kept, gone = two
    if gone.account_id is not None:
        raise TwoAccounts
    _join(kept, gone)
    _tell_of_list(meeting, actor, at, what="attendances_joined")
    kept.refresh_from_db()
    return kept


def _claims(
    meeting_id: int, attendance_ids: Collection[int], actor: Actor
) -> tuple[Meeting, QuerySet[Attendance]]:
    meeting = kept_by(actor, meeting_id)
    hold(meeting, _LIST_OPEN)
    rows = Attendance.objects.filter(meeting=meeting, pk__in=attendance_ids)
    return meeting, rows.exclude(says_party=None)


def _join(kept: Attendance, gone: Attendance) -> None:
    """Give one what the other did, and take the other off."""
    dissents = Dissent.objects.filter(attendance=gone)
    if Dissent.objects.filter(attendance=kept, motion__in=dissents.values("motion")).exists():
        raise BothDisagreed
    Speech.objects.filter(attendance=gone).update(attendance=kept)
    Motion.objects.filter(moved_by=gone).update(moved_by=kept)
    dissents.update(attendance=kept)
    party_id = kept.party_id or gone.party_id
    says_id = None if party_id else kept.says_party_id or gone.says_party_id
    gone.delete()
    Attendance.objects.filter(pk=kept.pk).update(
        party=party_id,
        says_party=says_id,
        signed_in_at=min(kept.signed_in_at, gone.signed_in_at),
    )


def _tell_of_list(meeting: Meeting, actor: Actor, at: datetime, **facts: object) -> None:
    """Tell that the list was put right; a signature under another one falls."""
    write_down(meeting, actor, at, events.MEETING_RECORDED, **facts)


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
    seat: _Seat,
    account_id: int | None = None,
    name: str = "",
) -> SignedIn:
    """Write somebody down once, in a meeting whose row is locked.

    Whoever is there already only gets the party that was missing, or was only said.
    """
    name_digest = "" if account_id is not None else _digest_of(name)
    row = _known(meeting, account_id, name_digest, seat)
    if row is not None:
        if row.party_id is None and seat.party is not None:
            Attendance.objects.filter(pk=row.pk).update(party=seat.party, says_party=None)
        elif row.party_id is None and row.says_party_id is None and seat.says is not None:
            Attendance.objects.filter(pk=row.pk).update(says_party=seat.says)
        row.refresh_from_db()
        return SignedIn(row, is_new=False)
    row_key = uuid.uuid4()
    row = Attendance.objects.create(
        meeting=meeting,
        account_id=account_id,
        party=seat.party,
        says_party=seat.says,
        means=means,
        row_key=row_key,
        name_sealed=seal(value=name, field=NAME_FIELD, row=str(row_key)),
        name_digest=name_digest,
        signed_in_at=at,
        entered_by=actor.key,
    )
    told = {"means": str(means), "present": present_count_of(meeting=meeting)}
    tell_of(meeting, events.SIGNED_IN, actor, at, **told)
    return SignedIn(row, is_new=True)


def _known(
    meeting: Meeting, account_id: int | None, name_digest: str, seat: _Seat
) -> Attendance | None:
    """Return who is there already: the account, or the name at the same party or at none.

    A name that comes without a party is whoever is there by it; a name under another party is
    somebody else, until the office says that they are one.
    """
    rows = Attendance.objects.filter(meeting=meeting, account=account_id, name_digest=name_digest)
    if account_id is not None or seat.key is None:
        return rows.order_by("id").first()
    here = rows.filter(Q(party=seat.key) | Q(says_party=seat.key))
    return here.first() or rows.filter(party=None, says_party=None).first()


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
