"""The phone: today's doors, one of them with five big buttons, and what was found there."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import NotFound, Refused
from linli.flows import use_cases
from linli.language.mask import find_personal_data, scrub_personal_data
from linli.people import queries as people
from linli.people import services as roster
from linli.visits import queries, services
from linli.visits.forms.definition import asked, shown
from linli.web import outbox
from linli.web.access import FIELD_ROLES, Request, signed_in
from linli.web.photos import Photos, take_photos
from linli.web.photos import shown as shown_photos
from linli.web.telling import tell_events
from linli.web.visits.forms import QuestionsForm

_WALKERS = frozenset((*FIELD_ROLES, "SOCIAL_WORKER", "STAFF", "SECRETARY"))
_OFFERS = {
    "VACANT": ("VACANT", ("LIVES_HERE", "LIVES_ELSEWHERE", "LET", "UNKNOWN")),
    "LIVES_ELSEWHERE": ("LIVES_ELSEWHERE", ("LIVES_HERE", "VACANT", "LET", "UNKNOWN")),
    "MET": ("LIVES_HERE", ("VACANT", "UNKNOWN")),
}
"""Which status an outcome speaks for, and against which others."""


class PhotosRefused(Refused):
    """A photo could not be kept; why stands beside the picker."""

    sentence = _("A photo could not be taken. What was typed is kept.")


@signed_in
@require_safe
def today(request: Request) -> HttpResponse:
    """Show the doors that wait, in walking order, and the code of the day."""
    day = people.local_day(at=request.now)
    rows = queries.due_visits(actor=request.actor, on=day)
    later = queries.later_days(actor=request.actor, on=day)
    if not (rows or later or _WALKERS & request.actor.roles):
        raise NotFound
    communities = {row.visit.campaign.community_id for row in rows} | request.actor.community_ids
    facts = {
        "day": day,
        "rows": rows,
        "later": later,
        "passes": [
            one.code
            for key in sorted(communities)
            for one in queries.on_round(community_id=key, on=day)
            if one.account_id == request.actor.account_id
        ],
        "shown_most": queries.SHOWN_MOST,
    }
    return render(request, "visits/today.html", facts)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Request, visit_id: int) -> HttpResponse:
    """Show one door; take in what came of the call."""
    visit = queries.get_visit(actor=request.actor, visit_id=visit_id)
    data = request.POST if request.method == "POST" else None
    form = QuestionsForm(data, definition=visit.form_version.definition)
    said, photos = "", Photos()
    if data is not None:
        photos = take_photos(request=request, purpose="REPORT") if form.photos else photos
        try:
            return _recorded(request, visit_id, form, photos)
        except services.AnswersWrong as refused:
            form.is_valid()
            form.blame(refused.wrong)
            said = str(refused)
        except services.AlreadyRecorded as refused:
            if not outbox.is_from_outbox(request):
                messages.error(request, str(refused))
                return outbox.lead_on(request, reverse("field_visit", args=[visit_id]))
            said = str(refused)
        except (services.OutcomeMissing, services.CalledTooEarly, PhotosRefused) as refused:
            said = str(refused)
        if outbox.is_from_outbox(request):
            return outbox.refused(sentences=[said])
    facts = _facts(request, visit) | {"form": form, "said": said, "photos": photos}
    template = "visits/_visit_form.html" if request.htmx else "visits/visit.html"
    return render(request, template, facts, status=422 if said else 200)


@signed_in
@require_POST
def correct(request: Request, visit_id: int) -> HttpResponse:
    """Correct the household's status by what the visit saw: one tap."""
    visit = queries.get_visit(actor=request.actor, visit_id=visit_id)
    wanted = _offer(request, visit)
    if wanted is None:
        raise NotFound
    try:
        roster.set_household(
            household_id=visit.household_id,
            status=wanted,
            employer=visit.household.employer,
            version=visit.household.version,
            actor=request.actor,
            at=request.now,
        )
    except (roster.SomebodyLivesThere, roster.ChangedMeanwhile) as refused:
        messages.error(request, str(refused))
        return redirect("field_visit", visit_id=visit_id)
    messages.success(request, gettext("The roster is corrected."))
    return redirect("field_visits")


@signed_in
@require_POST
def report_finding(request: Request, visit_id: int) -> HttpResponse:
    """Make a matter of what was found, at this building and on this thread."""
    visit = queries.get_visit(actor=request.actor, visit_id=visit_id)
    try:
        matter = use_cases.report_finding(
            visit_id=visit.pk,
            text=request.POST.get("text", ""),
            submission_key=outbox.key_of(request.POST.get("submission_key", "")),
            actor=request.actor,
            at=request.now,
        )
    except Refused as refused:
        if outbox.is_from_outbox(request):
            return outbox.refused(sentences=[str(refused)])
        facts = _facts(request, visit) | {
            "form": QuestionsForm(definition=visit.form_version.definition),
            "finding_said": str(refused),
            "finding_text": request.POST.get("text", ""),
        }
        return render(request, "visits/visit.html", facts, status=422)
    if outbox.is_from_outbox(request):
        return outbox.accepted(url=reverse("field_visit", args=[visit_id]))
    messages.success(request, gettext("Reported as No. %(number)s.") % {"number": matter.pk})
    if find_personal_data(text=request.POST.get("text", "")):
        messages.info(request, gettext("Phone and ID numbers in the text were hidden."))
    return redirect("field_visit", visit_id=visit_id)


def _recorded(request: Request, visit_id: int, form: QuestionsForm, photos: Photos) -> HttpResponse:
    if photos.errors:
        form.is_valid()
        form.photo_errors = list(photos.errors)
        raise PhotosRefused
    visit = services.record_visit(
        visit_id=visit_id,
        recorded=services.Recorded(
            submission_key=outbox.key_of(request.POST.get("submission_key", "")),
            outcome=request.POST.get("outcome", ""),
            answers=form.given(photos=photos.tokens),
            phone_at=outbox.phone_at(request.POST.get("phone_at", "")),
        ),
        actor=request.actor,
        at=request.now,
    )
    if outbox.is_from_outbox(request):
        return outbox.accepted(url=reverse("field_visit", args=[visit_id]))
    messages.success(request, gettext("Recorded."))
    visit = queries.get_visit(actor=request.actor, visit_id=visit_id)
    stays = _offer(request, visit) is not None or bool(_texts(visit))
    return outbox.lead_on(
        request, reverse("field_visit", args=[visit_id]) if stays else reverse("field_visits")
    )


def _facts(request: Request, visit: Any) -> dict[str, Any]:
    answers = queries.answers_of(visit=visit)
    definition = visit.form_version.definition
    household = visit.household
    said = "\n".join(_texts(visit))
    events = queries.events_on(visits=[*queries.earlier_calls(visit=visit), visit])
    findings = queries.findings_of(visit=visit)
    roster_open = people.households_open_to(actor=request.actor).filter(pk=household.pk).exists()
    return {
        "visit": visit,
        "address": people.address_of(household=household),
        "building": f"{household.estate.name} {household.building.name}",
        "taken": shown_photos(queries.photos_of(visit=visit)),
        "cause": queries.cause_of(visit=visit),
        "is_open": visit.state in ("DUE", "MISSED"),
        "is_roster_open": roster_open,
        "submission_key": uuid4(),
        "finding_key": uuid4(),
        "finding_text": "" if findings else scrub_personal_data(text=said),
        "is_finding_hidden": not findings and bool(find_personal_data(text=said)),
        "answers": shown(definition=definition, answers=answers, language=get_language() or ""),
        "offer": _offer(request, visit),
        "findings": findings,
        "thread": tell_events(events=events, actor=request.actor),
    }


def _texts(visit: Any) -> list[str]:
    """Return what was answered in people's own words: it may be something to be done."""
    answers = queries.answers_of(visit=visit)
    questions = asked(definition=visit.form_version.definition)
    named = [one["name"] for one in questions if one["type"] == "text"]
    return [str(answers[name]) for name in named if name in answers]


def _offer(request: Request, visit: Any) -> str | None:
    """Return the status that the household should have by this visit, if it has another one."""
    status, others = _OFFERS.get(visit.outcome, ("", ()))
    household = visit.household
    if household.until_date is not None or household.status not in others:
        return None
    return status if people.may_keep_roster(actor=request.actor, row=household) else None
