"""Follow what one reported, by its tracking code: where it stands, and what one may still say."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.core import attachments, codes
from linli.core.actor import Actor, ActorKind
from linli.core.errors import NotFound, Refused
from linli.core.ref import Ref
from linli.language.mask import scrub_personal_data
from linli.matters import events, queries, services
from linli.matters.dossier import Dossier, dossier_of
from linli.matters.intake import calls_for, danger_of
from linli.matters.workflow import UNRESOLVED, Satisfaction, State, Step
from linli.territory import queries as territory
from linli.web import labels, limits
from linli.web.access import Request
from linli.web.address import whole_address
from linli.web.deliberation.followed import opinion_with, show_followed
from linli.web.labels import category_name
from linli.web.photos import Photos, take_photos
from linli.web.resident import words
from linli.web.resident.report import PHOTO_OF_REPORT

_RESULT = "RESULT"


class TooManyWrongCodes(Refused):
    """Somebody tries codes; whoever mistypes a few times never gets here."""

    sentence = _("Too many codes that do not exist were tried from here. Please wait an hour.")
    status = 429


@dataclass(frozen=True, slots=True)
class Followed:
    """A report, seen by whoever holds its code."""

    code: str
    reporter: Any
    matter: Any
    actor: Actor

    @property
    def shown_code(self) -> str:
        """Return the code in groups, as it is read out."""
        return codes.show_tracking_code(code=self.code)

    @property
    def is_merged(self) -> bool:
        """Tell whether another matter stands for what this person reported."""
        return bool(self.matter.pk != self.reporter.matter_id)


class RatingForm(forms.Form):
    """Two questions and room for a word."""

    solved = forms.ChoiceField(
        label=_("Has it been solved?"),
        choices=[("yes", _("Yes, it is solved")), ("no", _("No, not yet"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say whether it is solved.")},
    )
    satisfaction = forms.ChoiceField(
        label=_("How satisfied are you with how it was handled?"),
        choices=[(code.value, labels.TABLES["satisfaction"][code]) for code in Satisfaction],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say how satisfied you are.")},
    )
    comment = forms.CharField(
        label=_("Anything you want to say"),
        required=False,
        max_length=400,
        widget=forms.Textarea,
    )


# --- Finding it -----------------------------------------------------------------------------


@require_safe
def find(request: Request) -> HttpResponse:
    """Ask for a tracking code, and go to what it belongs to."""
    typed = request.GET.get("code", "").strip()[:60]
    fault: Any = ""
    if typed:
        try:
            return redirect("follow", code=codes.normalise_tracking_code(text=typed))
        except codes.InvalidCode as error:
            fault = _FAULTS[error.reason]
    facts = {"typed": typed, "fault": fault}
    return render(request, "resident/find.html", facts, status=422 if fault else 200)


_FAULTS = {
    "LENGTH": _("A tracking code has 10 letters and digits, such as 7K3F-9QXM-2P."),
    "CHARACTERS": _("A tracking code has only letters and digits, such as 7K3F-9QXM-2P."),
    "CHECK": _("This code cannot be right: a letter or digit was mistyped. Please compare it."),
}


def _with_code(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give the view what the code belongs to; count codes that belong to nothing."""

    @wraps(view)
    @never_cache
    def guarded(request: Request, code: str, **more: Any) -> HttpResponseBase:
        try:
            plain = codes.normalise_tracking_code(text=code)
        except codes.InvalidCode:
            return _unknown(request, code)  # Mistyped: its check letter says so. Nobody guesses.
        address = limits.address_of(request)
        if limits.WRONG_CODES.is_reached(key=address):
            raise TooManyWrongCodes
        try:
            reporter = queries.reporter_by_code(code=plain, at=request.now)
        except queries.UnknownCode:
            # One box for both kinds of codes: what is no report's may be an opinion's.
            opinion = opinion_with(code=plain)
            if opinion is not None:
                return show_followed(request, opinion, plain)
            limits.WRONG_CODES.count(key=address)
            return _unknown(request, code)
        actor = queries.actor_of_reporter(reporter=reporter)
        standing = queries.standing(matter=reporter.matter)
        followed = Followed(
            code=plain,
            reporter=reporter,
            matter=queries.get_matter(actor=actor, matter_id=standing.pk),
            actor=actor,
        )
        request.community = followed.matter.community
        return view(request, followed, **more)

    return guarded


def _unknown(request: Request, code: str) -> HttpResponse:
    return render(request, "resident/unknown_code.html", {"typed": code[:60]}, status=404)


# --- Seeing it ------------------------------------------------------------------------------


@require_safe
@_with_code
def show(request: Request, followed: Followed) -> HttpResponse:
    """Say where it stands, who has it, by when, and what was said."""
    return render(request, "resident/follow.html", _facts(followed, RatingForm()))


@require_safe
@_with_code
def done(request: Request, followed: Followed) -> HttpResponse:
    """Thank for a report just made and give its code, large."""
    own = followed.reporter.matter
    danger = danger_of(text=own.text)
    facts = {
        "followed": followed,
        "place": territory.describe(location=_location_of(own)),
        "address": whole_address(request=request, path=reverse("follow", args=[followed.code])),
        "calls": calls_for(danger=danger or ("EMERGENCY" if _is_emergency(own) else "")),
    }
    return render(request, "resident/done.html", facts)


@require_safe
@_with_code
def photo(request: Request, followed: Followed, token: Any) -> HttpResponseBase:
    """Show a photo of what one sent oneself, or of the result."""
    found = attachments.get_by_token(token=token)
    subject = (found.subject_kind, found.subject_id)
    own, standing = (
        (queries.SUBJECT, followed.reporter.matter_id),
        (
            queries.SUBJECT,
            followed.matter.pk,
        ),
    )
    is_own = subject == own and found.purpose == PHOTO_OF_REPORT
    is_result = subject in (own, standing) and found.purpose == _RESULT
    if not is_own and not is_result:
        raise NotFound
    if "w" in request.GET:
        return FileResponse(attachments.thumbnail_of(attachment=found), content_type="image/jpeg")
    return FileResponse(found.file.open("rb"), content_type=found.media_type)


# --- Saying something -----------------------------------------------------------------------


@require_POST
@_with_code
def nudge(request: Request, followed: Followed) -> HttpResponse:
    """Remind whoever has it."""
    services.nudge(matter_id=followed.matter.pk, actor=followed.actor, at=request.now)
    messages.success(request, _("They were reminded. You can remind them again tomorrow."))
    return redirect("follow", code=followed.code)


@require_POST
@_with_code
def withdraw(request: Request, followed: Followed) -> HttpResponse:
    """Take back what one asked for."""
    services.withdraw(
        matter_id=followed.matter.pk,
        reporter_id=followed.reporter.pk,
        actor=followed.actor,
        at=request.now,
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, _("Your report was withdrawn."))
    return redirect("follow", code=followed.code)


@require_POST
@_with_code
def erase(request: Request, followed: Followed) -> HttpResponse:
    """Have one's name and number forgotten; the record of what was done stays."""
    services.erase_reporter(
        matter_id=followed.matter.pk,
        reporter_id=followed.reporter.pk,
        actor=followed.actor,
        at=request.now,
    )
    messages.success(request, _("Your name and number were erased for good."))
    return redirect("follow", code=followed.code)


@require_POST
@_with_code
def rate(request: Request, followed: Followed) -> HttpResponse:
    """Say whether it is solved and how satisfied one is, with photos if there is something."""
    photos = take_photos(request=request, purpose=PHOTO_OF_REPORT)
    form = RatingForm(request.POST)
    for fault in photos.errors:
        form.add_error(None, fault)
    if form.is_valid():
        try:
            _rate(request, followed, form.cleaned_data, photos)
        except services.AlreadyRated as refusal:
            messages.info(request, str(refusal))
            return redirect("follow", code=followed.code)
        except Refused as refusal:
            field = refusal.field if refusal.field in form.fields else None
            form.add_error(field, str(refusal))
        else:
            messages.success(request, _thanks(form.cleaned_data))
            return redirect("follow", code=followed.code)
    facts = _facts(followed, form, photos)
    return render(request, "resident/follow.html", facts, status=422)


def _rate(request: Request, followed: Followed, given: dict[str, Any], photos: Photos) -> None:
    with transaction.atomic():
        services.rate(
            matter_id=followed.matter.pk,
            reporter_id=followed.reporter.pk,
            actor=followed.actor,
            at=request.now,
            solved=given["solved"] == "yes",
            satisfaction=given["satisfaction"],
            comment=given["comment"],
        )
        if photos.tokens:
            attachments.claim(
                tokens=photos.tokens,
                subject=Ref(queries.SUBJECT, followed.reporter.matter_id),
                actor=request.actor,
                at=request.now,
            )


def _thanks(given: dict[str, Any]) -> str:
    if given["solved"] == "no" or given["satisfaction"] == Satisfaction.DISSATISFIED:
        return gettext("Thank you. It goes back to be done again, with a new deadline.")
    return gettext("Thank you for your rating.")


# --- What the page shows --------------------------------------------------------------------


def _facts(followed: Followed, form: RatingForm, photos: Photos | None = None) -> dict[str, Any]:
    matter, reporter = followed.matter, followed.reporter
    dossier = dossier_of(matter=matter)
    steps = queries.steps_for(actor=followed.actor, matter=matter)
    rated = [one for one in dossier.ratings.get(reporter.pk, ()) if one.round == matter.round]
    is_restricted = matter.is_restricted or reporter.matter.is_restricted
    who = "" if is_restricted else _who_has_it(dossier)
    own_photos = _own_photos(followed)
    community = matter.community
    profile = territory.profile_of(community_id=community.pk)
    return {
        "followed": followed,
        "matter": matter,
        "own": reporter.matter,
        "place": territory.describe(location=_location_of(reporter.matter)),
        "category": category_name(category=reporter.matter.category),
        "sentence": words.where_it_stands(
            state=matter.state,
            who=who,
            is_restricted=is_restricted,
            was_answered=matter.was_answered,
        ),
        "stations": words.stations(state=matter.state, was_answered=matter.was_answered),
        "who": who,
        "has_deadline": matter.state in UNRESOLVED and not is_restricted,
        "is_paused": matter.state == State.PAUSED,
        "said": _said(dossier, reporter),
        "milestones": _milestones(dossier, followed),
        "result": _result(dossier),
        "result_photos": _addresses(followed, dossier.result_photos),
        "own_photos": _addresses(followed, own_photos),
        "has_withdrawn": reporter.withdrawn_at is not None,
        "goes_on_without_them": reporter.withdrawn_at is not None and matter.state in UNRESOLVED,
        "was_withdrawn_for_them": _was_withdrawn_for_them(dossier, reporter),
        "is_erased": reporter.erased_at is not None,
        "has_contact": bool(
            reporter.phone_digest or reporter.agreed_privacy_at is not None or own_photos
        ),
        "may_nudge": Step.NUDGE in steps,
        "may_withdraw": Step.WITHDRAW in steps and reporter.withdrawn_at is None,
        "may_rate": Step.RATE in steps and not rated,
        "rating": rated[-1] if rated else None,
        "form": form,
        "photos": photos or Photos(),
        "community": community,
        "office_phone": profile.office_phone or settings.OFFICE_PHONE,
        "calls": calls_for(danger="EMERGENCY" if _is_emergency(reporter.matter) else ""),
    }


def _was_withdrawn_for_them(dossier: Dossier, reporter: Any) -> bool:
    """Tell whether the office entered the withdrawal: the page must not say that they did it."""
    own = {f"{ActorKind.REPORTER}:{reporter.pk}", f"{ActorKind.ACCOUNT}:{reporter.account_id}"}
    return any(
        event.name == events.WITHDRAWN
        and event.facts.get("reporter_id") == reporter.pk
        and event.actor not in own
        for event in dossier.events
    )


def _is_emergency(matter: Any) -> bool:
    return bool(matter.kind == matter.Kind.EMERGENCY)


def _who_has_it(dossier: Dossier) -> str:
    """Return the unit that has it; of a person only that it is somebody of the community."""
    order = dossier.holder or dossier.matter.order
    if order is None:
        return ""
    if order.organisation is not None:
        return str(order.organisation.name)
    return gettext("The community’s staff")


def _said(dossier: Dossier, reporter: Any) -> list[dict[str, Any]]:
    """Return what was said to whoever asked: notes meant for them, and calls to them."""
    notes = [
        {"what": gettext("The community says"), "at": note.written_at, "text": note.text}
        for note in dossier.notes
        if note.for_reporter
    ]
    told = [
        {
            "what": gettext("You were not reached")
            if one.means == one.Means.NOT_REACHED
            else gettext("You were told"),
            "at": one.told_at,
            "text": one.text,
        }
        for one in dossier.told.get(reporter.pk, ())
    ]
    return sorted([*notes, *told], key=lambda one: one["at"])


def _milestones(dossier: Dossier, followed: Followed) -> list[dict[str, Any]]:
    """Return the way it went; of a matter that stands for mine, not that others reported it."""
    found = []
    own_id = followed.reporter.matter_id
    for event in dossier.events:
        is_own = event.subject_id == own_id
        begins_or_ends = event.name in (
            events.REPORTED,
            events.WITHDRAWN,
            events.MERGED,
            events.UNMERGED,
        )
        if begins_or_ends and not is_own:
            continue
        what = words.milestone(event_name=event.name)
        if what and (is_own or event.subject_id == followed.matter.pk):
            found.append({"what": what, "at": event.happened_at})
    return found


def _result(dossier: Dossier) -> str:
    """Return what the unit says it did, once it says it is done."""
    order = dossier.matter.order
    shown = (State.RESOLVED, State.VERIFIED, State.CLOSED)
    if order is None or dossier.matter.state not in shown:
        return ""
    return scrub_personal_data(text=order.resolution)


def _own_photos(followed: Followed) -> list[Any]:
    subject = Ref(queries.SUBJECT, followed.reporter.matter_id)
    return [
        one for one in attachments.attachments_of(subject=subject) if one.purpose == PHOTO_OF_REPORT
    ]


def _addresses(followed: Followed, found: list[Any]) -> list[dict[str, str]]:
    return [
        {"url": reverse("follow_photo", args=[followed.code, one.token]), "name": one.name}
        for one in found
    ]


def _location_of(matter: Any) -> territory.Location:
    columns = territory.Location.__dataclass_fields__
    return territory.Location(**{name: getattr(matter, name) for name in columns})
