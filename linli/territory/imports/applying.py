"""Write a plan to the register: all of it, or its good rows, in one transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from linli.core import events as core_events
from linli.core.actor import Actor
from linli.core.errors import NotFound, Refused
from linli.core.models import Event
from linli.core.ref import Ref
from linli.territory import events
from linli.territory.geometry import Datum
from linli.territory.imports.layout import Table
from linli.territory.imports.plan import Change, Key, Plan, PlannedRow
from linli.territory.imports.planning import make_plan
from linli.territory.imports.source import Source
from linli.territory.models import (
    Area,
    Building,
    Dwelling,
    Entrance,
    Estate,
    Level,
    Place,
)
from linli.territory.scope import require_writer
from linli.territory.services.areas import ancestors_below
from linli.territory.services.fields import move_map, thread_of
from linli.territory.services.standing import initials_of

_BATCH = 500

_MODELS: Mapping[Table, type[models.Model]] = {
    Table.AREA: Area,
    Table.ESTATE: Estate,
    Table.BUILDING: Building,
    Table.ENTRANCE: Entrance,
    Table.DWELLING: Dwelling,
    Table.PLACE: Place,
}
# Entrances and dwellings come by the thousand: the import's own event counts them.
_ADDED = {
    Table.AREA: events.AREA_ADDED,
    Table.ESTATE: events.ESTATE_ADDED,
    Table.BUILDING: events.BUILDING_ADDED,
    Table.PLACE: events.PLACE_ADDED,
}
_CHANGED = {
    Table.AREA: events.AREA_CHANGED,
    Table.ESTATE: events.ESTATE_CHANGED,
    Table.BUILDING: events.BUILDING_CHANGED,
    Table.PLACE: events.PLACE_CHANGED,
}


class PlanHasFaults(Refused):
    """Some rows are bad, and nobody said that the good ones are to be taken."""

    sentence = _(
        "Nothing was brought in, for %(faults)s things are wrong. Correct the file, or choose to "
        "take the good rows."
    )
    status = 422


class PlanOutdated(Refused):
    """The register moved since the plan was shown."""

    sentence = _("The register has changed since you looked. Please look at the preview again.")


def preview(*, community_id: int, source: Source, datum: Datum, actor: Actor) -> Plan:
    """Return what the file would do to the register of a community.

    :raises NotFound: when the register is not open to this person.
    :raises NotEntitled: when they may read it only.
    """
    return make_plan(community=_community(community_id, actor), source=source, datum=datum)


@transaction.atomic
def bring_in(
    *,
    community_id: int,
    source: Source,
    datum: Datum,
    actor: Actor,
    at: datetime,
    only_good: bool = False,
    expected: str = "",
) -> Plan:
    """Write the file to the register, all or nothing; with `only_good`, the rows without fault.

    `expected` is the fingerprint of the plan that was shown. Returns the plan that was carried out.

    :raises PlanHasFaults: when rows are bad and `only_good` is not set.
    :raises PlanOutdated: when the file would now do something else than what was shown.
    """
    community = _community(community_id, actor)
    Area.objects.select_for_update().get(pk=community.pk)  # One import after the other.
    plan = make_plan(community=community, source=source, datum=datum)
    if expected and plan.fingerprint != expected:
        raise PlanOutdated
    if plan.faults and not only_good:
        raise PlanHasFaults(faults=len(plan.causes))
    if not plan.changes_nothing:
        try:
            with transaction.atomic():
                _Writer(community, plan, actor, at).write()
        except IntegrityError as error:
            raise PlanOutdated from error
    return plan


def _community(community_id: int, actor: Actor) -> Area:
    community = Area.objects.filter(pk=community_id, level=Level.COMMUNITY).first()
    if community is None:
        raise NotFound
    require_writer(actor=actor, community=community)
    return community


class _Writer:
    """Writes table after table, remembering the database keys that later rows point to."""

    def __init__(self, community: Area, plan: Plan, actor: Actor, at: datetime) -> None:
        self.community = community
        self.plan = plan
        self.actor = actor
        self.at = at
        self.ids: dict[Table, dict[Key, int]] = {table: {} for table in Table}

    def write(self) -> None:
        cause = self._record_import()
        self._find_ids()
        for table in Table:
            rows = [row for row in self.plan.rows if row.table == table]
            new = [row for row in rows if row.change == Change.NEW]
            changed = [row for row in rows if row.change == Change.CHANGED]
            if table == Table.AREA:
                self._add_areas(new)
            else:
                self._add(table, new)
            for row in changed:
                self._change(row)
            self._tell(table, new, changed, cause)
        if any(
            row.table == Table.AREA and row.change != Change.UNCHANGED for row in self.plan.rows
        ):
            move_map()

    def _record_import(self) -> Event:
        counts = {
            count.table.value.lower(): [count.new, count.changed, count.unchanged, count.bad]
            for count in self.plan.counts
        }
        subject = Ref("territory.area", self.community.pk)
        return core_events.record(
            name=events.REGISTER_IMPORTED,
            subject=subject,
            trace=thread_of(subject=subject),
            actor=self.actor,
            at=self.at,
            community_id=self.community.pk,
            facts={"new_changed_unchanged_bad": counts},
        )

    def _find_ids(self) -> None:
        """Look up what rows may point to; the plan itself knows the ids of its own rows only."""
        community = self.community
        areas = Area.objects.filter(
            models.Q(community=community) | models.Q(pk=community.pk)
        ).values_list("code", "id")
        self.ids[Table.AREA] = {(code,): id_ for code, id_ in areas}
        estates = Estate.objects.filter(community=community).values_list("code", "id")
        self.ids[Table.ESTATE] = {(code,): id_ for code, id_ in estates}
        buildings = Building.objects.filter(estate__community=community).values_list(
            "estate__code", "code", "id"
        )
        self.ids[Table.BUILDING] = {(estate, code): id_ for estate, code, id_ in buildings}
        entrances = Entrance.objects.filter(building__estate__community=community).values_list(
            "building__estate__code", "building__code", "code", "id"
        )
        self.ids[Table.ENTRANCE] = {tuple(key): id_ for *key, id_ in entrances}

    def _add_areas(self, rows: Iterable[PlannedRow]) -> None:
        """Add areas from the top, for each needs the keys of those above it."""
        order = {level: depth for depth, level in enumerate(Level.values)}
        for row in sorted(rows, key=lambda row: order[row.values["level"]]):
            parent_key = row.links["parent"]
            assert parent_key is not None, "whatever is brought in hangs on something"
            parent = Area.objects.get(pk=self.ids[Table.AREA][parent_key])
            area = Area.objects.create(
                code=row.key[0], parent=parent, **row.values, **ancestors_below(parent=parent)
            )
            self.ids[Table.AREA][row.key] = area.pk

    def _add(self, table: Table, rows: list[PlannedRow]) -> None:
        model = _MODELS[table]
        made = model._base_manager.bulk_create(
            (model(**self._columns(row)) for row in rows), batch_size=_BATCH
        )
        for row, one in zip(rows, made, strict=True):
            self.ids[table][row.key] = one.pk

    def _columns(self, row: PlannedRow) -> dict[str, Any]:
        """Return every column of a new row."""
        columns = {**row.values, **self._links(row)}
        if row.table == Table.DWELLING:
            return {**columns, "room": row.key[-1]}
        columns["code"] = row.key[-1]
        if row.table in (Table.ESTATE, Table.PLACE):
            columns["community_id"] = self.community.pk
        if row.table == Table.ESTATE:
            columns["initials"] = initials_of(name=row.values["name"])
        return columns

    def _links(self, row: PlannedRow) -> dict[str, int]:
        tables = {
            "estate": Table.ESTATE,
            "building": Table.BUILDING,
            "entrance": Table.ENTRANCE,
        }
        return {
            f"{name}_id": self.ids[tables.get(name, Table.AREA)][key]
            for name, key in row.links.items()
            if key is not None
        }

    def _change(self, row: PlannedRow) -> None:
        links = self._links(row)
        columns = {
            **{name: row.values[name] for name in row.fields if name in row.values},
            **{f"{name}_id": links[f"{name}_id"] for name in row.fields if name in row.links},
        }
        if row.table == Table.ESTATE and "name" in columns:
            columns["initials"] = initials_of(name=columns["name"])
        if row.table == Table.AREA and "parent_id" in columns:
            parent = Area.objects.get(pk=columns["parent_id"])
            columns |= ancestors_below(parent=parent)
            Area.objects.filter(grid_id=row.id).update(large_grid_id=columns["large_grid_id"])
        _MODELS[row.table]._base_manager.filter(pk=row.id).update(**columns)

    def _tell(
        self, table: Table, new: list[PlannedRow], changed: list[PlannedRow], cause: Event
    ) -> None:
        if table not in _ADDED:
            return
        for row in new:
            facts: dict[str, Any] = {"code": row.key[-1]}
            if table == Table.AREA:
                facts["level"] = row.values["level"]
            if table == Table.BUILDING:
                facts["grid"] = self._links(row)["grid_id"]
            self._record(_ADDED[table], row, self.ids[table][row.key], cause, facts)
        for row in changed:
            assert row.id is not None, "a changed row is in the register"
            fields = [name for name in row.fields if name != "boundary" or table != Table.AREA]
            if fields:
                self._record(_CHANGED[table], row, row.id, cause, {"fields": fields})
            if table == Table.AREA and "boundary" in row.fields:
                self._record(events.AREA_REDRAWN, row, row.id, cause, {"code": row.key[-1]})
            if table == Table.BUILDING and {"grid", "micro_grid"} & set(row.fields):
                facts = {name: id_ for name, id_ in self._links(row).items() if "grid" in name}
                self._record(events.BUILDING_REGRIDDED, row, row.id, cause, facts)

    def _record(
        self, name: str, row: PlannedRow, id_: int, cause: Event, facts: Mapping[str, Any]
    ) -> None:
        subject = Ref(f"territory.{row.table.value.lower()}", id_)
        core_events.record(
            name=name,
            subject=subject,
            trace=thread_of(subject=subject),
            actor=self.actor,
            at=self.at,
            community_id=self.community.pk,
            facts=facts,
            cause=cause,
        )
