"""What a program reads of a matter."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from linli.api.schemas.common import Coded, Key, Listed, Moment, Named, Paging, Point, point_of
from linli.api.schemas.common import named as named_of
from linli.language.mask import scrub_personal_data
from linli.matters.workflow import Channel, Kind, OrderState, Satisfaction, State, Step

if TYPE_CHECKING:
    from linli.core.models import Attachment
    from linli.matters.models import Matter, Order


class MatterQuery(Paging):
    """Which matters a list shows; nothing said is everything."""

    community_id: Key | None = None
    grid_id: Key | None = None
    estate_id: Key | None = None
    building_id: Key | None = None
    state: list[State] = Field(default_factory=list)
    kind: list[Kind] = Field(default_factory=list)
    category_id: Key | None = None
    channel: Channel | None = None
    organisation_id: Key | None = None
    level_id: Key | None = None
    overdue: bool = False
    needs_desk: bool = False
    time_asked: bool = False
    rework: bool = False
    restricted: bool = False
    reported_from: Moment | None = None
    reported_until: Moment | None = None
    query: str = Field("", max_length=80)
    oldest_deadline_first: bool = False


class Level(Named):
    """A settlement level; position 1 is the nearest to home."""

    position: int


class Handler(Named):
    """Who an order is with: an ORGANISATION or an ACCOUNT."""

    kind: str


class MatterRow(Schema):
    """One matter in a list."""

    id: int
    number: str
    trace: UUID
    kind: Kind
    state: State
    channel: Channel
    is_restricted: bool
    is_overdue: bool
    title: str
    category: Coded
    condition: Coded
    community_id: int
    grid: Named | None
    estate: Named | None
    building: Named | None
    entrance: Named | None
    place: Named | None
    place_text: str
    where: str
    point: Point | None
    level: Level | None
    handler: Handler | None
    round: int
    reported_at: datetime
    accepted_at: datetime | None
    due_at: datetime
    paused_until: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    rating_until: datetime | None
    hotline_number: str
    merged_into_id: int | None


class MatterList(Listed):
    """One page of matters."""

    items: list[MatterRow]


class Attached(Schema):
    """A photo or paper; its content is at `href`."""

    token: UUID
    purpose: str
    name: str
    media_type: str
    size_bytes: int
    width: int | None
    height: int | None
    href: str


class OrderRow(Schema):
    """One dispatch of a matter."""

    id: int
    state: OrderState
    round: int
    handler: Handler
    dispatched_at: datetime
    taken_at: datetime | None
    resolved_at: datetime | None
    ended_at: datetime | None
    return_reason: Coded | None
    resolution: str


class RatingRow(Schema):
    """What one who asked said of one round."""

    round: int
    solved: bool
    satisfaction: Satisfaction
    comment: str
    rated_at: datetime


class ReporterRow(Schema):
    """Who asked: name and telephone masked, empty where they are not open to this caller."""

    id: int
    name: str
    phone: str
    on_behalf_of: str
    wants_answer: bool
    is_withdrawn: bool
    reported_at: datetime
    ratings: list[RatingRow]


class StepOffer(Schema):
    """A step that the caller may take now, and where it is taken."""

    step: Step
    name: str
    href: str


class MatterDetail(MatterRow):
    """One matter with all that hangs on it."""

    text: str
    public_summary: str
    level_due_at: datetime | None
    paused_at: datetime | None
    hotline_due_at: datetime | None
    supervised_at: datetime | None
    steps: list[StepOffer]
    orders: list[OrderRow]
    reporters: list[ReporterRow]
    attachments: list[Attached]
    merged: list[int]


class EventRow(Schema):
    """Something that happened. `facts` hold keys and codes, `text` what was written with it."""

    id: int
    name: str
    happened_at: datetime
    trace: UUID
    matter_id: int
    actor_kind: str
    actor_id: int | None
    actor_name: str
    facts: dict[str, Any]
    text: str = ""
    attachments: list[UUID] = Field(default_factory=list)


class EventList(Listed):
    """One page of events, oldest first."""

    items: list[EventRow]


def row_of(matter: "Matter", at: datetime) -> MatterRow:
    """Return a matter as lists show it."""
    return MatterRow(**_columns(matter, at))


def detail_of(matter: "Matter", at: datetime, **more: Any) -> MatterDetail:
    """Return a matter as its own page shows it."""
    return MatterDetail(
        **_columns(matter, at),
        public_summary=matter.public_summary,
        level_due_at=matter.level_due_at,
        paused_at=matter.paused_at,
        hotline_due_at=matter.hotline_due_at,
        supervised_at=matter.supervised_at,
        **more,
    )


def _columns(matter: "Matter", at: datetime) -> Mapping[str, Any]:
    level = matter.level
    return {
        "id": matter.pk,
        "number": matter.number,
        "trace": matter.trace,
        "kind": matter.kind,
        "state": matter.state,
        "channel": matter.channel,
        "is_restricted": matter.is_restricted,
        "is_overdue": matter.runs and not matter.is_paused and matter.due_at < at,
        "title": matter.title,
        "category": coded_of(matter.category),
        "condition": coded_of(matter.condition),
        "community_id": matter.community_id,
        "grid": named_of(matter.grid),
        "estate": named_of(matter.estate),
        "building": named_of(matter.building),
        "entrance": named_of(matter.entrance),
        "place": named_of(matter.place),
        "place_text": matter.place_text,
        "where": matter.place_words,
        "point": point_of(matter),
        "level": None
        if level is None
        else Level(id=level.pk, name=level.name, position=level.position),
        "handler": handler_of(matter.order),
        "round": matter.round,
        "reported_at": matter.reported_at,
        "accepted_at": matter.accepted_at,
        "due_at": matter.due_at,
        "paused_until": matter.paused_until,
        "resolved_at": matter.resolved_at,
        "closed_at": matter.closed_at,
        "rating_until": matter.rating_until,
        "hotline_number": matter.hotline_number,
        "merged_into_id": matter.merged_into_id,
    }


def coded_of(row: Any) -> Coded:
    """Return key, code and name of a row."""
    return Coded(id=row.pk, code=row.code, name=row.name)


def handler_of(order: "Order | None") -> Handler | None:
    """Return who an order is with."""
    if order is None:
        return None
    if order.organisation is not None:
        unit = order.organisation
        return Handler(kind="ORGANISATION", id=unit.pk, name=unit.name)
    assert order.account is not None, "an order is with somebody"
    return Handler(kind="ACCOUNT", id=order.account.pk, name=order.account.name)


def order_of(order: "Order") -> OrderRow:
    """Return one dispatch."""
    handler = handler_of(order)
    assert handler is not None
    return OrderRow(
        id=order.pk,
        state=OrderState(order.state),
        round=order.round,
        handler=handler,
        dispatched_at=order.dispatched_at,
        taken_at=order.taken_at,
        resolved_at=order.resolved_at,
        ended_at=order.ended_at,
        return_reason=None if order.return_reason is None else coded_of(order.return_reason),
        resolution=scrub_personal_data(text=order.resolution),
    )


def attached_of(found: "Attachment") -> Attached:
    """Return a photo or paper."""
    return Attached(
        token=found.token,
        purpose=found.purpose,
        name=found.name,
        media_type=found.media_type,
        size_bytes=found.size_bytes,
        width=found.width,
        height=found.height,
        href=f"/api/v1/attachments/{found.token}",
    )
