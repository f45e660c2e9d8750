"""Party members from a workbook: residents of the roster, and those in service by name.

Somebody in service elsewhere who is not on the roster is entered by name and employer; everybody
else is put on the roster of residents first. Nobody is ended because a file leaves them out.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.language.normal import normalise
from linli.people import queries
from linli.people.books.batches import Kept, RowByRow
from linli.people.books.planning import Outcome, Planned
from linli.people.books.registers import Column, Doors, Kind, Register, by_word
from linli.people.books.who import WHO, Known, WhoFinder
from linli.people.books.words import (
    check_employer,
    check_many,
    in_words,
    joined,
    keep_as_written,
    keys_of,
    words_of_grids,
)
from linli.people.models import (
    KindUse,
    PartyLevel,
    PartyMember,
    PartyMemberKind,
    PartyUnit,
)
from linli.people.queries.party import NAME_FIELD
from linli.people.services import party_members as services
from linli.territory.models import Area

PARTY = Register(
    "PARTY",
    "党员",
    (
        replace(WHO[0], also=("党员姓名", "名字", "党员")),
        *WHO[1:],
        Column(
            "unit",
            "所在支部",
            (
                *("支部", "党支部", "所属支部", "所在党支部", "所属党支部", "支部名称"),
                *("所在党组织", "所属党组织", "党组织", "组织关系所在支部", "所在党小组"),
            ),
            Kind.CHOICE,
            required=True,
            note="系统里已建好的党支部或党小组的名称。",
            width=24,
        ),
        Column(
            "group",
            "党小组",
            ("所属党小组", "小组", "党小组名称"),
            Kind.CHOICE,
            note="支部下设党小组、党员编在小组里的才填。",
            width=20,
        ),
        Column(
            "member_kind",
            "党员类型",
            ("党员类别", "党员性质", "党员身份", "党员分类"),
            Kind.CHOICE,
            words=by_word(
                {
                    "COMMUNITY": "社区党员 社区 居民党员 普通党员 在册党员",
                    "IN_SERVICE": "在职党员 在职 双报到党员 报到党员 双报到",
                    "RETIRED": "离退休党员 退休党员 离休党员 离退休 退休 离休",
                    "TWO_NEW": "“两新”组织党员 两新党员 两新组织党员 “两新”党员 两新 “两新”",
                    "FLOATING": "流动党员 流动",
                }
            ),
            example="社区党员",
            note="新登记的必须填。社区党员、在职党员、离退休党员、“两新”组织党员、流动党员",
            width=18,
        ),
        Column(
            "grid",
            "所在网格",
            ("网格", "所属网格", "网格名称", "服务网格", "联系网格"),
            Kind.CHOICE,
            note="不填即为居住地所在网格，其次为支部所在网格。",
            width=18,
        ),
        Column(
            "employer",
            "工作单位",
            ("单位", "所在单位", "单位名称", "工作单位及职务"),
            note="在职党员填写；不住在本社区的在职党员凭姓名和单位登记。",
            width=24,
        ),
        Column(
            "duties",
            "网格岗位",
            ("岗位", "认领岗位", "设岗定责", "网格职责", "先锋岗"),
            limit=120,
            note="社区自定的岗位名称，几个岗位之间用顿号隔开。",
            width=20,
        ),
        Column(
            "from_date",
            "编入日期",
            ("转入日期", "转入时间", "报到日期", "报到时间", "组织关系转入时间"),
            Kind.DATE,
            note="编入本支部的日期，不是入党日期；不填即为导入当天。",
        ),
    ),
    not_kept=frozenset(
        {
            *("入党时间", "入党日期", "入党年月", "转正时间", "转正日期", "党龄", "党内职务"),
            *("性别", "民族", "学历", "文化程度", "出生日期", "出生年月", "年龄", "籍贯"),
            *("政治面貌", "备注"),
        }
    ),
    doors=Doors.HELPFUL,
    notes=(
        "十、先把党员登记为居民，再导入党员名册；只有不住在本社区的在职党员可以凭姓名和单位登记。",
        "十一、不收党费、发展对象、入党积极分子、处分等内容，含有这些列的表格不予导入；入党时间不登记。",
        "十二、名单里没有的党员不会因此被移出；转出请在党员页面办理。",
    ),
)

_FIELDS = ("unit", "member_kind", "grid", "employer", "duties")


def in_words_of(*, community_id: int, on: date) -> Register:  # noqa: ARG001  # as every register
    """Return the register with a community's branches, groups and grids to choose from."""
    units = PartyUnit.objects.filter(community_id=community_id, until_date=None).order_by("id")
    community = Area.objects.only("name").get(pk=community_id).name
    of_level: dict[str, dict[str, list[str]]] = {}
    for unit in units:
        names = _names_of(unit.name, community)
        of_level.setdefault(unit.level, {})[str(unit.pk)] = names
    branches = of_level.get(PartyLevel.BRANCH, {})
    groups = of_level.get(PartyLevel.GROUP, {})
    return in_words(
        register=PARTY,
        words={
            "unit": branches | groups,
            "group": groups,
            "grid": words_of_grids(community_id=community_id),
        },
    )


class PartyPlanner:
    """Compares rows with who belongs to which unit."""

    def __init__(self, *, community_id: int, on: date) -> None:
        self._on = on
        self._who = WhoFinder(community_id=community_id, on=on)
        units = PartyUnit.objects.filter(community_id=community_id, until_date=None)
        self._units = {one.pk: one for one in units.select_related("area", "parent__area")}
        self._duties = _duties_in(community_id)
        self._by_resident: dict[int, PartyMember] = {}
        self._by_name: dict[tuple[str, str], PartyMember] = {}
        rows = PartyMember.objects.filter(community_id=community_id, until_date=None)
        for one in rows.prefetch_related("duties").defer("name_sealed"):
            if one.resident_id is not None:
                self._by_resident[one.resident_id] = one
            else:
                self._by_name[one.name_digest, one.employer] = one
        self._seen: dict[object, Planned] = {}

    def check(self, row: Planned) -> None:
        """Bring what the row says into the house's shape, or keep what is wrong with it."""
        self._who.check(row)
        said = row.said
        if (since := said.get("from_date")) is not None and since > self._on:
            row.wrong(column="from_date", sentence=_("This day is in the future."))
        keep_as_written(row, columns=("employer",))
        check_employer(row)
        check_many(row, column="duties", known=self._duties)
        if (group := said.pop("group", "")) and "unit" in said:
            self._put_into_group(row, group)

    def plan(self, row: Planned) -> None:
        """Set the row's outcome, subject and changed fields, or keep what is wrong."""
        known, member = self._found(row)
        if row.faults:
            return
        who: object = (
            known.id if known else (_digest(row.said["name"]), row.said.get("employer", ""))
        )
        if (before := self._seen.setdefault(who, row)) is not row:
            row.stands_twice(column="name", before=before)
            return
        row.said["resident"] = known.id if known else 0
        if member is None:
            self._plan_new(row, known)
            return
        row.subject_id = member.pk
        standing = self._standing(member)
        said = row.said
        fields = [name for name in _FIELDS if said.get(name) and said[name] != standing[name]]
        row.changes(fields=fields, standing=standing)
        kind = row.said.get("member_kind", member.kind)
        if member.resident_id is None and kind != PartyMemberKind.IN_SERVICE:
            row.wrong(column="member_kind", sentence=str(services.MemberNotInService()))

    def _found(self, row: Planned) -> tuple[Known | None, PartyMember | None]:
        known = self._who.find(row)
        if known is not None:
            return known, self._by_resident.get(known.id)
        key = _digest(row.said["name"]), row.said.get("employer", "")
        member = self._by_name.get(key)
        is_by_name = row.said.get("member_kind") == PartyMemberKind.IN_SERVICE
        if member is None and not is_by_name and not row.faults:
            known = self._who.require(row)
        return known, member

    def _plan_new(self, row: Planned, known: Known | None) -> None:
        row.outcome = Outcome.NEW
        if not row.said.get("member_kind"):
            row.wrong(column="member_kind", sentence=_("This cell is empty."))
        unit = self._units[int(row.said["unit"])]
        lives_in = None if known is None else known.grid_id
        if not (row.said.get("grid") or lives_in or services.grid_of_unit(unit=unit)):
            row.wrong(column="grid", sentence=str(services.MemberGridMissing()))

    def _standing(self, member: PartyMember) -> dict[str, str]:
        return {
            "unit": str(member.unit_id),
            "member_kind": member.kind,
            "grid": str(member.grid_id),
            "employer": member.employer,
            "duties": joined({one.name for one in member.duties.all()}, known=self._duties),
        }

    def _put_into_group(self, row: Planned, group: str) -> None:
        unit_id, group_id = int(row.said["unit"]), int(group)
        if unit_id not in (group_id, self._units[group_id].parent_id):
            sentence = _("This group does not stand under the branch of this row.")
            row.wrong(column="group", sentence=sentence)
        row.said["unit"] = group


class PartyWriter(RowByRow):
    """Writes planned rows by the services of the party's tree."""

    def __init__(self, *, community_id: int) -> None:
        self._duties = _duties_in(community_id)

    def write_row(self, row: Kept, actor: Actor, at: datetime) -> None:
        """Bring one row in."""
        said = row.said
        member_id = row.subject_id
        if member_id is None:
            since = said.get("from_date")
            member = services.add_party_member(
                unit_id=int(said["unit"]),
                kind=said["member_kind"],
                resident_id=said["resident"] or None,
                name="" if said["resident"] else said["name"],
                employer=said.get("employer", ""),
                grid_id=int(said["grid"]) if said.get("grid") else None,
                from_date=date.fromisoformat(since) if since else None,
                actor=actor,
                at=at,
            )
            if not said.get("duties"):
                return
            member_id = member.pk
        elif "unit" in row.fields:
            services.move_party_member(
                member_id=member_id,
                unit_id=int(said["unit"]),
                on=queries.local_day(at=at),
                actor=actor,
                at=at,
            )
            if row.fields == ("unit",):
                return
        self._edit(member_id, said, actor, at)

    def _edit(self, member_id: int, said: Mapping[str, Any], actor: Actor, at: datetime) -> None:
        _node, row = queries.get_party_member(actor=actor, member_id=member_id)
        member = row.member
        services.edit_party_member(
            member_id=member_id,
            kind=said.get("member_kind") or member.kind,
            grid_id=int(said["grid"]) if said.get("grid") else member.grid_id,
            employer=said.get("employer") or member.employer,
            duty_ids=keys_of(said["duties"], known=self._duties) if said.get("duties") else None,
            actor=actor,
            at=at,
        )


def _names_of(name: str, community: str) -> list[str]:
    """Return how people write the name of a unit: in full, without the community, without 中共."""
    plain = normalise(text=name).replace(" ", "")
    short = plain.removeprefix("中共").removeprefix(community)
    names = [name, plain, short, plain.removeprefix("中共")]
    for word in ("党支部", "支部委员会", "支部", "党小组", "小组"):
        if short.endswith(word) and (core := short.removesuffix(word)):
            kind = "支部" if "支部" in word else "小组"
            names += [core, f"{core}{kind}", f"{core}党{kind}"]
            break
    return list(dict.fromkeys(names))


def _duties_in(community_id: int) -> dict[str, int]:
    kinds = queries.own_kinds(community_id=community_id, use=KindUse.DUTY)
    return {one.name: one.pk for one in kinds}


def _digest(name: str) -> str:
    return crypto.digest(value=name, field=NAME_FIELD)
