"""The plan of who would be nearest to whom: shown first, then accepted all or nothing."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles
from linli.web.narrowing import NOTHING, asked_of
from linli.web.people.shared import community_in_view
from linli.web.roster.frame import TIERS, grid_choices, number_of, show

_HOLDERS_A_PAGE = 20


class PlanForm(forms.Form):
    """What shall be assigned."""

    kind = forms.ChoiceField(label=_("Kind of link"), required=False)
    grid = forms.ChoiceField(label=_("Grid"), required=False)
    anew = forms.ChoiceField(
        label=_("What stands"),
        required=False,
        choices=[("", _("stays; only gaps are filled")), ("1", _("is weighed again"))],
    )

    def __init__(
        self, *args: Any, kinds: list[str], grids: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered: list[tuple[str, Any]] = []
        if "CONTACT" in kinds:
            offered.append(("CONTACT", _("Contact links: to households")))
        if "PIONEER" in kinds:
            offered.append(("PIONEER:members", _("Pioneer households: to members")))
            offered.append(("PIONEER:homes", _("Pioneer households: members to households")))
        cast(forms.ChoiceField, self.fields["kind"]).choices = offered
        if grids:
            cast(forms.ChoiceField, self.fields["grid"]).choices = grids
        else:
            del self.fields["grid"]

    def question(self, *, community_id: int) -> queries.PlanQuestion:
        """Return what was asked: the first kind where none is named, nobody in no such grid."""
        said = asked_of(form=self)
        first = str(cast(Any, self.fields["kind"]).choices[0][0])
        named = "" if said["kind"] == NOTHING else said["kind"]
        kind, _sep, half = (named or first).partition(":")
        return queries.PlanQuestion(
            community_id=community_id,
            kind=kind,
            half=half,
            grid_id=number_of(said.get("grid")),
            anew=said["anew"] == "1",
        )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*TIERS)
def page(request: Request) -> HttpResponse:
    """Show who would hold which links; accept exactly what was shown."""
    community, _all = community_in_view(request)
    kinds = queries.kinds_managed(actor=request.actor, community_id=community.pk)
    given = request.POST if request.method == "POST" else request.GET
    form = PlanForm(given, kinds=kinds, grids=grid_choices(request))
    question = form.question(community_id=community.pk)
    status = 200
    if request.method == "POST":
        try:
            plan = people.accept_tie_plan(
                question=question,
                digest=request.POST.get("digest", ""),
                actor=request.actor,
                at=request.now,
            )
        except people.ChangedMeanwhile:
            said = _("Something changed since the plan was made. This is the plan as it is now.")
            messages.error(request, said)
            status = 409
        else:
            said = _("%(new)s links made, %(moved)s given to somebody nearer.")
            messages.success(request, said % {"new": plan.new, "moved": plan.moved})
            answer = redirect("ties")
            answer["Location"] += f"?kind={question.kind}"
            return answer
    plan = queries.plan_ties(question=question, on=queries.local_day(at=request.now))
    number = min(number_of(given.get("page")) or 1, 1_000)
    start = (number - 1) * _HOLDERS_A_PAGE
    newer, older = request.GET.copy(), request.GET.copy()
    newer["page"], older["page"] = str(number - 1), str(number + 1)
    facts = {
        "form": form,
        "plan": plan,
        "rows": queries.plan_rows(plan=plan, start=start, most=_HOLDERS_A_PAGE),
        "sent": {name: form.data.get(name, "") for name in form.fields},
        "newer": f"?{newer.urlencode()}" if number > 1 else "",
        "older": f"?{older.urlencode()}" if len(plan.holders) > start + _HOLDERS_A_PAGE else "",
    }
    return show(request, "roster/tie_plan.html", "ties", facts, status=status)
