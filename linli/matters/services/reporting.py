"""A report comes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.core import attachments as core_attachments
from linli.core import codes, crypto
from linli.core.actor import Actor
from linli.core.errors import Invalid
from linli.language.danger import emergency_kind
from linli.language.mask import scrub_personal_data
from linli.language.normal import tidy
from linli.matters import events, queries
from linli.matters.models import (
    Category,
    Condition,
    Level,
    Likeness,
    Matter,
    Note,
    Reporter,
)
from linli.matters.services._moving import (
    NOTE_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    earliest,
    index,
    limit_from,
    optional_text,
    record_of,
    ref_of,
    required_text,
)
from linli.matters.workflow import OPEN, RESTRICTED_KINDS, Channel, Kind
from linli.people import queries as people
from linli.territory.queries import Location

RESTRICTED_DANGERS = frozenset({"DOMESTIC_VIOLENCE", "CHILD_HARM", "SUICIDE"})
"""What makes a report an emergency whatever its category; see rules on emergencies."""

TITLE_LENGTH = 40
LIKENESSES_MOST = 3
_NAME_LENGTH_MAX = 40


class CategoryUnknown(Invalid):
    """The category is not one that this community has in use."""

    sentence = _("Please choose a category from the list.")
    field = "category"


class PhoneInvalid(Invalid):
    """What was entered is no telephone number."""

    sentence = _(
        "“%(phone)s” is not a telephone number. Please enter 11 digits, or a landline with its "
        "area code, or leave it empty."
    )
    field = "phone"


class HotlineNumberTaken(Invalid):
    """This 12345 order is here already."""

    sentence = _("Order %(number)s is already here.")
    field = "hotline_number"


@dataclass(frozen=True, slots=True)
class ReporterInput:
    """What somebody without an account says of themselves; all of it may be empty."""

    name: str = ""
    phone: str = ""
    on_behalf_of: str = ""
    wants_answer: bool = True
    agreed_privacy: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody brings in. `condition_id` None takes the category's usual condition.

    `submission_key` is made by the form: the same report sent twice is one matter.
    """

    submission_key: UUID
    community_id: int
    text: str
    category_id: int
    location: Location
    channel: Channel
    condition_id: int | None = None
    reporter: ReporterInput = ReporterInput()
    attachments: Sequence[UUID] = ()
    advice: str = ""
    complained_of_id: int | None = None
    hotline_number: str = ""
    hotline_due_at: datetime | None = None
    trace: UUID | None = None
    same_as_ids: Sequence[int] = ()  # matters that whoever reports takes for the same thing
    asked_at: datetime | None = None  # when they asked, where another office took it down


@dataclass(frozen=True, slots=True)
class Reported:
    """A matter as it came in, with the code to follow it by."""

    matter: Matter
    reporter: Reporter
    tracking_code: str
    is_new: bool


def report(
    *,
    report: Report,
    actor: Actor,
    at: datetime,
    is_once: bool = False,
    in_use: queries.MethodInUse | None = None,
) -> Reported:
    """Take in a report and write the matter, whoever asked, and the event.

    A second call with the same `submission_key` returns the first matter and writes nothing. With
    `is_once` the caller's own transaction sees to that, by a key of its own. Whoever has read the
    community's method already gives it as `in_use`.

    :raises TextMissing: when the text says nothing.
    :raises TextTooLong: when it does not fit.
    :raises CategoryUnknown: when the category is not in use here.
    :raises PhoneInvalid: when the phone is none.
    :raises HotlineNumberTaken: when the 12345 order is here already.
    """
    if is_once:
        assert transaction.get_connection().in_atomic_block, "a key is kept with its effect"
        return _take_in(report=report, actor=actor, at=at, in_use=in_use)
    before = _already_in(submission_key=report.submission_key)
    if before is not None:
        return before
    try:
        with transaction.atomic():
            return _take_in(report=report, actor=actor, at=at, in_use=in_use)
    except IntegrityError:
        # The same form was sent twice at once; the other one won and is as good as ours.
        before = _already_in(submission_key=report.submission_key)
        if before is None:
            if report.hotline_number:
                raise HotlineNumberTaken(number=report.hotline_number) from None
            raise
        return before


def _already_in(*, submission_key: UUID) -> Reported | None:
    matter = Matter.objects.filter(submission_key=submission_key)
    if not matter.exists():  # Nearly always; the rest is dear to ask for.
        return None
    reporters = Reporter.objects.select_related("matter").filter(matter__in=matter)
    reporter = reporters.order_by("id")[0]
    code = tracking_code_of(reporter=reporter)
    return Reported(matter=reporter.matter, reporter=reporter, tracking_code=code, is_new=False)


def _take_in(
    *, report: Report, actor: Actor, at: datetime, in_use: queries.MethodInUse | None
) -> Reported:
    text = required_text(text=report.text, field="text", limit=TEXT_LENGTH_MAX)
    advice = optional_text(text=report.advice, field="advice", limit=NOTE_LENGTH_MAX)
    in_use = in_use or queries.method_in_use(community_id=report.community_id)
    if in_use is None:
        raise CategoryUnknown
    category, condition = _category_of(report, in_use)
    kind = Kind(category.kind)
    danger = emergency_kind(text=text)
    if danger in RESTRICTED_DANGERS:
        kind = Kind.EMERGENCY
    is_restricted = kind in RESTRICTED_KINDS
    # What was decided is not settled by a level: its owner is named.
    has_level = not is_restricted and kind is not Kind.TASK
    level = _first_level_that_answers(report=report, in_use=in_use, at=at) if has_level else None
    matter = Matter(
        submission_key=report.submission_key,
        kind=kind,
        channel=report.channel,
        is_restricted=is_restricted,
        text=text,
        title=title_of(text=text),
        category=category,
        condition=condition,
        level=level,
        level_due_at=None
        if level is None
        else limit_from(clock=level.clock, amount=level.amount, start=at),
        reported_at=at,
        due_at=earliest(
            limit_from(
                clock=in_use.method.accept_clock, amount=in_use.method.accept_amount, start=at
            ),
            report.hotline_due_at,
        ),
        complained_of_id=report.complained_of_id,
        hotline_number=report.hotline_number,
        hotline_due_at=report.hotline_due_at,
        **report.location.columns(),
    )
    if report.trace is not None:
        matter.trace = report.trace
    matter.save(force_insert=True)
    index(matter_ids=[matter.pk])
    reporter, code = _add_reporter(matter=matter, report=report, actor=actor, at=at)
    _note_likenesses(matter=matter, other_ids=report.same_as_ids)
    if report.attachments:
        core_attachments.claim(
            tokens=report.attachments, subject=ref_of(matter=matter), actor=actor, at=at
        )
    event = record_of(
        matter=matter,
        name=events.REPORTED,
        actor=actor,
        at=at,
        facts={
            "channel": matter.channel,
            "kind": matter.kind,
            "level_id": level and level.pk,
            "photos": len(report.attachments),
            "danger": danger or "",
        },
    )
    if advice and actor.account_id is not None:
        Note.objects.create(
            matter=matter,
            kind=Note.Kind.ADVICE,
            text=advice,
            written_by_id=actor.account_id,
            written_at=at,
        )
        record_of(
            matter=matter,
            name=events.NOTED,
            actor=actor,
            at=at,
            facts={"kind": Note.Kind.ADVICE.value},
            cause=event,
        )
    return Reported(matter=matter, reporter=reporter, tracking_code=code, is_new=True)


def _note_likenesses(*, matter: Matter, other_ids: Sequence[int]) -> None:
    """Keep which open matters of the community this is said to be the same as.

    What is restricted is neither referred to nor refers to anything, and a number that names
    nothing is passed over in silence: the answer must not tell whether there is such a matter.
    """
    if matter.is_restricted or not other_ids:
        return
    others = Matter.objects.filter(
        pk__in=other_ids, community_id=matter.community_id, is_restricted=False, state__in=OPEN
    ).exclude(pk=matter.pk)
    Likeness.objects.bulk_create(
        Likeness(matter=matter, other=other) for other in others.order_by("id")[:LIKENESSES_MOST]
    )


def _category_of(report: Report, in_use: queries.MethodInUse) -> tuple[Category, Condition]:
    for condition in in_use.conditions_of(category_id=report.category_id):
        if report.condition_id in (None, condition.pk):
            return condition.category, condition
    raise CategoryUnknown


def condition_of(*, category: Category, condition_id: int | None) -> Condition:
    """Return a condition of a category in use: the one asked for, or the usual one.

    :raises CategoryUnknown: when the category has no such condition.
    """
    conditions = category.conditions.filter(ended_at=None).order_by("position", "id")
    if condition_id is not None:
        conditions = conditions.filter(pk=condition_id)
    condition = conditions.first()
    if condition is None:
        raise CategoryUnknown
    return condition


def _first_level_that_answers(
    *, report: Report, in_use: queries.MethodInUse, at: datetime
) -> Level | None:
    """Return the nearest level at which somebody answers here; the last one always does."""
    levels = in_use.levels
    held = people.roles_held(
        roles={level.role for level in levels[:-1]},
        places=report.location.columns(),
        on=people.local_day(at=at),
    )
    for level in levels[:-1]:
        if level.role in held:
            return level
    return levels[-1] if levels else None


def _add_reporter(
    *, matter: Matter, report: Report, actor: Actor, at: datetime
) -> tuple[Reporter, str]:
    given = report.reporter
    for_somebody = report.channel in (
        Channel.PHONE,
        Channel.COUNTER,
        Channel.HOTLINE_12345,
    ) or (report.channel == Channel.API and bool(given.name or given.phone))
    phone = phone_of(text=given.phone)
    code = codes.new_tracking_code()
    reporter = Reporter(
        matter=matter,
        account_id=None if for_somebody else actor.account_id,
        entered_by_id=actor.account_id if for_somebody else None,
        on_behalf_of=tidy(text=given.on_behalf_of)[:_NAME_LENGTH_MAX],
        wants_answer=given.wants_answer,
        agreed_privacy_at=at if given.agreed_privacy else None,
        reported_at=report.asked_at or at,
        phone_digest=crypto.digest(value=phone, field="reporter.phone"),
        code_digest=crypto.digest(value=code, field="reporter.code"),
    )
    row = str(reporter.row_key)
    name = tidy(text=given.name)[:_NAME_LENGTH_MAX]
    reporter.name_sealed = crypto.seal(value=name, field="reporter.name", row=row)
    reporter.phone_sealed = crypto.seal(value=phone, field="reporter.phone", row=row)
    reporter.code_sealed = crypto.seal(value=code, field="reporter.code", row=row)
    reporter.save(force_insert=True)
    return reporter, code


def phone_of(*, text: str) -> str:
    """Return a telephone number in its plain form, or an empty string for none.

    :raises PhoneInvalid: when the text is something else.
    """
    if not text.strip():
        return ""
    try:
        return codes.normalise_phone(text=text)
    except codes.InvalidCode as error:
        raise PhoneInvalid(phone=text.strip()[:30]) from error


def tracking_code_of(*, reporter: Reporter) -> str:
    """Return the code that this person follows the matter by."""
    return crypto.unseal(
        sealed=reporter.code_sealed, field="reporter.code", row=str(reporter.row_key)
    )


def title_of(*, text: str) -> str:
    """Return the first words of a text, to call a matter by until the desk words it better."""
    line = tidy(text=text.splitlines()[0] if text else "")
    for mark in "。！？；!?;":
        head = line.split(mark, 1)[0]
        line = head if head.strip() else line
    line = scrub_personal_data(text=line)  # A title stands in lists that many people read.
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1] + "…"
