"""Papers with a day: written down, renewed, no longer held. Their names are sealed."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.language import never_kept
from linli.language.mask import scrub_personal_data
from linli.language.normal import is_blank_text, tidy
from linli.people import events, queries
from linli.people.models import Paper, Resident
from linli.people.services.households import ChangedMeanwhile

PAPER_LENGTH_MAX = 40
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


class PaperNameMissing(Invalid):
    """A paper has a name."""

    sentence = _("Please enter which paper it is, in at most 40 characters.")
    field = "name"


class PaperNameRefused(Invalid):
    """An illness, or a list of persons that is never kept."""

    sentence = _(
        "Please name only the paper, not “%(word)s”: “disability certificate”, “subsidy review”."
    )
    field = "name"


class PaperDayInvalid(Invalid):
    """No day on which a paper expires."""

    sentence = _("Please enter the day on which it expires or is looked at again.")
    field = "expires_on"


class PaperThere(Refused):
    """The same paper twice."""

    sentence = _("This paper is written down already. Please correct its day there.")
    field = "name"


@transaction.atomic
def add_paper(
    *, resident_id: int, name: str, expires_on: date, actor: Actor, at: datetime
) -> Paper:
    """Write down a paper of somebody and the day by which it has to be seen to.

    :raises NotFound: when there is nobody like that, or it is not for this person to know.
    :raises PaperNameMissing, PaperNameRefused, PaperDayInvalid, PaperThere: for what was typed.
    """
    resident = queries.get_resident(actor=actor, resident_id=resident_id)
    if resident.until_date is not None or not queries.manages_needs(
        actor=actor, community_id=resident.community_id
    ):
        raise NotFound
    said = _name(name)
    paper = Paper(
        resident=resident,
        community_id=resident.community_id,
        name_digest=queries.paper_digest(name=said),
        expires_on=_day(expires_on),
        from_date=queries.local_day(at=at),
    )
    paper.name_sealed = crypto.seal(
        value=said, field=queries.PAPER_NAME_FIELD, row=str(paper.row_key)
    )
    try:
        with transaction.atomic():
            paper.save(force_insert=True)
    except IntegrityError as error:
        raise PaperThere from error
    _tell(paper, events.PAPER_ADDED, actor, at, expires_on=expires_on.isoformat())
    return paper


@transaction.atomic
def renew_paper(
    *, paper_id: int, expires_on: date, actor: Actor, at: datetime, version: int
) -> Paper:
    """Say until when a paper holds now.

    :raises PaperDayInvalid: when it is no day.
    :raises ChangedMeanwhile: when `version` is no longer the one that stands.
    """
    paper = queries.get_paper(actor=actor, paper_id=paper_id, on=queries.local_day(at=at)).paper
    rows = Paper.objects.filter(pk=paper.pk, version=version, until_date=None)
    if not rows.update(expires_on=_day(expires_on), version=F("version") + 1):
        raise ChangedMeanwhile
    paper.refresh_from_db()
    _tell(paper, events.PAPER_RENEWED, actor, at, expires_on=expires_on.isoformat())
    return paper


@transaction.atomic
def end_paper(*, paper_id: int, actor: Actor, at: datetime) -> None:
    """Say that somebody has a paper no longer."""
    on = queries.local_day(at=at)
    _end(queries.get_paper(actor=actor, paper_id=paper_id, on=on).paper, actor, at)


def end_papers_of(*, resident: Resident, actor: Actor, at: datetime) -> None:
    """End the papers of somebody who left; inside that change's transaction."""
    for paper in Paper.objects.filter(resident=resident, until_date=None).order_by("pk"):
        _end(paper, actor, at)


def papers_follow_merge(*, keep: Resident, double: Resident) -> None:
    """Let the papers of a double go on with the row that stands, where it has none of them."""
    for paper in Paper.objects.filter(resident=double, until_date=None).order_by("pk"):
        same = Paper.objects.filter(resident=keep, name_digest=paper.name_digest, until_date=None)
        if not same.exists():
            Paper.objects.filter(pk=paper.pk).update(resident=keep, version=F("version") + 1)


def _name(name: str) -> str:
    said = scrub_personal_data(text=tidy(text=name))
    if is_blank_text(text=said) or len(said) > PAPER_LENGTH_MAX:
        raise PaperNameMissing
    if word := never_kept.diagnosis_in(text=name):
        raise PaperNameRefused(word=word)
    return said


def _day(day: date) -> date:
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise PaperDayInvalid
    return day


def _end(paper: Paper, actor: Actor, at: datetime) -> None:
    day = max(paper.from_date, queries.local_day(at=at))
    rows = Paper.objects.filter(pk=paper.pk, until_date=None)
    if not rows.update(until_date=day, version=F("version") + 1):
        raise ChangedMeanwhile
    _tell(paper, events.PAPER_ENDED, actor, at)


def _tell(paper: Paper, name: str, actor: Actor, at: datetime, **facts: Any) -> None:
    """Record what happened to a paper on its own thread; no fact says whose it is, or which."""
    record(
        name=name,
        subject=Ref(kind=queries.PAPER, id=paper.pk),
        trace=paper.row_key,
        actor=actor,
        at=at,
        community_id=paper.community_id,
        facts=facts,
    )
