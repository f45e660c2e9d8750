"""For anybody: say what one thinks, and read the idea box."""

from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.core import codes
from linli.core.errors import Refused
from linli.deliberation.queries import opinions as found_opinions
from linli.deliberation.services import opinions as services
from linli.deliberation.workflow import OpinionKind
from linli.matters.intake import calls_for, danger_of
from linli.web.access import Request
from linli.web.accounts import refuse
from linli.web.address import whole_address
from linli.web.deliberation import places
from linli.web.deliberation.followed import by_code
from linli.web.deliberation.telling import answer_of
from linli.web.labels import label_of
from linli.web.resident import intake
from linli.web.resident.community import choose, community_of, office_phone_of, remember


class SayForm(forms.Form):
    """What anybody is asked: their words, and whatever else they like."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    community = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("What is it?"), widget=forms.RadioSelect, initial=OpinionKind.OPINION
    )
    text = forms.CharField(
        label=_("What do you want to say?"),
        help_text=_("One sentence is enough. You get an answer."),
        error_messages={"required": _("Please say in words what you think.")},
        widget=forms.Textarea,
    )
    place = forms.CharField(
        label=_("Which building is it about?"),
        required=False,
        max_length=60,
        help_text=_("Estate and building; leave it empty if it is about all of us."),
    )
    forum = forms.TypedChoiceField(
        label=_("Who should talk it over?"), required=False, coerce=int, empty_value=None
    )
    name = forms.CharField(
        label=_("What may we call you?"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=_("Your telephone number"),
        required=False,
        max_length=30,
        help_text=_("Only if we may ask you back. It is kept encrypted and never published."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    agreed = forms.BooleanField(
        label=_(
            "I have read the privacy notice and agree that my number and name are used for it."
        ),
        required=False,
    )
    is_no_emergency = forms.BooleanField(
        label=_("Nobody is in danger: it is an opinion."), required=False
    )

    def __init__(self, *args: Any, forums: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(str(one), label_of(code=one, table="opinion_kind")) for one in OpinionKind]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if len(forums) > 1:
            several = [("", gettext("I do not know")), *forums]
            self.fields["forum"].choices = several  # type: ignore[attr-defined]
        else:
            del self.fields["forum"]

    def clean(self) -> dict[str, Any]:
        """Ask for consent only where personal data are given."""
        given = super().clean() or {}
        if (given.get("phone") or given.get("name")) and not given.get("agreed"):
            self.add_error("agreed", str(services.ConsentMissing()))
        return given


# --- Saying it --------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def say(request: Request) -> HttpResponse:
    """Show the form, or take in what it brings."""
    community = community_of(request)
    if community is None:
        return choose(request)
    offered = found_opinions.forums_taking_opinions(actor=request.actor, community_id=community.pk)
    forums_offered = [(one.pk, one.name) for one in offered]
    if request.method == "POST":
        form = SayForm(request.POST, forums=forums_offered)
        code = _take_in(request, community, form, forums_offered) if form.is_valid() else ""
        if code:
            return redirect("opinion_said", code=code)
        return _page(request, community, form, status=422)
    kind = request.GET.get("kind", "").upper()
    initial = {
        "submission_key": uuid4(),
        "community": community.pk,
        "kind": kind if kind in set(OpinionKind) else OpinionKind.OPINION,
        "forum": request.GET.get("forum"),
    }
    form = SayForm(initial=initial, forums=forums_offered)
    page = _page(request, community, form)
    return remember(request=request, response=page, community=community)


def _page(request: Request, community: Any, form: SayForm, *, status: int = 200) -> HttpResponse:
    text = str(form["text"].value() or "")
    danger = danger_of(text=text)
    facts = {
        "community": community,
        "form": form,
        "buildings": places.building_names(community_id=community.pk),
        "calls": calls_for(danger=danger),
        # What is protected can only be reported; anything else may be meant as an opinion.
        "may_insist": bool(danger) and danger not in services.PROTECTED,
        "report_key": uuid4(),
    }
    return render(request, "deliberation/say.html", facts, status=status)


def _take_in(
    request: Request, community: Any, form: SayForm, offered: list[tuple[int, str]]
) -> str:
    """Return the code of what was said, or nothing where the form says what is wrong."""
    given = form.cleaned_data
    forum_id = given.get("forum") or (offered[0][0] if len(offered) == 1 else None)
    try:
        intake.must_not_be_too_many(
            request=request,
            phone=given["phone"],
            office_phone=office_phone_of(community, settings.OFFICE_PHONE),
        )
        building_id = places.building_named(community_id=community.pk, words=given["place"])
        said = services.say(
            opinion=services.OpinionInput(
                submission_key=given["submission_key"],
                community_id=community.pk,
                text=given["text"],
                kind=given["kind"],
                forum_id=forum_id,
                building_id=building_id,
                name=given["name"],
                phone=given["phone"],
                agreed_privacy=given["agreed"],
                is_no_emergency=given["is_no_emergency"],
            ),
            actor=request.actor,
            at=request.now,
        )
    except Refused as refused:
        refuse(form, refused)
        return ""
    if said.is_new:
        intake.count_accepted(request=request, phone=given["phone"])
    return said.code


@require_safe
@never_cache
def said(request: Request, code: str) -> HttpResponse:
    """Thank for what was just said and give its code, large."""
    opinion = by_code(request, code)
    request.community = opinion.community
    plain = codes.normalise_tracking_code(text=code)
    facts = {
        "opinion": opinion,
        "code": plain,
        "shown_code": codes.show_tracking_code(code=plain),
        "address": whole_address(request=request, path=reverse("follow", args=[plain])),
    }
    return render(request, "deliberation/said.html", facts)


# --- The idea box -----------------------------------------------------------------------------


@require_safe
def ideas(request: Request) -> HttpResponse:
    """Show what residents suggested and what became of it, in words of the staff."""
    community = community_of(request)
    if community is None:
        return choose(request)
    before = request.GET.get("before", "")
    rows, older = found_opinions.page_of_ideas(community_id=community.pk, before=before)
    facts = {
        "community": community,
        "rows": [
            {"opinion": one, "answer": answer_of(opinion=one), "topic": _topic_of(one)}
            for one in rows
        ],
        "older": f"?before={older}" if older else "",
        "is_first": not before,
    }
    page = render(request, "deliberation/ideas.html", facts)
    return remember(request=request, response=page, community=community)


def _topic_of(opinion: Any) -> Any | None:
    topic = found_opinions.standing_topic(topic=opinion.topic)
    return topic if topic is not None and topic.forum.is_public else None


urlpatterns = [
    path("deliberate/say/", say, name="say"),
    path("deliberate/said/<str:code>/", said, name="opinion_said"),
    path("deliberate/ideas/", ideas, name="ideas"),
]
