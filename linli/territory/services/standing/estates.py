"""Estates: added, corrected, drawn, ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.language.pinyin import initials
from linli.territory import events
from linli.territory.geometry import Datum
from linli.territory.models import Estate
from linli.territory.services.fields import (
    ADDRESS_MAX,
    CODE_MAX,
    NAME_MAX,
    Faults,
    apply_changes,
    changes_of,
    clean_text,
    code_is_free,
)
from linli.territory.services.standing._shared import (
    draw,
    kept_community,
    kept_estate,
    read_shape,
    tell_of,
)


class EstateInUse(Refused):
    """Something still stands in the estate."""

    sentence = _(
        "%(name)s still holds %(buildings)s buildings and %(places)s named places. Take those out "
        "of use first."
    )


@transaction.atomic
def add_estate(
    *,
    community_id: int,
    code: str,
    name: str,
    actor: Actor,
    at: datetime,
    address: str = "",
    boundary: Mapping[str, Any] | None = None,
    datum: Datum = Datum.WGS_84,
) -> Estate:
    """Add an estate to a community. It may span grids.

    :raises Several: or one of its faults, naming the field.
    :raises CodeTaken: when another estate of the community has the code.
    """
    community = kept_community(community_id=community_id, actor=actor)
    values = _estate_values(code, name, address)
    drawn = read_shape(shape=boundary, datum=datum, field="boundary")
    with code_is_free(code=values["code"]):
        estate = Estate.objects.create(community=community, boundary=drawn, **values)
    tell_of(events.ESTATE_ADDED, "estate", estate, community, actor, at, code=estate.code)
    return estate


@transaction.atomic
def change_estate(
    *,
    estate_id: int,
    code: str,
    name: str,
    actor: Actor,
    at: datetime,
    address: str = "",
) -> Estate:
    """Change what an estate is called, its code or address.

    :raises NoLongerInUse: when it has ended.
    """
    estate = kept_estate(estate_id=estate_id, actor=actor)
    changes = changes_of(row=estate, values=_estate_values(code, name, address))
    if changes:
        with code_is_free(code=code):
            apply_changes(row=estate, changes=changes)
        tell_of(
            events.ESTATE_CHANGED,
            "estate",
            estate,
            estate.community,
            actor,
            at,
            fields=sorted(changes),
        )
    return estate


@transaction.atomic
def draw_estate(
    *,
    estate_id: int,
    boundary: Mapping[str, Any] | None,
    actor: Actor,
    at: datetime,
    datum: Datum = Datum.WGS_84,
) -> Estate:
    """Give an estate a boundary, or take it away with None.

    :raises BoundaryInvalid: when it is none.
    """
    estate = kept_estate(estate_id=estate_id, actor=actor)
    fields = draw(row=estate, column="boundary", shape=boundary, datum=datum)
    if fields:
        tell_of(events.ESTATE_CHANGED, "estate", estate, estate.community, actor, at, fields=fields)
    return estate


@transaction.atomic
def end_estate(*, estate_id: int, actor: Actor, at: datetime) -> Estate:
    """Take an estate out of use. It stays in the records of what was reported there.

    :raises EstateInUse: when buildings or named places in use still belong to it.
    """
    estate = kept_estate(estate_id=estate_id, actor=actor)
    buildings = estate.buildings.filter(ended_at__isnull=True).count()
    places = estate.places.filter(ended_at__isnull=True).count()
    if buildings or places:
        raise EstateInUse(name=estate.name, buildings=buildings, places=places)
    apply_changes(row=estate, changes={"ended_at": at})
    tell_of(events.ESTATE_ENDED, "estate", estate, estate.community, actor, at, code=estate.code)
    return estate


def _estate_values(code: str, name: str, address: str) -> dict[str, Any]:
    faults = Faults()
    values = {
        "code": faults.take(lambda: clean_text(value=code, field="code", limit=CODE_MAX)),
        "name": faults.take(lambda: clean_text(value=name, field="name")),
        "address": faults.take(
            lambda: clean_text(value=address, field="address", limit=ADDRESS_MAX, required=False)
        ),
    }
    faults.settle()
    return {**values, "initials": initials_of(name=values["name"])}


def initials_of(*, name: str) -> str:
    """Return the pinyin initials kept beside an estate's name."""
    return initials(text=name)[:NAME_MAX]
