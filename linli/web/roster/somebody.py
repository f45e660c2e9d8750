"""Who it is: somebody with an account, or a resident who was searched for.

Teams, patches and stand-ins all ask alike, so the form and its search stand here once.
"""

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.people import queries
from linli.web.access import Request
from linli.web.roster.frame import found_residents

Choices = list[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Offered:
    """Whom a form offers: what was searched for, the residents found, those with an account."""

    query: str
    found: Choices
    accounts: Choices


class SomebodyForm(forms.Form):
    """Who it is, an account or a resident that was found."""

    account = forms.TypedChoiceField(
        label=_("Somebody with an account"), required=False, coerce=int, empty_value=None
    )
    resident = forms.TypedChoiceField(
        label=_("Resident"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, choices in (
            ("account", [("", _("Nobody with an account")), *offered.accounts]),
            ("resident", [*offered.found, ("", _("None of these"))]),
        ):
            cast(forms.ChoiceField, self.fields[field]).choices = choices
        if not offered.found:
            del self.fields["resident"]

    def who(self) -> dict[str, int | None]:
        """Return who was chosen, as the services take it."""
        said = self.cleaned_data
        return {"account_id": said["account"], "resident_id": said.get("resident")}


def offer(request: Request, community_id: int) -> Offered:
    """Return whom a form offers in a community, for what was searched for."""
    query = request.POST.get("q", request.GET.get("q", ""))[:60]
    accounts = queries.accounts_in(community_id=community_id, at=request.now)
    return Offered(
        query=query,
        found=found_residents(request, community_id, query),
        accounts=[(one.pk, one.name) for one in accounts],
    )
