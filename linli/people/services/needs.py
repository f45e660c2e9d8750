"""Needs: a group named, a need written down, corrected, ended; its words opened for a reason."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.language import never_kept
from linli.language.mask import scrub_personal_data
from linli.language.normal import tidy
from linli.language.reasons import says_why
from linli.people import events, queries
from linli.people.models import Account, Cadence, NeedGroup, PriorityNeed, Resident
from linli.people.services._recording import thread_of
from linli.people.services.households import ChangedMeanwhile
from linli.people.services.never_kept import refuse_list

HELP_LENGTH_MAX = 200
GROUP_LENGTH_MAX = 30
FIRST_GROUPS = ("困难家庭", "独居老人", "困境和留守儿童", "残疾人")
"""The four groups to serve first, with which a community may begin. Source: 府东's method."""


class NeedsNotYours(NotEntitled):
    """The register is restricted."""

    sentence = _(
        "This register is open to the secretary, the social workers, whoever answers for somebody "
        "and whoever is paired with them. That you looked is written down."
    )


class GroupNameMissing(Invalid):
    """A group has a name."""

    sentence = _("Please enter a name.")
    field = "name"


class GroupThere(Refused):
    """The community has it."""

    sentence = _("There is a group of this name already.")
    field = "name"


class GroupUnknown(Invalid):
    """None of the community's groups."""

    sentence = _("Please choose a group.")
    field = "group"


class DiagnosisWritten(Invalid):
    """An illness, where only the help belongs."""

    sentence = _(
        "Please write what help is needed, not “%(word)s”: “needs somebody to fetch medicine”, "
        "“cannot climb the stairs alone”."
    )
    field = "help"


class HelpMissing(Invalid):
    """A need says which."""

    sentence = _("Please write what help is needed.")
    field = "help"


class CadenceUnknown(Invalid):
    """Not one of the choices."""

    sentence = _("Please choose how often somebody comes by.")
    field = "cadence"


class ResponsibleUnknown(Invalid):
    """Nobody of the community."""

    sentence = _("Please choose who answers for it.")
    field = "responsible"


class OpeningReasonMissing(Invalid):
    """Words are opened for a reason."""

    sentence = _(
        "Please say why you need to know what help they need, in two Chinese characters or four "
        "letters at least."
    )
    field = "reason"


class NeedThere(Refused):
    """The same group twice."""

    sentence = _("They are in this group already. Please correct that entry.")
    field = "group"


def look_at_needs(*, actor: Actor, at: datetime) -> None:
    """Let those in who may see any of the register; write down who else looked.

    :raises NeedsNotYours: when somebody of a community may see none.
    :raises NotFound: for everybody else.
    """
    on = queries.local_day(at=at)
    if queries.entitled_in(actor=actor) or queries.needs_open_to(actor=actor, on=on).exists():
        return
    _tell_of_look(actor, at)
    raise NeedsNotYours if actor.community_ids else NotFound


def get_need(*, need_id: int, actor: Actor, at: datetime) -> PriorityNeed:
    """Return a need to those who may know of it; write down who else looked.

    :raises NeedsNotYours: when somebody of the community may not.
    :raises NotFound: when there is none, or not for somebody from elsewhere.
    """
    rows = queries.needs_open_to(actor=actor, on=queries.local_day(at=at))
    need = rows.select_related("responsible", "resident").filter(pk=need_id).first()
    if need is not None:
        return need
    other = PriorityNeed.objects.filter(pk=need_id).first()
    if other is None:
        raise NotFound
    with transaction.atomic():  # It stays written down though the look is refused.
        _tell(other, events.NEED_LOOK_REFUSED, actor, at)
    raise NeedsNotYours if other.community_id in actor.community_ids else NotFound


@transaction.atomic
def add_need_group(*, community_id: int, name: str, actor: Actor, at: datetime) -> NeedGroup:
    """Name a group that a community serves first.

    :raises ListNeverKept: when such a list of persons must not be kept.
    :raises GroupThere: when there is one of this name.
    """
    _must_manage(actor, community_id)
    said = tidy(text=name)[:GROUP_LENGTH_MAX]
    if not said:
        raise GroupNameMissing
    refuse_list(name=name)
    rows = NeedGroup.objects.filter(community_id=community_id)
    last = rows.aggregate(last=Max("position"))["last"]
    try:
        with transaction.atomic():
            group = NeedGroup.objects.create(
                community_id=community_id, name=said, position=0 if last is None else last + 1
            )
    except IntegrityError as error:
        raise GroupThere from error
    _tell_of_groups(events.NEED_GROUP_ADDED, group, actor, at)
    return group


@transaction.atomic
def begin_need_groups(*, community_id: int, actor: Actor, at: datetime) -> int:
    """Begin with the four groups that the field names; those that are there stay."""
    known = {one.name for one in queries.list_need_groups(community_ids=[community_id])}
    missing = [name for name in FIRST_GROUPS if name not in known]
    for name in missing:
        add_need_group(community_id=community_id, name=name, actor=actor, at=at)
    return len(missing)


@transaction.atomic
def set_group_cadence(*, group_id: int, cadence: str, actor: Actor, at: datetime) -> NeedGroup:
    """Say how often those of a group are visited, for all needs that go by their group.

    :raises NotFound: when there is no such group, or it has ended.
    :raises CadenceUnknown: when it is no rhythm.
    """
    group = NeedGroup.objects.filter(pk=group_id, ended_at=None).first()
    if group is None:
        raise NotFound
    _must_manage(actor, group.community_id)
    if _cadence(cadence) == Cadence.GROUP:
        raise CadenceUnknown
    if not NeedGroup.objects.filter(pk=group.pk, ended_at=None).update(cadence=cadence):
        raise ChangedMeanwhile
    group.refresh_from_db()
    _tell_of_groups(events.NEED_GROUP_CHANGED, group, actor, at, cadence=cadence)
    return group


@transaction.atomic
def end_need_group(*, group_id: int, actor: Actor, at: datetime) -> NeedGroup:
    """Let nobody else be put into a group; who is in it stays."""
    group = NeedGroup.objects.filter(pk=group_id, ended_at=None).first()
    if group is None:
        raise NotFound
    _must_manage(actor, group.community_id)
    if not NeedGroup.objects.filter(pk=group.pk, ended_at=None).update(ended_at=at):
        raise ChangedMeanwhile
    group.refresh_from_db()
    _tell_of_groups(events.NEED_GROUP_ENDED, group, actor, at)
    return group


@transaction.atomic
def record_need(
    *,
    resident_id: int,
    group_id: int,
    help_needed: str,
    cadence: str,
    responsible_id: int,
    actor: Actor,
    at: datetime,
) -> PriorityNeed:
    """Write down what help somebody needs, who answers for it, how often somebody comes by.

    :raises DiagnosisWritten: when an illness was written.
    :raises NeedThere: when they are in the group already.
    """
    resident = queries.get_resident(actor=actor, resident_id=resident_id)
    _must_manage(actor, resident.community_id)
    if resident.until_date is not None:
        raise NotFound
    groups = queries.list_need_groups(community_ids=[resident.community_id])
    if group_id not in {one.pk for one in groups}:
        raise GroupUnknown
    need = PriorityNeed(
        resident=resident,
        community_id=resident.community_id,
        group_digest=queries.group_digest(group_id=group_id),
        cadence=_cadence(cadence),
        responsible=_responsible(resident.community_id, responsible_id, at),
        from_date=queries.local_day(at=at),
    )
    need.help_sealed = _sealed(need, help_needed)
    try:
        with transaction.atomic():
            need.save(force_insert=True)
    except IntegrityError as error:
        raise NeedThere from error
    _tell(need, events.NEED_RECORDED, actor, at, cadence=need.cadence)
    return need


@transaction.atomic
def change_need(
    *,
    need_id: int,
    cadence: str,
    responsible_id: int,
    actor: Actor,
    at: datetime,
    help_needed: str = "",
    version: int | None = None,
) -> PriorityNeed:
    """Correct a need; words left empty stay as they are.

    :raises ChangedMeanwhile: when `version` is no longer the one that stands.
    """
    need = _managed(need_id, actor, at)
    columns: dict[str, Any] = {
        "cadence": _cadence(cadence),
        "responsible": _responsible(need.community_id, responsible_id, at),
    }
    if help_needed.strip():
        columns["help_sealed"] = _sealed(need, help_needed)
    known = need.version if version is None else version
    rows = PriorityNeed.objects.filter(pk=need.pk, version=known, until_date=None)
    if not rows.update(**columns, version=F("version") + 1):
        raise ChangedMeanwhile
    need.refresh_from_db()
    _tell(need, events.NEED_CHANGED, actor, at, cadence=need.cadence)
    return need


@transaction.atomic
def end_need(*, need_id: int, actor: Actor, at: datetime) -> PriorityNeed:
    """End a need: the help is no longer needed. It stays on record for those entitled."""
    need = _managed(need_id, actor, at)
    _end(need, actor, at)
    need.refresh_from_db()
    return need


@transaction.atomic
def open_need(*, need_id: int, reason: str, actor: Actor, at: datetime) -> str:
    """Return what help is needed in words, for a reason that whoever is responsible reads.

    :raises OpeningReasonMissing: when none is given that says anything.
    :raises NotFound: when it is not this person's to open.
    """
    rows = queries.needs_open_to(actor=actor, on=queries.local_day(at=at))
    need = rows.filter(pk=need_id).first()
    if need is None:
        raise NotFound
    said = scrub_personal_data(text=tidy(text=reason)[:HELP_LENGTH_MAX])
    if not says_why(text=said):
        raise OpeningReasonMissing
    _tell(need, events.NEED_OPENED, actor, at, reason=said)
    return crypto.unseal(sealed=need.help_sealed, field=queries.HELP_FIELD, row=str(need.row_key))


def end_needs_of(*, resident: Resident, actor: Actor, at: datetime) -> None:
    """End the needs of somebody who left; inside that change's transaction."""
    for need in PriorityNeed.objects.filter(resident=resident, until_date=None).order_by("pk"):
        _end(need, actor, at)


@transaction.atomic
def hand_needs_over(
    *,
    community_id: int,
    from_id: int,
    taker_of: Mapping[int, int],
    actor: Actor,
    at: datetime,
) -> int:
    """Let others answer for the needs of somebody, by household; return how many needs moved.

    :raises NeedsNotYours: when this person does not keep the register.
    """
    _must_manage(actor, community_id)
    rows = PriorityNeed.objects.filter(
        community_id=community_id,
        responsible=from_id,
        until_date=None,
        resident__household__in=taker_of,
    )
    moved = 0
    for need in rows.select_related("resident").order_by("pk"):
        taker = taker_of[need.resident.household_id or 0]
        mine = PriorityNeed.objects.filter(pk=need.pk, version=need.version, until_date=None)
        if mine.update(responsible=taker, version=F("version") + 1):
            _tell(need, events.NEED_CHANGED, actor, at, cadence=need.cadence)
            moved += 1
    return moved


def needs_follow_merge(*, keep: Resident, double: Resident) -> int:
    """Let the needs of a double go on with the row that stands; return how many.

    The merge's own event tells of it. What both have ends with the double.
    """
    total = 0
    for need in PriorityNeed.objects.filter(resident=double, until_date=None).order_by("pk"):
        same = PriorityNeed.objects.filter(
            resident=keep, group_digest=need.group_digest, until_date=None
        )
        if not same.exists():
            rows = PriorityNeed.objects.filter(pk=need.pk)
            total += rows.update(resident=keep, version=F("version") + 1)
    return total


def _end(need: PriorityNeed, actor: Actor, at: datetime) -> None:
    day: date = max(need.from_date, queries.local_day(at=at))
    rows = PriorityNeed.objects.filter(pk=need.pk, until_date=None)
    if not rows.update(until_date=day, version=F("version") + 1):
        raise ChangedMeanwhile
    _tell(need, events.NEED_ENDED, actor, at)


def _managed(need_id: int, actor: Actor, at: datetime) -> PriorityNeed:
    rows = queries.needs_open_to(actor=actor, on=queries.local_day(at=at))
    need = rows.filter(pk=need_id, until_date=None).first()
    if need is None:
        raise NotFound
    _must_manage(actor, need.community_id)
    return need


def _must_manage(actor: Actor, community_id: int) -> None:
    if queries.manages_needs(actor=actor, community_id=community_id):
        return
    if community_id in actor.community_ids:
        raise NeedsNotYours
    raise NotFound


def plain_help(*, help_needed: str) -> str:
    """Return what help is needed as it is kept: on tidy lines, without a number in full.

    :raises HelpMissing: when nothing is said.
    :raises DiagnosisWritten: when an illness is.
    """
    said = scrub_personal_data(text=tidy(text=help_needed)[:HELP_LENGTH_MAX])
    if not said:
        raise HelpMissing
    if word := never_kept.diagnosis_in(text=help_needed):
        raise DiagnosisWritten(word=word)
    return said


def _sealed(need: PriorityNeed, help_needed: str) -> bytes:
    said = plain_help(help_needed=help_needed)
    return crypto.seal(value=said, field=queries.HELP_FIELD, row=str(need.row_key))


def _cadence(cadence: str) -> str:
    if cadence not in Cadence.values:
        raise CadenceUnknown
    return cadence


def _responsible(community_id: int, account_id: int, at: datetime) -> Account:
    on = queries.local_day(at=at)
    for one in queries.account_candidates(community_id=community_id, kind="", on=on):
        if one.pk == account_id:
            return one
    raise ResponsibleUnknown


def _tell(need: PriorityNeed, name: str, actor: Actor, at: datetime, **facts: Any) -> None:
    """Record what happened to a need on its own thread; no fact says whose it is, or of what."""
    record(
        name=name,
        subject=Ref(kind=queries.NEED, id=need.pk),
        trace=need.row_key,
        actor=actor,
        at=at,
        community_id=need.community_id,
        facts=facts,
    )


def _tell_of_look(actor: Actor, at: datetime) -> None:
    """Record a look at the whole register on a thread of whoever looked."""
    subject = Ref(kind="people.account", id=actor.account_id or 0)
    with transaction.atomic():  # It stays written down though the look is refused.
        record(
            name=events.NEED_LOOK_REFUSED,
            subject=subject,
            trace=thread_of(subject=subject),
            actor=actor,
            at=at,
            community_id=min(actor.community_ids, default=None),
        )


def _tell_of_groups(name: str, group: NeedGroup, actor: Actor, at: datetime, **facts: Any) -> None:
    subject = Ref(kind="territory.area", id=group.community_id)
    record(
        name=name,
        subject=subject,
        trace=thread_of(subject=subject),
        actor=actor,
        at=at,
        community_id=group.community_id,
        facts={"group_id": group.pk, **facts},
    )
