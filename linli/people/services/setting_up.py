"""Start a community: its place in the tree, what it says of itself, and its first secretary."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.codes import InvalidCode, parse_area_code
from linli.core.errors import Invalid, NotEntitled, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.people import events
from linli.people.models import Account, RoleName
from linli.people.services._recording import thread_of
from linli.people.services.accounts import create_account
from linli.territory.models import Area, Level
from linli.territory.services import add_area, set_profile

UPPER_LEVELS = (Level.CITY, Level.DISTRICT, Level.SUBDISTRICT)
_LENGTHS: dict[str, int] = {Level.CITY: 4, Level.DISTRICT: 6, Level.SUBDISTRICT: 9}


class CommunityCodeInvalid(Invalid):
    """It is not the code of a community."""

    sentence = _("A community's code has 12 digits, as in the national list: 320102003005.")
    field = "code"


class CommunityExists(Refused):
    """It was set up before."""

    sentence = _("The community %(name)s (%(code)s) has already been set up here.")
    field = "code"


class UpperAreaElsewhere(Invalid):
    """An upper area's code does not lead to the community's."""

    sentence = _("The code %(code)s is not the beginning of the community's code.")
    field = "upper"


@dataclass(frozen=True, slots=True)
class UpperArea:
    """An area above the community. An empty code is taken from the community's own."""

    level: str
    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class SetUp:
    """A community that was set up; the password is shown once and kept nowhere."""

    community: Area
    secretary: Account
    password: str


@transaction.atomic
def set_up_community(
    *,
    code: str,
    name: str,
    upper: Sequence[UpperArea],
    secretary_username: str,
    secretary_name: str,
    actor: Actor,
    at: datetime,
    secretary_phone: str = "",
    office_phone: str = "",
    office_address: str = "",
    privacy_contact: str = "",
    with_defaults: Callable[[Area], None] | None = None,
) -> SetUp:
    """Start a real, empty community with its first secretary.

    `upper` are the areas above it from the top; those that exist are used as they are, and a level
    may be left out, as a development zone has no subdistrict. `with_defaults` is called with the
    community in the same transaction: a room above gives it what it needs to take reports.

    :raises NotEntitled: when a person asks; a community is set up from the server's shell.
    :raises CommunityCodeInvalid, CommunityExists, UpperAreaElsewhere: for the codes.
    """
    if not actor.is_system:
        raise NotEntitled
    plain = _community_code(code)
    existing = Area.objects.filter(code=plain).first()
    if existing is not None:
        raise CommunityExists(name=existing.name, code=plain)
    parent = _upper_areas(upper=upper, community_code=plain, actor=actor, at=at)
    community = add_area(
        code=plain,
        name=name,
        level=Level.COMMUNITY,
        parent_id=None if parent is None else parent.pk,
        actor=actor,
        at=at,
    )
    set_profile(
        community_id=community.pk,
        actor=actor,
        at=at,
        office_phone=office_phone,
        office_address=office_address,
        privacy_contact=privacy_contact,
    )
    given = create_account(
        username=secretary_username,
        name=secretary_name,
        phone=secretary_phone,
        role=RoleName.SECRETARY,
        area_id=community.pk,
        actor=actor,
        at=at,
    )
    if with_defaults is not None:
        with_defaults(community)
    subject = Ref(kind="territory.area", id=community.pk)
    record(
        name=events.COMMUNITY_SET_UP,
        subject=subject,
        trace=thread_of(subject=subject),
        actor=actor,
        at=at,
        community_id=community.pk,
        facts={"code": plain, "secretary_id": given.account.pk},
    )
    return SetUp(community=community, secretary=given.account, password=given.password)


def _community_code(code: str) -> str:
    try:
        parsed = parse_area_code(code=code)
    except InvalidCode as error:
        raise CommunityCodeInvalid from error
    if parsed.level != "COMMUNITY":
        raise CommunityCodeInvalid
    return parsed.code


def _upper_areas(
    *, upper: Sequence[UpperArea], community_code: str, actor: Actor, at: datetime
) -> Area | None:
    """Return the lowest of the areas above, each found by its code or added."""
    parent: Area | None = None
    for level in UPPER_LEVELS:
        for area in upper:
            if area.level != level:
                continue
            code = _upper_code(area=area, community_code=community_code)
            parent = Area.objects.filter(code=code, level=level).first() or add_area(
                code=code,
                name=area.name,
                level=level,
                parent_id=None if parent is None else parent.pk,
                actor=actor,
                at=at,
            )
    return parent


def _upper_code(*, area: UpperArea, community_code: str) -> str:
    if not area.code.strip():
        return community_code[: _LENGTHS[area.level]]
    try:
        code = parse_area_code(code=area.code).code
    except InvalidCode as error:
        raise UpperAreaElsewhere(code=area.code) from error
    # A development zone's own code may differ further down; the province is always the same.
    if code[:2] != community_code[:2]:
        raise UpperAreaElsewhere(code=code)
    return code
