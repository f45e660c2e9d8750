"""Forms of the roster: what is asked is what a paper says, and nothing that is known."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.language.mask import mask_id_number, mask_phone
from linli.language.normal import is_spreadsheet_blank
from linli.people.personal import LABEL_LENGTH_MAX, NAME_LENGTH_MAX, Person
from linli.web.labels import TABLES
from linli.web.people.shared import date_input

_UNSAID = ("", _("Not said"))


def choices_of(table: str, *, first: Any = _UNSAID) -> list[Any]:
    """Return the codes of a table as choices, after an empty one."""
    return [first, *TABLES[table].items()]


class PlacesForm(forms.Form):
    """What a list is narrowed to: a grid, where there are several, and one of a table's codes."""

    grid = forms.ChoiceField(label=_("Grid"), required=False)
    offered: ClassVar[Mapping[str, str]] = {}  # field → table

    def __init__(self, *args: Any, grids: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if grids:
            cast(forms.ChoiceField, self.fields["grid"]).choices = grids
        else:
            del self.fields["grid"]
        for field, table in self.offered.items():
            offered = choices_of(table, first=("", _("All")))
            cast(forms.ChoiceField, self.fields[field]).choices = offered


class PersonForm(forms.Form):
    """What is written down of somebody. What an ID number tells needs not be typed."""

    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    relation = forms.ChoiceField(label=_("Relation to the head of the household"), required=False)
    id_number = forms.CharField(
        label=_("ID number"),
        required=False,
        max_length=30,
        help_text=_("It tells date of birth and sex."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    id_kind = forms.ChoiceField(label=_("Kind of paper"), required=False)
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    registration = forms.ChoiceField(label=_("Household registration"), required=False)
    sex = forms.ChoiceField(label=_("Sex"), required=False)
    birth_date = forms.DateField(label=_("Date of birth"), required=False, widget=date_input())
    employer = forms.CharField(label=_("Employer"), required=False, max_length=LABEL_LENGTH_MAX)
    languages = forms.CharField(
        label=_("Languages"),
        required=False,
        max_length=LABEL_LENGTH_MAX,
        help_text=_("Only where somebody needs another one than Chinese."),
    )
    consented_on = forms.DateField(
        label=_("Agreed to be on the roster on"), required=False, widget=date_input()
    )
    guardian_consented_on = forms.DateField(
        label=_("Guardian agreed on"),
        required=False,
        widget=date_input(),
        help_text=_("For a child under 14."),
    )

    def __init__(self, *args: Any, known: Person | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        for field, table in (
            ("relation", "relation"),
            ("id_kind", "id_kind"),
            ("registration", "registration"),
            ("sex", "sex"),
        ):
            first = ("", _("ID card")) if field == "id_kind" else _UNSAID
            offered = choices_of(table, first=first)
            cast(forms.ChoiceField, self.fields[field]).choices = [
                one for one in offered if one[0] != "ID_CARD"
            ]
        if known is not None:
            keep = _("Now %(number)s. Leave it empty to keep it; 无 takes it out.")
            for field, masked in (
                ("id_number", mask_id_number(id_number=known.id_number)),
                ("phone", mask_phone(phone=known.phone)),
            ):
                if masked:
                    self.fields[field].help_text = keep % {"number": masked}

    def person(self) -> Person:
        """Return what was typed; a number left empty stays as it is."""
        typed: dict[str, Any] = dict(self.cleaned_data)
        known = self.known
        for field in ("id_number", "phone"):
            if known is not None and not typed[field]:
                typed[field] = getattr(known, field)
                if field == "id_number" and not typed["id_kind"]:
                    typed["id_kind"] = known.id_kind
            elif is_spreadsheet_blank(value=typed[field]):
                typed[field] = ""
        return Person(**typed)


class HouseholdForm(forms.Form):
    """Whether somebody lives behind the door."""

    status = forms.ChoiceField(label=_("Who lives there"))
    employer = forms.CharField(
        label=_("Employer of the household"),
        required=False,
        max_length=LABEL_LENGTH_MAX,
        help_text=_("A label, where the homes belong to a company."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["status"]).choices = TABLES["household"].items()


class DoorForm(HouseholdForm):
    """A door that has no household yet."""

    door = forms.TypedChoiceField(
        label=_("Door"),
        coerce=int,
        error_messages={
            "required": _("Please choose a door."),
            "invalid_choice": _("This door is not free any more. Please choose another one."),
        },
    )
    field_order = ("door", "status", "employer")

    def __init__(self, *args: Any, doors: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["door"]).choices = [
            ("", _("Please choose")),
            *doors,
        ]


class MoveForm(forms.Form):
    """Where to, and since when."""

    household = forms.TypedChoiceField(
        label=_("Moves to"),
        coerce=int,
        error_messages={
            "required": _("Please choose a household."),
            "invalid_choice": _("This household is not among those to move to. Please choose."),
        },
    )
    on = forms.DateField(label=_("Since"), widget=date_input())
    reason = forms.CharField(
        label=_("How did it turn out that they live?"),
        error_messages={"required": _("Please say how it turned out that they live.")},
        max_length=200,
        help_text=_("It is written down. Links, needs and papers that ended stay ended."),
    )

    def __init__(
        self, *args: Any, homes: list[tuple[int, str]], is_dead: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not is_dead:
            del self.fields["reason"]
        cast(forms.ChoiceField, self.fields["household"]).choices = [
            ("", _("Please choose")),
            *homes,
        ]


class DepartForm(forms.Form):
    """Why somebody is no longer here, and since when."""

    departure = forms.ChoiceField(label=_("Why"))
    on = forms.DateField(label=_("Since"), widget=date_input())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["departure"]).choices = [
            one for one in TABLES["departure"].items() if one[0] != "DOUBLE"
        ]


class MergeForm(forms.Form):
    """Which other entry is the same person."""

    double = forms.TypedChoiceField(
        label=_("The other entry of the same person"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose the other entry."),
            "invalid_choice": _("Please search again and choose the other entry."),
        },
    )

    def __init__(self, *args: Any, found: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["double"]).choices = found
