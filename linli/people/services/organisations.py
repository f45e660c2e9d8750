"""The register of organisations: who can be given an order, and which estates they serve."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.codes import InvalidCode, normalise_phone
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.language.normal import tidy
from linli.people import events, queries
from linli.people.models import Organisation, OrganisationKind, Role
from linli.people.services._recording import record_of_organisation
from linli.people.workflow import keeps_registers
from linli.territory.models import Area, Estate, Level

NAME_LENGTH_MAX = 60
CODE_LENGTH_MAX = 24


class OrganisationNameMissing(Invalid):
    """An organisation nobody could name."""

    sentence = _("Please enter the organisation's name, in at most 60 characters.")
    field = "name"


class OrganisationKindUnknown(Invalid):
    """It says what an organisation is to the community; there is no such kind."""

    sentence = _("Please choose what kind of organisation it is.")
    field = "kind"


class OrganisationCodeTaken(Refused):
    """Two organisations of a community cannot share a code."""

    sentence = _("Another organisation here already has this code.")
    field = "code"


class OrganisationPhoneInvalid(Invalid):
    """No phone has this number."""

    sentence = _("This is not a phone number. A landline begins with its area code.")
    field = "phone"


class RegisterNotYours(NotEntitled):
    """The register is kept by the community's office."""

    sentence = _("The register of organisations is kept by the community's office.")


@transaction.atomic
def create_organisation(
    *,
    community_id: int,
    name: str,
    kind: str,
    actor: Actor,
    at: datetime,
    code: str = "",
    phone: str = "",
    estate_ids: Collection[int] = (),
) -> Organisation:
    """Enter an organisation in a community's register; without a code it gets a number.

    :raises NotFound: when there is no such community.
    :raises RegisterNotYours: when the actor does not keep its register.
    :raises OrganisationNameMissing, OrganisationKindUnknown, OrganisationCodeTaken,
        OrganisationPhoneInvalid: for what was typed.
    """
    # The community's row is the queue in which new numbers are given out.
    community = (
        Area.objects.select_for_update().filter(pk=community_id, level=Level.COMMUNITY).first()
    )
    if community is None:
        raise NotFound
    _must_keep(actor=actor, community_id=community_id)
    codes = set(
        Organisation.objects.filter(community_id=community_id).values_list("code", flat=True)
    )
    plain_code = tidy(text=code)[:CODE_LENGTH_MAX]
    if plain_code in codes:
        raise OrganisationCodeTaken
    number = len(codes) + 1
    while not plain_code or plain_code in codes:
        plain_code, number = f"{number:03}", number + 1
    organisation = Organisation.objects.create(
        community=community,
        code=plain_code,
        name=_name(name),
        kind=_kind(kind),
        phone=plain_phone(phone=phone),
    )
    organisation.estates.set(_estates(community_id, estate_ids))
    record_of_organisation(
        organisation=organisation,
        name=events.ORGANISATION_CREATED,
        actor=actor,
        at=at,
        facts={"kind": organisation.kind, "estate_ids": sorted(estate_ids)},
    )
    return organisation


@transaction.atomic
def edit_organisation(
    *,
    organisation_id: int,
    name: str,
    kind: str,
    actor: Actor,
    at: datetime,
    phone: str = "",
    estate_ids: Collection[int] = (),
) -> Organisation:
    """Correct what the register says of an organisation, and the estates it serves.

    :raises NotFound: when there is none, or it has ended.
    :raises RegisterNotYours, OrganisationNameMissing, OrganisationKindUnknown,
        OrganisationPhoneInvalid: as `create_organisation`.
    """
    organisation = _open(organisation_id, actor)
    organisation.name = _name(name)
    organisation.kind = _kind(kind)
    organisation.phone = plain_phone(phone=phone)
    organisation.save(update_fields=["name", "kind", "phone"])
    organisation.estates.set(_estates(organisation.community_id, estate_ids))
    record_of_organisation(
        organisation=organisation,
        name=events.ORGANISATION_CHANGED,
        actor=actor,
        at=at,
        facts={"kind": organisation.kind, "estate_ids": sorted(estate_ids)},
    )
    return organisation


@transaction.atomic
def end_organisation(*, organisation_id: int, actor: Actor, at: datetime) -> None:
    """Take an organisation out of use: it gets no more orders, and the roles in it end today.

    What it did stays. Its people keep today, so that open orders can be given back.

    :raises NotFound, RegisterNotYours: as `edit_organisation`.
    """
    organisation = _open(organisation_id, actor)
    today = queries.local_day(at=at)
    roles = Role.objects.filter(organisation=organisation)
    roles.filter(from_date__gt=today).delete()
    roles.filter(Q(until_date__isnull=True) | Q(until_date__gt=today)).update(until_date=today)
    organisation.ended_at = at
    organisation.save(update_fields=["ended_at"])
    record_of_organisation(
        organisation=organisation, name=events.ORGANISATION_ENDED, actor=actor, at=at
    )


def _open(organisation_id: int, actor: Actor) -> Organisation:
    organisation = (
        Organisation.objects.select_for_update()
        .filter(pk=organisation_id, ended_at__isnull=True)
        .first()
    )
    if organisation is None:
        raise NotFound
    _must_keep(actor=actor, community_id=organisation.community_id)
    return organisation


def _must_keep(*, actor: Actor, community_id: int) -> None:
    if not keeps_registers(actor=actor, community_id=community_id):
        raise RegisterNotYours


def _name(name: str) -> str:
    plain = tidy(text=name)
    if not plain or len(plain) > NAME_LENGTH_MAX:
        raise OrganisationNameMissing
    return plain


def _kind(kind: str) -> str:
    if kind not in OrganisationKind.values:
        raise OrganisationKindUnknown
    return kind


def plain_phone(*, phone: str) -> str:
    """Keep it as typed, for people read it; short hotlines such as 95598 are allowed.

    :raises OrganisationPhoneInvalid: when no phone has this number.
    """
    plain = tidy(text=phone)
    digits = "".join(filter(str.isdigit, plain))
    if not plain or (5 <= len(digits) <= 10 and digits == plain.replace("-", "")):
        return plain[:30]
    try:
        normalise_phone(text=plain)
    except InvalidCode as error:
        raise OrganisationPhoneInvalid from error
    return plain[:30]


def _estates(community_id: int, estate_ids: Collection[int]) -> list[Estate]:
    return list(Estate.objects.filter(community_id=community_id, pk__in=estate_ids))
