"""Load a pack through the rooms' services: made once, changed where it changed, ended not deleted.

Each thing of the pack is remembered with a digest of what was written (`PackItem`). Loading again
compares digests, so an unchanged pack writes nothing and leaves alone what people changed since.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor, system
from linli.core.errors import Invalid, Refused
from linli.flows import ending
from linli.flows.models import PackItem
from linli.flows.packs.check import Checked, check_pack
from linli.flows.packs.forums import load_forums
from linli.flows.packs.memory import (
    CHANGED,
    CREATED,
    ENDED,
    UNCHANGED,
    Items,
    LoadReport,
    digest_of,
)
from linli.flows.packs.reading import Fault
from linli.flows.packs.replay import replay
from linli.flows.packs.roster import load_roster
from linli.flows.packs.schema import BuildingPart, EstatePart, Pack
from linli.matters import reference
from linli.matters.models import Category, ReturnReason
from linli.matters.models import Level as SettlementLevel
from linli.people import services as people
from linli.people.models import Account, Duty, Organisation, Role
from linli.people.queries import local_day
from linli.territory import services as territory
from linli.territory.models import (
    Area,
    Building,
    Dwelling,
    Entrance,
    Estate,
    Level,
    Place,
    Poster,
)


class PackFaulty(Invalid):
    """The pack has faults, and so nothing of it was loaded."""

    sentence = _("The pack has faults; nothing was loaded.")

    def __init__(self, *, found: tuple[Fault, ...]) -> None:
        super().__init__()
        self.found = found

    def __str__(self) -> str:
        return "\n".join([str(self.sentence), *map(str, self.found)])


class ItemRefused(Refused):
    """A service refused something that the check of the files could not see."""

    sentence = _("%(kind)s “%(code)s” could not be loaded: %(why)s")


class UserNameElsewhere(Refused):
    """An account of this name did not come from this pack."""

    sentence = _(
        "The user name “%(username)s” is already somebody's here. "
        "Please choose another one in people.yaml."
    )


def load_pack(*, path: Path, at: datetime, with_story: bool = True) -> LoadReport:
    """Check a pack and load it, all or nothing; load it again and nothing doubles.

    :raises PackFaulty: when the check finds anything; `found` says what and where.
    :raises Refused: when a service refuses what no check of the files can see.
    """
    checked = check_pack(path=path, at=at)
    if checked.pack is None:
        raise PackFaulty(found=checked.faults)
    with transaction.atomic():
        loader = _Loader(checked, checked.pack, at)
        loader.load_territory()
        loader.load_organisations()
        loader.load_people()
        loader.load_matters()
        load_roster(part=checked.pack.roster, by=loader)
        load_forums(part=checked.pack.forums, by=loader)
        loader.end_what_is_gone()
        if with_story:
            replay(
                checked=checked,
                community_id=loader.community_id,
                items=loader.items,
                report=loader.report,
                at=at,
            )
        return loader.report


Write = Callable[[int | None], tuple[int, bool]]
"""Writes a thing, given its row's key if it is known: (key, whether it was made now)."""


class _Loader:
    """Loads one pack; each `load_…` brings one file into one room."""

    def __init__(self, checked: Checked, pack: Pack, at: datetime) -> None:
        self.checked, self.pack, self.at = checked, pack, at
        self.actor: Actor = system(name=f"pack {pack.about.code}")
        self.items = Items(pack=pack.about.code, at=at)
        self.report = LoadReport()
        self.community_id = 0
        self.ids: dict[tuple[str, str], int] = {}

    @property
    def said(self) -> dict[str, Any]:
        """Return who writes, and when."""
        return {"actor": self.actor, "at": self.at}

    def item(self, kind: str, code: str, written: Any, write: Write) -> int:
        """Write a thing unless the pack says of it what it said before; return its key."""
        digest = digest_of(written)
        key = self.items.unchanged(kind=kind, code=code, digest=digest)
        if key is not None:
            self.report.count(kind, UNCHANGED)
        else:
            row = self.items.known.get((kind, code))
            try:
                key, created = write(row.subject_id if row is not None else None)
            except Refused as refusal:
                raise ItemRefused(kind=kind, code=code, why=str(refusal)) from refusal
            self.items.remember(
                kind=kind, code=code, digest=digest, subject_id=key, created=created
            )
            self.report.count(kind, CREATED if created else CHANGED)
        self.ids[kind, code] = key
        return key

    def _boundary(self, of: str, code: str) -> dict[str, Any] | None:
        return self.checked.places.boundaries.get((of, code))

    # --- Territory

    def load_territory(self) -> None:
        """Bring in the tree, estates with their buildings, places and posters."""
        part = self.pack.territory
        parent_id: int | None = None
        for upper in part.above:
            parent_id = self._area(upper.level.lower(), upper.code, upper, upper.level, parent_id)
        community = part.community
        drawn = self._boundary("community", "community") or self._boundary(
            "community", community.code
        )
        self.community_id = self._area(
            "community", community.code, community, Level.COMMUNITY, parent_id, drawn
        )
        self.ids["area", "community"] = self.community_id
        self._profile()
        for kind, level, areas in (
            ("large_grid", Level.LARGE_GRID, part.large_grids),
            ("grid", Level.GRID, part.grids),
            ("micro_grid", Level.MICRO_GRID, part.micro_grids),
        ):
            for area in areas:
                above = self.ids.get(("area", area.code[:-3]), self.community_id)
                shape = self._boundary(kind, area.code)
                self._area(kind, area.code, area, level, above, shape)
        for estate in part.estates:
            self._estate(estate)
        for place in part.places:
            self._place(place)
        for poster in part.posters:
            self._poster(poster)

    def _area(
        self,
        kind: str,
        code: str,
        part: Any,
        level: Level,
        parent_id: int | None,
        drawn: dict[str, Any] | None = None,
    ) -> int:
        is_grid = level in (Level.LARGE_GRID, Level.GRID, Level.MICRO_GRID)
        whole = self.pack.territory.community.code + code if is_grid else code
        values: dict[str, Any] = {
            "name": part.name,
            "kind": part.kind.value if level == Level.GRID else "",
            "households_planned": getattr(part, "households_planned", None),
        }

        def write(_known: int | None) -> tuple[int, bool]:
            found = Area.objects.filter(code=whole, ended_at=None).first()
            if found is None:
                added = territory.add_area(
                    code=whole,
                    level=level,
                    parent_id=parent_id,
                    boundary=drawn,
                    **values,
                    **self.said,
                )
                return added.pk, True
            if is_grid or level == Level.COMMUNITY:
                territory.change_area(area_id=found.pk, **values, **self.said)
                if drawn is not None or self.items.known.get((kind, code)) is not None:
                    territory.draw_area(area_id=found.pk, boundary=drawn, **self.said)
            return found.pk, False

        # An area above is shared with other communities: what it is called is not ours to change.
        written = [values, whole, drawn] if is_grid or level == Level.COMMUNITY else whole
        key = self.item(kind, code, written, write)
        name = code if is_grid else level.lower()
        self.ids["area", name] = key
        return key

    def _profile(self) -> None:
        part, method = self.pack.territory.community, self.pack.about.method
        texts: dict[str, Any] = {
            "founded_month": part.founded_month,
            "office_phone": part.office_phone,
            "office_address": part.office_address,
            "office_hours": part.office_hours,
            "privacy_contact": part.privacy_contact,
            "method": method.name,
            "method_version": method.version,
        }

        def write(known: int | None) -> tuple[int, bool]:
            territory.set_profile(
                community_id=self.community_id,
                public_board=part.public_board,
                **texts,
                **self.said,
            )
            return self.community_id, known is None

        self.item("profile", part.code, [texts, part.public_board, method], write)

    def _estate(self, part: EstatePart) -> None:
        drawn = self._boundary("estate", part.code)
        values: dict[str, Any] = {"code": part.code, "name": part.name, "address": part.address}

        def write(_known: int | None) -> tuple[int, bool]:
            found = Estate.objects.filter(community_id=self.community_id, code=part.code).first()
            if found is None:
                added = territory.add_estate(
                    community_id=self.community_id, boundary=drawn, **values, **self.said
                )
                return added.pk, True
            territory.change_estate(estate_id=found.pk, **values, **self.said)
            territory.draw_estate(estate_id=found.pk, boundary=drawn, **self.said)
            return found.pk, False

        estate_id = self.item("estate", part.code, [values, drawn], write)
        for building in part.buildings:
            self._building(estate_id, part.code, building)

    def _building(self, estate_id: int, estate: str, part: BuildingPart) -> None:
        code = f"{estate}/{part.code}"
        footprint = self._boundary("building", code)
        point = self.checked.places.points.get(f"building:{code}", (None, None))
        values: dict[str, Any] = {
            "code": part.code,
            "name": part.name,
            "grid_id": self.ids["area", part.grid],
            "micro_grid_id": self.ids["area", part.micro_grid] if part.micro_grid else None,
            "storeys": part.storeys,
            "longitude": point[0],
            "latitude": point[1],
        }

        def write(_known: int | None) -> tuple[int, bool]:
            found = Building.objects.filter(estate_id=estate_id, code=part.code).first()
            if found is None:
                added = territory.add_building(
                    estate_id=estate_id, footprint=footprint, **values, **self.said
                )
                return added.pk, True
            territory.change_building(building_id=found.pk, **values, **self.said)
            territory.draw_building(building_id=found.pk, footprint=footprint, **self.said)
            return found.pk, False

        building_id = self.item("building", code, [part, footprint], write)
        for entrance in part.entrances:
            self._entrance(building_id, f"{code}/{entrance.code}", entrance)
        self._dwellings(building_id, code, part)

    def _entrance(self, building_id: int, code: str, part: Any) -> None:
        values: dict[str, Any] = {"code": part.code, "name": part.name}

        def write(_known: int | None) -> tuple[int, bool]:
            found = Entrance.objects.filter(building_id=building_id, code=part.code).first()
            if found is None:
                return territory.add_entrance(
                    building_id=building_id, **values, **self.said
                ).pk, True
            territory.change_entrance(entrance_id=found.pk, **values, **self.said)
            return found.pk, False

        self.item("entrance", code, values, write)

    def _dwellings(self, building_id: int, code: str, part: BuildingPart) -> None:
        if part.rooms is None or part.storeys is None:
            return
        rooms = [
            f"{storey}{door:02d}"
            for storey in range(1, part.storeys + 1)
            for door in range(1, part.rooms + 1)
        ]
        doors = [self.ids["entrance", f"{code}/{one.code}"] for one in part.entrances]

        def write(_known: int | None) -> tuple[int, bool]:
            before = Dwelling.objects.filter(entrance_id__in=doors).exists()
            for entrance_id in doors:
                territory.add_dwellings(entrance_id=entrance_id, rooms=rooms, **self.said)
            return building_id, not before

        self.item("dwellings", code, [rooms, [one.code for one in part.entrances]], write)

    def _place(self, part: Any) -> None:
        point = self.checked.places.points.get(f"place:{part.code}", (None, None))
        values: dict[str, Any] = {
            "code": part.code,
            "name": part.name,
            "estate_id": self.ids["estate", part.estate] if part.estate else None,
            "longitude": point[0],
            "latitude": point[1],
        }

        def write(_known: int | None) -> tuple[int, bool]:
            found = Place.objects.filter(community_id=self.community_id, code=part.code).first()
            if found is None:
                added = territory.add_place(community_id=self.community_id, **values, **self.said)
                return added.pk, True
            territory.change_place(place_id=found.pk, **values, **self.said)
            return found.pk, False

        self.item("place", part.code, part, write)

    def _poster(self, part: Any) -> None:
        kind, code = next(
            (name, value)
            for name in ("building", "entrance", "place")
            if (value := getattr(part, name)) is not None
        )
        spot: dict[str, Any] = {f"{kind}_id": self.ids[kind, code]}

        def write(_known: int | None) -> tuple[int, bool]:
            made = Poster.objects.filter(withdrawn_at=None, **spot).exists()
            return territory.make_poster(**spot, **self.said).pk, not made

        self.item("poster", f"{kind} {code}", part, write)

    # --- Organisations and people

    def load_organisations(self) -> None:
        """Bring in who can be given an order."""
        for part in self.pack.organisations.organisations:
            values: dict[str, Any] = {
                "name": part.name,
                "kind": part.kind.value,
                "phone": part.phone,
                "estate_ids": [self.ids["estate", code] for code in part.serves],
            }
            self.item("organisation", part.code, part, self._organisation(part.code, values))

    def _organisation(self, code: str, values: dict[str, Any]) -> Write:
        def write(_known: int | None) -> tuple[int, bool]:
            found = Organisation.objects.filter(
                community_id=self.community_id, code=code, ended_at=None
            ).first()
            if found is None:
                made = people.create_organisation(
                    community_id=self.community_id, code=code, **values, **self.said
                )
                return made.pk, True
            people.edit_organisation(organisation_id=found.pk, **values, **self.said)
            return found.pk, False

        return write

    def load_people(self) -> None:
        """Bring in accounts, their roles and the duty roster."""
        for person in self.pack.people.people:
            account_id = self._account(person)
            for role in person.roles:
                self._role(account_id, person.username, role)
        for duty in self.pack.people.duties:
            self._duty(duty)

    def _account(self, part: Any) -> int:
        def write(known: int | None) -> tuple[int, bool]:
            if known is not None:
                if not Account.objects.filter(pk=known, is_active=True).exists():
                    people.reactivate(account_id=known, **self.said)
                people.edit_account(
                    account_id=known, name=part.name, phone=part.phone or "", **self.said
                )
                return known, False
            if Account.objects.filter(username=part.username).exists():
                raise UserNameElsewhere(username=part.username)
            made = people.create_account(
                username=part.username,
                name=part.name,
                phone=part.phone or "",
                with_password=False,
                **self.said,
            )
            return made.account.pk, True

        return self.item("account", part.username, [part.name, part.phone], write)

    def _role(self, account_id: int, username: str, part: Any) -> None:
        kind, place = next(
            (name, value)
            for name in ("area", "building", "organisation")
            if (value := getattr(part, name)) is not None
        )
        spot: dict[str, Any] = {f"{kind}_id": self.ids[kind, place]}
        code = f"{username} {part.role.value} {kind} {place} {part.since.written}"

        def write(known: int | None) -> tuple[int, bool]:
            since = part.since.on(base=self.at)
            until = part.until.on(base=self.at) if part.until is not None else None
            before = Role.objects.filter(pk=known or 0).first()
            if before is not None and before.until_date is None:
                people.end_role(role_id=before.pk, last_date=until, **self.said)
                return before.pk, False
            if before is not None and before.until_date is not None:
                since = max(since, before.until_date + timedelta(days=1))
            given = people.give_role(
                account_id=account_id,
                role=part.role.value,
                from_date=since,
                until_date=until,
                **spot,
                **self.said,
            )
            return given.pk, True

        self.item("role", code, part, write)

    def _duty(self, part: Any) -> None:
        def write(known: int | None) -> tuple[int, bool]:
            if known is not None and Duty.objects.filter(pk=known, ends_at__gt=self.at).exists():
                people.end_duty(duty_id=known, **self.said)
            duty = people.set_duty(
                area_id=self.ids["area", part.area],
                account_id=self.ids["account", part.person],
                starts_at=part.starts.at(base=self.at),
                ends_at=part.ends.at(base=self.at),
                **self.said,
            )
            return duty.pk, known is None

        self.item("duty", part.key, part, write)

    # --- Matters

    def load_matters(self) -> None:
        """Bring in how matters run here."""
        part = self.pack.matters
        said = {"community_id": self.community_id, **self.said}
        method = reference.MethodInput(
            accept_clock=part.method.accept.clock,
            accept_amount=part.method.accept.amount,
            rating_days=part.method.rating_days,
            tracking_days=part.method.tracking_days,
            extensions_max=part.method.extensions_max,
            hotline_columns=part.method.hotline_columns,
            reply_columns=part.method.reply_columns,
        )

        def write_method(_known: int | None) -> tuple[int, bool]:
            change = reference.set_method(method=method, **said)
            return self.community_id, change == reference.Change.CREATED

        def write_levels(_known: int | None) -> tuple[int, bool]:
            before = SettlementLevel.objects.filter(community_id=self.community_id).exists()
            levels = [
                reference.LevelInput(one.name, one.role, one.limit.clock, one.limit.amount)
                for one in part.levels
            ]
            reference.set_levels(levels=levels, **said)
            return self.community_id, not before

        self.item("method", "method", part.method, write_method)
        self.item("levels", "levels", part.levels, write_levels)
        for weights in part.rate_weights:
            self._rate_weights(weights, said)
        for position, category in enumerate(part.categories):
            self._category(position, category, said)
        for position, reason in enumerate(part.return_reasons):
            self._return_reason(position, reason, said)

    def _rate_weights(self, part: Any, said: Mapping[str, Any]) -> None:
        def write(_known: int | None) -> tuple[int, bool]:
            given = part.model_dump(include={"satisfied", "basically_satisfied"})
            since = part.since.on(base=self.at)
            row, change = reference.set_rate_weights(from_date=since, **given, **said)
            return row.pk, change == reference.Change.CREATED

        self.item("rate_weights", part.since.written, part, write)

    def _category(self, position: int, part: Any, said: Mapping[str, Any]) -> None:
        category = reference.CategoryInput(
            code=part.code,
            name=part.name,
            name_en=part.name_en,
            kind=part.kind,
            words=part.words,
            handler_kind=part.handler.value if part.handler is not None else "",
            photo_required=part.photo_required,
            check_on_site=part.check_on_site,
            open_to_residents=part.open_to_residents,
            position=position,
            conditions=[
                reference.ConditionInput(
                    one.code, one.name, one.limit.clock, one.limit.amount, one.rework
                )
                for one in part.conditions
            ],
        )

        def write(_known: int | None) -> tuple[int, bool]:
            change = reference.set_category(category=category, **said)
            row = Category.objects.get(community_id=self.community_id, code=part.code)
            return row.pk, change == reference.Change.CREATED

        self.item("category", part.code, [part, position], write)

    def _return_reason(self, position: int, part: Any, said: Mapping[str, Any]) -> None:
        def write(_known: int | None) -> tuple[int, bool]:
            change = reference.set_return_reason(
                code=part.code, name=part.name, hint=part.hint, position=position, **said
            )
            row = ReturnReason.objects.get(community_id=self.community_id, code=part.code)
            return row.pk, change == reference.Change.CREATED

        self.item("return_reason", part.code, [part, position], write)

    # --- What the pack no longer has

    def end_what_is_gone(self) -> None:
        """End what an earlier edition of the pack brought and this one no longer has.

        What has no end of its own (a door, what happened) stays as it is, and so does a place where
        a matter is open.
        """
        gone = {(row.kind, row.code): row for row in self.items.gone()}
        for kind, end in self._endings():
            for row in [row for key, row in gone.items() if key[0] == kind]:
                try:
                    with transaction.atomic():
                        end(row)
                except Refused as refusal:
                    self.report.kept.append((kind, row.code, str(refusal)))
                    continue
                row.ended_at = self.at
                row.save(update_fields=["ended_at"])
                self.report.count(kind, ENDED)

    def _endings(self) -> tuple[tuple[str, Callable[[PackItem], object]], ...]:
        """Return how each kind of thing ends, in an order in which nothing holds another back."""
        yesterday = local_day(at=self.at) - timedelta(days=1)
        said = {"community_id": self.community_id, **self.said}

        def end_area(row: PackItem) -> None:
            territory.end_area(area_id=row.subject_id, **self.said)

        return (
            ("duty", lambda row: people.end_duty(duty_id=row.subject_id, **self.said)),
            (
                "role",
                lambda row: people.end_role(
                    role_id=row.subject_id, last_date=yesterday, **self.said
                ),
            ),
            ("account", lambda row: people.deactivate(account_id=row.subject_id, **self.said)),
            (
                "organisation",
                lambda row: people.end_organisation(organisation_id=row.subject_id, **self.said),
            ),
            (
                "poster",
                lambda row: territory.withdraw_poster(poster_id=row.subject_id, **self.said),
            ),
            ("category", lambda row: reference.end_category(code=row.code, **said)),
            ("return_reason", lambda row: reference.end_return_reason(code=row.code, **said)),
            ("place", lambda row: ending.end_place(place_id=row.subject_id, **self.said)),
            (
                "building",
                lambda row: ending.end_building(building_id=row.subject_id, **self.said),
            ),
            ("estate", lambda row: ending.end_estate(estate_id=row.subject_id, **self.said)),
            ("micro_grid", end_area),
            ("grid", end_area),
            ("large_grid", end_area),
        )
