"""Report: one page, few fields, no account."""

import re
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from linli.core import codes
from linli.core.errors import Refused
from linli.language.normal import is_blank_text
from linli.matters import services
from linli.matters.intake import calls_for, category_for, danger_of, suggest_categories
from linli.matters.workflow import Channel
from linli.people import queries as people
from linli.territory import queries as territory
from linli.web import outbox
from linli.web.access import Request
from linli.web.labels import category_name
from linli.web.photos import Photos, take_photos
from linli.web.resident import intake
from linli.web.resident.community import choose, community_of, office_phone_of, remember

_NUMBER = re.compile(r"\d{4}-(?P<key>\d{1,12})", re.ASCII)
_TICKS_MOST = 3
_PLACE_FIELDS = ("poster", "place_ref", "place_query", "place_text")

PHOTO_OF_REPORT = "REPORT"
"""The purpose of a photo that shows what was seen."""


class ReportForm(intake.WhatAndWhere):
    """What a resident is asked. Only the text and some place are needed."""

    community = forms.IntegerField(widget=forms.HiddenInput)
    poster = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)
    phone = forms.CharField(
        label=_("Your telephone number"),
        required=False,
        max_length=30,
        help_text=_("So that we can ask back and tell you the result. Handlers see it masked."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    name = forms.CharField(
        label=_("What may we call you?"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    on_behalf_of = forms.CharField(
        label=_("For whom do you report?"),
        required=False,
        max_length=40,
        help_text=_("Only if it is not for yourself, such as: my mother."),
    )
    complained_of = forms.TypedChoiceField(
        label=_("Is it a complaint about one of these?"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Then they see neither your name nor your number."),
    )
    agreed = forms.BooleanField(
        label=_(
            "I have read the privacy notice and agree that my number and name are used for it."
        ),
        required=False,
    )

    def __init__(self, *args: Any, community_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["complained_of"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", gettext("No")),
            *((one.pk, one.name) for one in people.organisations_of(community_id=community_id)),
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for consent only where personal data are given."""
        given = super().clean() or {}
        has_place = any(given.get(name) for name in _PLACE_FIELDS)
        if not has_place and given.get("latitude") is None:
            # Said together with the rest, not after it was mended.
            self.add_error("place_query", str(territory.PlaceNotNamed()))
        is_personal = given.get("phone") or given.get("name") or given.get("on_behalf_of")
        if is_personal and not given.get("agreed"):
            self.add_error(
                "agreed",
                gettext("Please agree to the privacy notice, or leave name and number empty."),
            )
        return given


# --- The page -------------------------------------------------------------------------------


@require_safe
def from_poster(request: Request, token: str) -> HttpResponse:  # noqa: ARG001  # a view
    """Open the form at the place where a poster hangs."""
    territory.get_poster(token=token)  # Says so if it is out of use.
    return HttpResponseRedirect(f"{reverse('report')}?poster={token}")


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: Request) -> HttpResponse:
    """Show the form, or take in what it brings."""
    poster_token = request.POST.get("poster") or request.GET.get("poster") or ""
    poster = territory.get_poster(token=poster_token) if poster_token else None
    community = poster.community if poster is not None else community_of(request)
    if community is None:
        return choose(request)
    request.community = community
    if request.method == "POST":
        return _take_in(request, community)
    initial = {"submission_key": uuid4(), "community": community.pk, "poster": poster_token}
    form = ReportForm(initial=initial, community_id=community.pk)
    page = render(request, "resident/report.html", _facts(request, community, form, Photos()))
    return remember(request=request, response=page, community=community)


def _take_in(request: Request, community: Any) -> HttpResponse:
    # Photos first: whatever else is wrong, the good ones are kept with the form.
    photos = take_photos(request=request, purpose=PHOTO_OF_REPORT)
    form = ReportForm(request.POST, community_id=community.pk)
    for fault in photos.errors:
        form.add_error(None, fault)
    status = 422
    if form.is_valid():
        try:
            return _accepted(request, _report(request, community, form.cleaned_data, photos))
        except Refused as refusal:
            field = refusal.field if refusal.field in form.fields else None
            form.add_error("place_query" if field == "place_text" else field, str(refusal))
            status = refusal.status if refusal.status == 429 else 422
    if outbox.is_from_outbox(request):
        said = [str(error) for errors in form.errors.values() for error in errors]
        return outbox.refused(sentences=said, status=status)
    template = "resident/_report_form.html" if request.htmx else "resident/report.html"
    return render(request, template, _facts(request, community, form, photos), status=status)


def _report(
    request: Request, community: Any, given: dict[str, Any], photos: Photos
) -> services.Reported:
    phone = given["phone"]
    intake.must_not_be_too_many(
        request=request,
        phone=phone,
        office_phone=office_phone_of(community, settings.OFFICE_PHONE),
    )
    location = intake.locate(community_id=community.pk, given=given)
    made = services.report(
        report=services.Report(
            submission_key=given["submission_key"],
            community_id=community.pk,
            text=given["text"],
            category_id=category_for(
                community_id=community.pk, text=given["text"], chosen_id=given["category"]
            ),
            location=location,
            channel=Channel.QR if given["poster"] else Channel.WEB,
            reporter=services.ReporterInput(
                name=given["name"],
                phone=phone,
                on_behalf_of=given["on_behalf_of"],
                agreed_privacy=given["agreed"],
            ),
            attachments=photos.tokens,
            complained_of_id=given["complained_of"],
            same_as_ids=_same_as(request.POST.getlist("same_as")),
        ),
        actor=request.actor,
        at=request.now,
    )
    if made.is_new:
        intake.count_accepted(request=request, phone=phone)
    return made


def _same_as(ticked: list[str]) -> list[int]:
    """Return the keys of the matters, by their numbers such as 2026-123, that somebody ticked."""
    found = [_NUMBER.fullmatch(number) for number in ticked[:_TICKS_MOST]]
    return [int(one["key"]) for one in found if one is not None]


def _accepted(request: Request, made: services.Reported) -> HttpResponse:
    url = reverse("report_done", args=[made.tracking_code])
    if outbox.is_from_outbox(request):
        code = codes.show_tracking_code(code=made.tracking_code)
        return outbox.accepted(url=url, code=code, is_private=made.matter.is_restricted)
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _facts(request: Request, community: Any, form: ReportForm, photos: Photos) -> dict[str, Any]:
    poster = str(form["poster"].value() or "")
    text = str(form["text"].value() or "")
    query = str(form["place_query"].value() or "")
    location = _known_place(form, community.pk)
    danger = danger_of(text=text)
    return {
        "community": community,
        "form": form,
        "photos": photos,
        "place": territory.describe(location=location) if poster and location else "",
        "choices": intake.places_for(community_id=community.pk, query=query) if query else [],
        "chosen_ref": form["place_ref"].value() or "",
        "office_phone": office_phone_of(community, settings.OFFICE_PHONE),
        "calls": calls_for(danger=danger),
        **_hints(request, community.pk, text, location, str(form["category"].value() or "")),
    }


def _known_place(form: ReportForm, community_id: int) -> territory.Location | None:
    """Return the place as far as the form names it, to look for duplicates there."""
    given = {name: form[name].value() or "" for name in ("poster", "place_ref", "place_query")}
    try:
        point = {
            name: float(value) if (value := form[name].value()) not in (None, "") else None
            for name in ("longitude", "latitude")
        }
        return intake.locate(community_id=community_id, given={**given, **point, "place_text": ""})
    except (Refused, ValueError):
        return None


# --- What the form asks while somebody types ------------------------------------------------


@require_safe
def suggest_places(request: Request) -> HttpResponse:
    """Offer the places that a few letters, or a point, may mean."""
    community = community_of(request)
    if community is None:
        return HttpResponse("")
    query = request.GET.get("place_query", "").strip()[:80]
    point = intake.point_of(given=request.GET)
    facts: dict[str, Any] = {"query": query, "chosen_ref": request.GET.get("place_ref", "")}
    if query:
        found = intake.places_for(community_id=community.pk, query=query)
        facts["choices"] = found
        if len(found) == 1:  # Nothing to choose between; it is seen and can be typed over.
            facts["chosen_ref"] = found[0].ref
    elif point is not None:
        longitude, latitude = point
        grid = territory.grid_at(longitude=longitude, latitude=latitude, community_id=community.pk)
        facts["is_outside"] = grid is None
        if grid is not None:
            facts["grid"] = grid
            facts["chosen_ref"] = intake.POINT
            facts["choices"] = intake.places_near(
                grid_id=grid.pk, longitude=longitude, latitude=latitude
            )
    facts["form"] = ReportForm(initial={}, community_id=community.pk)
    return render(request, "resident/_place_choices.html", facts)


@require_safe
def show_map(request: Request) -> HttpResponse:
    """Draw the community's own map to press on, once somebody opens it."""
    community = community_of(request)
    if community is None:
        return HttpResponse("")
    drawing = territory.map_of(community_id=community.pk)
    return render(request, "resident/_map.html", {"map": drawing})


@require_POST
def hint(request: Request) -> HttpResponse:
    """Say what the words seem to be: an emergency, a category, something known already."""
    community = community_of(request)
    if community is None:
        return HttpResponse("")
    text = request.POST.get("text", "")[:5000]
    form = ReportForm(request.POST, community_id=community.pk)
    facts = {
        "calls": calls_for(danger=danger_of(text=text)),
        "community": community,
        "is_fragment": True,
        **_hints(
            request,
            community.pk,
            text,
            _known_place(form, community.pk),
            request.POST.get("category", ""),
        ),
    }
    return render(request, "resident/_hints.html", facts)


def _hints(
    request: Request,
    community_id: int,
    text: str,
    location: territory.Location | None,
    chosen: str,
) -> dict[str, Any]:
    if is_blank_text(text=text):
        return {"suggested": [], "duplicates": []}
    categories = suggest_categories(community_id=community_id, text=text)
    chosen_id = int(chosen) if chosen.isdecimal() else None
    first = chosen_id if any(one.pk == chosen_id for one in categories) else None
    if first is None and categories:
        first = categories[0].pk
    return {
        "suggested": [(one.pk, category_name(category=one), one.pk == first) for one in categories],
        "duplicates": [
            {
                "number": matter.number,
                "category": category_name(category=matter.category),
                "where": matter.near,
                "at": matter.reported_at,
                "state": matter.state,
                "is_same": matter.number in request.POST.getlist("same_as"),
            }
            for matter in intake.duplicates_of(
                request=request, location=location, text=text, category_id=first
            )
        ],
    }
