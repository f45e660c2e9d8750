"""Entering a call: what somebody says on the telephone or at the counter, in twenty seconds."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core import codes
from linli.core.errors import NotFound, Refused
from linli.flows import use_cases
from linli.flows.use_cases import Entry, Then
from linli.language.normal import normalise
from linli.matters import queries
from linli.matters.services import Report, Reported, ReporterInput
from linli.matters.workflow import Channel
from linli.territory import queries as territory
from linli.territory.queries import Location
from linli.web.access import Request, for_roles
from linli.web.desk.queue import ENTERING_ROLES
from linli.web.steps import handler_choices, handler_of
from linli.web.steps.forms import hint_without_units, said

SPOTS_MOST = 6
_SPOT_KEYS = {"ESTATE": "estate_id", "BUILDING": "building_id", "PLACE": "place_id"}


class EntryForm(forms.Form):
    """One text box, who calls, where it is; the rest is known or suggested."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    text = said(_("What do they say?"), rows=3)
    phone = forms.CharField(label=_("Telephone"), required=False, strip=False)
    name = forms.CharField(label=_("Name"), required=False, strip=False)
    on_behalf_of = forms.CharField(
        label=_("On behalf of"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Such as “mother of …”")}),
    )
    channel = forms.ChoiceField(
        label=_("How it came in"),
        choices=[(Channel.PHONE, _("Telephone")), (Channel.COUNTER, _("Service counter"))],
        widget=forms.RadioSelect,
        initial=Channel.PHONE,
    )
    place = forms.CharField(
        label=_("Where"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Estate and building, or their own words")}),
    )
    spot = forms.CharField(required=False, widget=forms.HiddenInput)
    place_text = forms.CharField(label=_("More exactly"), required=False)
    category_id = forms.TypedChoiceField(
        label=_("Category"), required=False, coerce=int, empty_value=None
    )
    then = forms.ChoiceField(
        label=_("And then"),
        choices=[
            (Then.KEEP, _("Only enter it")),
            (Then.DISPATCH, _("Accept and dispatch")),
            (Then.SETTLE, _("Answered already")),
        ],
        widget=forms.RadioSelect,
        initial=Then.KEEP,
    )
    handler = forms.ChoiceField(label=_("Who handles it"), required=False)
    answer = said(_("What was answered"), required=False, rows=2)
    same_as = forms.IntegerField(required=False, widget=forms.HiddenInput, max_value=2**53)

    def __init__(self, *args: Any, community_id: int, at: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.community_id = community_id
        self.spots: list[territory.Found] = []
        category = self.fields["category_id"]
        handler = self.fields["handler"]
        assert isinstance(category, forms.ChoiceField)
        assert isinstance(handler, forms.ChoiceField)
        known = queries.list_categories(community_id=community_id).prefetch_related(None)
        category.choices = [("", gettext("By the words")), *((one.pk, one.name) for one in known)]
        handler.choices, _suggested = handler_choices(
            community_id=community_id, estate_id=None, kind="", at=at
        )
        handler.help_text = hint_without_units(choices=list(handler.choices))
        handler.choices = [("", gettext("Whoever usually handles it")), *list(handler.choices)[1:]]

    def clean(self) -> dict[str, Any]:
        """Find category and place from what was said, or ask which one is meant."""
        values = super().clean() or {}
        if values.get("text") and not values.get("category_id"):
            values["category_id"] = self._category_by(values["text"])
        # Without script the chosen one of several places comes as a choice of its own.
        values["spot"] = values.get("spot") or self.data.get("spot_choice", "")
        if not values["spot"] and values.get("place"):
            values["spot"] = self._spot_by(values["place"])
        return values

    def _category_by(self, text: str) -> int | None:
        found = queries.suggest_categories(community_id=self.community_id, text=text, limit=1)
        if found:
            return int(found[0].key)
        self.add_error("category_id", gettext("The words fit no category; please choose one."))
        return None

    def _spot_by(self, words: str) -> str:
        """Return the place that these words name; several are offered to choose from."""
        found = territory.search_places(
            community_id=self.community_id, query=words, limit=SPOTS_MOST
        )
        plain = normalise(text=words).replace(" ", "").lower()
        for one in found:
            if normalise(text=one.label).replace(" ", "").lower() == plain:
                return spot_key(one)
        if len(found) == 1:
            return spot_key(found[0])
        if found:
            self.spots = found
            self.add_error("place", gettext("Which of these is it?"))
        return ""


def spot_key(found: territory.Found) -> str:
    """Return a found place as one plain value."""
    return f"{found.kind}:{found.id}"


def location_of(*, community_id: int, spot: str, words: str) -> Location:
    """Return where it is: the place that was picked, or the words alone.

    :raises PlaceNotNamed: when neither was given.
    :raises NotFound: when what was picked is not in this community.
    """
    kind, _colon, number = spot.partition(":")
    picked: dict[str, Any] = {}
    if kind in _SPOT_KEYS and number.isdecimal() and len(number) < 16:
        picked[_SPOT_KEYS[kind]] = int(number)
    return territory.locate(community_id=community_id, place_text=words, **picked)


def community_of(request: Request) -> int:
    """Return the community for which this person answers the telephone."""
    grants = request.actor.grants_of(roles=ENTERING_ROLES)
    own = sorted({grant.community_id for grant in grants if grant.community_id is not None})
    if not own:
        raise NotFound
    return own[0]


@for_roles(*ENTERING_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: Request) -> HttpResponse:
    """Show an empty form, or take a call in and show the code to read out above the next one."""
    community_id = community_of(request)
    if request.method != "POST":
        return _show(request, _empty(request, community_id))
    form = EntryForm(request.POST, community_id=community_id, at=request.now)
    if form.is_valid():
        try:
            reported = _take_in(request, community_id, form.cleaned_data)
        except Refused as refusal:
            _blame(form, refusal)
        else:
            empty = _empty(request, community_id, channel=form.cleaned_data["channel"])
            return _show(request, empty, reported=reported)
    return _show(request, form, status=422)


def _empty(request: Request, community_id: int, **initial: Any) -> EntryForm:
    first = {"submission_key": uuid4(), **initial}
    return EntryForm(initial=first, community_id=community_id, at=request.now)


def _take_in(request: Request, community_id: int, given: dict[str, Any]) -> Reported:
    words = given["place_text"] or ("" if given["spot"] else given["place"])
    location = location_of(community_id=community_id, spot=given["spot"], words=words)
    report = Report(
        submission_key=UUID(str(given["submission_key"])),
        community_id=community_id,
        text=given["text"],
        category_id=given["category_id"],
        location=location,
        channel=Channel(given["channel"]),
        reporter=ReporterInput(
            name=given["name"],
            phone=given["phone"],
            on_behalf_of=given["on_behalf_of"],
            agreed_privacy=False,
        ),
    )
    then = Then(given["then"])
    handler = given["handler"]
    if then == Then.DISPATCH and not handler:
        handler = _usual_handler(request, community_id, given["category_id"], location)
    if given["same_as"]:
        then = Then.MERGE
    entry = Entry(
        report=report,
        then=then,
        answer=given["answer"],
        same_as_id=given["same_as"],
        **handler_of(key=handler),
    )
    return use_cases.enter_report(entry=entry, actor=request.actor, at=request.now)


def _usual_handler(
    request: Request, community_id: int, category_id: int, location: Location
) -> str:
    known = queries.list_categories(community_id=community_id).filter(pk=category_id).first()
    _choices, suggested = handler_choices(
        community_id=community_id,
        estate_id=location.estate_id,
        kind=known.handler_kind if known is not None else "",
        at=request.now,
    )
    return suggested


def _blame(form: EntryForm, refusal: Refused) -> None:
    name = {"note": "answer", "category": "category_id", "place_text": "place"}.get(
        refusal.field, refusal.field
    )
    if isinstance(refusal, NotFound):
        form.add_error("place", gettext("Please pick the place again."))
        return
    form.add_error(name if name in form.fields else None, str(refusal))


def _show(
    request: Request, form: EntryForm, *, reported: Reported | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "spots": form.spots, "picked": _picked(form)}
    if reported is not None:
        matter = reported.matter
        context |= {
            "entered": matter,
            "code": codes.show_tracking_code(code=reported.tracking_code),
            "is_seen": queries.visible_to(actor=request.actor, matter_id=matter.pk).exists(),
            "is_danger": matter.is_restricted,
        }
    response = render(request, "desk/entry.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _picked(form: EntryForm) -> str:
    """Return the place that stays picked when the form comes back."""
    return str(form.data.get("spot", "")) if form.is_bound else ""


# --- While one types --------------------------------------------------------------------------


@for_roles(*ENTERING_ROLES)
@require_safe
def find_spots(request: Request) -> HttpResponse:
    """Return the places that fit what was typed so far."""
    spots = territory.search_places(
        community_id=community_of(request),
        query=request.GET.get("place", "")[:60],
        limit=SPOTS_MOST,
    )
    return render(request, "desk/_spots.html", {"spots": spots, "picked": ""})


@for_roles(*ENTERING_ROLES)
@require_POST
def hints(request: Request) -> HttpResponse:
    """Return the categories that the words speak for, and what may be the same matter.

    It is posted, for what a caller says belongs into no address and no log of addresses.
    """
    community_id = community_of(request)
    text = request.POST.get("text", "")[:2000]
    suggested = queries.suggest_categories(community_id=community_id, text=text)
    names = {
        str(one.pk): one.name
        for one in queries.list_categories(community_id=community_id).prefetch_related(None)
    }
    chosen = request.POST.get("category_id", "")
    category = chosen if chosen in names else next((one.key for one in suggested), "")
    spot = _spot_of(request, community_id, int(category) if category else None)
    alike = (
        queries.suggest_duplicates(spot=spot, text=text, at=request.now)
        if spot is not None and text.strip()
        else []
    )
    context = {
        "categories": [(one.key, names[one.key]) for one in suggested if one.key in names],
        "duplicates": alike,
        "same_as": request.POST.get("same_as", ""),
    }
    return render(request, "desk/_hints.html", context)


def _spot_of(request: Request, community_id: int, category_id: int | None) -> queries.Spot | None:
    try:
        where = location_of(community_id=community_id, spot=request.POST.get("spot", ""), words="")
    except Refused:
        return None
    return queries.Spot(
        community_id=community_id,
        category_id=category_id,
        building_id=where.building_id,
        place_id=where.place_id,
        estate_id=where.estate_id,
        longitude=where.longitude,
        latitude=where.latitude,
    )
