"""Those who asked: opening their number for a reason, telling them, nudging."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import NotEntitled, NotFound, Refused
from linli.language.mask import mask_name, mask_phone, scrub_personal_data
from linli.matters import events, queries
from linli.matters.models import Matter, Mediation, Note, Reporter, Told
from linli.matters.services._moving import (
    move,
    optional_text,
    record_of,
    required_text,
    take_up,
)
from linli.matters.services.closing import is_own, reporter_of
from linli.matters.workflow import Kind, Party, Step

NUDGE_PAUSE = timedelta(hours=24)
TOLD_LENGTH_MAX = 200


class NudgedToday(Refused):
    """One nudge a day is enough."""

    sentence = _("A reminder went out less than a day ago. Please give them until tomorrow.")


class NoDispute(Refused):
    """Only a dispute has a mediation record."""

    sentence = _("Only a dispute has a mediation record.")


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody who asked is called and reached; masked unless opened with a reason."""

    name: str
    phone: str
    is_erased: bool = False


def masked_contact(*, reporter: Reporter) -> Contact:
    """Return name and phone as they stand on a screen: 张*, 138****8000."""
    contact = _unsealed(reporter)
    return Contact(
        name=mask_name(name=contact.name) if contact.name else "",
        phone=mask_phone(phone=contact.phone) if contact.phone else "",
        is_erased=reporter.erased_at is not None,
    )


def may_know_reporters(*, matter: Matter, actor: Actor) -> bool:
    """Tell whether this person may know who asked: never those who are complained of."""
    return matter.complained_of_id is None or (
        matter.complained_of_id not in actor.organisation_ids
    )


def may_open_contact(*, matter: Matter, actor: Actor) -> bool:
    """Tell whether this person has a part in the matter that name and number may be needed for."""
    parties = queries.parties_of(actor=actor, matter=matter)
    return bool(parties & {Party.DESK, Party.FIELD, Party.HANDLER, Party.LEAD})


@transaction.atomic
def open_contact(
    *, matter_id: int, reporter_id: int, actor: Actor, at: datetime, reason: str
) -> Contact:
    """Return name and phone in full, for a stated reason that is logged.

    :raises NotEntitled: when this person is complained of, or has no part in the matter.
    """
    matter = queries.get_matter(actor=actor, matter_id=matter_id)
    reporter = reporter_of(matter=matter, reporter_id=reporter_id)
    if not may_open_contact(matter=matter, actor=actor):
        raise NotEntitled
    if not may_know_reporters(matter=matter, actor=actor):
        raise NotFound
    said = required_text(text=reason, field="reason", limit=TOLD_LENGTH_MAX)
    record_of(
        matter=matter,
        name=events.CONTACT_OPENED,
        actor=actor,
        at=at,
        facts={"reporter_id": reporter.pk, "reason": scrub_personal_data(text=said)},
    )
    return _unsealed(reporter)


@transaction.atomic
def tell(
    *,
    matter_id: int,
    reporter_id: int,
    actor: Actor,
    at: datetime,
    means: str,
    text: str = "",
) -> Told:
    """Record that somebody who asked was told: by phone, by whom, when."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.TELL)
    reporter = reporter_of(matter=matter, reporter_id=reporter_id)
    said = optional_text(text=text, field="text", limit=TOLD_LENGTH_MAX)
    means = Told.Means(means) if means in Told.Means.values else Told.Means.PHONE
    assert actor.account_id is not None
    told = Told.objects.create(
        reporter=reporter, means=means, text=said, told_by_id=actor.account_id, told_at=at
    )
    record_of(
        matter=matter,
        name=events.TOLD,
        actor=actor,
        at=at,
        facts={"means": means.value, "reporter_id": reporter.pk},
    )
    return told


@transaction.atomic
def nudge(*, matter_id: int, actor: Actor, at: datetime) -> Matter:
    """Remind whoever has the matter. Those who asked may do so once a day.

    :raises NudgedToday: when this person did less than a day ago.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.NUDGE)
    own = _own_reporters(matter=matter, actor=actor)
    if own:
        fresh = Reporter.objects.filter(pk__in=[one.pk for one in own])
        waited = fresh.filter(nudged_at=None) | fresh.filter(nudged_at__lte=at - NUDGE_PAUSE)
        if not waited.update(nudged_at=at):
            raise NudgedToday
    move(matter=matter, step=Step.NUDGE, name=events.NUDGED, actor=actor, at=at)
    return matter


@transaction.atomic
def supervise(*, matter_id: int, actor: Actor, at: datetime, note: str) -> Matter:
    """Put a matter under supervision: whoever has it and the desk are told, and it stays marked."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.SUPERVISE)
    said = required_text(text=note, field="note")
    move(
        matter=matter,
        step=Step.SUPERVISE,
        name=events.SUPERVISED,
        actor=actor,
        at=at,
        supervised_at=at,
    )
    assert actor.account_id is not None
    Note.objects.create(matter=matter, text=said, written_by_id=actor.account_id, written_at=at)
    return matter


@transaction.atomic
def add_note(
    *,
    matter_id: int,
    actor: Actor,
    at: datetime,
    text: str,
    kind: str = Note.Kind.NOTE,
    for_reporter: bool = False,
) -> Note:
    """Write something down about a matter; `for_reporter` shows it to those who asked."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.NOTE)
    said = required_text(text=text, field="text")
    kind = Note.Kind(kind) if kind in Note.Kind.values else Note.Kind.NOTE
    assert actor.account_id is not None
    note = Note.objects.create(
        matter=matter,
        kind=kind,
        text=said,
        for_reporter=for_reporter,
        written_by_id=actor.account_id,
        written_at=at,
    )
    record_of(
        matter=matter,
        name=events.NOTED,
        actor=actor,
        at=at,
        facts={"kind": kind.value, "for_reporter": for_reporter},
    )
    return note


@transaction.atomic
def record_mediation(
    *,
    matter_id: int,
    actor: Actor,
    at: datetime,
    held_at: datetime,
    text: str,
    outcome: str,
    place: str = "",
    agreement: str = "",
    parties_count: int = 2,
) -> Mediation:
    """Record one talk between the parties of a dispute.

    :raises NoDispute: when the matter is of another kind.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.MEDIATE)
    if matter.kind != Kind.DISPUTE:
        raise NoDispute
    assert actor.account_id is not None
    mediation = Mediation.objects.create(
        matter=matter,
        held_at=held_at,
        place=optional_text(text=place, field="place", limit=80),
        parties_count=parties_count,
        text=required_text(text=text, field="text"),
        agreement=optional_text(text=agreement, field="agreement"),
        outcome=outcome if outcome in Mediation.Outcome.values else Mediation.Outcome.AGAIN,
        mediator_id=actor.account_id,
        recorded_at=at,
    )
    record_of(
        matter=matter,
        name=events.MEDIATED,
        actor=actor,
        at=at,
        facts={"outcome": mediation.outcome},
    )
    return mediation


def _own_reporters(*, matter: Matter, actor: Actor) -> list[Reporter]:
    reporters = queries.reporters_of(matter=matter).filter(withdrawn_at=None)
    return [one for one in reporters if is_own(reporter=one, actor=actor)]


def _unsealed(reporter: Reporter) -> Contact:
    row = str(reporter.row_key)
    name = crypto.unseal(sealed=reporter.name_sealed, field="reporter.name", row=row)
    if not name and reporter.account is not None and reporter.erased_at is None:
        name = reporter.account.name  # Who reports on a round does not type their own name.
    return Contact(
        name=name,
        phone=crypto.unseal(sealed=reporter.phone_sealed, field="reporter.phone", row=row),
        is_erased=reporter.erased_at is not None,
    )
