"""Opinions come in by any channel, become part of a topic or are answered, and are never lost."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.core import codes, crypto
from linli.core.actor import Actor, system
from linli.core.errors import Invalid, NotFound, Refused
from linli.core.models import Event
from linli.deliberation import events
from linli.deliberation.models import Forum, Opinion
from linli.deliberation.queries import access
from linli.deliberation.services._opinions import move, tell, to_run
from linli.deliberation.services._recording import words
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import (
    OpinionChannel,
    OpinionKind,
    OpinionState,
    OpinionStep,
)
from linli.language.danger import emergency_kind
from linli.language.mask import scrub_personal_data
from linli.territory import queries as territory

TEXT_MOST = 2_000
NAME_MOST = 40
ANSWER_MOST = 800
SUMMARY_MOST = 200
PEOPLE_MOST = 100_000
SEALED_OFF = "—"

BY_STAFF = frozenset(OpinionChannel) - {OpinionChannel.ONLINE, OpinionChannel.JUDGEMENT}
"""The channels that only whoever works for the community may name."""

PROTECTED = frozenset({"DOMESTIC_VIOLENCE", "CHILD_HARM", "SUICIDE"})
"""What is never an opinion, whatever its author says: it goes to the person in charge alone."""


class EmergencyTold(Invalid):
    """Somebody may be in danger: this must not wait among opinions."""

    sentence = _(
        "This reads as if somebody were in danger. Please call for help first, then report it: "
        "a report reaches those in charge at once, an opinion does not."
    )
    field = "text"


class PeopleUncounted(Invalid):
    """A show of hands without a number."""

    sentence = _("How many people said so? A number from 1 to %(most)s.")
    field = "people_count"


class PhoneInvalid(Invalid):
    """What was entered is no telephone number."""

    sentence = _(
        "“%(phone)s” is not a telephone number. Please enter 11 digits, or a landline with its "
        "area code, or leave it empty."
    )
    field = "phone"


class ConsentMissing(Invalid):
    """A name or number without consent to keep it."""

    sentence = _("Please agree to the privacy notice, or leave name and number empty.")
    field = "agreed"


class ForumClosed(Invalid):
    """The forum named takes no opinions."""

    sentence = _("This forum takes no opinions now. Please choose another, or none.")
    field = "forum"


class PlaceElsewhere(Invalid):
    """The building or grid is not one of this community."""

    sentence = _("Please choose a building or a grid of this community.")
    field = "place"


class NotAnsweredYet(Refused):
    """The idea box shows what was answered."""

    sentence = _("Please answer it or merge it into a topic first, then show it in the idea box.")


@dataclass(frozen=True, slots=True)
class OpinionInput:
    """What somebody says. `submission_key` is made by the form: sent twice, it is one opinion.

    `building_id` gives the grid; `account_id` is whose opinion it is, where that is known.
    `is_no_emergency` is the author's word for it; it does not count for what is protected.
    """

    submission_key: UUID
    community_id: int
    text: str
    kind: str = OpinionKind.OPINION
    channel: str = OpinionChannel.ONLINE
    forum_id: int | None = None
    grid_id: int | None = None
    building_id: int | None = None
    people_count: int = 1
    name: str = ""
    phone: str = ""
    agreed_privacy: bool = False
    account_id: int | None = None
    source: str = ""
    trace: UUID | None = None
    is_no_emergency: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """An opinion as it came in, with the code to follow it by."""

    opinion: Opinion
    code: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Author:
    """How an author is called and reached."""

    name: str
    phone: str


# --- Coming in --------------------------------------------------------------------------------


def say(*, opinion: OpinionInput, actor: Actor, at: datetime, cause: Event | None = None) -> Said:
    """Take an opinion in; a second call with the same `submission_key` returns the first one.

    Telephone and ID numbers in the text are masked before it is kept.

    :raises WordsMissing: when the text says nothing, or WordsTooLong.
    :raises EmergencyTold: when it tells of somebody in danger.
    :raises ForumClosed: when the forum takes no opinions.
    :raises PlaceElsewhere: when the place is not of this community.
    :raises PeopleUncounted: when nobody, or too many, are said to have said so.
    :raises PhoneInvalid: when the phone is none, or ConsentMissing.
    """
    before = _said_before(opinion.submission_key)
    if before is not None:
        return before
    checked = _checked(opinion, actor)
    try:
        with transaction.atomic():
            return _take_in(checked, actor, at, cause)
    except IntegrityError:
        # The same form was sent twice at once; the other one won and is as good as ours.
        before = _said_before(opinion.submission_key)
        if before is None:
            raise
        return before


def _said_before(submission_key: UUID) -> Said | None:
    found = Opinion.objects.filter(submission_key=submission_key).first()
    if found is None:
        return None
    return Said(opinion=found, code=code_of(opinion=found), is_new=False)


def _checked(given: OpinionInput, actor: Actor) -> OpinionInput:
    """Return what is said as it may be kept."""
    if given.channel in BY_STAFF and not access.may_read(
        actor=actor, community_id=given.community_id
    ):
        raise NotFound
    text = words(text=given.text, field="text", limit=TEXT_MOST)
    danger = emergency_kind(text=text)
    if danger is not None and (danger in PROTECTED or not given.is_no_emergency):
        raise EmergencyTold
    if not 1 <= given.people_count <= PEOPLE_MOST:
        raise PeopleUncounted(most=PEOPLE_MOST)
    phone = _phone_of(given.phone)
    if (given.name.strip() or phone) and not given.agreed_privacy:
        raise ConsentMissing
    _require_forum(given, actor)
    return replace(
        given,
        text=scrub_personal_data(text=text),
        kind=OpinionKind(given.kind),
        channel=OpinionChannel(given.channel),
        name=" ".join(given.name.split())[:NAME_MOST],
        phone=phone,
        grid_id=_grid_of(given),
    )


def _phone_of(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return codes.normalise_phone(text=text)
    except codes.InvalidCode as error:
        raise PhoneInvalid(phone=text.strip()[:30]) from error


def _require_forum(given: OpinionInput, actor: Actor) -> None:
    if given.forum_id is None:
        return
    forum = Forum.objects.filter(pk=given.forum_id, community_id=given.community_id).first()
    is_open = forum is not None and forum.is_running and forum.takes_opinions
    is_seen = is_open and access.forums_open_to(actor=actor).filter(pk=given.forum_id).exists()
    if not is_seen:
        raise ForumClosed


def _grid_of(given: OpinionInput) -> int | None:
    """Return the grid of the place named, which is one of this community."""
    if given.building_id is not None:
        buildings = territory.list_buildings(community_id=given.community_id)
        for building in buildings:
            if building.pk == given.building_id:
                return building.grid_id
        raise PlaceElsewhere
    if given.grid_id is not None:
        grids = territory.list_areas(community_id=given.community_id, level="GRID")
        if all(grid.pk != given.grid_id for grid in grids):
            raise PlaceElsewhere
    return given.grid_id


def _take_in(given: OpinionInput, actor: Actor, at: datetime, cause: Event | None) -> Said:
    code = codes.new_tracking_code()
    is_online = given.channel == OpinionChannel.ONLINE
    made = Opinion(
        submission_key=given.submission_key,
        community_id=given.community_id,
        forum_id=given.forum_id,
        kind=given.kind,
        channel=given.channel,
        text=given.text,
        grid_id=given.grid_id,
        building_id=given.building_id,
        people_count=given.people_count,
        source=given.source,
        account_id=given.account_id or (actor.account_id if is_online else None),
        entered_by_id=None if is_online else actor.account_id,
        agreed_privacy_at=at if given.name or given.phone else None,
        code_digest=crypto.digest(value=code, field="deliberation_opinion.code"),
        said_at=at,
        trace=given.trace or uuid4(),
    )
    row = str(made.row_key)
    for column, value in (("name", given.name), ("phone", given.phone), ("code", code)):
        sealed = crypto.seal(value=value, field=f"deliberation_opinion.{column}", row=row)
        setattr(made, f"{column}_sealed", sealed)
    made.save(force_insert=True)
    facts = {
        "channel": made.channel,
        "kind": made.kind,
        "people": made.people_count,
        "forum_id": made.forum_id,
        "source": made.source,
    }
    tell(made, events.OPINION_SAID, actor, at, facts, cause=cause)
    return Said(opinion=made, code=code, is_new=True)


def code_of(*, opinion: Opinion) -> str:
    """Return the code that its author follows it by."""
    return _unsealed(opinion, "code")


# --- Answering --------------------------------------------------------------------------------


@transaction.atomic
def answer_opinion(*, opinion_id: int, text: str, actor: Actor, at: datetime) -> Opinion:
    """Answer an opinion in words, or word its answer better.

    :raises WordsMissing: when the answer says nothing, or WordsTooLong.
    :raises StepNotAllowed: when a topic answers it.
    """
    opinion = to_run(opinion_id, actor)
    said = scrub_personal_data(text=words(text=text, field="answer", limit=ANSWER_MOST))
    is_again = opinion.is_answered
    move(
        opinion,
        OpinionStep.ANSWER,
        answer=said,
        answered_by_id=actor.account_id,
        answered_at=at,
    )
    tell(opinion, events.OPINION_ANSWERED, actor, at, {"again": is_again})
    return opinion


@transaction.atomic
def show_opinion(*, opinion_id: int, summary: str, actor: Actor, at: datetime) -> Opinion:
    """Show an opinion in the idea box, in words that staff answer for.

    :raises NotAnsweredYet: when nothing answers it yet.
    :raises WordsMissing: when the summary says nothing, or WordsTooLong.
    """
    opinion = to_run(opinion_id, actor)
    said = scrub_personal_data(text=words(text=summary, field="summary", limit=SUMMARY_MOST))
    answered = Opinion.objects.filter(pk=opinion.pk).exclude(state=OpinionState.NEW)
    if not answered.update(public_summary=said, published_at=opinion.published_at or at):
        raise NotAnsweredYet
    opinion.refresh_from_db()
    tell(opinion, events.OPINION_SHOWN, actor, at)
    return opinion


@transaction.atomic
def hide_opinion(*, opinion_id: int, actor: Actor, at: datetime) -> Opinion:
    """Take an opinion out of the idea box; its summary is kept.

    :raises StepNotAllowed: when it is not there.
    """
    opinion = to_run(opinion_id, actor)
    shown = Opinion.objects.filter(pk=opinion.pk, published_at__isnull=False)
    if not shown.update(published_at=None):
        raise StepNotAllowed
    opinion.refresh_from_db()
    tell(opinion, events.OPINION_HIDDEN, actor, at)
    return opinion


# --- Whoever said it --------------------------------------------------------------------------


@transaction.atomic
def open_author(*, opinion_id: int, reason: str, actor: Actor, at: datetime) -> Author:
    """Return name and phone of an author in full, for a stated reason that is logged.

    :raises WordsMissing: when there is no reason.
    """
    opinion = to_run(opinion_id, actor)
    said = words(text=reason, field="reason", limit=SUMMARY_MOST)
    facts = {"reason": scrub_personal_data(text=said)}
    tell(opinion, events.AUTHOR_OPENED, actor, at, facts)
    return Author(name=_unsealed(opinion, "name"), phone=_unsealed(opinion, "phone"))


@transaction.atomic
def erase_author(*, opinion_id: int, actor: Actor, at: datetime) -> Opinion:
    """Forget who said it, as authors may ask; what was said and answered stays whole.

    Name, number and account go. Their code still works. An author does it themselves, or whoever
    runs the forums for them.
    """
    opinion = access.get_opinion(actor=actor, opinion_id=opinion_id)
    if not is_author(opinion=opinion, actor=actor):
        access.require_runner(actor=actor, community_id=opinion.community_id)
    Opinion.objects.filter(pk=opinion.pk, erased_at=None).update(
        name_sealed=b"", phone_sealed=b"", agreed_privacy_at=None, account=None, erased_at=at
    )
    opinion.refresh_from_db()
    tell(opinion, events.OPINION_ERASED, actor, at)
    return opinion


def is_author(*, opinion: Opinion, actor: Actor) -> bool:
    """Tell whether this person said it: by their account, or by its code."""
    by_account = actor.account_id is not None and actor.account_id == opinion.account_id
    return by_account or actor == access.actor_of_author(opinion=opinion)


@transaction.atomic
def seal_off(*, source: str, at: datetime) -> int:
    """Take the words out of what was made of something that only those in charge may see now.

    It stays as a row, for what can be referred to is never deleted. Returns how many there were.
    """
    found = list(Opinion.objects.filter(source=source).exclude(text=SEALED_OFF))
    for opinion in found:
        Opinion.objects.filter(pk=opinion.pk).update(
            text=SEALED_OFF, public_summary="", published_at=None
        )
        tell(opinion, events.OPINION_SEALED_OFF, system(name="sealing_off"), at)
    return len(found)


# --- What time does ---------------------------------------------------------------------------

WAITS_DAYS = 7


def tell_of_waiting(*, at: datetime) -> int:
    """Tell each community once a day of opinions that now wait longer than `WAITS_DAYS`.

    Each is told of once. Returns how many there were.
    """
    actor = system(name="waiting_opinions")
    since = at - timedelta(days=WAITS_DAYS)
    waiting = Opinion.objects.filter(state=OpinionState.NEW, said_at__lt=since, late_at=None)
    told = 0
    for community_id in list(waiting.order_by().values_list("community", flat=True).distinct()):
        with transaction.atomic():
            first = waiting.filter(community=community_id).order_by("id").first()
            count = waiting.filter(community=community_id).update(late_at=at)
            if first is None or not count:
                continue  # Answered meanwhile.
            facts = {"count": count, "days": WAITS_DAYS}
            tell(first, events.OPINIONS_WAIT, actor, at, facts)
            told += count
    return told


def _unsealed(opinion: Opinion, column: str) -> str:
    return crypto.unseal(
        sealed=getattr(opinion, f"{column}_sealed"),
        field=f"deliberation_opinion.{column}",
        row=str(opinion.row_key),
    )
