"""People served first, from a workbook: of which group, what help they need, who comes how often.

A restricted register: no list that must not be kept, no diagnosis. Words are compared opened and
shown to nobody but whoever handed the file in.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

from django.utils.translation import gettext as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.core.sheets import is_blank
from linli.language import never_kept
from linli.people import queries
from linli.people.books.batches import Kept, RowByRow
from linli.people.books.planning import Outcome, Planned
from linli.people.books.registers import Column, Doors, Kind, Register, by_word
from linli.people.books.who import WHO, WhoFinder
from linli.people.books.words import in_words, keep_as_written
from linli.people.models import PriorityNeed
from linli.people.services import needs as services
from linli.people.services.never_kept import ListNeverKept

NEEDS = Register(
    "NEEDS",
    "重点关爱对象",
    (
        replace(WHO[0], also=("对象姓名", "帮扶对象", "走访对象", "服务对象", "重点人员姓名")),
        *WHO[1:],
        Column(
            "group",
            "重点人群类别",
            (
                *("人群类别", "人员类别", "重点类别", "对象类别", "人群类型", "类别", "人员类型"),
                *("服务对象类别", "困难类型", "所属人群"),
            ),
            Kind.CHOICE,
            required=True,
            note="社区自定的重点人群名称；一人属于几类的，每类一行。",
            width=18,
        ),
        Column(
            "help",
            "帮扶需求",
            (
                *("需求", "服务需求", "主要需求", "帮扶内容", "需要的帮助", "所需帮助", "困难情况"),
                *("服务内容", "需要什么帮助", "帮扶措施"),
            ),
            limit=services.HELP_LENGTH_MAX,
            example="需要有人代取药、买菜",
            note="写需要什么帮助，不写疾病诊断。新登记的必须填。",
            width=32,
        ),
        Column(
            "cadence",
            "走访频次",
            ("走访频率", "探访频次", "联系频次", "走访周期", "探访频率", "入户频次", "走访要求"),
            Kind.CHOICE,
            words=by_word(
                {
                    "WEEKLY": "每周 周 每周一次 每周1次 1周1次 一周一次 周访 每星期 1次/周",
                    "MONTHLY": "每月 月 每月一次 每月1次 1月1次 一月一次 月访 1次/月",
                    "QUARTERLY": "每季度 季度 每季 每季度一次 每季度1次 季访 1次/季 1次/季度",
                    "NONE": "不定期 按需 不需要 不走访 随时",
                }
            ),
            example="每周",
            note="每周、每月、每季度、不定期。新登记的必须填。",
        ),
        Column(
            "responsible",
            "帮扶责任人",
            (
                *("责任人", "包联人", "帮扶人", "包保责任人", "结对责任人", "联系人", "包联责任人"),
                *("帮扶干部", "走访责任人", "联系责任人", "负责人"),
            ),
            Kind.CHOICE,
            note="在本社区有账号的工作人员的姓名。新登记的必须填。",
            width=16,
        ),
    ),
    doors=Doors.HELPFUL,
    not_kept=frozenset({"性别", "年龄", "出生日期", "备注", "所属网格", "网格"}),
    notes=(
        "十、对象须先登记为居民；凭姓名加身份证号、电话或住址认人。",
        "十一、社区矫正、吸毒、精神障碍、稳控、信访等名单以及疾病诊断一律不收，含有这些内容的表或行不予导入。",
        "十二、名单里没有的人不会因此被撤下；不再需要帮助的，请在各人页面办理。",
    ),
)

_FIELDS = ("help", "cadence", "responsible")


def in_words_of(*, community_id: int, on: date) -> Register:
    """Return the register with a community's groups, and with who can answer for somebody."""
    people = queries.account_candidates(community_id=community_id, kind="", on=on)
    named = Counter(one.name for one in people)
    groups = queries.list_need_groups(community_ids=[community_id])
    return in_words(
        register=NEEDS,
        words={
            "group": {str(one.pk): [one.name] for one in groups},
            "responsible": {
                str(one.pk): [
                    one.name if named[one.name] == 1 else f"{one.name}({one.username})",
                    one.username,
                ]
                for one in people
            },
        },
    )


class NeedPlanner:
    """Compares rows with the needs that stand."""

    def __init__(self, *, community_id: int, on: date) -> None:
        self._who = WhoFinder(community_id=community_id, on=on)
        rows = PriorityNeed.objects.filter(community_id=community_id, until_date=None)
        self._standing = {(one.resident_id, one.group_digest): one for one in rows}
        self._seen: dict[tuple[int, str], Planned] = {}

    def check(self, row: Planned) -> None:
        """Bring what the row says into the house's shape, or keep what is wrong with it."""
        self._who.check(row)
        _refuse_forbidden_group(row)
        keep_as_written(row, columns=("help",))
        if row.said.get("help"):
            try:
                row.said["help"] = services.plain_help(help_needed=row.said["help"])
            except Refused as refused:
                row.wrong(column="help", sentence=str(refused))

    def plan(self, row: Planned) -> None:
        """Set the row's outcome, subject and changed fields, or keep what is wrong."""
        known = self._who.require(row)
        if known is None:
            return
        key = known.id, queries.group_digest(group_id=int(row.said["group"]))
        if (before := self._seen.setdefault(key, row)) is not row:
            row.stands_twice(column="name", before=before)
            return
        row.said["resident"] = known.id
        need = self._standing.get(key)
        if need is None:
            row.outcome = Outcome.NEW
            for column in _FIELDS:
                if not row.said.get(column):
                    row.wrong(column=column, sentence=_("This cell is empty."))
            return
        row.subject_id = need.pk
        standing = {name: _of(need, name) for name in _FIELDS if row.said.get(name)}
        fields = [name for name, stands in standing.items() if row.said[name] != stands]
        row.changes(fields=fields, standing=standing)


class NeedWriter(RowByRow):
    """Writes planned rows by the services of the register."""

    def __init__(self, *, community_id: int) -> None:
        self._community_id = community_id

    def write_row(self, row: Kept, actor: Actor, at: datetime) -> None:
        """Bring one row in."""
        said = row.said
        if row.subject_id is None:
            services.record_need(
                resident_id=int(said["resident"]),
                group_id=int(said["group"]),
                help_needed=said["help"],
                cadence=said["cadence"],
                responsible_id=int(said["responsible"]),
                actor=actor,
                at=at,
            )
            return
        need = PriorityNeed.objects.get(pk=row.subject_id)
        services.change_need(
            need_id=need.pk,
            cadence=said.get("cadence") or need.cadence,
            responsible_id=int(said.get("responsible") or need.responsible_id),
            help_needed=said.get("help", "") if "help" in row.fields else "",
            actor=actor,
            at=at,
        )


def _refuse_forbidden_group(row: Planned) -> None:
    """Say of a list that is never kept that it is, not that there is no such group."""
    cell = row.line.cells.get("group")
    if is_blank(cell) or "group" in row.said:
        return
    if word := never_kept.name_never_kept_in(name=str(cell)):
        row.faults = [one for one in row.faults if one.column != "group"]
        row.wrong(column="group", sentence=str(ListNeverKept(word=word)))


def _of(need: PriorityNeed, name: str) -> str:
    """Return what stands, opened to be compared."""
    if name == "help":
        row = str(need.row_key)
        return crypto.unseal(sealed=bytes(need.help_sealed), field=queries.HELP_FIELD, row=row)
    return need.cadence if name == "cadence" else str(need.responsible_id)
