"""For anybody: what is talked over here, and one topic from what was raised to what came of it."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from linli.core.errors import NotFound
from linli.deliberation import queries
from linli.deliberation.queries import votes
from linli.deliberation.workflow import MeetingState
from linli.web.access import Request
from linli.web.deliberation.frame import path_shown
from linli.web.deliberation.papers import publication_csv, result_poster, vote_lines
from linli.web.resident.community import choose, community_of, remember
from linli.web.roster.frame import number_of
from linli.web.workbooks import download

PAGE_SIZE = 20


@require_safe
def home(request: Request) -> HttpResponse:
    """Show what is talked over, the newest first."""
    community = community_of(request)
    if community is None:
        return choose(request)
    rows = queries.public_topics(community_id=community.pk)
    before = number_of(request.GET.get("before"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE_SIZE + 1])
    facts = {
        "community": community,
        "forums": queries.public_forums(community_id=community.pk),
        "meetings": queries.public_meetings_to_come(community_id=community.pk, at=request.now),
        "votes": votes.public_votes(community_id=community.pk, at=request.now),
        "topics": [one for one in found[:PAGE_SIZE] if not one.has_ended],
        "ended": [one for one in found[:PAGE_SIZE] if one.has_ended],
        "older": found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None,
        "is_first": before is None,
    }
    page = render(request, "deliberation/public_home.html", facts)
    return remember(request=request, response=page, community=community)


@require_safe
def topic(request: Request, topic_id: int) -> HttpResponse:
    """Show a topic of a public forum."""
    found = queries.public_topic(topic_id=topic_id)
    if found is None:
        raise NotFound
    request.community = found.community
    facts = {
        "community": found.community,
        "topic": found,
        "path": path_shown(found),
        "opinions_count": queries.opinions_count(topic=found),
        "rounds": queries.rounds_of(topic=found),
        "papers": queries.public_papers_of(topic=found),
        "maps": queries.maps_open_to(actor=request.actor).filter(topic=found).order_by("id"),
        "meetings": [
            one
            for one, _present in queries.meetings_of(topic=found)
            if one.state != MeetingState.CANCELLED
        ],
        "votes": queries.votes_on(topic=found),
        # Nobody reads what came of it before all do.
        "resolutions": queries.resolutions_of(topic=found) if found.published_at else [],
        "judgement": queries.judgement_of(topic=found),
        "publications": queries.publications_of(topic=found),
    }
    return render(request, "deliberation/public_topic.html", facts)


@require_safe
def publication(request: Request, public_key: UUID) -> HttpResponse:
    """Show what was published, as it stood, with what was corrected since."""
    found = _published(public_key)
    request.community = found.topic.community
    facts = {
        "publication": found,
        "content": found.content,
        "topic": found.topic,
        "corrections": queries.corrections_of(publication=found),
        "votes": vote_lines(content=found.content),
        "files": [] if found.corrects_id else _files(found),
    }
    return render(request, "deliberation/publication.html", facts)


@require_safe
def publication_file(_request: Request, public_key: UUID, form: str) -> HttpResponse:
    """Hand out what was published as JSON or CSV, each with its checksum."""
    found = _published(public_key)
    if form not in _FILES:
        raise NotFound
    media_type, content_of = _FILES[form]
    name = f"{found.topic.forum.code}-{found.topic.pk}-{found.number}.{form}"
    return download(content=content_of(found), name=name, media_type=media_type)


def _json(found: Any) -> bytes:
    said = {"sha256": found.digest, "content": found.content}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, indent=2).encode()


def _csv(found: Any) -> bytes:
    return publication_csv(publication=found)


_FILES: dict[str, tuple[str, Callable[[Any], bytes]]] = {
    "json": ("application/json", _json),
    "csv": ("text/csv; charset=utf-8", _csv),
}


def _files(found: Any) -> list[tuple[str, str]]:
    """Return each file's form with the checksum of its bytes."""
    return [
        (form, hashlib.sha256(content_of(found)).hexdigest())
        for form, (_type, content_of) in _FILES.items()
    ]


@require_safe
def publication_poster(_request: Request, public_key: UUID) -> HttpResponse:
    """Hand out what was published as an A4 page for the board at the gate."""
    found = _published(public_key)
    if found.kind != "RESULT":
        raise NotFound
    url = reverse("publication", args=[found.public_key])
    content = result_poster(publication=found, path=url)
    name = f"{found.topic.title}.pdf"
    return download(content=content, name=name, media_type="application/pdf")


def _published(public_key: UUID) -> Any:
    """Return what was published of a topic of a public forum."""
    found = queries.public_publication(public_key=public_key)
    if found is None or found.topic is None or not found.topic.forum.is_public:
        raise NotFound
    return found


urlpatterns = [
    path("deliberate/", home, name="deliberate"),
    path("deliberate/topics/<int:topic_id>/", topic, name="public_topic"),
    path("deliberate/published/<uuid:public_key>/", publication, name="publication"),
    path(
        "deliberate/published/<uuid:public_key>/poster.pdf",
        publication_poster,
        name="publication_poster",
    ),
    path(
        "deliberate/published/<uuid:public_key>/result.<slug:form>",
        publication_file,
        name="publication_file",
    ),
]
