"""A community's own data about matters: its method, levels, categories, limits and reasons.

Each `set_…` writes what is given and says whether that made, changed or left anything. A limit is
never changed in place: its condition ends and a new one takes its code, so that matters filed
before keep the limit they were filed under.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.clocks import Clock
from linli.core.errors import Invalid, NotEntitled, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.matters import events
from linli.matters.models import (
    Category,
    Condition,
    Level,
    Matter,
    Method,
    RateWeights,
    ReturnReason,
)
from linli.matters.workflow import ANSWERED_KINDS, Kind
from linli.people.models import OrganisationKind, RoleName
from linli.people.workflow import keeps_registers
from linli.territory.models import Area

_THREADS = uuid.UUID("2f5dfb5a-6d1e-4e0e-8c39-7a1c3a1c9d02")  # Any constant: it names our threads.


class Change(StrEnum):
    """What a write came to."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class LevelInUse(Refused):
    """A level that matters stand at cannot be taken away."""

    sentence = _("“%(name)s” cannot be taken away: matters stand at this level.")


class MustBeChecked(Invalid):
    """Something that is put right on the ground would close without anybody looking."""

    sentence = _(
        "“%(name)s” has to be checked on site: only suggestions and questions are closed by an "
        "answer."
    )
    field = "check_on_site"


class WeightsInvalid(Invalid):
    """Weights are parts of one, and the better answer counts for no less."""

    sentence = _(
        "Weights are thousandths from 0 to 1000, and basically satisfied counts for no more than "
        "satisfied."
    )


class CodeUsedTwice(Invalid):
    """Two things of a list bear one code."""

    sentence = _("“%(code)s” is used twice.")


@dataclass(frozen=True, slots=True)
class LevelInput:
    """One settlement level; the first of a list is the nearest to home."""

    name: str
    role: str
    clock: str
    amount: int


@dataclass(frozen=True, slots=True)
class ConditionInput:
    """One filing condition; the first of a list is the usual one."""

    code: str
    name: str
    clock: str
    amount: int
    rework_amount: int


@dataclass(frozen=True, slots=True)
class CategoryInput:
    """One category with its conditions."""

    code: str
    name: str
    kind: str
    conditions: Sequence[ConditionInput]
    name_en: str = ""
    words: Sequence[str] = ()
    handler_kind: str = ""
    photo_required: bool = False
    check_on_site: bool = True
    open_to_residents: bool = True
    position: int = 0


@dataclass(frozen=True, slots=True)
class MethodInput:
    """How matters run in a community."""

    accept_clock: str = Clock.WORKING_HOURS
    accept_amount: int = 4
    rating_days: int = 7
    tracking_days: int = 180
    extensions_max: int = 2
    hotline_columns: Mapping[str, str] = field(default_factory=dict)
    reply_columns: Mapping[str, str] = field(default_factory=dict)


# --- Reads --------------------------------------------------------------------------------------


def get_method(*, community_id: int) -> Method:
    """Return how matters run in a community.

    :raises Method.DoesNotExist: when the community was never set up for matters.
    """
    return Method.objects.get(pk=community_id)


def rate_weights_of(*, area: Area) -> list[RateWeights]:
    """Return the weights that ever held for an area, newest first: its own, or the nearest's above.

    An area of which nothing is known takes those of its community, subdistrict, district or city.
    """
    line = [area.pk, area.community_id, area.subdistrict_id, area.district_id, area.city_id]
    rows = RateWeights.objects.filter(area_id__in=[key for key in line if key is not None])
    by_area: dict[int, list[RateWeights]] = {}
    for row in rows.order_by("-from_date", "-id"):
        by_area.setdefault(row.area_id, []).append(row)
    return next((by_area[key] for key in line if key in by_area), [])


def list_levels(*, community_id: int) -> list[Level]:
    """Return the settlement levels from the nearest to home outwards."""
    return list(Level.objects.filter(community_id=community_id).order_by("position"))


def list_categories(*, community_id: int, for_residents: bool = False) -> list[Category]:
    """Return the categories in use, in the community's order."""
    found = Category.objects.filter(community_id=community_id, ended_at=None)
    if for_residents:
        found = found.filter(open_to_residents=True)
    return list(found.order_by("position", "id"))


def list_conditions(*, category_id: int) -> list[Condition]:
    """Return the conditions of a category that are in use, the usual one first."""
    found = Condition.objects.filter(category_id=category_id, ended_at=None)
    return list(found.order_by("position", "id"))


def list_return_reasons(*, community_id: int) -> list[ReturnReason]:
    """Return why orders may be given back here."""
    found = ReturnReason.objects.filter(community_id=community_id, ended_at=None)
    return list(found.order_by("position", "id"))


# --- Writes -------------------------------------------------------------------------------------


@transaction.atomic
def set_method(*, community_id: int, method: MethodInput, actor: Actor, at: datetime) -> Change:
    """Say how matters run in a community."""
    _must_keep(community_id, actor)
    values = {
        "accept_clock": Clock(method.accept_clock).value,
        "accept_amount": method.accept_amount,
        "rating_days": method.rating_days,
        "tracking_days": method.tracking_days,
        "extensions_max": method.extensions_max,
        "hotline_columns": dict(method.hotline_columns),
        "reply_columns": dict(method.reply_columns),
    }
    row = Method.objects.select_for_update().filter(pk=community_id).first()
    row, change = _write(row, Method(community_id=community_id), values)
    if change != Change.UNCHANGED:
        _record(events.METHOD_SET, "method", row.pk, community_id, actor, at)
    return change


@transaction.atomic
def set_levels(
    *, community_id: int, levels: Sequence[LevelInput], actor: Actor, at: datetime
) -> list[Change]:
    """Set the settlement levels, by position; one that is left out goes.

    :raises LevelInUse: when matters stand, or were settled, at one that would go.
    """
    _must_keep(community_id, actor)
    rows = {one.position: one for one in Level.objects.filter(community_id=community_id)}
    changes = []
    for position, level in enumerate(levels, start=1):
        values = {
            "name": level.name,
            "role": RoleName(level.role).value,
            "clock": Clock(level.clock).value,
            "amount": level.amount,
        }
        new = Level(community_id=community_id, position=position)
        changes.append(_write(rows.pop(position, None), new, values)[1])
    for row in rows.values():
        if Matter.objects.filter(level=row).exists() or (
            Matter.objects.filter(settled_level=row).exists()
        ):
            raise LevelInUse(name=row.name)
        row.delete()
        changes.append(Change.CHANGED)
    if set(changes) - {Change.UNCHANGED}:
        _record(events.LEVELS_SET, "level", community_id, community_id, actor, at)
    return changes


@transaction.atomic
def set_rate_weights(
    *,
    community_id: int,
    from_date: date,
    satisfied: int,
    basically_satisfied: int,
    actor: Actor,
    at: datetime,
) -> tuple[RateWeights, Change]:
    """Say what answers count for in the 12345 satisfaction rate from a day on, in thousandths.

    :raises WeightsInvalid: when one is more than the whole, or less satisfied counts for more.
    """
    _must_keep(community_id, actor)
    if not 0 <= basically_satisfied <= satisfied <= 1_000:
        raise WeightsInvalid
    values = {"satisfied": satisfied, "basically_satisfied": basically_satisfied}
    found = RateWeights.objects.select_for_update().filter(
        area_id=community_id, from_date=from_date
    )
    new = RateWeights(area_id=community_id, from_date=from_date)
    row, change = _write(found.first(), new, values)
    if change != Change.UNCHANGED:
        facts = {"from": from_date.isoformat(), **values}
        _record(events.RATE_WEIGHTS_SET, "rate_weights", row.pk, community_id, actor, at, facts)
    return row, change


@transaction.atomic
def set_category(
    *, community_id: int, category: CategoryInput, actor: Actor, at: datetime
) -> Change:
    """Write a category with its conditions; conditions that are left out end.

    :raises CodeUsedTwice: when two conditions bear one code.
    :raises MustBeChecked: when only an answer may go unchecked, and this is none.
    """
    _must_keep(community_id, actor)
    if not category.check_on_site and Kind(category.kind) not in ANSWERED_KINDS:
        raise MustBeChecked(name=category.name)
    found = Category.objects.select_for_update().filter(
        community_id=community_id, code=category.code
    )
    values = {
        "name": category.name,
        "name_en": category.name_en,
        "kind": Kind(category.kind).value,
        "words": list(category.words),
        "handler_kind": category.handler_kind and OrganisationKind(category.handler_kind).value,
        "photo_required": category.photo_required,
        "check_on_site": category.check_on_site,
        "open_to_residents": category.open_to_residents,
        "position": category.position,
        "ended_at": None,
    }
    new = Category(community_id=community_id, code=category.code)
    row, change = _write(found.first(), new, values)
    conditions_changed = _set_conditions(row, category.conditions, at)
    if change == Change.UNCHANGED and conditions_changed:
        change = Change.CHANGED
    if change != Change.UNCHANGED:
        facts = {"code": category.code}
        _record(events.CATEGORY_SET, "category", row.pk, community_id, actor, at, facts)
    return change


@transaction.atomic
def end_category(*, community_id: int, code: str, actor: Actor, at: datetime) -> bool:
    """Take a category out of use; what was filed under it stays. False when it was before."""
    _must_keep(community_id, actor)
    row = Category.objects.filter(community_id=community_id, code=code, ended_at=None).first()
    if row is None:
        return False
    Category.objects.filter(pk=row.pk).update(ended_at=at)
    facts = {"code": code}
    _record(events.CATEGORY_ENDED, "category", row.pk, community_id, actor, at, facts)
    return True


@transaction.atomic
def set_return_reason(
    *,
    community_id: int,
    code: str,
    name: str,
    actor: Actor,
    at: datetime,
    hint: str = "",
    position: int = 0,
) -> Change:
    """Write a reason for which an order may be given back."""
    _must_keep(community_id, actor)
    found = ReturnReason.objects.select_for_update().filter(community_id=community_id, code=code)
    values = {"name": name, "hint": hint, "position": position, "ended_at": None}
    new = ReturnReason(community_id=community_id, code=code)
    row, change = _write(found.first(), new, values)
    if change != Change.UNCHANGED:
        facts = {"code": code}
        _record(events.RETURN_REASON_SET, "return_reason", row.pk, community_id, actor, at, facts)
    return change


@transaction.atomic
def end_return_reason(*, community_id: int, code: str, actor: Actor, at: datetime) -> bool:
    """Take a reason out of use; orders given back for it keep it. False when it was before."""
    _must_keep(community_id, actor)
    row = ReturnReason.objects.filter(community_id=community_id, code=code, ended_at=None).first()
    if row is None:
        return False
    ReturnReason.objects.filter(pk=row.pk).update(ended_at=at)
    facts = {"code": code}
    _record(events.RETURN_REASON_ENDED, "return_reason", row.pk, community_id, actor, at, facts)
    return True


# --- An empty community -------------------------------------------------------------------------


@transaction.atomic
def default_method(*, community_id: int, actor: Actor, at: datetime) -> None:
    """Give a community that has no pack what it needs to take reports: it may change all of it.

    The three levels are those of 小事不出户, 琐事不出格, 大事不出网; limits are round figures.
    """
    if Method.objects.filter(pk=community_id).exists():
        return
    said: dict[str, Any] = {"community_id": community_id, "actor": actor, "at": at}
    set_method(method=MethodInput(), **said)
    set_levels(levels=_DEFAULT_LEVELS, **said)
    for category in _DEFAULT_CATEGORIES:
        set_category(category=category, **said)
    for position, (code, name, hint) in enumerate(_DEFAULT_REASONS):
        set_return_reason(code=code, name=name, hint=hint, position=position, **said)


_DEFAULT_LEVELS = (
    LevelInput("小事不出户", RoleName.BUILDING_LEAD, Clock.CALENDAR_DAYS, 1),
    LevelInput("琐事不出格", RoleName.GRID_WORKER, Clock.WORKING_DAYS, 3),
    LevelInput("大事不出网", RoleName.SECRETARY, Clock.WORKING_DAYS, 10),
)


def _usual(clock: Clock, amount: int, rework: int) -> tuple[ConditionInput, ...]:
    return (ConditionInput("usual", "一般情形", clock, amount, rework),)


_PROPERTY = OrganisationKind.PROPERTY_COMPANY.value
_DEFAULT_CATEGORIES = tuple(
    CategoryInput(
        code=code,
        name=name,
        name_en=name_en,
        kind=kind,
        words=words.split(),
        handler_kind=handler,
        conditions=conditions,
        check_on_site=kind not in (Kind.SUGGESTION, Kind.POLICY_QUESTION),
        position=position,
    )
    for position, (code, name, name_en, kind, words, handler, conditions) in enumerate(
        (
            (
                "repair",
                "公共设施报修",
                "Repairs",
                Kind.REQUEST,
                "路灯 灯不亮 电梯 漏水 渗水 下水道 堵塞 门禁 路面 健身器材",
                _PROPERTY,
                _usual(Clock.WORKING_DAYS, 3, 2),
            ),
            (
                "surroundings",
                "环境秩序",
                "Surroundings",
                Kind.REQUEST,
                "垃圾 停车 绿化 树枝 车位 充电",
                _PROPERTY,
                _usual(Clock.WORKING_DAYS, 3, 2),
            ),
            (
                "hazard",
                "安全隐患",
                "Hazards",
                Kind.HAZARD,
                "消防通道 楼道堆物 飞线 电瓶 井盖 高空抛物 燃气",
                _PROPERTY,
                _usual(Clock.EMERGENCY_HOURS, 4, 2),
            ),
            (
                "public-order",
                "治安线索",
                "Public order",
                Kind.PUBLIC_ORDER,
                "噪音 扰民 遛狗 可疑 诈骗",
                OrganisationKind.DEPARTMENT.value,
                _usual(Clock.WORKING_DAYS, 2, 1),
            ),
            (
                "dispute",
                "矛盾纠纷",
                "Disputes",
                Kind.DISPUTE,
                "邻居 纠纷 吵架 调解 物业费",
                "",
                _usual(Clock.CALENDAR_DAYS, 15, 7),
            ),
            (
                "suggestion",
                "意见建议",
                "Suggestions",
                Kind.SUGGESTION,
                "建议 希望 增设 能不能",
                "",
                _usual(Clock.WORKING_DAYS, 7, 3),
            ),
            (
                "patrol",
                "巡查发现",
                "Found on patrol",
                Kind.PATROL_FINDING,
                "晾晒 小广告 单车",
                _PROPERTY,
                _usual(Clock.WORKING_DAYS, 2, 1),
            ),
            (
                "policy",
                "政策咨询",
                "Questions about policies",
                Kind.POLICY_QUESTION,
                "政策 补贴 社保 医保 居住证 怎么办理",
                "",
                _usual(Clock.WORKING_DAYS, 2, 1),
            ),
            (
                "care",
                "关爱转介",
                "Somebody who needs looking after",
                Kind.REFERRAL,
                "独居 老人 残疾 生活困难 帮扶",
                "",
                _usual(Clock.CALENDAR_DAYS, 2, 1),
            ),
            (
                "emergency",
                "紧急求助",
                "Emergency",
                Kind.EMERGENCY,
                "救命 着火 打人 晕倒 失联",
                "",
                _usual(Clock.EMERGENCY_HOURS, 1, 1),
            ),
        )
    )
)
_DEFAULT_REASONS = (
    ("private-part", "专有部分", "由业主自行维修"),
    ("utility-pipe", "专业管线", "改派供水、供电、燃气等专业单位"),
    ("repair-fund", "需使用维修资金", "请业委会发起维修资金使用表决"),
    ("not-ours", "不在服务范围", "核对服务单位后改派"),
)


# --- Small parts --------------------------------------------------------------------------------


def _set_conditions(category: Category, conditions: Sequence[ConditionInput], at: datetime) -> bool:
    """Bring the conditions in use to what is given; tell whether that changed anything."""
    if len({one.code for one in conditions}) < len(conditions):
        codes = [one.code for one in conditions]
        raise CodeUsedTwice(code=next(code for code in codes if codes.count(code) > 1))
    in_use = {one.code: one for one in category.conditions.filter(ended_at=None)}
    changed = False
    for position, given in enumerate(conditions):
        limit = {
            "clock": Clock(given.clock).value,
            "amount": given.amount,
            "rework_amount": given.rework_amount,
        }
        row = in_use.pop(given.code, None)
        if row is not None and any(getattr(row, name) != value for name, value in limit.items()):
            Condition.objects.filter(pk=row.pk).update(ended_at=at)
            row = None
        new = Condition(category=category, code=given.code, **limit)
        _row, change = _write(row, new, {"name": given.name, "position": position})
        changed |= change != Change.UNCHANGED
    gone = Condition.objects.filter(pk__in=[one.pk for one in in_use.values()])
    return bool(gone.update(ended_at=at)) or changed


def _write(row: Any, new: Any, values: Mapping[str, Any]) -> tuple[Any, Change]:
    """Change the row to these values, or make `new` with them."""
    target: Model = row if row is not None else new
    differing = [name for name, value in values.items() if getattr(target, name) != value]
    for name, value in values.items():
        setattr(target, name, value)
    if row is None:
        target.save(force_insert=True)
        return target, Change.CREATED
    if not differing:
        return target, Change.UNCHANGED
    target.save(update_fields=differing)
    return target, Change.CHANGED


def _must_keep(community_id: int, actor: Actor) -> None:
    if not keeps_registers(actor=actor, community_id=community_id):
        raise NotEntitled


def _record(
    name: str,
    kind: str,
    row_id: int,
    community_id: int,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    Method.objects.filter(pk=community_id).update(revision=uuid.uuid4())
    subject = Ref(kind=f"matters.{kind}", id=row_id)
    record(
        name=name,
        subject=subject,
        trace=uuid.uuid5(_THREADS, str(subject)),
        actor=actor,
        at=at,
        community_id=community_id,
        facts=facts,
    )
