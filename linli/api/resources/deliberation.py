"""Deliberation, to read: forums, topics, meetings, resolutions, opinion maps.

A program reads what the pages show to whoever it acts for: everybody's pages for the public of a
community, and what else an account sees. Ballots are cast by none of them, see docs/api.md.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from linli.api.caller import READ, REPORT, Caller, caller_of
from linli.api.operations import reads
from linli.api.paging import key_of, mark_of
from linli.api.schemas import deliberation as shown
from linli.api.schemas.common import Paging, PathKey, name_of
from linli.core.errors import NotFound
from linli.deliberation import queries
from linli.deliberation.drawing import shown_of
from linli.deliberation.queries import listing
from linli.deliberation.queries import maps as of_maps
from linli.deliberation.queries import meetings as of_meetings
from linli.deliberation.queries.listing import Of
from linli.deliberation.queries.minutes import Minutes, place_of
from linli.deliberation.queries.public_minutes import published_minutes
from linli.deliberation.queries.results import carried_out_by, place_said
from linli.deliberation.workflow import (
    Decision,
    MeetingKind,
    MeetingState,
    PublicationKind,
    ReturnCause,
    TaskState,
    TopicState,
    Verdict,
)

if TYPE_CHECKING:
    from linli.deliberation.models import (
        Forum,
        Judgement,
        Meeting,
        OpinionMap,
        Publication,
        Resolution,
        Topic,
    )

router = Router(tags=["deliberation"])
SCOPES = (READ, REPORT)


# --- What the lists share -----------------------------------------------------------------------


def page_of(
    request: HttpRequest,
    wanted: Paging,
    name: str,
    read: Callable[..., listing.Page[Any]],
    row: Callable[[Any], Any],
) -> dict[str, Any]:
    """Return one page of a list that `read` gives, as its answer holds it."""
    caller = caller_of(request)
    found = read(
        actor=caller.actor,
        wanted=of_community(caller, wanted),
        after=key_of(name=name, mark=wanted.after),
        size=wanted.limit,
    )
    after = mark_of(name=name, key=found.next_after) if found.next_after else None
    return {"items": [row(one) for one in found.rows], "after": after}


def of_community(caller: Caller, wanted: Any) -> Of:
    """Return what is asked for; a program of the public is kept to its community.

    :raises NotFound: when it asks for another.
    """
    asked = wanted.community_id
    if caller.community_id is not None and asked not in (None, caller.community_id):
        raise NotFound
    return Of(
        community_id=caller.community_id or asked,
        forum_id=getattr(wanted, "forum_id", None),
        topic_id=getattr(wanted, "topic_id", None),
        state=getattr(wanted, "state", None) or "",
    )


def require_here(caller: Caller, community_id: int) -> None:
    """Keep a program of the public to its community.

    :raises NotFound: when something is another community's.
    """
    if caller.community_id not in (None, community_id):
        raise NotFound


# --- Forums -------------------------------------------------------------------------------------


@reads(
    router,
    "/forums",
    answers=shown.ForumList,
    summary=_("Forums"),
    scopes=SCOPES,
    paged=True,
)
def list_forums(request: HttpRequest, wanted: Query[shown.InCommunity]) -> shown.ForumList:
    """Return the forums that are open to the caller, the newest first."""
    return shown.ForumList(**page_of(request, wanted, "forums", listing.page_of_forums, _forum))


@reads(
    router,
    "/forums/{forum_id}",
    answers=shown.ForumRow,
    summary=_("One forum"),
    scopes=SCOPES,
)
def get_forum(request: HttpRequest, forum_id: PathKey) -> shown.ForumRow:
    """Return one forum."""
    caller = caller_of(request)
    found = queries.get_forum(actor=caller.actor, forum_id=forum_id)
    require_here(caller, found.community_id)
    return _forum(found)


def _forum(forum: "Forum") -> shown.ForumRow:
    return shown.ForumRow(
        id=forum.pk,
        name=forum.name,
        code=forum.code,
        purpose=forum.purpose,
        community_id=forum.community_id,
        levels=forum.levels,
        is_public=forum.is_public,
        is_running=forum.is_running,
        takes_opinions=forum.takes_opinions and forum.is_running,
        calendar=f"/deliberate/forums/{forum.pk}/calendar.ics" if forum.is_public else None,
    )


# --- Topics -------------------------------------------------------------------------------------


@reads(
    router,
    "/topics",
    answers=shown.TopicList,
    summary=_("Topics, newest first"),
    scopes=SCOPES,
    paged=True,
)
def list_topics(request: HttpRequest, wanted: Query[shown.TopicQuery]) -> shown.TopicList:
    """Return the topics that are open to the caller; each round of one is a row of its own."""
    return shown.TopicList(**page_of(request, wanted, "topics", listing.page_of_open_topics, _row))


def _row(topic: "Topic") -> shown.TopicRow:
    return shown.TopicRow(**_columns(topic))


def _columns(topic: "Topic") -> dict[str, Any]:
    return {
        "id": topic.pk,
        "trace": topic.trace,
        "forum": name_of(topic.forum),
        "community_id": topic.community_id,
        "title": topic.title,
        "state": topic.state,
        "level": topic.level,
        "place": place_said(topic=topic),
        "field": topic.field.name if topic.field is not None else "",
        "round": topic.round,
        "raised_at": topic.raised_at,
        "entered_at": topic.entered_at,
        "published_at": topic.published_at,
        "ended_at": topic.ended_at,
    }


@reads(
    router,
    "/topics/{topic_id}",
    answers=shown.TopicDetail,
    summary=_("One topic, from what was raised to what came of it"),
    scopes=SCOPES,
)
def get_topic(request: HttpRequest, topic_id: PathKey) -> shown.TopicDetail:
    """Return one round of a topic with its papers, meetings, votes and publications."""
    caller = caller_of(request)
    topic = listing.get_open_topic(actor=caller.actor, topic_id=topic_id)
    require_here(caller, topic.community_id)
    resolutions = listing.resolutions_shown(actor=caller.actor, topic=topic)
    judgement = queries.judgement_of(topic=topic)
    return shown.TopicDetail(
        **_columns(topic),
        why=topic.why,
        outcome=topic.outcome,
        return_cause=ReturnCause(topic.return_cause) if topic.return_cause else None,
        opinions_count=queries.opinions_count(topic=topic),
        steps=[
            shown.PathStepShown(name=one.name, is_done=one.is_done, is_here=one.is_here)
            for one in queries.path_of(topic=topic)
        ],
        rounds=[
            shown.RoundShown(id=one.pk, round=one.round, state=TopicState(one.state))
            for one in queries.rounds_of(topic=topic)
        ],
        papers=[
            shown.PaperShown(title=one.title, text=one.text, given_out_at=one.given_out_at)
            for one in queries.papers_of(topic=topic)
        ],
        meetings=[
            _meeting(one) for one in of_meetings.meetings_on(actor=caller.actor, topic=topic)
        ],
        votes=[one.pk for one in queries.votes_on(topic=topic)],
        resolutions=[_resolution(one) for one in resolutions],
        judgement=_judgement(judgement) if judgement is not None else None,
        publications=[_publication(one) for one in queries.publications_of(topic=topic)],
    )


def _judgement(judgement: "Judgement") -> shown.JudgementShown:
    is_judged = bool(judgement.verdict)
    return shown.JudgementShown(
        verdict=Verdict(judgement.verdict) if is_judged else None,
        percent_needed=judgement.rule.percent,
        satisfied=judgement.satisfied if is_judged else None,
        answered=judgement.answered if is_judged else None,
        unknown=judgement.unknown if is_judged else None,
        asked_until=judgement.vote.closes_at,
    )


def _publication(publication: "Publication") -> shown.PublicationShown:
    page = f"/deliberate/published/{publication.public_key}/"
    return shown.PublicationShown(
        kind=PublicationKind(publication.kind),
        number=publication.number,
        published_at=publication.published_at,
        sha256=publication.digest,
        page=page,
        files=[f"{page}result.json", f"{page}result.csv"],
    )


# --- Resolutions --------------------------------------------------------------------------------


@reads(
    router,
    "/resolutions",
    answers=shown.ResolutionList,
    summary=_("Resolutions with their tasks, newest first"),
    scopes=SCOPES,
    paged=True,
)
def list_resolutions(request: HttpRequest, wanted: Query[shown.OfTopic]) -> shown.ResolutionList:
    """Return what was decided and published, and how far each task is."""
    read = listing.page_of_resolutions
    return shown.ResolutionList(**page_of(request, wanted, "resolutions", read, _resolution))


@reads(
    router,
    "/resolutions/{resolution_id}",
    answers=shown.ResolutionRow,
    summary=_("One resolution with its tasks"),
    scopes=SCOPES,
)
def get_resolution(request: HttpRequest, resolution_id: PathKey) -> shown.ResolutionRow:
    """Return one resolution."""
    caller = caller_of(request)
    found = listing.get_resolution(actor=caller.actor, resolution_id=resolution_id)
    require_here(caller, found.topic.community_id)
    return _resolution(found)


def _resolution(resolution: "Resolution") -> shown.ResolutionRow:
    return shown.ResolutionRow(
        id=resolution.pk,
        number=resolution.number,
        topic_id=resolution.topic_id,
        topic_title=resolution.topic.title,
        decision=Decision(resolution.decision),
        text=resolution.text,
        meeting_id=resolution.meeting_id,
        vote_id=resolution.vote_id,
        adopted_at=resolution.adopted_at,
        sha256=resolution.digest,
        tasks=[
            shown.TaskShown(
                number=one.number,
                text=one.text,
                by=carried_out_by(task=one),
                due_date=one.due_date,
                state=TaskState(one.state),
                ended_at=one.ended_at,
            )
            for one in sorted(resolution.tasks.all(), key=lambda task: task.number)
        ],
    )


# --- Meetings -----------------------------------------------------------------------------------


@reads(
    router,
    "/meetings",
    answers=shown.MeetingList,
    summary=_("Meetings, the last planned first"),
    scopes=SCOPES,
    paged=True,
)
def list_meetings(request: HttpRequest, wanted: Query[shown.MeetingQuery]) -> shown.MeetingList:
    """Return the meetings of the forums that are open to the caller."""
    read = listing.page_of_open_meetings
    return shown.MeetingList(**page_of(request, wanted, "meetings", read, _meeting))


@reads(
    router,
    "/meetings/{meeting_id}",
    answers=shown.MeetingDetail,
    summary=_("One meeting with its agenda, and its published minutes"),
    scopes=SCOPES,
)
def get_meeting(request: HttpRequest, meeting_id: PathKey) -> shown.MeetingDetail:
    """Return one meeting as everybody reads it: no name stands here but in published minutes."""
    caller = caller_of(request)
    meeting = queries.get_meeting(actor=caller.actor, meeting_id=meeting_id)
    require_here(caller, meeting.community_id)
    minutes = published_minutes(meeting=meeting)
    # Published minutes hold the agenda, cleared of personal data.
    is_told = minutes is None and meeting.state != MeetingState.CANCELLED
    return shown.MeetingDetail(
        **_meeting(meeting).model_dump(),
        agenda=[
            shown.AgendaLine(title=one.title, topic_id=one.topic_id)
            for one in (of_meetings.items_of(meeting=meeting) if is_told else ())
        ],
        minutes=_minutes(meeting, minutes) if minutes is not None else None,
    )


def _meeting(meeting: "Meeting") -> shown.MeetingRow:
    return shown.MeetingRow(
        id=meeting.pk,
        trace=meeting.trace,
        forum=name_of(meeting.forum),
        community_id=meeting.community_id,
        name=meeting.name,
        kind=MeetingKind(meeting.kind),
        state=MeetingState(meeting.state),
        starts_at=meeting.starts_at,
        place=place_of(meeting=meeting),
        summary=meeting.summary if meeting.state == MeetingState.CANCELLED else "",
    )


def _minutes(meeting: "Meeting", minutes: Minutes) -> shown.MinutesShown:
    return shown.MinutesShown(
        chair=minutes.chair,
        recorder=minutes.recorder,
        opened_at=minutes.opened_at,
        ended_at=minutes.ended_at,
        expected=minutes.expected,
        quorum=minutes.quorum,
        present=minutes.present_count,
        missing=list(minutes.missing),
        missing_reason=minutes.missing_reason,
        groups=[shown.GroupThere(party=one.party, names=list(one.names)) for one in minutes.groups],
        items=[_item(one) for one in minutes.items],
        summary=minutes.summary,
        corrections=_corrections(minutes.corrections),
        page=f"/deliberate/meetings/{meeting.pk}/",
    )


def _item(item: Any) -> shown.ItemShown:
    return shown.ItemShown(
        number=item.number,
        title=item.title,
        said=item.said,
        turns=[shown.TurnShown(by=one.by, gist=one.gist) for one in item.turns],
        motions=[
            shown.MotionShown(
                text=one.text,
                by=one.by,
                state=one.state,
                yes=one.yes,
                no=one.no,
                abstain=one.abstain,
                present=one.present,
                dissents=[text for _by, text in one.dissents],
            )
            for one in item.motions
        ],
        corrections=_corrections(item.corrections),
    )


def _corrections(corrections: Any) -> list[shown.CorrectionShown]:
    return [
        shown.CorrectionShown(
            text=one.text, why=one.why, role=one.role, corrected_at=one.corrected_at
        )
        for one in corrections
    ]


# --- Opinion maps -------------------------------------------------------------------------------


@reads(
    router,
    "/opinion-maps",
    answers=shown.MapList,
    summary=_("Opinion maps, newest first"),
    scopes=SCOPES,
    paged=True,
)
def list_opinion_maps(request: HttpRequest, wanted: Query[shown.OfTopic]) -> shown.MapList:
    """Return the opinion maps that are open to the caller."""
    read = listing.page_of_open_maps
    return shown.MapList(**page_of(request, wanted, "opinion-maps", read, _map))


@reads(
    router,
    "/opinion-maps/{map_id}",
    answers=shown.MapDetail,
    summary=_("One opinion map, and what was drawn of it"),
    scopes=SCOPES,
)
def get_opinion_map(request: HttpRequest, map_id: PathKey) -> shown.MapDetail:
    """Return one map; while it is open only whoever works there reads what is drawn."""
    caller = caller_of(request)
    found = queries.get_map(actor=caller.actor, map_id=map_id)
    require_here(caller, found.community_id)
    texts = of_maps.statement_texts(map_id=found.pk)
    works_there = queries.may_read(actor=caller.actor, community_id=found.community_id)
    is_told = works_there or not found.is_open
    return shown.MapDetail(
        **_map(found).model_dump(),
        statements=[text for _key, text in sorted(texts.items())],
        drawn=_drawn(found, texts) if is_told else None,
    )


def _map(found: "OpinionMap") -> shown.MapRow:
    return shown.MapRow(
        id=found.pk,
        trace=found.trace,
        forum=name_of(found.forum),
        community_id=found.community_id,
        topic_id=found.topic_id,
        question=found.question,
        is_open=found.is_open,
        closed_at=found.closed_at,
        drawn_at=found.drawn_at,
    )


def _drawn(found: "OpinionMap", texts: dict[int, str]) -> shown.MapDrawn | None:
    drawn = shown_of(drawn=found.drawn, texts=texts)
    if drawn is None:
        return None
    files = f"/deliberate/maps/{found.pk}/"
    return shown.MapDrawn(
        participants=drawn.participants,
        grouped=drawn.grouped,
        withheld=drawn.withheld,
        groups=[
            shown.GroupShown(
                group=group["group"],
                size=group["size"],
                holds=[
                    shown.HeldShown(
                        text=one.text, agrees=one.agrees, count=one.count, answered=one.answered
                    )
                    for one in held
                ],
            )
            for group, held in zip(drawn.groups, drawn.held, strict=True)
        ],
        shared=[
            shown.SharedShown(
                text=one.text,
                shares=[
                    shown.ShareShown(group=number, percent=part) for number, part in one.shares
                ],
            )
            for one in drawn.shared
        ],
        seed=found.seed,
        files=[f"{files}VOTES.csv", f"{files}STATEMENTS.csv"],
    )
