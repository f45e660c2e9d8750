"""An upper office's form: dropped in blank, its columns looked at, handed back filled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.core import crypto
from linli.core.attachments import FileEmpty, FileTooLarge
from linli.core.errors import Invalid, NotFound, Refused
from linli.language.mask import mask_id_number, mask_phone
from linli.people import queries
from linli.people import services as people
from linli.people.books import filling, receiving
from linli.people.books.registers import Register
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.exporting import TITLES, begin, first_community, kept_communities, record
from linli.web.roster import households, residents
from linli.web.roster.frame import READERS, grid_choices, show
from linli.web.workbooks import download

FORM_FIELD = "web.form"
_KEPT_SECONDS = 3_600
_MEGABYTE = 1024 * 1024
_NUMBERS = ("id_number", "phone")


class BlankForm(forms.Form):
    """A form with headings and no rows."""

    file = forms.FileField(
        label=_("Blank form"),
        error_messages={"required": _("Choose the file."), "empty": _("Choose the file.")},
        allow_empty_file=True,
        help_text=_(".xlsx with a row of headings; titles above and signatures below stay"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_roles(*READERS)
def choose(request: Request, listing: str) -> HttpResponse:
    """Take a blank form in for the rows of a list's filter."""
    register = _register(listing)
    is_sent = request.method == "POST"
    form = BlankForm(request.POST, request.FILES) if is_sent else BlankForm()
    if is_sent and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            data = _read(upload)
            filling.read_form(data=data, register=register, told=_told(request, register))
        except Refused as refused:
            refuse(form, refused)
        else:
            token = _keep(request, data, str(upload.name))
            address = reverse("fill_form_columns", kwargs={"listing": listing, "token": token})
            return redirect(f"{address}?{request.GET.urlencode()}")
    facts = {"form": form, "title": TITLES[listing], "total": _total(request, listing)}
    return show(request, "roster/form.html", listing, facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_roles(*READERS)
def columns(request: Request, listing: str, token: UUID) -> HttpResponse:
    """Show which column is filled with what, and hand the filled form out."""
    register = _register(listing)
    kept = _kept(request, token)
    if kept is None:
        messages.error(request, _("The form was kept for an hour. Please choose it again."))
        address = reverse("fill_form", kwargs={"listing": listing})
        return redirect(f"{address}?{request.GET.urlencode()}")
    data, name = kept
    form = filling.read_form(data=data, register=register, told=_told(request, register))
    told = _told(request, register)
    chosen = filling.columns_recognised(form=form, register=register, told=told)
    fault = ""
    if request.method == "POST":
        offered = {key for key, _name in filling.columns_offered(register=register)}
        headings = list(form.headings.values())
        said = [request.POST.get(f"column_{place}", "") for place in range(len(headings))]
        chosen = {
            heading: key for heading, key in zip(headings, said, strict=True) if key in offered
        }
        try:
            return _hand_out(request, listing, data, name, form, chosen)
        except (people.ExportReasonMissing, people.TooManyToExport, NoColumnChosen) as refused:
            fault = str(refused)
    facts = {
        "title": TITLES[listing],
        "total": _total(request, listing),
        "name": name,
        "fault": fault,
        "reason": request.POST.get("reason", ""),
        "is_full": request.POST.get("full") == "1",
        "may_open": bool(kept_communities(request)),
        "offered": filling.columns_offered(register=register),
        "headings": [
            {"name": f"column_{place}", "heading": heading, "chosen": chosen.get(heading, "")}
            for place, heading in enumerate(form.headings.values())
        ],
    }
    status = 422 if fault else 200
    return show(request, "roster/form_columns.html", listing, facts, status=status)


class NoColumnChosen(Invalid):
    """Nothing to fill in."""

    sentence = _("Please say of at least one column what belongs into it.")


def _hand_out(
    request: Request,
    listing: str,
    data: bytes,
    name: str,
    form: filling.BlankForm,
    chosen: Mapping[str, str],
) -> HttpResponse:
    if not chosen:
        raise NoColumnChosen
    keys = set(chosen.values())
    kept = kept_communities(request)
    wanted = {"of": listing, "columns": sorted(keys), **_filter_asked(request, listing)}
    leaving = begin(request, "form", wanted=wanted, in_full=bool(kept))
    rows = _rows(request, listing, leaving, keys, kept)
    filled = filling.fill_form(data=data, form=form, columns=chosen, rows=rows)
    record(request, leaving)
    receiving.remember_headings(
        community_id=first_community(request),
        register=_register(listing),
        said=chosen,
        actor=request.actor,
    )
    return download(content=filled, name=name)


def _rows(
    request: Request,
    listing: str,
    leaving: people.Leaving,
    keys: set[str],
    kept: frozenset[int],
) -> list[Mapping[str, Any]]:
    """Return the rows of the filter as column key → value.

    :raises TooManyToExport: when there are more than a form takes.
    """
    if _total(request, listing) > filling.FORM_ROWS_MAX:
        raise people.TooManyToExport(limit=filling.FORM_ROWS_MAX)
    words = filling.words_of(register=_register(listing))
    if listing == "households":
        return [_of_household(one, words, leaving) for one in _households(request)]
    numbers = tuple(one for one in _NUMBERS if one in keys)
    return [_of_resident(request, row, words, leaving, numbers, kept) for row in _people(request)]


def _of_resident(
    request: Request,
    row: queries.ResidentRow,
    words: Mapping[str, Mapping[str, str]],
    leaving: people.Leaving,
    numbers: Sequence[str],
    kept: frozenset[int],
) -> dict[str, Any]:
    resident, said = row.resident, asdict(row.person)
    leaving.count(resident.community_id)
    if leaving.is_open and resident.community_id in kept:
        leaving.open_numbers(resident, [one for one in numbers if said[one]])
    else:
        said["id_number"] = mask_id_number(id_number=said["id_number"])
        said["phone"] = mask_phone(phone=said["phone"])
    for key, by_code in words.items():
        said[key] = by_code.get(said.get(key, ""), "")
    on = queries.local_day(at=request.now)
    return {
        **said,
        **_door(resident.household, row.address),
        "age": queries.age_of(resident=resident, on=on),
        **_areas(resident),
    }


def _of_household(
    household: Any, words: Mapping[str, Mapping[str, str]], leaving: people.Leaving
) -> dict[str, Any]:
    leaving.count(household.community_id)
    return {
        "status": words["status"][household.status],
        "employer": household.employer,
        "from_date": household.from_date,
        "people": household.residents_total,
        **_door(household, queries.address_of(household=household)),
        **_areas(household),
    }


def _door(household: Any, address: str) -> dict[str, Any]:
    if household is None:
        return {}
    dwelling = household.dwelling
    building = dwelling.entrance.building
    parts = (building.estate.name, building.name, dwelling.entrance.name, dwelling.room)
    return filling.door_values(parts=parts, address=address)


def _areas(row: Any) -> dict[str, str]:
    grid = row.grid.name if row.grid is not None else ""
    return {"grid": grid, "community": row.community.name}


def _people(request: Request) -> Iterator[queries.ResidentRow]:
    wanted = residents.FilterForm(request.GET, grids=grid_choices(request)).wanted()
    on = queries.local_day(at=request.now)
    return queries.each_resident(actor=request.actor, wanted=wanted, on=on, with_areas=True)


def _households(request: Request) -> Iterator[Any]:
    wanted = households.FilterForm(request.GET, grids=grid_choices(request)).wanted()
    return queries.each_household(actor=request.actor, wanted=wanted)


def _total(request: Request, listing: str) -> int:
    grids = grid_choices(request)
    if listing == "households":
        wanted = households.FilterForm(request.GET, grids=grids).wanted()
        return queries.list_households(actor=request.actor, wanted=wanted).count()
    asked = residents.FilterForm(request.GET, grids=grids).wanted()
    on = queries.local_day(at=request.now)
    return queries.count_residents(actor=request.actor, wanted=asked, on=on)


def _filter_asked(request: Request, listing: str) -> dict[str, Any]:
    module = households if listing == "households" else residents
    return asdict(module.FilterForm(request.GET, grids=grid_choices(request)).wanted())


def _register(listing: str) -> Register:
    register = filling.register_of(code=listing)
    if register is None:
        raise NotFound
    return register


def _told(request: Request, register: Register) -> dict[str, str]:
    return receiving.told_in(community_id=first_community(request), register=register.code)


def _read(upload: Any) -> bytes:
    limit = int(settings.WORKBOOK_BYTES_MAX)
    data: bytes = upload.read(limit + 1)
    if not data:
        raise FileEmpty
    if len(data) > limit:
        size = round((upload.size or len(data)) / _MEGABYTE, 1)
        raise FileTooLarge(size=size, limit=limit // _MEGABYTE)
    return data


def _keep(request: Request, data: bytes, name: str) -> UUID:
    """Keep a form for an hour, sealed: somebody may drop in one that is not blank."""
    token = uuid4()
    sealed = crypto.seal_bytes(value=data, field=FORM_FIELD, row=_row(request, token))
    cache.set(f"form:{token}", (sealed, name[:80]), _KEPT_SECONDS)
    return token


def _kept(request: Request, token: UUID) -> tuple[bytes, str] | None:
    """Return a form that this person dropped in, with its name; None when it is gone."""
    found = cache.get(f"form:{token}")
    if found is None:
        return None
    sealed, name = found
    try:
        row = _row(request, token)
        return crypto.unseal_bytes(sealed=sealed, field=FORM_FIELD, row=row), name
    except crypto.SealBroken:  # Somebody else's, or from before a rotation of the key.
        return None


def _row(request: Request, token: UUID) -> str:
    return f"{token}:{request.actor.key}"
