"""The office: opinion maps — open one, look at statements, draw anew, close."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import NotFound
from linli.deliberation import queries
from linli.deliberation.queries import maps as found_maps
from linli.deliberation.queries import opinions as found_opinions
from linli.deliberation.services import maps as services
from linli.deliberation.services.errors import StepNotAllowed
from linli.web.access import Request, for_roles
from linli.web.accounts import status_of
from linli.web.deliberation.frame import READERS, RUNNERS, community_here, done, forum_choices, show
from linli.web.deliberation.map_drawing import HEIGHT, WIDTH, drawing_of
from linli.web.deliberation.map_pages import StatementForm


class MapForm(forms.Form):
    """What is asked, with the first statements."""

    forum = forms.TypedChoiceField(label=gettext_lazy("Forum"), coerce=int)
    topic = forms.TypedChoiceField(
        label=gettext_lazy("Topic"), required=False, coerce=int, empty_value=None
    )
    question = forms.CharField(
        label=gettext_lazy("The question"),
        max_length=services.QUESTION_MOST,
        help_text=gettext_lazy("Such as: how should we dry our laundry downstairs?"),
    )
    statements = forms.CharField(
        label=gettext_lazy("First statements, one a line"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "Short sentences with one thought each, from several sides. Eight to twenty are good."
        ),
    )
    takes_statements = forms.BooleanField(
        label=gettext_lazy("Residents may add statements; staff look at each first"),
        required=False,
        initial=True,
    )

    def __init__(
        self,
        *args: Any,
        forums: list[tuple[int, str]],
        topics: list[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["forum"].choices = forums  # type: ignore[attr-defined]
        self.fields["topic"].choices = [("", "—"), *topics]  # type: ignore[attr-defined]


@require_safe
@for_roles(*READERS)
def list_page(request: Request) -> HttpResponse:
    """List the maps with how many take part and what waits to be looked at."""
    facts = {"maps": found_maps.list_maps_of_office(actor=request.actor)}
    return show(request, "deliberation/office_maps.html", "office_maps", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def create(request: Request) -> HttpResponse:
    """Open a map."""
    community = community_here(request)
    forums = forum_choices(request, community_id=community.pk)
    topics = found_opinions.topics_to_answer(
        actor=request.actor, text="", community_id=community.pk
    )
    form = MapForm(
        request.POST or None,
        forums=forums,
        topics=[(one.topic.pk, one.topic.title) for one in topics],
        initial={"topic": request.GET.get("topic"), "forum": request.GET.get("forum")},
    )
    made = done(
        form,
        lambda said: services.open_map(
            forum_id=said["forum"],
            topic_id=said["topic"],
            question=said["question"],
            statements=said["statements"].splitlines(),
            takes_statements=said["takes_statements"],
            actor=request.actor,
            at=request.now,
        ),
    )
    if made is not None:
        messages.success(request, _("The map is open. Residents can answer now."))
        return redirect("office_map", map_id=made.pk)
    facts = {"form": form, "community": community, "has_forums": bool(forums)}
    status = status_of(form)
    return show(request, "deliberation/map_form.html", "office_maps", facts, status=status)


@require_safe
@for_roles(*READERS)
def page(request: Request, map_id: int) -> HttpResponse:
    """Show a map: how many answered, what waits, and the picture."""
    return _page(request, _get(request, map_id), StatementForm())


def _get(request: Request, map_id: int) -> Any:
    """Return a map of a community where this person works."""
    found = queries.get_map(actor=request.actor, map_id=map_id)
    if not queries.may_read(actor=request.actor, community_id=found.community_id):
        raise NotFound
    return found


def _page(request: Request, found: Any, form: StatementForm) -> HttpResponse:
    facts = {
        "map": found,
        "runs": queries.may_run(actor=request.actor, community_id=found.community_id),
        "statements": found_maps.statements_of(map_id=found.pk),
        "people": found_maps.count_participants(map_id=found.pk),
        "drawing": drawing_of(
            drawn=found.drawn,
            texts=found_maps.statement_texts(map_id=found.pk),
            participant_id=None,
        ),
        "width": WIDTH,
        "height": HEIGHT,
        "form": form,
    }
    status = status_of(form)
    return show(request, "deliberation/office_map.html", "office_maps", facts, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def add_statement(request: Request, map_id: int) -> HttpResponse:
    """Add a statement that stands at once."""
    found = _get(request, map_id)
    if request.method != "POST":
        return redirect("office_map", map_id=map_id)
    form = StatementForm(request.POST)
    given = {"map_id": map_id, "actor": request.actor, "at": request.now}
    if done(form, lambda said: services.add_statement(text=said["text"], **given)):
        return redirect("office_map", map_id=map_id)
    return _page(request, found, form)


@require_POST
@for_roles(*RUNNERS)
def moderate(request: Request, map_id: int, statement_id: int) -> HttpResponse:
    """Let a statement in, or take it out."""
    _get(request, map_id)
    try:
        services.moderate(
            statement_id=statement_id,
            is_in=request.POST.get("is_in") == "1",
            actor=request.actor,
            at=request.now,
        )
    except StepNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("office_map", map_id=map_id)


@require_POST
@for_roles(*RUNNERS)
def close(request: Request, map_id: int) -> HttpResponse:
    """Take no more answers."""
    try:
        services.close_map(map_id=map_id, actor=request.actor, at=request.now)
    except StepNotAllowed as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Closed. The last picture follows within a minute."))
    return redirect("office_map", map_id=map_id)


@require_POST
@for_roles(*RUNNERS)
def redraw(request: Request, map_id: int) -> HttpResponse:
    """Have a map drawn anew."""
    services.ask_to_draw(map_id=map_id, actor=request.actor, at=request.now)
    messages.success(request, _("It is drawn anew within a minute."))
    return redirect("office_map", map_id=map_id)


urlpatterns = [
    path("forums/maps/", list_page, name="office_maps"),
    path("forums/maps/new/", create, name="create_map"),
    path("forums/maps/<int:map_id>/", page, name="office_map"),
    path("forums/maps/<int:map_id>/statements/", add_statement, name="office_statement"),
    path(
        "forums/maps/<int:map_id>/statements/<int:statement_id>/",
        moderate,
        name="moderate_statement",
    ),
    path("forums/maps/<int:map_id>/close/", close, name="close_map"),
    path("forums/maps/<int:map_id>/redraw/", redraw, name="redraw_map"),
]
