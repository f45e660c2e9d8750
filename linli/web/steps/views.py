"""One address for each step of a matter, shared by the desk, the handlers and the grid."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from linli.core import codes
from linli.core.errors import NotEntitled, NotFound, Refused
from linli.matters import queries, services
from linli.matters.labels import STATES
from linli.matters.workflow import RULES, Party, State, Step
from linli.people import queries as people
from linli.web.access import DESK_ROLES, FIELD_ROLES, HANDLER_ROLES, Request, home_path, signed_in
from linli.web.photos import Photos, take_photos
from linli.web.steps.forms import About, StepForm
from linli.web.steps.table import (
    ERASE,
    OPEN_CONTACT,
    PAGES,
    Offer,
    StepPage,
    offers_for,
    path_of,
)

_ALLOWED = {OPEN_CONTACT: services.may_open_contact, ERASE: services.may_erase}
"""What is asked beside the buttons, in any state, and who may."""


@dataclass(frozen=True, slots=True)
class Late:
    """Somebody was faster: what stands now, who did it, and what was typed meanwhile."""

    sentence: str
    who: str = ""
    since: Any = None
    typed: list[str] = field(default_factory=list)


def step_context(
    *, about: About, back: str, opened: Offer | None = None, opens: bool = True
) -> dict[str, Any]:
    """Return what `steps/_steps.html` shows: the buttons, and the form that is open.

    `opens` fills in the likeliest step's form, so that one press does it.
    """
    offers = offers_for(about=about, opens=opens and opened is None)
    return {
        "matter": about.matter,
        "offers": offers,
        "opened": opened or next((offer for offer in offers.shown if offer.form), None),
        "back": back,
        "photos": Photos(),
    }


@signed_in
@require_http_methods(["GET", "POST"])
def take_step(request: Request, matter_id: int, code: str) -> HttpResponse:
    """Ask for what a step needs, or take it."""
    page = PAGES.get(code)
    if page is None:
        raise NotFound
    matter = queries.get_matter(actor=request.actor, matter_id=matter_id)
    about = About(matter=matter, actor=request.actor, at=request.now)
    if code in _ALLOWED and not services.may_know_reporters(matter=matter, actor=request.actor):
        raise NotFound
    if request.method == "GET":
        return _ask(request, about, code, page)
    form = page.form(request.POST, about=about, auto_id="step_%s")
    if not form.is_valid() and (refusal := _not_offered(request, about, code, form)) is not None:
        return refusal  # Whose step it is comes before what is missing in its form.
    photos = _photos_of(request, page)
    if form.is_valid() and not photos.errors:
        given = form.given() | ({"attachments": photos.tokens} if page.form.takes_photos else {})
        try:
            result = page.call(matter_id=matter_id, actor=request.actor, at=request.now, **given)
        except services.StepNotAllowed as refusal:
            return _too_late(request, about, form, refusal)
        except NotFound:
            if "into" not in form.fields:
                raise
            # This matter is here, so it is the other one that is not.
            form.add_error("into", _("There is no matter of this number."))
        except NotEntitled:
            raise
        except Refused as refusal:
            photos = _blame(form, photos, refusal)
        else:
            if page.keeps_open:
                return _show_contact(request, about, form, result)
            messages.success(request, str(page.done))
            return _go_back(request, matter_id)
    return _show(request, about, code, page, form, photos, status=422)


def _ask(request: Request, about: About, code: str, page: StepPage) -> HttpResponse:
    """Show the form of a step, if it can still be taken."""
    refusal = _not_offered(request, about, code, None)
    if refusal is not None:
        return refusal
    form = page.form(about=about, auto_id="step_%s")
    wanted = {name: value for name, value in request.GET.items() if name in form.fields}
    form.initial.update(wanted)
    return _show(request, about, code, page, form, Photos())


def _not_offered(
    request: Request, about: About, code: str, form: StepForm | None
) -> HttpResponse | None:
    """Answer for a step that the matter is past; nothing when it can still be taken.

    :raises NotEntitled: when it is somebody else's step.
    """
    if (allowed := _ALLOWED.get(code)) is not None:
        if not allowed(matter=about.matter, actor=about.actor):
            raise NotEntitled
        return None
    if code in offers_for(about=about, opens=False).codes:
        return None
    state = State(about.matter.state)
    step = Step.ACCEPT if code not in set(Step) else Step(code)
    if state in RULES[step].sources:
        raise NotEntitled
    return _too_late(request, about, form, services.StepNotAllowed(state=STATES[state]))


def _show(
    request: Request,
    about: About,
    code: str,
    page: StepPage,
    form: StepForm,
    photos: Photos,
    *,
    status: int = 200,
) -> HttpResponse:
    address = path_of(matter_id=about.matter.pk, code=code)
    opened = Offer(code=code, path=address, page=page, form=form)
    context = step_context(about=about, back=_back(request, about.matter.pk), opened=opened)
    context["photos"] = photos
    template = "steps/_steps.html" if request.htmx else "steps/page.html"
    response = render(request, template, context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _too_late(
    request: Request, about: About, form: StepForm | None, refusal: Refused
) -> HttpResponse:
    """Show how the matter stands now and who was faster; give back what was typed."""
    matter = queries.get_matter(actor=request.actor, matter_id=about.matter.pk)
    fresh = About(matter=matter, actor=request.actor, at=request.now)
    last = queries.events_of(matter=matter).last()
    who = "" if last is None or last.actor == request.actor.key else _who(last.actor)
    late = Late(
        sentence=str(refusal),
        who=who,
        since=last.happened_at if last is not None else None,
        typed=form.typed if form is not None else [],
    )
    context = step_context(about=fresh, back=_back(request, matter.pk), opens=False)
    context["late"] = late
    if request.htmx:
        response = render(request, "steps/_steps.html", context, status=409)
        return reswap(retarget(response, "#steps"), "outerHTML")
    return render(request, "steps/page.html", context, status=409)


def _who(key: str) -> str:
    kind, _colon, number = key.partition(":")
    if kind == "account" and number.isdigit():
        return people.names_of(account_ids=[int(number)]).get(int(number), "")
    return _("whoever asked") if kind == "reporter" else ""


def _show_contact(request: Request, about: About, form: StepForm, contact: Any) -> HttpResponse:
    reporter = next(one for one in about.reporters if one.pk == form.cleaned_data["reporter_id"])
    code = ""
    if not contact.is_erased and _may_read_out_code(request, about.matter):
        code = services.tracking_code_of(reporter=reporter)
    back = _back(request, about.matter.pk)
    context = step_context(about=about, back=back, opens=False) | {
        "contact": contact,
        "reporter": reporter,
        "tracking_code": codes.show_tracking_code(code=code),
    }
    response = render(request, "steps/_steps.html" if request.htmx else "steps/page.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_read_out_code(request: Request, matter: Any) -> bool:
    """Tell whether this person is the desk: with the code one speaks, and rates, as who asked."""
    parties = queries.parties_of(actor=request.actor, matter=matter)
    return Party.DESK in parties and not queries.handled(actor=request.actor, order=matter.order)


def _photos_of(request: Request, page: StepPage) -> Photos:
    if not page.form.takes_photos:
        return Photos()
    return take_photos(request=request, purpose="RESULT")


def _blame(form: StepForm, photos: Photos, refusal: Refused) -> Photos:
    """Say a refusal beside the field it is about; return the photos with theirs."""
    if refusal.field == "photos":
        return Photos(kept=photos.kept, errors=(*photos.errors, str(refusal)))
    names = (refusal.field, f"{refusal.field}_id", f"{refusal.field}_on")
    form.add_error(next((name for name in names if name in form.fields), None), str(refusal))
    return photos


def _go_back(request: Request, matter_id: int) -> HttpResponse:
    back = _back(request, matter_id)
    if not queries.visible_to(actor=request.actor, matter_id=matter_id).exists():
        back = home_path(actor=request.actor)  # The step took it out of this person's sight.
    return HttpResponseClientRedirect(back) if request.htmx else HttpResponseRedirect(back)


def _back(request: Request, matter_id: int) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return safe_path(wanted=wanted) or matter_path(request=request, matter_id=matter_id)


def safe_path(*, wanted: str) -> str:
    """Return an address if it is one of ours, else an empty string."""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted.startswith("/") else ""


def matter_path(*, request: Request, matter_id: int) -> str:
    """Return the page of a matter on the face that this person has."""
    roles = request.actor.roles
    if roles.intersection((*DESK_ROLES, "OVERSEER")):
        return f"/desk/{matter_id}/"
    if roles.intersection(FIELD_ROLES):
        return f"/field/matters/{matter_id}/"
    if roles.intersection(HANDLER_ROLES):
        return f"/orders/{matter_id}/"
    return home_path(actor=request.actor)


urlpatterns = [
    path("matters/<int:matter_id>/<slug:code>/", take_step, name="take_step"),
]
