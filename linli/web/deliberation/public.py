"""For anybody: what is talked over here, and one topic from what was raised to what came of it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from linli.core.errors import NotFound
from linli.deliberation import queries
from linli.web.access import Request
from linli.web.resident.community import choose, community_of, remember
from linli.web.roster.frame import number_of

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
        "topics": found[:PAGE_SIZE],
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
        "path": queries.path_of(topic=found),
        "opinions_count": queries.opinions_count(topic=found),
        "rounds": queries.rounds_of(topic=found),
        "papers": queries.papers_of(topic=found),
    }
    return render(request, "deliberation/public_topic.html", facts)


urlpatterns = [
    path("deliberate/", home, name="deliberate"),
    path("deliberate/topics/<int:topic_id>/", topic, name="public_topic"),
]
