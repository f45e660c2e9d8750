"""Adding to the register and correcting it: one form, one service, errors beside the field."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.core.errors import NotEntitled, NotFound, Refused
from linli.territory import imports, queries, services
from linli.territory.geometry import Datum
from linli.territory.scope import require_writer
from linli.web.access import Request
from linli.web.territory.common import (
    for_readers,
    frame,
    kept_community_of,
    number,
    refuse,
    standing,
)
from linli.web.territory.forms import (
    AreaChangeForm,
    AreaForm,
    BoundaryForm,
    BuildingForm,
    EntranceForm,
    EstateForm,
    PlaceForm,
    RoomsForm,
)

Save = Callable[[dict[str, Any]], Any]
_form_page = require_http_methods(["GET", "HEAD", "POST"])


def _page(
    request: Request,
    *,
    community: Any,
    form: forms.Form,
    title: str | Promise,
    back: str,
    save: Save,
    done: str | Promise,
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show a form; when it is sent, do what it says or show what is wrong, nothing lost."""
    if request.method == "POST" and form.is_valid():
        try:
            save(form.cleaned_data)
        except (NotFound, NotEntitled):
            raise
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, str(done))
            return redirect(back)
    facts = {
        **frame(request, community),
        "form": form,
        "title": title,
        "back": back,
        **(extra or {}),
    }
    status = 422 if form.is_bound else 200
    return render(request, "territory/edit.html", facts, status=status)


def _list_address(community: Any, listing: str, **more: int) -> str:
    parts = [f"list={listing}", f"community={community.pk}"]
    return reverse("places") + "?" + "&".join([*parts, *(f"{k}={v}" for k, v in more.items())])


# --- Areas --------------------------------------------------------------------------------------


@_form_page
@for_readers
def add_area(request: Request) -> HttpResponse:
    """Add a large grid, grid or micro-grid."""
    community = kept_community_of(request)
    under = number(request, "parent") or community.pk
    initial = {"parent": str(under), "level": "GRID", "kind": "COMPREHENSIVE"}
    initial["code"] = community.code

    def save(typed: dict[str, Any]) -> None:
        services.add_area(
            code=typed["code"],
            name=typed["name"],
            level=typed["level"],
            kind=typed["kind"] if typed["level"] == "GRID" else "",
            parent_id=int(typed["parent"]),
            households_planned=typed["households_planned"],
            actor=request.actor,
            at=request.now,
        )

    return _page(
        request,
        community=community,
        form=AreaForm(request.POST or None, community=community, initial=initial),
        title=_("Add a grid"),
        back=_list_address(community, "areas"),
        save=save,
        done=_("The grid was added."),
    )


@_form_page
@for_readers
def edit_area(request: Request, area_id: int) -> HttpResponse:
    """Rename an area, or change what a grid is."""
    area = queries.get_area(actor=request.actor, id=area_id)
    community = _community_of_area(request, area)
    standing(request, area)
    form = AreaChangeForm(
        request.POST or None,
        area=area,
        community=community,
        initial={
            "name": area.name,
            "kind": area.kind,
            "parent": str(area.parent_id),
            "households_planned": area.households_planned,
        },
    )

    def save(typed: dict[str, Any]) -> None:
        services.change_area(
            area_id=area.pk,
            name=typed["name"],
            kind=typed.get("kind"),
            parent_id=int(typed["parent"]) if typed.get("parent") else None,
            households_planned=typed.get("households_planned", area.households_planned),
            actor=request.actor,
            at=request.now,
        )

    return _page(
        request,
        community=community,
        form=form,
        title=area.name,
        back=_list_address(community, "areas", area=area.pk)
        if area.pk != community.pk
        else _list_address(community, "areas"),
        save=save,
        done=_("Saved."),
    )


@_form_page
@for_readers
def draw_area(request: Request, area_id: int) -> HttpResponse:
    """Give an area a boundary, pasted as text."""
    area = queries.get_area(actor=request.actor, id=area_id)
    community = _community_of_area(request, area)
    standing(request, area)
    form = BoundaryForm(
        request.POST or None,
        initial={
            "boundary": imports.write_shape(shape=area.boundary),
            "datum": Datum.WGS_84.value,
        },
    )

    def save(typed: dict[str, Any]) -> None:
        services.draw_area(
            area_id=area.pk,
            boundary=imports.read_shape_text(text=typed["boundary"]),
            datum=Datum(typed["datum"]),
            actor=request.actor,
            at=request.now,
        )

    drawing = queries.map_of(community_id=community.pk)
    return _page(
        request,
        community=community,
        form=form,
        title=_("Boundary of %(name)s") % {"name": area.name},
        back=_list_address(community, "areas"),
        save=save,
        done=_("Saved."),
        extra={"drawing": drawing},
    )


@require_POST
@for_readers
def end_area(request: Request, area_id: int) -> HttpResponse:
    """Take an area out of use."""
    area = queries.get_area(actor=request.actor, id=area_id)
    community = _community_of_area(request, area)
    standing(request, area)
    try:
        services.end_area(area_id=area.pk, actor=request.actor, at=request.now)
    except services.AreaInUse as refused:
        messages.error(request, str(refused))
        return redirect(_list_address(community, "areas", area=area.pk))
    messages.success(request, str(_("%(name)s is no longer in use.") % {"name": area.name}))
    return redirect(_list_address(community, "areas"))


def _community_of_area(request: Request, area: Any) -> Any:
    community = area if area.level == "COMMUNITY" else area.community
    if community is None:
        raise NotFound
    require_writer(actor=request.actor, community=community)
    return community


# --- Estates, buildings, entrances --------------------------------------------------------------


@_form_page
@for_readers
def add_estate(request: Request) -> HttpResponse:
    """Add an estate."""
    community = kept_community_of(request)

    def save(typed: dict[str, Any]) -> None:
        services.add_estate(community_id=community.pk, actor=request.actor, at=request.now, **typed)

    return _page(
        request,
        community=community,
        form=EstateForm(request.POST or None),
        title=_("Add an estate"),
        back=_list_address(community, "estates"),
        save=save,
        done=_("The estate was added."),
    )


@_form_page
@for_readers
def edit_estate(request: Request, estate_id: int) -> HttpResponse:
    """Change an estate."""
    estate = queries.get_estate(actor=request.actor, id=estate_id)
    require_writer(actor=request.actor, community=estate.community)
    standing(request, estate)

    def save(typed: dict[str, Any]) -> None:
        services.change_estate(estate_id=estate.pk, actor=request.actor, at=request.now, **typed)

    return _page(
        request,
        community=estate.community,
        form=EstateForm(
            request.POST or None,
            initial={"name": estate.name, "code": estate.code, "address": estate.address},
        ),
        title=estate.name,
        back=reverse("places_estate", args=[estate.pk]),
        save=save,
        done=_("Saved."),
    )


@_form_page
@for_readers
def add_building(request: Request) -> HttpResponse:
    """Add a building to an estate."""
    community = kept_community_of(request)
    asked = number(request, "estate")

    def save(typed: dict[str, Any]) -> None:
        services.add_building(
            estate_id=int(typed["estate"]), actor=request.actor, at=request.now, **_standing(typed)
        )

    form = BuildingForm(
        request.POST or None, community=community, initial={"estate": str(asked or "")}
    )
    back = _list_address(community, "buildings")
    return _page(
        request,
        community=community,
        form=form,
        title=_("Add a building"),
        back=reverse("places_estate", args=[asked]) if asked and request.method != "POST" else back,
        save=save,
        done=_("The building was added."),
        extra={"pick": _pick(community), "missing": _missing_for_building(community, form)},
    )


def _missing_for_building(community: Any, form: BuildingForm) -> dict[str, Any] | None:
    """Return what has to be registered before any building can be, and where; None if nothing."""
    here = f"?community={community.pk}"
    if not form.has_estates:
        return {
            "title": _("There is no estate yet"),
            "text": _("A building belongs to an estate: add the estate first."),
            "url": reverse("places_estate_add") + here,
            "action": _("Add an estate"),
        }
    if not form.has_grids:
        return {
            "title": _("There is no comprehensive grid yet"),
            "text": _("A building stands in a comprehensive grid: add the grid first."),
            "url": reverse("places_area_add") + here,
            "action": _("Add a grid"),
        }
    return None


@_form_page
@for_readers
def edit_building(request: Request, building_id: int) -> HttpResponse:
    """Change a building, or move it to another grid."""
    building = queries.get_building(actor=request.actor, id=building_id)
    community = building.estate.community
    require_writer(actor=request.actor, community=community)
    standing(request, building)
    form = BuildingForm(
        request.POST or None,
        community=community,
        initial={
            "code": building.code,
            "name": building.name,
            "grid": str(building.grid_id),
            "micro_grid": str(building.micro_grid_id or ""),
            "storeys": building.storeys,
            "longitude": building.longitude,
            "latitude": building.latitude,
            "datum": Datum.WGS_84.value,
        },
    )
    del form.fields["estate"]

    def save(typed: dict[str, Any]) -> None:
        services.change_building(
            building_id=building.pk, actor=request.actor, at=request.now, **_standing(typed)
        )

    return _page(
        request,
        community=community,
        form=form,
        title=f"{building.estate.name} {building.name}",
        back=reverse("places_building", args=[building.pk]),
        save=save,
        done=_("Saved."),
        extra={"pick": _pick(community)},
    )


def _standing(typed: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a building's form as its services take them."""
    return {
        "code": typed["code"],
        "name": typed["name"],
        "grid_id": _key(typed["grid"]),
        "micro_grid_id": _key(typed["micro_grid"]),
        "storeys": typed["storeys"],
        "longitude": typed["longitude"],
        "latitude": typed["latitude"],
        "datum": Datum(typed["datum"]),
    }


def _key(value: str) -> int | None:
    return int(value) if value else None


def _pick(community: Any) -> dict[str, Any] | None:
    """Return the community's map to press a point on; None where nothing is drawn."""
    drawing = queries.map_of(community_id=community.pk)
    return drawing if drawing["features"] else None


@_form_page
@for_readers
def add_entrance(request: Request, building_id: int) -> HttpResponse:
    """Add an entrance to a building."""
    building = queries.get_building(actor=request.actor, id=building_id)
    require_writer(actor=request.actor, community=building.estate.community)
    standing(request, building)

    def save(typed: dict[str, Any]) -> None:
        services.add_entrance(building_id=building.pk, actor=request.actor, at=request.now, **typed)

    known = len(queries.list_entrances(building_id=building.pk))
    return _page(
        request,
        community=building.estate.community,
        form=EntranceForm(
            request.POST or None, initial={"code": str(known + 1), "name": f"{known + 1}单元"}
        ),
        title=_("Add an entrance to %(name)s")
        % {"name": f"{building.estate.name} {building.name}"},
        back=reverse("places_building", args=[building.pk]),
        save=save,
        done=_("The entrance was added."),
    )


@_form_page
@for_readers
def edit_entrance(request: Request, entrance_id: int) -> HttpResponse:
    """Change an entrance."""
    entrance = queries.get_entrance(actor=request.actor, id=entrance_id)
    building = entrance.building
    require_writer(actor=request.actor, community=building.estate.community)
    standing(request, building)

    def save(typed: dict[str, Any]) -> None:
        services.change_entrance(
            entrance_id=entrance.pk, actor=request.actor, at=request.now, **typed
        )

    return _page(
        request,
        community=building.estate.community,
        form=EntranceForm(
            request.POST or None, initial={"code": entrance.code, "name": entrance.name}
        ),
        title=f"{building.estate.name} {building.name} {entrance.name}",
        back=reverse("places_building", args=[building.pk]),
        save=save,
        done=_("Saved."),
    )


@_form_page
@for_readers
def add_rooms(request: Request, entrance_id: int) -> HttpResponse:
    """Add dwellings behind an entrance."""
    entrance = queries.get_entrance(actor=request.actor, id=entrance_id)
    building = entrance.building
    require_writer(actor=request.actor, community=building.estate.community)
    standing(request, building)

    def save(typed: dict[str, Any]) -> None:
        services.add_dwellings(
            entrance_id=entrance.pk, rooms=typed["rooms"], actor=request.actor, at=request.now
        )

    return _page(
        request,
        community=building.estate.community,
        form=RoomsForm(request.POST or None),
        title=f"{building.estate.name} {building.name} {entrance.name}",
        back=reverse("places_building", args=[building.pk]),
        save=save,
        done=_("The rooms were added."),
    )


# --- Named places -------------------------------------------------------------------------------


@_form_page
@for_readers
def add_place(request: Request) -> HttpResponse:
    """Add a named place."""
    community = kept_community_of(request)

    def save(typed: dict[str, Any]) -> None:
        services.add_place(
            community_id=community.pk, actor=request.actor, at=request.now, **_spot(typed)
        )

    return _page(
        request,
        community=community,
        form=PlaceForm(request.POST or None, community=community),
        title=_("Add a named place"),
        back=_list_address(community, "places"),
        save=save,
        done=_("The place was added."),
        extra={"pick": _pick(community)},
    )


@_form_page
@for_readers
def edit_place(request: Request, place_id: int) -> HttpResponse:
    """Change a named place."""
    place = queries.get_place(actor=request.actor, id=place_id)
    community = place.community
    require_writer(actor=request.actor, community=community)
    standing(request, place)
    form = PlaceForm(
        request.POST or None,
        community=community,
        initial={
            "name": place.name,
            "code": place.code,
            "estate": str(place.estate_id or ""),
            "grid": str(place.grid_id or ""),
            "longitude": place.longitude,
            "latitude": place.latitude,
            "datum": Datum.WGS_84.value,
        },
    )

    def save(typed: dict[str, Any]) -> None:
        services.change_place(
            place_id=place.pk, actor=request.actor, at=request.now, **_spot(typed)
        )

    return _page(
        request,
        community=community,
        form=form,
        title=place.name,
        back=_list_address(community, "places"),
        save=save,
        done=_("Saved."),
        extra={
            "pick": _pick(community),
            "end_url": reverse("places_spot_end", args=[place.pk]),
        },
    )


def _spot(typed: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a place's form as its services take them."""
    return {
        "code": typed["code"],
        "name": typed["name"],
        "grid_id": _key(typed["grid"]),
        "estate_id": _key(typed["estate"]),
        "longitude": typed["longitude"],
        "latitude": typed["latitude"],
        "datum": Datum(typed["datum"]),
    }
