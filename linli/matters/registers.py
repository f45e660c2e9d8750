"""Read the registers drawn from matters: problem lists with their evidence, meeting sheets, 12345.

Restricted matters stand on no list; what somebody may not see is neither shown nor counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.models import Attachment
from linli.matters import queries
from linli.matters.models import (
    Matter,
    MeetingSheet,
    Method,
    Order,
    Problem,
    ProblemList,
    Rating,
    SheetItem,
    Told,
)
from linli.matters.queries import HAS_HOTLINE_NUMBER, ROW_RELATIONS, SUBJECT, visible_to
from linli.matters.workflow import OPEN, Channel, OrderState, State
from linli.territory.queries import list_communities

PUT_RIGHT = (State.VERIFIED, State.CLOSED)
"""States in which a matter was put right and checked."""

ENDED_OTHERWISE = (State.DECLINED, State.WITHDRAWN)


# --- Problem lists ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a list is: of `total` problems, `closed` are, and `proven` of these show how."""

    total: int
    closed: int
    proven: int

    @property
    def is_done(self) -> bool:
        """Tell whether every problem is closed with evidence."""
        return self.total > 0 and self.proven == self.total


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that a problem was settled."""

    resolution: str = ""
    resolved_at: datetime | None = None
    handled_by: str = ""
    photos: tuple[Attachment, ...] = ()
    told: Told | None = None
    rating: Rating | None = None

    @property
    def is_there(self) -> bool:
        """Tell whether there is any evidence at all."""
        return bool(self.resolution or self.photos or self.told or self.rating)


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One number of a list: the problem, the matter that stands for it, and its evidence."""

    problem: Problem
    matter: Matter
    evidence: Evidence

    @property
    def is_closed(self) -> bool:
        """Tell whether it was put right and checked."""
        return self.matter.state in PUT_RIGHT

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to do something."""
        return self.matter.state in OPEN

    @property
    def lacks_evidence(self) -> bool:
        """Tell whether it ended and nothing shows how it was settled."""
        return not self.is_open and not (self.is_closed and self.evidence.is_there)


@dataclass(frozen=True, slots=True)
class ProblemFilter:
    """What a list's page shows. `part` is open, closed, unproven, or empty for all."""

    part: str = ""
    grid_id: int | None = None
    query: str = ""


PARTS = ("open", "closed", "unproven")


def list_problem_lists(*, actor: Actor, community_id: int) -> list[tuple[ProblemList, Progress]]:
    """Return a community's lists, newest first, each with its progress, in two queries."""
    lists = ProblemList.objects.filter(
        community_id=community_id, community_id__in=_community_ids(actor)
    ).order_by("-opened_at", "-id")
    found = list(lists)
    progress = _progress(actor=actor, list_ids=[one.pk for one in found])
    return [(one, progress.get(one.pk, Progress(0, 0, 0))) for one in found]


def get_problem_list(*, actor: Actor, problem_list_id: int) -> ProblemList:
    """Return one list.

    :raises NotFound: when there is none, or none for this person.
    """
    found = (
        ProblemList.objects.select_related("community")
        .filter(pk=problem_list_id, community_id__in=_community_ids(actor))
        .first()
    )
    if found is None:
        raise NotFound
    return found


def progress_of(*, actor: Actor, problem_list: ProblemList) -> Progress:
    """Return how far one list is."""
    progress = _progress(actor=actor, list_ids=[problem_list.pk])
    return progress.get(problem_list.pk, Progress(0, 0, 0))


def list_problems(
    *, actor: Actor, problem_list: ProblemList, wanted: ProblemFilter
) -> QuerySet[Problem]:
    """Return the problems of a list that a filter shows, by number."""
    rows = _with_standing(
        Problem.objects.filter(problem_list=problem_list, matter__in=visible_to(actor=actor))
    )
    if wanted.part == "open":
        rows = rows.filter(_standing_in(OPEN))
    elif wanted.part == "closed":
        rows = rows.filter(_standing_in(PUT_RIGHT))
    elif wanted.part == "unproven":
        rows = rows.exclude(_standing_in(OPEN)).exclude(_standing_in(PUT_RIGHT) & _is_proven())
    if wanted.grid_id is not None:
        rows = rows.filter(matter__grid_id=wanted.grid_id)
    for word in wanted.query.split():
        match = Q(matter__title__icontains=word) | Q(matter__text__icontains=word)
        match |= Q(matter__place_text__icontains=word)
        if word.isdecimal() and len(word) < 10:
            match |= Q(number=int(word)) | Q(matter_id=int(word))
        rows = rows.filter(match)
    return rows.select_related(
        "matter__merged_into", *(f"matter__{name}" for name in ROW_RELATIONS)
    ).order_by("number")


def page_of_problems(
    *,
    actor: Actor,
    problem_list: ProblemList,
    wanted: ProblemFilter,
    after: str = "",
    size: int = 50,
) -> tuple[list[ProblemRow], str]:
    """Return one page of a list with evidence, and the key to ask for the next one with or ""."""
    rows = list_problems(actor=actor, problem_list=problem_list, wanted=wanted)
    if after.isdecimal() and len(after) < 10:
        rows = rows.filter(number__gt=int(after))
    found = list(rows[: size + 1])
    shown = found[:size]
    key = str(shown[-1].number) if len(found) > size else ""
    return rows_of_problems(problems=shown), key


def rows_of_problems(*, problems: Iterable[Problem]) -> list[ProblemRow]:
    """Return problems with the matter that stands for each and its evidence, in four queries."""
    found = list(problems)
    standing = {problem.pk: queries.standing(matter=problem.matter) for problem in found}
    evidence = evidence_of(matter_ids={matter.pk for matter in standing.values()})
    return [
        ProblemRow(
            problem=problem,
            matter=standing[problem.pk],
            evidence=evidence.get(standing[problem.pk].pk, Evidence()),
        )
        for problem in found
    ]


def evidence_of(*, matter_ids: Iterable[int]) -> Mapping[int, Evidence]:
    """Return what shows that each of these matters was settled, in four queries."""
    keys = list(matter_ids)
    orders: dict[int, Order] = {}
    done = Order.objects.filter(matter_id__in=keys, state=OrderState.DONE)
    for order in done.select_related("organisation", "account", "resolved_by").order_by("id"):
        orders[order.matter_id] = order  # The last one counts.
    photos: dict[int, list[Attachment]] = defaultdict(list)
    for photo in Attachment.objects.filter(
        subject_kind=SUBJECT,
        subject_id__in=keys,
        purpose=Attachment.Purpose.RESULT,
        erased_at=None,
    ).order_by("id"):
        photos[photo.subject_id or 0].append(photo)
    told: dict[int, Told] = {}
    for one in (
        Told.objects.filter(reporter__matter_id__in=keys)
        .exclude(means=Told.Means.NOT_REACHED)
        .select_related("reporter", "told_by")
        .order_by("id")
    ):
        told[one.reporter.matter_id] = one
    ratings: dict[int, Rating] = {}
    for rating in (
        Rating.objects.filter(reporter__matter_id__in=keys)
        .select_related("reporter")
        .order_by("id")
    ):
        ratings[rating.reporter.matter_id] = rating
    return {
        key: _evidence(orders.get(key), photos.get(key, []), told.get(key), ratings.get(key))
        for key in keys
    }


def _evidence(
    order: Order | None, photos: list[Attachment], told: Told | None, rating: Rating | None
) -> Evidence:
    return Evidence(
        resolution=order.resolution if order is not None else "",
        resolved_at=order.resolved_at if order is not None else None,
        handled_by=handler_name(order=order),
        photos=tuple(photos),
        told=told,
        rating=rating,
    )


def handler_name(*, order: Order | None) -> str:
    """Return who an order went to, as a list says it."""
    if order is None:
        return ""
    if order.organisation is not None:
        return order.organisation.name
    return order.account.name if order.account is not None else ""


def _progress(*, actor: Actor, list_ids: list[int]) -> dict[int, Progress]:
    rows = _with_standing(
        Problem.objects.filter(problem_list_id__in=list_ids, matter__in=visible_to(actor=actor))
    )
    closed = _standing_in(PUT_RIGHT)
    counted = (
        rows.annotate(is_proven=_is_proven())
        .values("problem_list_id")
        .annotate(
            total=Count("pk"),
            closed=Count("pk", filter=closed),
            proven=Count("pk", filter=closed & Q(is_proven=True)),
        )
        .order_by("problem_list_id")
    )
    return {
        row["problem_list_id"]: Progress(row["total"], row["closed"], row["proven"])
        for row in counted
    }


def _with_standing(rows: QuerySet[Problem]) -> QuerySet[Problem]:
    return rows.annotate(standing_id=Coalesce("matter__merged_into_id", "matter_id"))


def _standing_in(states: Iterable[str]) -> Q:
    wanted = list(states)
    return Q(matter__state__in=wanted) | Q(
        matter__state=State.MERGED, matter__merged_into__state__in=wanted
    )


def _is_proven() -> Q:
    """Return the condition that there is evidence; `evidence_of` shows the same things."""
    its_own = OuterRef("standing_id")
    resolved = Order.objects.filter(matter_id=its_own, state=OrderState.DONE).exclude(resolution="")
    pictured = Attachment.objects.filter(
        subject_kind=SUBJECT,
        subject_id=its_own,
        purpose=Attachment.Purpose.RESULT,
        erased_at=None,
    )
    told = Told.objects.filter(reporter__matter_id=its_own).exclude(means=Told.Means.NOT_REACHED)
    rated = Rating.objects.filter(reporter__matter_id=its_own)
    return Q(Exists(resolved)) | Q(Exists(pictured)) | Q(Exists(told)) | Q(Exists(rated))


# --- Meeting sheets ---------------------------------------------------------------------------


def list_sheets(*, actor: Actor, community_id: int) -> QuerySet[MeetingSheet]:
    """Return a community's meeting sheets, the latest meeting first, with how much is recorded."""
    return (
        MeetingSheet.objects.filter(
            community_id=community_id, community_id__in=_community_ids(actor)
        )
        .annotate(
            items_total=Count("items"),
            recorded_total=Count("items", filter=Q(items__note__isnull=False)),
        )
        .select_related("made_by")
        .order_by("-held_on", "-id")
    )


def page_of_sheets(
    *, actor: Actor, community_id: int, after: str = "", size: int = 30
) -> tuple[list[MeetingSheet], str]:
    """Return one page of meeting sheets, and the key to ask for the next one with or ""."""
    rows = list_sheets(actor=actor, community_id=community_id)
    day, _mark, key = after.partition("~")
    if key.isdecimal() and len(key) < 16:
        try:
            held = date.fromisoformat(day)
        except ValueError:
            held = date.max
        rows = rows.filter(Q(held_on__lt=held) | Q(held_on=held, pk__lt=int(key)))
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], f"{last.held_on.isoformat()}~{last.pk}" if last is not None else ""


def get_sheet(*, actor: Actor, sheet_id: int) -> MeetingSheet:
    """Return one sheet.

    :raises NotFound: when there is none, or none for this person.
    """
    found = (
        MeetingSheet.objects.select_related("community", "made_by")
        .filter(pk=sheet_id, community_id__in=_community_ids(actor))
        .first()
    )
    if found is None:
        raise NotFound
    return found


def items_of_sheet(*, actor: Actor, sheet: MeetingSheet) -> list[SheetItem]:
    """Return the items of a sheet that this person may see, in order."""
    matters = Matter.objects.select_related("merged_into", *ROW_RELATIONS)
    rows = SheetItem.objects.filter(sheet=sheet, matter__in=visible_to(actor=actor))
    return list(
        rows.select_related("note__written_by")
        .prefetch_related(Prefetch("matter", queryset=matters))
        .order_by("position", "id")
    )


def unsettled_of_last_sheet(*, actor: Actor, community_id: int) -> list[Matter]:
    """Return what the latest sheet of a community left open, in its order."""
    last = list_sheets(actor=actor, community_id=community_id).first()
    if last is None:
        return []
    items = items_of_sheet(actor=actor, sheet=last)
    return [
        item.matter for item in items if item.matter.state in OPEN and not item.matter.is_restricted
    ]


# --- 12345 ------------------------------------------------------------------------------------


def method_of(*, community_id: int) -> Method:
    """Return how a community runs its matters.

    :raises NotFound: when it has no method yet.
    """
    found = Method.objects.filter(pk=community_id).first()
    if found is None:
        raise NotFound
    return found


def list_hotline(*, actor: Actor, community_id: int) -> QuerySet[Matter]:
    """Return the 12345 orders of a community that this person sees, newest first."""
    rows = visible_to(actor=actor).filter(
        HAS_HOTLINE_NUMBER, community_id=community_id, channel=Channel.HOTLINE_12345
    )
    return rows.select_related("merged_into", *ROW_RELATIONS).order_by("-pk")


def hotline_to_reply(*, actor: Actor, community_id: int) -> QuerySet[Matter]:
    """Return the 12345 orders that are ended and whose reply did not go out yet."""
    return list_hotline(actor=actor, community_id=community_id).filter(
        _ended(), hotline_replied_at=None
    )


def hotline_replied(*, actor: Actor, community_id: int) -> QuerySet[Matter]:
    """Return the 12345 orders whose reply went out."""
    rows = list_hotline(actor=actor, community_id=community_id)
    return rows.filter(hotline_replied_at__isnull=False)


def hotline_under_way(*, actor: Actor, community_id: int) -> QuerySet[Matter]:
    """Return the 12345 orders that somebody still has to do something about."""
    rows = list_hotline(actor=actor, community_id=community_id)
    return rows.filter(hotline_replied_at=None).exclude(_ended())


def known_hotline_numbers(*, community_id: int, numbers: Iterable[str]) -> dict[str, int]:
    """Return which of these numbers are here already, each with its matter's key."""
    rows = Matter.objects.filter(
        HAS_HOTLINE_NUMBER, community_id=community_id, hotline_number__in=list(numbers)
    )
    return dict(rows.values_list("hotline_number", "pk"))


def _ended() -> Q:
    states = [*PUT_RIGHT, *ENDED_OTHERWISE]
    return Q(state__in=states) | Q(state=State.MERGED, merged_into__state__in=states)


def _community_ids(actor: Actor) -> list[int]:
    return [area.pk for area in list_communities(actor=actor)]
