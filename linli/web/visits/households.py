"""A household's visits: what came of them, and the rhythm in which they fall due by themselves."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.core.errors import Refused
from linli.people import queries as people
from linli.visits import queries, services
from linli.visits.workflow import OF_A_HOUSEHOLD
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.labels import TABLES
from linli.web.roster.frame import READERS
from linli.web.wording import exact


class CadenceForm(forms.Form):
    """How often somebody calls, and who."""

    every = forms.ChoiceField(label=pgettext_lazy("visits", "How often"), widget=forms.RadioSelect)
    apart_least_days = forms.IntegerField(
        label=_("Not before so many days"), required=False, min_value=1, max_value=366
    )
    apart_most_days = forms.IntegerField(
        label=_("Not after so many days"), required=False, min_value=1, max_value=366
    )
    account = forms.TypedChoiceField(label=_("Who visits"), coerce=int)

    def __init__(self, *args: Any, accounts: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["every"]).choices = list(TABLES["every"].items())
        cast(forms.ChoiceField, self.fields["account"]).choices = accounts

    def distance(self) -> services.Distance | None:
        """Return the days between two visits, where they were entered."""
        least = self.cleaned_data["apart_least_days"]
        most = self.cleaned_data["apart_most_days"] or least
        return services.Distance(least, most) if least else None


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def page(request: Request, household_id: int) -> HttpResponse:
    """Show a household's visits; whoever keeps the roster arranges regular ones."""
    household = people.get_household(actor=request.actor, household_id=household_id)
    cadence = queries.cadence_of(household_id=household_id)
    candidates = queries.candidates_in(community_id=household.community_id, at=request.now)
    initial: dict[str, Any] = {"account": request.actor.account_id}
    if cadence is not None:
        initial = {
            "every": cadence.every,
            "account": cadence.account_id,
            "apart_least_days": cadence.apart_least_days,
            "apart_most_days": cadence.apart_most_days,
        }
    form = CadenceForm(
        request.POST or None,
        initial=initial,
        accounts=[(one.pk, one.name) for one in candidates],
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.set_cadence(
                household_id=household_id,
                every=form.cleaned_data["every"],
                account_id=form.cleaned_data["account"],
                distance=form.distance(),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(
                request, gettext("Regular visits are arranged; the first is due today.")
            )
            return redirect("household_visits", household_id=household_id)
    facts = {
        "form": form,
        "household": household,
        "address": people.address_of(household=household),
        "cadence": cadence,
        "rhythm": queries.rhythm_of_need(actor=request.actor, household=household),
        "causes": OF_A_HOUSEHOLD if _may_call_soon(request, household) else (),
        "visits": queries.calls_on(actor=request.actor, household_id=household_id),
        "is_kept": household.until_date is None
        and people.may_keep_roster(actor=request.actor, row=household),
    }
    return render(request, "visits/household.html", facts, status=status_of(form))


@require_POST
@for_roles(*READERS)
def call_soon(request: Request, household_id: int) -> HttpResponse:
    """Ask for a call within 24 hours of what happened: one tap."""
    try:
        visit = services.call_within_a_day(
            household_id=household_id,
            cause=request.POST.get("cause", ""),
            actor=request.actor,
            at=request.now,
        )
    except services.CauseUnknown as refused:
        messages.error(request, str(refused))
    else:
        assert visit.due_by is not None, "it was asked for within 24 hours"
        # Not who: that may be known only to those entitled.
        said = gettext("Whoever answers for this household is told to call by %(time)s.")
        messages.success(request, said % {"time": exact(when=visit.due_by)})
    return redirect("household_visits", household_id=household_id)


def _may_call_soon(request: Request, household: Any) -> bool:
    return household.until_date is None and queries.may_call_soon(
        actor=request.actor, household=household
    )


@require_POST
@for_roles(*READERS)
def end(request: Request, household_id: int) -> HttpResponse:
    """End a household's regular visits."""
    services.end_cadence(household_id=household_id, actor=request.actor, at=request.now)
    messages.success(request, gettext("Regular visits have ended."))
    return redirect("household_visits", household_id=household_id)
