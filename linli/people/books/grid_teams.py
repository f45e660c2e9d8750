"""Grid teams from a workbook: one person in a row, or one grid in a row with a column of each kind.

Somebody with an account in the community is known by their name; a resident by name and number,
telephone or door. Nobody leaves a team because a file leaves them out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.sheets import is_blank
from linli.language.normal import normalise
from linli.people import queries
from linli.people.books.batches import Kept, RowByRow
from linli.people.books.planning import Outcome, Planned
from linli.people.books.reading import Line
from linli.people.books.registers import Column, Doors, Kind, Register
from linli.people.books.who import WHO, Known, WhoFinder
from linli.people.books.words import BETWEEN, in_words, words_of_grids
from linli.people.models import Account, KindUse, TeamMember
from linli.people.services import teams as services

TEAMS = Register(
    "TEAMS",
    "网格团队",
    (
        Column(
            "grid",
            "所在网格",
            ("网格", "所属网格", "网格名称", "服务网格", "网格编号", "责任网格"),
            Kind.CHOICE,
            required=True,
            note="网格的名称或编码。",
            width=18,
        ),
        Column(
            "kind",
            "人员类型",
            ("类型", "人员类别", "队伍类型", "身份", "岗位", "网格员类型", "类别", "职务"),
            Kind.CHOICE,
            required=True,
            note="社区自定的队伍人员类型。",
            width=16,
        ),
        replace(WHO[0], also=("网格员姓名", "队员姓名", "人员姓名", "成员姓名", "名字")),
        replace(WHO[1], note="有账号的工作人员凭姓名认人；居民请填身份证号、电话、住址之一。"),
        *WHO[2:],
    ),
    doors=Doors.HELPFUL,
    spread="kind_",
    not_kept=frozenset({"性别", "年龄", "政治面貌", "学历", "备注", "微信号", "照片", "职责"}),
    notes=(
        "十、也可以一个网格一行：列名写人员类型（网格员、党员……），格内写姓名，几个人之间用顿号隔开，"
        "姓名后可以跟手机号。",
        "十一、按角色或党员名册自动编入的人不必再填；名单里没有的人不会因此离队。",
    ),
)

_SPREAD_WIDTH = 18
_CELL_LENGTH_MAX = 400
_NUMBER = re.compile(r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_BRACKETS = re.compile(r"[()\[\]【】:]")
_ALSO_CALLED = {
    "网格员": ("专职网格员", "兼职网格员", "专职", "兼职", "网格专员", "专兼职网格员"),
    "党员": ("党员网格员", "党员骨干", "党员代表"),
    "居民骨干": ("骨干", "居民代表", "热心居民"),
    "政法网格员": ("社区民警", "民警", "片警", "政法干警", "法官", "检察官"),
}
"""How offices call what a community may have named so."""


def in_words_of(*, community_id: int, on: date) -> Register:  # noqa: ARG001  # as every register
    """Return the register with a community's grids and kinds, and a column of each kind."""
    kinds = queries.own_kinds(community_id=community_id, use=KindUse.TEAM)
    own = {one.name for one in kinds}
    also = {one.pk: [w for w in _ALSO_CALLED.get(one.name, ()) if w not in own] for one in kinds}
    spread = tuple(
        Column(
            f"{TEAMS.spread}{one.pk}",
            one.name,
            tuple(also[one.pk]),
            limit=_CELL_LENGTH_MAX,
            width=_SPREAD_WIDTH,
        )
        for one in kinds
    )
    return in_words(
        register=replace(TEAMS, columns=(*TEAMS.columns, *spread)),
        words={
            "grid": words_of_grids(community_id=community_id),
            # The key of its column is a word, too: `one_by_one` says so which kind a cell is of.
            "kind": {
                str(one.pk): [one.name, *also[one.pk], f"{TEAMS.spread}{one.pk}"] for one in kinds
            },
        },
    )


def one_by_one(lines: Iterator[Line]) -> Iterator[Line]:
    """Give each person of a row that has a column of each kind as a line of their own."""
    for line in lines:
        spread = [key for key in line.cells if key.startswith(TEAMS.spread)]
        if not spread or "name" in line.cells:
            yield Line(line.sheet, line.line, _without(line.cells, spread))
            continue
        people = [
            (key, said)
            for key in spread
            if not is_blank(line.cells[key])
            for said in BETWEEN.split(str(line.cells[key]))
            if said.strip()
        ]
        shared = {key: line.cells[key] for key in ("grid", "phone") if key in line.cells}
        if len(people) != 1:
            shared.pop("phone", None)  # Whose it is cannot be told.
        for key, said in people:
            yield Line(line.sheet, line.line, shared | _person(said) | {"kind": key})


@dataclass(frozen=True, slots=True)
class _Somebody:
    account_id: int | None = None
    resident_id: int | None = None


class TeamPlanner:
    """Compares rows with who stands at which grid, or is there by their role."""

    def __init__(self, *, community_id: int, on: date) -> None:
        self._who = WhoFinder(community_id=community_id, on=on)
        kinds = queries.own_kinds(community_id=community_id, use=KindUse.TEAM)
        self._kinds = {str(one.pk): one for one in kinds}
        accounts = queries.account_candidates(community_id=community_id, kind="", on=on)
        self._accounts: dict[str, list[Account]] = {}
        for account in accounts:
            self._accounts.setdefault(_plain(account.name), []).append(account)
        self._standing = {
            (str(one.grid_id), str(one.kind_id), _Somebody(one.account_id, one.resident_id)): one.pk
            for one in TeamMember.objects.filter(
                grid__community_id=community_id, kind__in=kinds, until_date=None
            )
        }
        self._holders = queries.role_holders(community_id=community_id, on=on)
        self._seen: dict[tuple[str, str, _Somebody], Planned] = {}

    def check(self, row: Planned) -> None:
        """Bring what the row says into the house's shape, or keep what is wrong with it."""
        self._who.check(row)

    def plan(self, row: Planned) -> None:
        """Set the row's outcome, subject and changed fields, or keep what is wrong."""
        somebody = self._somebody(row)
        if somebody is None:
            return
        grid, kind = row.said["grid"], row.said["kind"]
        key = grid, kind, somebody
        if (before := self._seen.setdefault(key, row)) is not row:
            row.stands_twice(column="name", before=before)
            return
        row.said |= {"account": somebody.account_id, "resident": somebody.resident_id}
        row.subject_id = self._standing.get(key)
        is_there = row.subject_id is not None or self._is_there_by_role(grid, kind, somebody)
        row.outcome = Outcome.UNCHANGED if is_there else Outcome.NEW

    def _somebody(self, row: Planned) -> _Somebody | None:
        phone = row.said.get("phone", "")
        digest = crypto.digest(value=phone, field=queries.PHONE_FIELD) if phone else ""
        named = self._accounts.get(_plain(row.said["name"]), [])
        by_phone = [one for one in named if digest and one.phone_digest == digest]
        fitting = by_phone or [one for one in named if not (digest and one.phone_digest)]
        known: Known | None = None
        if not by_phone:
            known = self._who.find(row) if fitting else self._who.require(row)
        if row.faults:
            return None
        if known is not None:
            return _Somebody(resident_id=known.id)
        if len(fitting) > 1:
            row.wrong(
                column="name",
                sentence=_("Two accounts have this name. Add the telephone to tell them apart."),
            )
            return None
        return _Somebody(account_id=fitting[0].pk) if fitting else None

    def _is_there_by_role(self, grid: str, kind: str, somebody: _Somebody) -> bool:
        held = int(grid), self._kinds[kind].filled_by, somebody.account_id
        return somebody.account_id is not None and held in self._holders


class TeamWriter(RowByRow):
    """Writes planned rows by the services of the teams."""

    def __init__(self, *, community_id: int) -> None:
        self._community_id = community_id

    def write_row(self, row: Kept, actor: Actor, at: datetime) -> None:
        """Bring one row in."""
        services.join_team(
            grid_id=int(row.said["grid"]),
            kind_id=int(row.said["kind"]),
            account_id=row.said["account"],
            resident_id=row.said["resident"],
            actor=actor,
            at=at,
        )


def _person(said: str) -> dict[str, Any]:
    """Take a name and a telephone apart that stand in one cell."""
    plain = normalise(text=said)
    phone = _NUMBER.search(plain)
    name = _BRACKETS.sub(" ", _NUMBER.sub(" ", plain)).strip()
    return {"name": name, **({"phone": phone[0]} if phone else {})}


def _without(cells: Mapping[str, Any], keys: list[str]) -> Mapping[str, Any]:
    return {key: value for key, value in cells.items() if key not in keys} if keys else cells


def _plain(name: str) -> str:
    return normalise(text=name).replace(" ", "")
