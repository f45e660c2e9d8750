"""Areas of owners: entered once for a door, and used by every later joint decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound
from linli.core.events import record
from linli.core.ref import Ref
from linli.deliberation import events, queries
from linli.deliberation.models import OwnersShare
from linli.people.models import Household
from linli.territory.models import Building, Dwelling

AREA_MOST = 10_000_000
"""In hundredths of a square metre: 100,000 m²."""


class AreaInvalid(Invalid):
    """No area of a dwelling."""

    sentence = _("%(door)s: please enter the area in square metres, such as 89.52.")


@dataclass(frozen=True, slots=True)
class ShareInput:
    """A door's area, and whether its owner is counted here (a second door of theirs is not)."""

    area_hundredths: int
    heads: int = 1


@transaction.atomic
def set_owners_shares(
    *, building_id: int, shares: Mapping[int, ShareInput], actor: Actor, at: datetime
) -> int:
    """Enter the areas of a building's doors, by dwelling, and return how many were set.

    :raises NotFound: for a building or a door of elsewhere.
    :raises AreaInvalid: for an area that none can be.
    """
    building = Building.objects.select_related("estate").filter(pk=building_id).first()
    if building is None:
        raise NotFound
    community_id = building.estate.community_id
    queries.require_runner(actor=actor, community_id=community_id)
    doors = {
        one.pk: one
        for one in Dwelling.objects.filter(entrance__building=building, pk__in=list(shares))
    }
    if set(doors) != set(shares):
        raise NotFound
    for key, share in shares.items():
        if not 1 <= share.area_hundredths <= AREA_MOST or share.heads not in (0, 1):
            raise AreaInvalid(field=f"area_{key}", door=doors[key].room)
        values = {"area_hundredths": share.area_hundredths, "heads": share.heads}
        OwnersShare.objects.update_or_create(
            dwelling=doors[key], defaults={**values, "set_by": actor.key, "set_at": at}
        )
    trace = Household.objects.filter(building=building).values_list("trace", flat=True).first()
    if shares and trace is not None:
        record(
            name=events.OWNERS_SHARES_SET,
            subject=Ref(kind="territory.building", id=building.pk),
            trace=trace,
            actor=actor,
            at=at,
            community_id=community_id,
            facts={"doors": len(shares)},
        )
    return len(shares)
