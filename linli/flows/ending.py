"""Taking an estate, a building or a named place out of use, with an eye on what is there."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.matters import queries
from linli.people import queries as people
from linli.territory import services
from linli.territory.models import Building, Estate, Place


class MattersOpenThere(Refused):
    """Something is still going on at the place, and nobody said that it may end all the same."""

    sentence = _(
        "Matters still open at this place: %(total)s. Look at them first, or confirm that it goes "
        "out of use all the same."
    )
    field = "anyway"


class HouseholdsStillThere(Refused):
    """Somebody is still on the roster behind its doors."""

    sentence = _(
        "Households still on the roster behind its doors: %(total)s. Move their people or end them "
        "first, or confirm that it goes out of use all the same."
    )
    field = "anyway"


@transaction.atomic
def end_estate(*, estate_id: int, actor: Actor, at: datetime, anyway: bool = False) -> Estate:
    """Take an estate out of use.

    :raises EstateInUse: when buildings or named places still stand in it.
    :raises MattersOpenThere: when matters are open there, unless `anyway` is set.
    """
    estate = services.end_estate(estate_id=estate_id, actor=actor, at=at)
    _point_out(actor, anyway, estate_id=estate_id)
    return estate


@transaction.atomic
def end_building(*, building_id: int, actor: Actor, at: datetime, anyway: bool = False) -> Building:
    """Take a building out of use; its posters are withdrawn.

    :raises MattersOpenThere: when matters are open there, unless `anyway` is set.
    :raises HouseholdsStillThere: when households are behind its doors, unless `anyway` is set.
    """
    building = services.end_building(building_id=building_id, actor=actor, at=at)
    _point_out(actor, anyway, building_id=building_id)
    total = households_in(actor=actor, building_id=building_id)
    if total and not anyway:
        raise HouseholdsStillThere(total=total)
    return building


@transaction.atomic
def end_place(*, place_id: int, actor: Actor, at: datetime, anyway: bool = False) -> Place:
    """Take a named place out of use; its posters are withdrawn.

    :raises MattersOpenThere: when matters are open there, unless `anyway` is set.
    """
    place = services.end_place(place_id=place_id, actor=actor, at=at)
    _point_out(actor, anyway, place_id=place_id)
    return place


def households_in(*, actor: Actor, building_id: int) -> int:
    """Return how many households somebody sees behind the doors of a building today."""
    rows = people.households_open_to(actor=actor)
    return rows.filter(building_id=building_id, until_date=None).count()


def _point_out(actor: Actor, anyway: bool, **where: int) -> None:
    """Refuse, which takes back what was just written, when a matter is open there.

    Only what this person may see is counted: a refusal must not give a restricted matter away.
    """
    total = queries.open_at(actor=actor, **where).count()
    if total and not anyway:
        raise MattersOpenThere(total=total)
