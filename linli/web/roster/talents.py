"""Local talents: who agreed to be asked, and for what."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.core.errors import NotFound, Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.exporting import offer
from linli.web.narrowing import asked_of
from linli.web.people.shared import date_input
from linli.web.roster.frame import KEEPERS, READERS, number_of, show


class FilterForm(forms.Form):
    """What the pool is searched for."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        help_text=_("A skill, its initials, or a name"),
    )
    force = forms.ChoiceField(label=_("Brings in"), required=False)

    def __init__(self, *args: Any, forces: list[tuple[Any, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if forces:
            cast(forms.ChoiceField, self.fields["force"]).choices = [("", _("All")), *forces]
        else:
            del self.fields["force"]


class TalentForm(forms.Form):
    """What somebody can do, and since when they agree to be listed."""

    skills = forms.CharField(
        label=_("What they can do"),
        max_length=120,
        help_text=_("In their own words, a blank between each: plumbing, calligraphy."),
    )
    consented_on = forms.DateField(
        label=_("Agreed to be listed on"),
        widget=date_input(),
        help_text=_("Without consent nobody is listed."),
    )
    forces = forms.TypedMultipleChoiceField(
        label=_("Brings in"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, kinds: list[tuple[Any, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kinds:
            cast(forms.ChoiceField, self.fields["forces"]).choices = kinds
        else:
            del self.fields["forces"]


@require_GET
@for_roles(*READERS)
def list_page(request: Request) -> HttpResponse:
    """Show who is listed in one's places, with how many bring in which force."""
    form, kinds, query, force_id = asked(request)
    pool = queries.list_talents(actor=request.actor, query=query, force_id=force_id)
    facts = {
        "form": form,
        "pool": pool,
        "counts": [(kind.name, pool.forces[kind.name]) for kind in kinds],
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
        "export": offer(request, "export_talents"),
    }
    return show(request, "roster/talents.html", "talents", facts)


def asked(request: Request) -> tuple[FilterForm, list[Any], str, int | None]:
    """Return the filter's form, the forces to choose from, the words and the force asked for."""
    kinds = [
        kind
        for community in queries.open_communities(actor=request.actor)
        for kind in queries.own_kinds(community_id=community.pk, use="FORCE")
    ]
    form = FilterForm(request.GET, forces=[(str(one.pk), one.name) for one in kinds])
    said = asked_of(form=form)
    return form, kinds, said["q"], number_of(said.get("force"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*KEEPERS)
def page(request: Request, resident_id: int) -> HttpResponse:
    """List a resident with what they can do, or correct it."""
    resident = queries.get_resident(actor=request.actor, resident_id=resident_id)
    if resident.until_date is not None:
        raise NotFound
    talent = queries.talent_of(resident=resident)
    listed = talent if talent is not None and talent.withdrawn_on is None else None
    initial: dict[str, Any] = {}
    if listed is not None:
        initial = {
            "skills": listed.skills,
            "consented_on": listed.consented_on,
            "forces": [force.pk for force in listed.forces.all()],
        }
    kinds = queries.own_kinds(community_id=resident.community_id, use="FORCE")
    form = TalentForm(
        request.POST or None, initial=initial, kinds=[(one.pk, one.name) for one in kinds]
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            people.list_talent(
                resident_id=resident_id,
                skills=said["skills"],
                consented_on=said["consented_on"],
                force_ids=said.get("forces", []),
                actor=request.actor,
                at=request.now,
                version=None if listed is None else number_of(request.POST.get("version")) or 0,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("They are among the local talents."))
            return redirect("resident", resident_id=resident_id)
    facts = {
        "form": form,
        "row": queries.row_of(resident=resident),
        "talent": talent,
        "listed": listed,
    }
    return show(request, "roster/talent.html", "talents", facts, status=status_of(form))


@require_POST
@for_roles(*KEEPERS)
def withdraw(request: Request, resident_id: int) -> HttpResponse:
    """Take somebody off the list who no longer agrees."""
    people.withdraw_talent(resident_id=resident_id, actor=request.actor, at=request.now)
    messages.success(request, _("They are no longer listed; what they can do is forgotten."))
    return redirect("resident", resident_id=resident_id)
