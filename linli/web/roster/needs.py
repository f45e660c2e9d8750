"""The restricted register: who needs help, who answers for it; words opened for a reason."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.core.errors import NotFound, Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles, signed_in
from linli.web.accounts import refuse, status_of
from linli.web.exporting import offer
from linli.web.labels import TABLES
from linli.web.narrowing import asked_of
from linli.web.roster.forms import PlacesForm, choices_of
from linli.web.roster.frame import grid_choices, number_of, show
from linli.web.telling import tell_events

ENTITLED = ("SECRETARY", "SOCIAL_WORKER")
_PAGE_SIZE = 50
_CHOOSE = ("", _("Please choose"))


class FilterForm(PlacesForm):
    """What the register is narrowed to."""

    group = forms.ChoiceField(label=_("Group"), required=False)
    offered: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *args: Any, groups: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [("", _("All")), *((str(one.pk), one.name) for one in groups)]
        cast(forms.ChoiceField, self.fields["group"]).choices = rows

    def wanted(self) -> queries.NeedFilter:
        """Return what was asked; what is no choice finds nothing."""
        said = asked_of(form=self)
        return queries.NeedFilter(
            group_id=number_of(said["group"]), grid_id=number_of(said.get("grid"))
        )


class GroupForm(forms.Form):
    """A group's name."""

    name = forms.CharField(label=_("Name of the group"), max_length=people.GROUP_LENGTH_MAX)


class NeedForm(forms.Form):
    """What help is needed, never which illness there is."""

    group = forms.TypedChoiceField(
        label=_("Group"), coerce=int, error_messages={"required": _("Please choose a group.")}
    )
    help = forms.CharField(
        label=_("What help is needed"),
        error_messages={"required": _("Please write what help is needed.")},
        max_length=people.HELP_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Write the help, such as “needs somebody to fetch medicine”. Never a diagnosis or an "
            "illness. It is stored encrypted, and every look at it is written down."
        ),
    )
    cadence = forms.ChoiceField(
        label=_("How often does somebody come by?"),
        help_text=_("The visits fall due by themselves, for whoever answers for it."),
    )
    responsible = forms.TypedChoiceField(
        label=_("Who answers for it"),
        coerce=int,
        error_messages={"required": _("Please choose who answers for it.")},
    )

    def __init__(
        self, *args: Any, groups: list[Any] | None, accounts: list[Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if groups is None:
            del self.fields["group"]
            self.fields["help"].required = False
            self.fields["help"].label = _("What help is needed now")
            self.fields["help"].help_text = _(
                "Leave it empty to keep what stands there. Never a diagnosis or an illness."
            )
        else:
            offered = [(one.pk, one.name) for one in groups]
            cast(forms.ChoiceField, self.fields["group"]).choices = [_CHOOSE, *offered]
        cast(forms.ChoiceField, self.fields["cadence"]).choices = choices_of(
            "cadence", first=_CHOOSE
        )
        people_here = [(one.pk, one.name) for one in accounts]
        cast(forms.ChoiceField, self.fields["responsible"]).choices = [_CHOOSE, *people_here]


@require_GET
@signed_in
def list_page(request: Request) -> HttpResponse:
    """Show the register to those entitled; a look without that is refused and written down."""
    people.look_at_needs(actor=request.actor, at=request.now)
    entitled = queries.entitled_in(actor=request.actor)
    form = filter_form(request)
    number = min(number_of(request.GET.get("page")) or 1, 10_000)
    rows = queries.list_needs(
        actor=request.actor,
        on=queries.local_day(at=request.now),
        wanted=form.wanted(),
        start=(number - 1) * _PAGE_SIZE,
        most=_PAGE_SIZE + 1,
    )
    newer, older = request.GET.copy(), request.GET.copy()
    newer["page"], older["page"] = str(number - 1), str(number + 1)
    facts = {
        "form": form,
        "rows": rows[:_PAGE_SIZE],
        "groups": queries.list_need_groups(community_ids=entitled),
        "export": offer(request, "export_needs", in_full=bool(entitled)),
        "manages": bool(entitled),
        "group_form": GroupForm(),
        "cadences": {key: said for key, said in TABLES["cadence"].items() if key != "GROUP"},
        "newer": f"?{newer.urlencode()}" if number > 1 else "",
        "older": f"?{older.urlencode()}" if len(rows) > _PAGE_SIZE else "",
    }
    return _unkept(show(request, "roster/needs.html", "needs", facts))


@require_POST
@for_roles(*ENTITLED)
def groups(request: Request) -> HttpResponse:
    """Name a group, or begin with the four."""
    entitled = queries.entitled_in(actor=request.actor)
    if not entitled:
        raise NotFound
    given = {"community_id": entitled[0], "actor": request.actor, "at": request.now}
    try:
        if "begin" in request.POST:
            people.begin_need_groups(**given)
        else:
            people.add_need_group(name=request.POST.get("name", ""), **given)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The groups are kept."))
    return redirect("needs")


@require_POST
@for_roles(*ENTITLED)
def set_group(request: Request, group_id: int) -> HttpResponse:
    """Say how often those of a group are visited; the visits of all of them follow."""
    try:
        people.set_group_cadence(
            group_id=group_id,
            cadence=request.POST.get("cadence", ""),
            actor=request.actor,
            at=request.now,
        )
    except people.CadenceUnknown as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Kept. The visits of everybody in this group follow."))
    return redirect("needs")


@require_POST
@for_roles(*ENTITLED)
def end_group(request: Request, group_id: int) -> HttpResponse:
    """Let nobody else be put into a group."""
    people.end_need_group(group_id=group_id, actor=request.actor, at=request.now)
    messages.success(request, _("Nobody else is put into this group; who is in it stays."))
    return redirect("needs")


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*ENTITLED)
def create(request: Request, resident_id: int) -> HttpResponse:
    """Write down what help somebody needs."""
    resident = queries.get_resident(actor=request.actor, resident_id=resident_id)
    if resident.until_date is not None or not queries.manages_needs(
        actor=request.actor, community_id=resident.community_id
    ):
        raise NotFound
    known = queries.list_need_groups(community_ids=[resident.community_id])
    accounts = _accounts(request, resident.community_id)
    initial = {"cadence": "GROUP"}
    form = NeedForm(request.POST or None, groups=known, accounts=accounts, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            need = people.record_need(
                resident_id=resident_id,
                group_id=form.cleaned_data["group"],
                help_needed=form.cleaned_data["help"],
                cadence=form.cleaned_data["cadence"],
                responsible_id=form.cleaned_data["responsible"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("It is written down, for those entitled only."))
            return redirect("need", need_id=need.pk)
    facts = {"form": form, "row": queries.row_of(resident=resident), "has_groups": bool(known)}
    status = status_of(form)
    return _unkept(show(request, "roster/need_new.html", "needs", facts, status=status))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def page(request: Request, need_id: int) -> HttpResponse:
    """Show one need without its words; those entitled correct it."""
    need = people.get_need(need_id=need_id, actor=request.actor, at=request.now)
    form = _form(request, need, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            people.change_need(
                need_id=need_id,
                help_needed=form.cleaned_data["help"],
                cadence=form.cleaned_data["cadence"],
                responsible_id=form.cleaned_data["responsible"],
                version=number_of(request.POST.get("version")) or 0,
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The entry is corrected."))
            return redirect("need", need_id=need_id)
    return _page(request, need, form)


@require_POST
@signed_in
def open_words(request: Request, need_id: int) -> HttpResponse:
    """Show what help is needed, once, for a reason that is written down."""
    need = people.get_need(need_id=need_id, actor=request.actor, at=request.now)
    try:
        words = people.open_need(
            need_id=need_id,
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            at=request.now,
        )
    except people.OpeningReasonMissing as refused:
        messages.error(request, str(refused))
        return redirect("need", need_id=need_id)
    return _page(request, need, _form(request, need, None), words=words)


@require_POST
@signed_in
def end(request: Request, need_id: int) -> HttpResponse:
    """End a need: the help is no longer needed."""
    people.get_need(need_id=need_id, actor=request.actor, at=request.now)
    people.end_need(need_id=need_id, actor=request.actor, at=request.now)
    messages.success(request, _("It has ended; it stays on record for those entitled."))
    return redirect("needs")


def filter_form(request: Request) -> FilterForm:
    """Return what the register is narrowed to."""
    entitled = queries.entitled_in(actor=request.actor)
    groups = queries.list_need_groups(community_ids=entitled)
    return FilterForm(request.GET, grids=grid_choices(request), groups=groups)


def needs_shown(request: Request, *, resident: Any) -> dict[str, Any]:
    """Return what a resident's page shows of their needs: nothing to most."""
    day = queries.local_day(at=request.now)
    manages = queries.manages_needs(actor=request.actor, community_id=resident.community_id)
    return {
        "needs": queries.needs_of(actor=request.actor, resident=resident, on=day),
        "may_write_needs": manages and resident.until_date is None,
    }


def _page(request: Request, need: Any, form: NeedForm, *, words: str = "") -> HttpResponse:
    facts = {
        "need": need,
        "row": queries.row_of_need(need=need),
        "form": form,
        "words": words,
        "manages": need.until_date is None
        and queries.manages_needs(actor=request.actor, community_id=need.community_id),
        "opens_resident": queries.may_open_resident(
            actor=request.actor, resident_id=need.resident_id
        ),
        "entries": tell_events(events=queries.events_of_need(need=need), actor=request.actor),
    }
    return _unkept(show(request, "roster/need.html", "needs", facts, status=status_of(form)))


def _form(request: Request, need: Any, data: Any) -> NeedForm:
    initial = {"cadence": need.cadence, "responsible": need.responsible_id}
    accounts = _accounts(request, need.community_id)
    return NeedForm(data, groups=None, accounts=accounts, initial=initial)


def _accounts(request: Request, community_id: int) -> list[Any]:
    day = queries.local_day(at=request.now)
    return queries.account_candidates(community_id=community_id, kind="", on=day)


def _unkept(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    return answer
