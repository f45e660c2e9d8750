"""Who answers at several places at a moment, for whoever has many to tell at once."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cached_property

from django.db.models import Q

from linli.people.models import Duty
from linli.people.queries.today import AREA_KEYS, handovers_on, local_day, roles_on

Place = Mapping[str, int | None]
"""A matter's columns (`AREA_KEYS` and ``building_id``) and their keys; others count for nothing."""


class Answering:
    """Who answers at some places at a moment; each table is read once, when it is first asked.

    A stand-in takes the place of whoever is absent.
    """

    def __init__(self, *, places: Collection[Place], at: datetime) -> None:
        self._area_ids = {key for place in places for key in _areas_of(place)}
        self._building_ids = {key for place in places if (key := place.get("building_id"))}
        self._at, self._day = at, local_day(at=at)

    def holders(self, *, role: str, place: Place) -> set[int]:
        """Return the accounts that hold a role at one of these places that day, by key."""
        area_ids, building_id = _areas_of(place), place.get("building_id")
        return {
            self._stand_ins.get(account_id, account_id)
            for name, area_id, in_building_id, account_id in self._roles
            if name == role
            and (area_id in area_ids or (area_id is None and in_building_id == building_id))
        }

    def on_duty(self, *, place: Place) -> set[int]:
        """Return the accounts on duty for any area of one of these places at that moment."""
        area_ids = _areas_of(place)
        return {
            self._stand_ins.get(account_id, account_id)
            for area_id, account_id in self._duties
            if area_id in area_ids
        }

    @cached_property
    def _roles(self) -> list[tuple[str, int | None, int | None, int]]:
        there = Q(area_id__in=self._area_ids) | Q(building_id__in=self._building_ids)
        rows = roles_on(self._day).filter(there, account__is_active=True)
        return list(rows.values_list("name", "area_id", "building_id", "account_id"))

    @cached_property
    def _duties(self) -> list[tuple[int, int]]:
        rows = Duty.objects.filter(
            area_id__in=self._area_ids,
            starts_at__lte=self._at,
            ends_at__gt=self._at,
            account__is_active=True,
        )
        return list(rows.values_list("area_id", "account_id"))

    @cached_property
    def _stand_ins(self) -> dict[int, int]:
        rows = handovers_on(self._day).filter(stand_in__is_active=True)
        return dict(rows.order_by("id").values_list("absent_id", "stand_in_id"))


def _areas_of(place: Place) -> set[int]:
    return {key for column in AREA_KEYS if (key := place.get(column)) is not None}
