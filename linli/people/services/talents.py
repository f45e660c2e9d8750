"""List a resident among the local talents, with their consent; and take them off it."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.language.mask import scrub_personal_data
from linli.language.normal import is_blank_text, tidy
from linli.people import events, queries
from linli.people.models import KindUse, OwnKind, Resident, Talent
from linli.people.personal import ADULT_OF_CONSENT, age_on
from linli.people.services.households import ChangedMeanwhile, must_keep

SKILLS_LENGTH_MAX = 120


class SkillsMissing(Invalid):
    """Nobody is listed for nothing."""

    sentence = _("Please say what they can do, in at most 120 characters.")
    field = "skills"


class ConsentMissing(Invalid):
    """Only who agreed is listed."""

    sentence = _("Please enter the day on which they agreed to be listed. It is not in the future.")
    field = "consented_on"


class TalentTooYoung(Refused):
    """A child under 14 is not listed."""

    sentence = _("Children under 14 are not listed.")


class TalentListed(Refused):
    """The same form sent twice at once."""

    sentence = _("They are listed already.")


class ForceUnknown(Invalid):
    """Not one of the community's."""

    sentence = _("Please choose from the community’s kinds.")
    field = "forces"


@transaction.atomic
def list_talent(
    *,
    resident_id: int,
    skills: str,
    consented_on: date | None,
    actor: Actor,
    at: datetime,
    force_ids: list[int] | None = None,
    version: int | None = None,
) -> Talent:
    """List a resident with what they can do, or correct it.

    :raises NotFound, ResidentsNotYours: when the resident is not this person's to keep.
    :raises SkillsMissing, ConsentMissing, TalentTooYoung, ForceUnknown: for what was entered.
    :raises ChangedMeanwhile: when `version` is no longer the one that stands.
    """
    resident = _kept(resident_id, actor)
    today = queries.local_day(at=at)
    born = resident.birth_date
    if born is not None and age_on(birth_date=born, on=today) < ADULT_OF_CONSENT:
        raise TalentTooYoung
    if consented_on is None or consented_on > today:
        raise ConsentMissing
    columns: dict[str, Any] = {"skills": plain_skills(skills=skills), "consented_on": consented_on}
    forces = _forces(resident, force_ids or [])
    talent = Talent.objects.filter(resident=resident, withdrawn_on=None).first()
    name = events.TALENT_LISTED if talent is None else events.TALENT_CHANGED
    if talent is None:
        talent = Talent(resident=resident, community_id=resident.community_id, **columns)
        try:
            with transaction.atomic():
                talent.save(force_insert=True)
        except IntegrityError as error:
            raise TalentListed from error
    else:
        known = talent.version if version is None else version
        rows = Talent.objects.filter(pk=talent.pk, version=known, withdrawn_on=None)
        if not rows.update(**columns, version=F("version") + 1):
            raise ChangedMeanwhile
        talent.refresh_from_db()
    talent.forces.set(forces)
    _tell(talent, name, actor, at)
    return talent


@transaction.atomic
def withdraw_talent(*, resident_id: int, actor: Actor, at: datetime) -> Talent:
    """Take a resident off the list who no longer agrees; what they can do is forgotten at once.

    :raises NotFound: when they are not listed, or not this person's to see.
    """
    resident = _kept(resident_id, actor)
    talent = Talent.objects.filter(resident=resident, withdrawn_on=None).first()
    if talent is None:
        raise NotFound
    _withdraw(talent, actor, at)
    return talent


def follow_gone(
    *, resident: Resident, actor: Actor, at: datetime, into: Resident | None = None
) -> None:
    """Forget what somebody could do who died, or let it stand under their other entry."""
    talent = Talent.objects.filter(resident=resident, withdrawn_on=None).first()
    if talent is None:
        return
    if into is None or Talent.objects.filter(resident=into, withdrawn_on=None).exists():
        _withdraw(talent, actor, at)
    else:
        Talent.objects.filter(pk=talent.pk).update(resident=into)
        _tell(talent, events.TALENT_CHANGED, actor, at)


def _withdraw(talent: Talent, actor: Actor, at: datetime) -> None:
    on = max(queries.local_day(at=at), talent.consented_on)
    rows = Talent.objects.filter(pk=talent.pk, withdrawn_on=None)
    rows.update(skills="", withdrawn_on=on, version=F("version") + 1)
    talent.forces.clear()
    talent.refresh_from_db()
    _tell(talent, events.TALENT_WITHDRAWN, actor, at)


def _kept(resident_id: int, actor: Actor) -> Resident:
    resident = queries.get_resident(actor=actor, resident_id=resident_id)
    if resident.until_date is not None:
        raise NotFound
    must_keep(actor=actor, row=resident)
    return resident


def plain_skills(*, skills: str) -> str:
    """Return skills with a blank between each, whatever stood between, and no number in full.

    :raises SkillsMissing: when there are none, or too many.
    """
    plain = tidy(text=scrub_personal_data(text=skills))
    for mark in "、,，;；/":
        plain = plain.replace(mark, " ")
    words = " ".join(plain.split())
    if is_blank_text(text=words) or len(words) > SKILLS_LENGTH_MAX:
        raise SkillsMissing
    return words


def _forces(resident: Resident, force_ids: list[int]) -> list[OwnKind]:
    rows = OwnKind.objects.filter(
        community_id=resident.community_id, use=KindUse.FORCE, ended_at=None, pk__in=force_ids
    )
    found = list(rows)
    if len(found) != len(set(force_ids)):
        raise ForceUnknown
    return found


def _tell(talent: Talent, name: str, actor: Actor, at: datetime) -> None:
    """Record what happened on the entry's own thread; never what somebody can do."""
    record(
        name=name,
        subject=Ref(kind=queries.TALENT, id=talent.pk),
        trace=talent.trace,
        actor=actor,
        at=at,
        community_id=talent.community_id,
    )
