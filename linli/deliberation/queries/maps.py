"""Opinion maps: the list, the next statement, what was drawn, and the files to redraw it from."""

import csv
import io
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q

from linli.core.actor import Actor
from linli.core.clocks import SHANGHAI
from linli.core.errors import NotFound
from linli.deliberation.drawing import SHOWN_LEAST, Answers
from linli.deliberation.models import (
    Moderation,
    OpinionMap,
    Participant,
    Statement,
    StatementVote,
)
from linli.deliberation.queries.access import (
    READERS,
    communities_of,
    get_map,
    maps_open_to,
)

_MAPS_MOST = 200
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Way:
    """How far a participant got, and what comes next; None when nothing is left."""

    answered: int
    total: int
    next: Statement | None
    participant_id: int | None


def list_maps(*, actor: Actor, community_id: int) -> list[OpinionMap]:
    """Return a community's maps, open ones first, the latest first."""
    rows = maps_open_to(actor=actor).filter(community=community_id)
    rows = rows.select_related("forum", "topic").defer("drawn")
    return list(rows.order_by("-is_open", "-id")[:_MAPS_MOST])


def list_maps_of_office(*, actor: Actor) -> list[OpinionMap]:
    """Return the maps of this person's communities, with how many take part and what waits."""
    rows = OpinionMap.objects.filter(community__in=communities_of(actor=actor, roles=READERS))
    rows = rows.select_related("forum", "topic").defer("drawn")
    waiting = Q(statements__moderated=Moderation.WAITING)
    rows = rows.annotate(
        people=Count("participants", distinct=True),
        waiting=Count("statements", filter=waiting, distinct=True),
    )
    return list(rows.order_by("-is_open", "-id")[:_MAPS_MOST])


def statements_of(*, map_id: int) -> list[Statement]:
    """Return the statements of a map, those that wait for staff first."""
    order = {Moderation.WAITING: 0, Moderation.IN: 1, Moderation.OUT: 2}
    rows = Statement.objects.filter(map=map_id).annotate(answers=Count("votes"))
    return sorted(rows, key=lambda one: (order[Moderation(one.moderated)], one.number))


def statement_texts(*, map_id: int) -> dict[int, str]:
    """Return the words of the statements that are shown, by key."""
    rows = Statement.objects.filter(map=map_id, moderated=Moderation.IN)
    return dict(rows.values_list("id", "text"))


def way_of(*, map_id: int, key_digest: str) -> Way:
    """Return how far somebody got; what comes next is drawn by lot, so that all are answered."""
    rows = Statement.objects.filter(map=map_id, moderated=Moderation.IN)
    numbers = dict(rows.values_list("id", "number"))
    participant = Participant.objects.filter(map=map_id, key_digest=key_digest).first()
    done: set[int] = set()
    if participant is not None:
        votes = StatementVote.objects.filter(participant=participant, statement__in=rows)
        done = set(votes.values_list("statement", flat=True))
    left = [key for key in numbers if key not in done]
    # The same lot at each look: whoever loads the page again sees the same statement.
    left.sort(key=lambda key: zlib.crc32(f"{key_digest}{numbers[key]}".encode()))
    return Way(
        answered=len(done),
        total=len(numbers),
        next=Statement.objects.get(pk=left[0]) if left else None,
        participant_id=participant.pk if participant is not None else None,
    )


def count_participants(*, map_id: int) -> int:
    """Return how many people answered something."""
    votes = StatementVote.objects.filter(participant__map=map_id)
    return votes.order_by().values("participant").distinct().count()


# --- What it is drawn from --------------------------------------------------------------------


def table_of(*, map_id: int) -> Answers:
    """Return what a map is drawn from. Statements that wait for staff are not part of it.

    Participants stand in the order of their digests, which tells nothing of when they came.
    """
    statements = list(
        Statement.objects.filter(map=map_id)
        .exclude(moderated=Moderation.WAITING)
        .order_by("number")
        .values_list("id", "moderated")
    )
    columns = {key: at for at, (key, _moderated) in enumerate(statements)}
    votes = StatementVote.objects.filter(statement__map=map_id).exclude(
        statement__moderated=Moderation.WAITING
    )
    # Rows are put in order here: sorting millions of votes is dear to ask of a database.
    who = set(votes.order_by().values_list("participant", flat=True).distinct())
    people = Participant.objects.filter(map=map_id).order_by("key_digest")
    in_order = [key for key in people.values_list("id", flat=True) if key in who]
    rows = {key: at for at, key in enumerate(in_order)}
    table = np.full((len(rows), len(columns)), np.nan)
    cells = votes.values_list("participant", "statement", "vote").iterator(chunk_size=_AT_ONCE)
    for participant, statement, vote in cells:
        if participant in rows and statement in columns:  # What came since is drawn next time.
            table[rows[participant], columns[statement]] = vote
    return Answers(
        participant_ids=in_order,
        statement_ids=list(columns),
        moderated_out=[moderated == Moderation.OUT for _key, moderated in statements],
        table=table,
    )


def statements_file(*, actor: Actor, map_id: int) -> str:
    """Return STATEMENTS.csv as `linli opinion-map` reads it; words only of what is shown.

    :raises NotFound: when so few answered that nothing is shown.
    """
    _require_enough(actor, map_id)
    rows = Statement.objects.filter(map=map_id).exclude(moderated=Moderation.WAITING)
    lines = (
        (one.number, one.moderated, one.text if one.moderated == Moderation.IN else "")
        for one in rows.order_by("number")
    )
    return _table(("statement", "moderated", "text"), lines)


def votes_file(*, actor: Actor, map_id: int) -> str:
    """Return VOTES.csv as `linli opinion-map` reads it: the last answers, the day for the time.

    :raises NotFound: when so few answered that nothing is shown.
    """
    _require_enough(actor, map_id)
    rows = (
        StatementVote.objects.filter(participant__map=map_id)
        .exclude(statement__moderated=Moderation.WAITING)
        .order_by("participant__key_digest", "statement__number")
        .values_list("participant", "statement__number", "vote", "voted_at")
    )
    places: dict[int, int] = {}
    lines = (
        (
            places.setdefault(participant, len(places) + 1),
            number,
            vote,
            voted_at.astimezone(SHANGHAI).date().isoformat(),
        )
        for participant, number, vote, voted_at in rows
    )
    return _table(("participant", "statement", "vote", "time"), lines)


def _require_enough(actor: Actor, map_id: int) -> None:
    get_map(actor=actor, map_id=map_id)
    if count_participants(map_id=map_id) < SHOWN_LEAST:
        raise NotFound


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    into = io.StringIO()
    table = csv.writer(into, lineterminator="\n")
    table.writerow(headings)
    table.writerows(rows)
    return into.getvalue()
