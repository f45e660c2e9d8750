"""Entitlements: what a community grants from an age on, from a day to a day."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.language.normal import tidy
from linli.people import events, queries
from linli.people.models import Entitlement
from linli.people.models.entitlements import AGE_MOST
from linli.people.services._recording import thread_of
from linli.people.services.never_kept import refuse_list

ENTITLEMENT_LENGTH_MAX = 40


class EntitlementInvalid(Invalid):
    """It has a name and an age."""

    sentence = _("Please enter what it is, and an age between 1 and 120.")
    field = "name"


class EntitlementThere(Refused):
    """The community has it for this age."""

    sentence = _("There is one of this name for this age already.")
    field = "name"


@transaction.atomic
def add_entitlement(
    *,
    community_id: int,
    name: str,
    age_years: int,
    actor: Actor,
    at: datetime,
    from_date: date | None = None,
) -> Entitlement:
    """Say what residents may ask for from an age on, and since when the rule holds.

    :raises EntitlementInvalid: without a name, or at an age nobody reaches.
    :raises ListNeverKept: when it would make a list of persons that must not be kept.
    :raises EntitlementThere: when the community has it.
    """
    _must_keep(actor, community_id)
    said = tidy(text=name)[:ENTITLEMENT_LENGTH_MAX]
    if not said or not 1 <= age_years <= AGE_MOST:
        raise EntitlementInvalid
    refuse_list(name=name)
    try:
        with transaction.atomic():
            entitlement = Entitlement.objects.create(
                community_id=community_id,
                name=said,
                age_years=age_years,
                from_date=from_date or queries.local_day(at=at),
            )
    except IntegrityError as error:
        raise EntitlementThere from error
    _tell(entitlement, events.ENTITLEMENT_ADDED, actor, at)
    return entitlement


@transaction.atomic
def end_entitlement(*, entitlement_id: int, actor: Actor, at: datetime) -> Entitlement:
    """End an entitlement with this day; it stays on record."""
    entitlement = Entitlement.objects.filter(pk=entitlement_id, until_date=None).first()
    if entitlement is None:
        raise NotFound
    _must_keep(actor, entitlement.community_id)
    day = max(entitlement.from_date, queries.local_day(at=at))
    if not Entitlement.objects.filter(pk=entitlement.pk, until_date=None).update(until_date=day):
        raise NotFound
    entitlement.refresh_from_db()
    _tell(entitlement, events.ENTITLEMENT_ENDED, actor, at)
    return entitlement


def _must_keep(actor: Actor, community_id: int) -> None:
    if not queries.keeps_entitlements(actor=actor, community_id=community_id):
        raise NotFound


def _tell(entitlement: Entitlement, name: str, actor: Actor, at: datetime) -> None:
    subject = Ref(kind="territory.area", id=entitlement.community_id)
    record(
        name=name,
        subject=subject,
        trace=thread_of(subject=subject),
        actor=actor,
        at=at,
        community_id=entitlement.community_id,
        facts={"entitlement_id": entitlement.pk, "age": entitlement.age_years},
    )
