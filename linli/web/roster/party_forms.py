"""Forms of the party's tree: units, and who belongs to them."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.people.personal import LABEL_LENGTH_MAX, NAME_LENGTH_MAX
from linli.web.labels import PARTY_LEVELS
from linli.web.people.shared import date_input
from linli.web.roster.forms import choices_of

Choices = Sequence[tuple[Any, Any]]
"""Keys and what they are called."""

_CHOOSE = ("", _("Please choose"))


class UnitForm(forms.Form):
    """What a unit is called, what it stands under and where; its level is said once."""

    level = forms.ChoiceField(label=_("Kind of unit"))
    name = forms.CharField(label=pgettext_lazy("unit", "Name"), max_length=60)
    parent = forms.TypedChoiceField(
        label=_("Stands under"), required=False, coerce=int, empty_value=None
    )
    area = forms.TypedChoiceField(
        label=_("Grid it answers for"), required=False, coerce=int, empty_value=None
    )
    buildings = forms.TypedMultipleChoiceField(
        label=_("Buildings it answers for"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    secretary = forms.TypedChoiceField(
        label=_("Unit’s secretary"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Sees and keeps the members of this unit and of those under it."),
    )
    grids_by = forms.ChoiceField(
        label=_("Every grid has its own"),
        required=False,
        help_text=_("A grid that has none, or two, is then flagged."),
    )

    def __init__(
        self,
        *args: Any,
        parents: Choices,
        areas: Choices,
        buildings: Choices,
        accounts: Choices,
        is_new: bool = True,
        is_top: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered: dict[str, Choices] = {
            "level": list(PARTY_LEVELS.items()),
            "parent": [("", _("It is the top of the tree")), *parents],
            "area": [("", _("No grid of its own")), *areas],
            "buildings": buildings,
            "secretary": [("", _("Nobody yet")), *accounts],
            "grids_by": [
                ("", _("Any unit will do")),
                *((code, PARTY_LEVELS[code]) for code in ("BRANCH", "GROUP")),
            ],
        }
        for field, choices in offered.items():
            cast(forms.ChoiceField, self.fields[field]).choices = list(choices)
        if not is_new:
            del self.fields["level"]
        if not is_top:
            del self.fields["grids_by"]
        if not parents:
            del self.fields["parent"]

    def columns(self) -> dict[str, Any]:
        """Return what was typed, as the services take it."""
        said = self.cleaned_data
        return {
            "name": said["name"],
            "parent_id": said.get("parent"),
            "area_id": said["area"],
            "building_ids": said["buildings"],
            "secretary_id": said["secretary"],
            "grids_by": said.get("grids_by", ""),
        }


class MemberForm(forms.Form):
    """What kind of member somebody is, and the grid in which they serve."""

    kind = forms.ChoiceField(label=_("Kind of member"))
    grid = forms.TypedChoiceField(
        label=_("Grid in which they serve"), required=False, coerce=int, empty_value=None
    )
    employer = forms.CharField(
        label=_("Where they are in service"), required=False, max_length=LABEL_LENGTH_MAX
    )

    duties = forms.TypedMultipleChoiceField(
        label=_("Does in the grid"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, grids: Choices, duties: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if duties:
            cast(forms.ChoiceField, self.fields["duties"]).choices = list(duties)
        else:
            del self.fields["duties"]
        kinds = choices_of("party_member", first=_CHOOSE)
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds
        where = [("", _("Where they live, else the unit’s")), *grids]
        cast(forms.ChoiceField, self.fields["grid"]).choices = where


class NewMemberForm(MemberForm):
    """A resident who was found, or the name of somebody in service who lives elsewhere."""

    resident = forms.TypedChoiceField(
        label=_("Resident"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    name = forms.CharField(
        label=_("Name, if they live elsewhere"),
        required=False,
        max_length=NAME_LENGTH_MAX,
        help_text=_("Only of a member in service who registered with the community."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    from_date = forms.DateField(label=_("Since"), widget=date_input())

    field_order = ("resident", "name", "kind", "employer", "grid", "from_date")

    def __init__(self, *args: Any, found: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if found:
            choices = [*found, ("", _("None of these"))]
            cast(forms.ChoiceField, self.fields["resident"]).choices = choices
        else:
            del self.fields["resident"]


class MoveMemberForm(forms.Form):
    """To which unit, and since when."""

    unit = forms.TypedChoiceField(
        label=_("Goes to"), coerce=int, error_messages={"required": _("Please choose a unit.")}
    )
    on = forms.DateField(label=_("Since"), widget=date_input())

    def __init__(self, *args: Any, units: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["unit"]).choices = [_CHOOSE, *units]


class EndMemberForm(forms.Form):
    """Since when somebody no longer belongs here; why is not asked."""

    on = forms.DateField(label=_("Since"), widget=date_input())
