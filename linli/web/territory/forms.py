"""Forms of the register. What they mean is judged by the services; they only bring it there."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.territory import queries
from linli.territory.geometry import Datum
from linli.territory.wording import DATUMS, KINDS, LEVELS

_NOTHING = ("", "—")


def _choices(words: Any, codes: Iterable[str] | None = None) -> list[tuple[str, Any]]:
    return [(str(code), words[code]) for code in (codes or words)]


def _rows(rows: Iterable[Any], label: Any = str) -> list[tuple[str, str]]:
    return [(str(row.pk), label(row)) for row in rows]


def _point_fields() -> dict[str, forms.Field]:
    degrees = {"inputmode": "decimal", "autocomplete": "off"}
    return {
        "longitude": forms.FloatField(
            label=_("Longitude"), required=False, widget=forms.TextInput(attrs=degrees)
        ),
        "latitude": forms.FloatField(
            label=_("Latitude"), required=False, widget=forms.TextInput(attrs=degrees)
        ),
        "datum": forms.ChoiceField(
            label=_("Coordinate system"), choices=_choices(DATUMS), initial=Datum.WGS_84
        ),
    }


class SearchForm(forms.Form):
    """The words above a list."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        help_text=_("Name, code or pinyin initials"),
    )


class AreaForm(forms.Form):
    """A large grid, grid or micro-grid."""

    level = forms.ChoiceField(
        label=_("Level"), choices=_choices(LEVELS, ("LARGE_GRID", "GRID", "MICRO_GRID"))
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=24,
        help_text=_("The community's 12 digits and 3 more for each level of grid."),
    )
    name = forms.CharField(label=pgettext_lazy("place", "Name"), max_length=60)
    kind = forms.ChoiceField(
        label=_("Kind of grid"),
        required=False,
        choices=[("", "—"), *_choices(KINDS)],
        help_text=_("Only a grid has one."),
    )
    parent = forms.ChoiceField(label=_("Belongs to"))
    households_planned = forms.IntegerField(
        label=_("Planned households"), required=False, help_text=_("A city grid holds 300–500.")
    )

    def __init__(self, *args: Any, community: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = [
            a for a in queries.list_areas(community_id=community.pk) if a.level != "MICRO_GRID"
        ]
        self.fields["parent"].choices = _rows([community, *above])  # type: ignore[attr-defined]  # a ChoiceField


class AreaChangeForm(AreaForm):
    """An area that is there: its level and code stay."""

    def __init__(self, *args: Any, area: Any, community: Any, **kwargs: Any) -> None:
        super().__init__(*args, community=community, **kwargs)
        for name in ("level", "code"):
            del self.fields[name]
        if area.level != "GRID":
            for name in ("kind", "parent", "households_planned"):
                del self.fields[name]


class BoundaryForm(forms.Form):
    """A boundary as text, with the system it was measured in."""

    boundary = forms.CharField(
        label=_("Boundary"),
        required=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_(
            "“longitude,latitude;longitude,latitude;…” with the first point again at the end, or "
            "WKT or GeoJSON. Empty: no boundary."
        ),
    )
    datum = forms.ChoiceField(label=_("Coordinate system"), choices=_choices(DATUMS))


class EstateForm(forms.Form):
    """An estate."""

    name = forms.CharField(label=pgettext_lazy("place", "Name"), max_length=60)
    code = forms.CharField(
        label=_("Code"), max_length=24, help_text=_("A short one of your own, such as CY.")
    )
    address = forms.CharField(label=_("Address"), required=False, max_length=120)


class BuildingForm(forms.Form):
    """A building, with the grid it stands in."""

    estate = forms.ChoiceField(label=_("Estate"))
    code = forms.CharField(label=_("Building number"), max_length=24)
    name = forms.CharField(
        label=pgettext_lazy("place", "Name"),
        max_length=60,
        help_text=_("As people call it, such as 3号楼."),
    )
    grid = forms.ChoiceField(
        label=_("Grid"),
        required=False,
        help_text=_("Empty: the grid that holds the point below."),
    )
    micro_grid = forms.ChoiceField(label=_("Micro-grid"), required=False)
    storeys = forms.IntegerField(label=_("Storeys"), required=False)

    def __init__(self, *args: Any, community: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(_point_fields())
        areas = queries.list_areas(community_id=community.pk)
        grids = [a for a in areas if a.level == "GRID" and a.kind == "COMPREHENSIVE"]
        micro = [a for a in areas if a.level == "MICRO_GRID"]
        estates = queries.list_estates(community_id=community.pk)
        self.has_estates, self.has_grids = bool(estates), bool(grids)
        _offer(self, "estate", _rows(estates))
        _offer(self, "grid", [_NOTHING, *_rows(grids)])
        _offer(self, "micro_grid", [_NOTHING, *_rows(micro, lambda a: f"{a.parent} · {a}")])


class EntranceForm(forms.Form):
    """An entrance of a building."""

    code = forms.CharField(label=_("Entrance number"), max_length=12)
    name = forms.CharField(label=pgettext_lazy("place", "Name"), max_length=30)


class RoomsForm(forms.Form):
    """Rooms to add behind an entrance."""

    rooms = forms.CharField(
        label=_("Rooms to add"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Set apart by spaces, commas or lines: 101 102 201 202"),
    )


class PlaceForm(forms.Form):
    """A place that has a name."""

    name = forms.CharField(label=pgettext_lazy("place", "Name"), max_length=60)
    code = forms.CharField(label=_("Code"), max_length=24)
    estate = forms.ChoiceField(label=_("Estate"), required=False)
    grid = forms.ChoiceField(
        label=_("Grid"),
        required=False,
        help_text=_("Empty: the grid that holds the point below."),
    )

    def __init__(self, *args: Any, community: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(_point_fields())
        grids = queries.list_areas(community_id=community.pk, level="GRID")
        estates = queries.list_estates(community_id=community.pk)
        _offer(self, "grid", [_NOTHING, *_rows(grids)])
        _offer(self, "estate", [_NOTHING, *_rows(estates)])


class ImportForm(forms.Form):
    """A file to bring in, with the coordinate system named by the person."""

    file = forms.FileField(
        label=_("Workbook or map file"),
        error_messages={"required": _("Choose the file."), "empty": _("Choose the file.")},
        allow_empty_file=True,
        help_text=_(".xlsx or .geojson, at most 20 MB"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.geojson,.json"}),
    )
    datum = forms.ChoiceField(
        label=pgettext_lazy("import", "Which coordinate system are its coordinates in?"),
        choices=_choices(DATUMS),
        widget=forms.RadioSelect,
        help_text=_(
            "It cannot be told from the numbers, and the wrong one puts everything half a "
            "kilometre away. Any will do for a file without coordinates."
        ),
        error_messages={"required": _("Choose the coordinate system.")},
    )


def _offer(form: forms.Form, name: str, choices: Sequence[tuple[str, Any]]) -> None:
    form.fields[name].choices = list(choices)  # type: ignore[attr-defined]  # a ChoiceField
