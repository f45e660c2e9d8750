"""Forms of links: who holds one, until when somebody stands in, why one ends."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.people.services import NOTE_LENGTH_MAX, PLACES_MOST
from linli.web.labels import TABLES
from linli.web.people.shared import date_input
from linli.web.roster.somebody import SomebodyForm

_CHOOSE = ("", _("Please choose"))


def _choices(form: forms.Form, field: str, offered: list[tuple[Any, Any]]) -> None:
    cast(forms.ChoiceField, form.fields[field]).choices = [_CHOOSE, *offered]


class KindForm(forms.Form):
    """Which kind of links a page is about, and for pioneers which half."""

    kind = forms.ChoiceField(label=_("Kind of link"))

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(code, name) for code, name in TABLES["tie"].items() if code in kinds]
        cast(forms.ChoiceField, self.fields["kind"]).choices = offered


class AccountForm(forms.Form):
    """Who of those with an account holds links."""

    account = forms.TypedChoiceField(
        label=_("Who"),
        coerce=int,
        error_messages={
            "required": _("Please choose somebody."),
            "invalid_choice": _("This person holds links already. Please choose somebody else."),
        },
    )

    def __init__(self, *args: Any, accounts: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "account", [(one.pk, one.name) for one in accounts])


class PlacesOfKindForm(forms.Form):
    """How many links somebody can hold."""

    places = forms.IntegerField(
        label=_("Links for each holder"), min_value=1, max_value=PLACES_MOST
    )


class HolderForm(forms.Form):
    """Who shall hold a link to the household or resident of the page."""

    holder = forms.TypedChoiceField(
        label=_("Who holds it"),
        coerce=int,
        error_messages={
            "required": _("Please choose somebody."),
            "invalid_choice": _("They have no place left. Please choose somebody else."),
        },
    )

    def __init__(self, *args: Any, offered: list[tuple[int, str, str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = _("%(kind)s: %(name)s (%(free)s free)")
        rows = [
            (key, said % {"kind": TABLES["tie"][kind], "name": name, "free": free})
            for key, kind, name, free in offered
        ]
        _choices(self, "holder", rows)


class StandInForm(SomebodyForm):
    """Who keeps the link meanwhile, and on which days."""

    from_date = forms.DateField(label=_("From"), widget=date_input())
    until_date = forms.DateField(label=_("Until, included"), widget=date_input())
    field_order = ("resident", "account", "from_date", "until_date")


class EndingForm(forms.Form):
    """Why a link ends."""

    ending = forms.ChoiceField(label=_("Why does it end?"))
    note = forms.CharField(
        label=_("In a few words"),
        required=False,
        max_length=NOTE_LENGTH_MAX,
        help_text=_("No diagnosis, please; only those entitled can read it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [one for one in TABLES["tie_ending"].items() if one[0] != "REASSIGNED"]
        _choices(self, "ending", rows)
