"""The field face: today, one round button to report, and the matter in one hand."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from linli.core.clocks import SHANGHAI
from linli.core.errors import NotFound, Refused
from linli.flows import use_cases
from linli.language.normal import is_blank_text
from linli.matters import dossier, queries, services, today
from linli.matters.intake import (
    calls_for,
    category_for,
    danger_of,
    location_walked,
    suggest_categories,
)
from linli.matters.workflow import Channel
from linli.people import queries as people
from linli.territory import queries as territory
from linli.visits import queries as visits
from linli.web import labels, outbox
from linli.web.access import FIELD_ROLES, Request, for_roles
from linli.web.photos import Photos, shown, take_photos
from linli.web.resident import intake
from linli.web.steps import About, step_context
from linli.web.telling import tell_events

_EVERYBODY_OUTSIDE = (*FIELD_ROLES, "SOCIAL_WORKER", "STAFF", "SECRETARY")
"""Staff walk the grid as well, and a stand-in may do so for the first time today."""


class PatrolForm(intake.WhatAndWhere):
    """What was seen on a round. A sentence is enough: in a cellar nobody looks a place up."""

    place_query = forms.CharField(
        label=_("Where is it?"),
        required=False,
        max_length=80,
        help_text=_(
            "Type an estate, a building or a place; initials will do. Or describe it. Left empty, "
            "it is filed at your grid, or at the community if you walk several."
        ),
    )
    advice = forms.CharField(
        label=_("What did you say to them?"),
        required=False,
        help_text=_("If you spoke to somebody on the spot: what you advised, and what they said."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    answer = forms.CharField(
        label=_("How was it settled?"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    is_settled = forms.BooleanField(label=_("It is settled already"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask how it was settled only if it is."""
        given = super().clean() or {}
        if given.get("is_settled") and is_blank_text(text=given.get("answer", "")):
            self.add_error("answer", gettext("Please say how it was settled."))
        return given


# --- Today ------------------------------------------------------------------------------------


@for_roles(*_EVERYBODY_OUTSIDE)
@require_safe
def show_today(request: Request) -> HttpResponse:
    """Show what needs this person now."""
    actor = request.actor
    communities = sorted(actor.community_ids)
    day = request.now.astimezone(SHANGHAI).date()
    return render(
        request,
        "field/today.html",
        {
            "today": today.today_of(actor=actor),
            "stands_in_for": people.names_of(account_ids=actor.stands_in_for).values(),
            "is_on_duty": actor.account_id in people.on_duty(area_ids=communities, at=request.now),
            "day": day,
            "visits_due": visits.count_due(actor=actor, on=day),
        },
    )


@for_roles(*_EVERYBODY_OUTSIDE)
@require_safe
def show_brought_in(request: Request) -> HttpResponse:
    """Show everything this person brought in, newest first."""
    after = request.GET.get("after", "")
    page = queries.page_of_reported(actor=request.actor, after=after)
    context = {"matters": page.matters, "older": page.next_after, "after": after}
    return render(request, "field/brought_in.html", context)


@for_roles(*_EVERYBODY_OUTSIDE)
@require_safe
def show_matter(request: Request, matter_id: int) -> HttpResponse:
    """Show one matter with the steps that are this person's to take."""
    matter = queries.get_matter(actor=request.actor, matter_id=matter_id)
    everything = dossier.dossier_of(matter=matter)
    about = About(matter=matter, actor=request.actor, at=request.now)
    steps = step_context(about=about, back=request.get_full_path(), opens=False)
    return render(
        request,
        "field/matter.html",
        {
            "dossier": everything,
            "report_photos": shown(everything.report_photos),
            "result_photos": shown(everything.result_photos),
            "thread": tell_events(
                events=everything.events, actor=request.actor, dossiers={matter.pk: everything}
            ),
            **steps,
        },
    )


# --- Report -----------------------------------------------------------------------------------


@for_roles(*_EVERYBODY_OUTSIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: Request) -> HttpResponse:
    """Show the round button's form, or take in what it brings."""
    community_id = _community_of(request)
    if request.method != "POST":
        form = PatrolForm(initial={"submission_key": uuid4(), **_asked_place(request)})
        return render(request, "field/report.html", _facts(community_id, form, Photos()))
    photos = take_photos(request=request, purpose="REPORT")
    form = PatrolForm(request.POST)
    if form.is_valid() and not photos.errors:
        try:
            return _accepted(request, _enter(request, community_id, form.cleaned_data, photos))
        except Refused as refusal:
            names = {"note": "answer", "place_text": "place_query"}
            field = names.get(refusal.field, refusal.field)
            if field == "photos":
                photos = Photos(kept=photos.kept, errors=(str(refusal),))
            else:
                form.add_error(field if field in form.fields else None, str(refusal))
    if outbox.is_from_outbox(request):
        said = [str(error) for errors in form.errors.values() for error in errors]
        return outbox.refused(sentences=[*said, *photos.errors])
    template = "field/_report_form.html" if request.htmx else "field/report.html"
    return render(request, template, _facts(community_id, form, photos), status=422)


def _enter(
    request: Request, community_id: int, given: dict[str, Any], photos: Photos
) -> services.Reported:
    try:
        location = intake.locate(community_id=community_id, given={**given, "poster": ""})
    except territory.PlaceNotNamed:
        location = location_walked(actor=request.actor, community_id=community_id)
    made = services.Report(
        submission_key=given["submission_key"],
        community_id=community_id,
        text=given["text"],
        category_id=category_for(
            community_id=community_id,
            text=given["text"],
            chosen_id=given["category"],
            for_residents=False,
        ),
        location=location,
        channel=Channel.FIELD,
        attachments=photos.tokens,
        advice=given["advice"],
    )
    then = use_cases.Then.SETTLE if given["is_settled"] else use_cases.Then.KEEP
    entry = use_cases.Entry(report=made, then=then, answer=given["answer"])
    return use_cases.enter_report(entry=entry, actor=request.actor, at=request.now)


def _accepted(request: Request, made: services.Reported) -> HttpResponse:
    seen = queries.visible_to(actor=request.actor, matter_id=made.matter.pk).exists()
    # What turned out to be restricted is in the hands of those in charge, out of sight.
    url = reverse("field_matter", args=[made.matter.pk]) if seen else reverse("field")
    if outbox.is_from_outbox(request):
        return outbox.accepted(url=url)
    words = gettext("Reported.") if seen else gettext("Reported. Those in charge have it now.")
    messages.success(request, words)
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)


def _facts(community_id: int, form: PatrolForm, photos: Photos) -> dict[str, Any]:
    text = str(form["text"].value() or "")
    query = str(form["place_query"].value() or "")
    return {
        "form": form,
        "photos": photos,
        "choices": intake.places_for(community_id=community_id, query=query) if query else [],
        "chosen_ref": form["place_ref"].value() or "",
        **_hints(community_id, text, str(form["category"].value() or "")),
    }


@for_roles(*_EVERYBODY_OUTSIDE)
@require_POST
def hint(request: Request) -> HttpResponse:
    """Say what the words seem to be: an emergency, a category."""
    text = request.POST.get("text", "")[:5000]
    chosen = request.POST.get("category", "")
    return render(request, "field/_hints.html", _hints(_community_of(request), text, chosen))


@for_roles(*_EVERYBODY_OUTSIDE)
@require_safe
def suggest_places(request: Request) -> HttpResponse:
    """Offer the places that a few letters, or where one stands, may mean."""
    community_id = _community_of(request)
    query = request.GET.get("place_query", "").strip()[:80]
    facts: dict[str, Any] = {
        "form": PatrolForm(),
        "query": query,
        "chosen_ref": request.GET.get("place_ref", ""),
    }
    if query:
        facts["choices"] = intake.places_for(community_id=community_id, query=query)
    else:
        facts |= _places_around(community_id, request.GET)
    return render(request, "resident/_place_choices.html", facts)


def _places_around(community_id: int, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what stands near a point; the nearest building is chosen beforehand."""
    point = intake.point_of(given=given)
    if point is None:
        return {}
    longitude, latitude = point
    grid = territory.grid_at(community_id=community_id, longitude=longitude, latitude=latitude)
    if grid is None:
        return {"is_outside": True}
    near = intake.places_near(grid_id=grid.pk, longitude=longitude, latitude=latitude)
    return {
        "grid": grid,
        "choices": near,
        "chosen_ref": near[0].ref if near else intake.POINT,
    }


def _hints(community_id: int, text: str, chosen: str) -> dict[str, Any]:
    if is_blank_text(text=text):
        return {"suggested": [], "calls": ()}
    found = suggest_categories(community_id=community_id, text=text, for_residents=False)
    first = int(chosen) if chosen.isdecimal() else found[0].pk if found else None
    return {
        "suggested": [
            (one.pk, labels.category_name(category=one), one.pk == first) for one in found
        ],
        "calls": calls_for(danger=danger_of(text=text)),
    }


def _asked_place(request: Request) -> dict[str, str]:
    """Return the place that a link names, such as a building's page."""
    ref, words = request.GET.get("place_ref", ""), request.GET.get("place_query", "")
    return {"place_ref": ref[:40], "place_query": words[:80]}


def _community_of(request: Request) -> int:
    """Return the community this person walks in; of several, the first by its code's key."""
    found = sorted(request.actor.community_ids)
    if not found:
        raise NotFound
    return found[0]


urlpatterns = [
    path("field/", show_today, name="field"),
    path("field/brought-in/", show_brought_in, name="field_brought_in"),
    path("field/matters/<int:matter_id>/", show_matter, name="field_matter"),
    path("field/report/", report, name="field_report"),
    path("field/report/hint/", hint, name="field_hint"),
    path("field/report/places/", suggest_places, name="field_places"),
]
