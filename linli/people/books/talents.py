"""Local talents from a workbook: residents with what they can do, since they agreed to be listed.

Consent is what the file says, with its day; where it says nothing, nobody is listed.
"""

from dataclasses import replace
from datetime import date, datetime

from django.utils.translation import gettext as _

from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.people import queries
from linli.people.books.batches import Kept, RowByRow
from linli.people.books.planning import Outcome, Planned
from linli.people.books.registers import Column, Doors, Kind, Register, by_word
from linli.people.books.who import WHO, Known, WhoFinder
from linli.people.books.words import check_many, joined, keys_of
from linli.people.models import KindUse, Talent
from linli.people.personal import ADULT_OF_CONSENT, age_on
from linli.people.services import talents as services

TALENTS = Register(
    "TALENTS",
    "能人",
    (
        replace(WHO[0], also=("能人姓名", "人才姓名", "达人姓名", "名字")),
        *WHO[1:],
        Column(
            "skills",
            "特长",
            (
                *("技能", "专长", "擅长", "技能特长", "特长技能", "专业特长", "个人特长"),
                *("特长爱好", "能做什么", "服务特长", "可提供的服务"),
            ),
            limit=240,
            example="水电维修 书法",
            note="几项之间用空格或顿号隔开，一共不超过 120 字。",
            width=28,
        ),
        Column(
            "consent",
            "是否同意公示",
            ("同意公示", "是否同意", "本人是否同意", "是否愿意公开", "是否同意公开", "本人意愿"),
            Kind.CHOICE,
            words=by_word({"YES": "是 同意 愿意 已同意 √ 有", "NO": "否 不同意 不愿意 × 不"}),
            example="是",
            note="本人同意列入能人库并可被联系。填“否”的不登记；已登记的撤下。",
        ),
        Column(
            "consented_on",
            "同意日期",
            ("同意时间", "本人同意日期", "同意公示日期", "签字日期", "授权日期"),
            Kind.DATE,
            example="2026-01-05",
            note="本人同意的日期。新登记的必须填，系统不会替人默认同意。",
        ),
        Column(
            "forces",
            "力量类别",
            ("力量类型", "身份类别", "所属力量", "人才类别", "能人类别"),
            limit=120,
            note="社区自定的类别，几个之间用顿号隔开。",
            width=20,
        ),
    ),
    doors=Doors.HELPFUL,
    not_kept=frozenset({"性别", "年龄", "出生日期", "政治面貌", "学历", "文化程度", "备注"}),
    notes=(
        "十、能人须先登记为居民；凭姓名加身份证号、电话或住址认人。",
        "十一、本人同意的日期必须如实填写；没有同意的不登记，不满 14 周岁的不登记。",
    ),
)

_FIELDS = ("skills", "consented_on", "forces")


class TalentPlanner:
    """Compares rows with who is listed."""

    def __init__(self, *, community_id: int, on: date) -> None:
        self._on = on
        self._who = WhoFinder(community_id=community_id, on=on)
        self._forces = _forces_in(community_id)
        rows = Talent.objects.filter(community_id=community_id, withdrawn_on=None)
        self._listed = {one.resident_id: one for one in rows.prefetch_related("forces")}
        self._seen: dict[int, Planned] = {}

    def check(self, row: Planned) -> None:
        """Bring what the row says into the house's shape, or keep what is wrong with it."""
        self._who.check(row)
        check_many(row, column="forces", known=self._forces)
        said = row.said
        if said.get("skills"):
            try:
                said["skills"] = services.plain_skills(skills=said["skills"])
            except Refused as refused:
                row.wrong(column="skills", sentence=str(refused))
        if (day := said.get("consented_on")) is not None and day > self._on:
            row.wrong(column="consented_on", sentence=_("This day is in the future."))
        if said.get("consent") == "NO" and day is not None:
            row.wrong(
                column="consent",
                sentence=_("The row says no, and also the day on which they agreed."),
            )

    def plan(self, row: Planned) -> None:
        """Set the row's outcome, subject and changed fields, or keep what is wrong."""
        known = self._who.require(row)
        if known is None:
            return
        if (before := self._seen.setdefault(known.id, row)) is not row:
            row.stands_twice(column="name", before=before)
            return
        row.subject_id = known.id
        talent = self._listed.get(known.id)
        if row.said.get("consent") == "NO":
            fields = [] if talent is None else ["consent"]
            row.changes(fields=fields, standing={"consent": "YES"})
        elif talent is None:
            self._plan_new(row, known)
        else:
            standing = {
                "skills": talent.skills,
                "consented_on": talent.consented_on,
                "forces": joined({one.name for one in talent.forces.all()}, known=self._forces),
            }
            said = row.said
            row.changes(
                fields=[one for one in _FIELDS if said.get(one) and said[one] != standing[one]],
                standing=standing,
            )

    def _plan_new(self, row: Planned, known: Known) -> None:
        row.outcome = Outcome.NEW
        if not row.said.get("skills"):
            row.wrong(column="skills", sentence=_("This cell is empty."))
        if row.said.get("consented_on") is None:
            row.wrong(
                column="consented_on",
                sentence=_(
                    "Nobody is listed without their consent. Write the day on which they agreed."
                ),
            )
        born = known.birth_date
        if born is not None and age_on(birth_date=born, on=self._on) < ADULT_OF_CONSENT:
            row.wrong(column="name", sentence=str(services.TalentTooYoung()))


class TalentWriter(RowByRow):
    """Writes planned rows by the services of the pool."""

    def __init__(self, *, community_id: int) -> None:
        self._forces = _forces_in(community_id)

    def write_row(self, row: Kept, actor: Actor, at: datetime) -> None:
        """Bring one row in."""
        assert row.subject_id is not None, "a talent is on the roster"
        if row.fields == ("consent",):
            services.withdraw_talent(resident_id=row.subject_id, actor=actor, at=at)
            return
        said = row.said
        rows = Talent.objects.filter(resident=row.subject_id, withdrawn_on=None)
        talent = rows.prefetch_related("forces").first()
        agreed = date.fromisoformat(said["consented_on"]) if said.get("consented_on") else None
        if said.get("forces"):
            forces = keys_of(said["forces"], known=self._forces)
        else:
            forces = [] if talent is None else _in_use(talent)
        services.list_talent(
            resident_id=row.subject_id,
            skills=said.get("skills") or ("" if talent is None else talent.skills),
            consented_on=agreed or (None if talent is None else talent.consented_on),
            force_ids=forces,
            actor=actor,
            at=at,
        )


def _forces_in(community_id: int) -> dict[str, int]:
    kinds = queries.own_kinds(community_id=community_id, use=KindUse.FORCE)
    return {one.name: one.pk for one in kinds}


def _in_use(talent: Talent) -> list[int]:
    return [one.pk for one in talent.forces.all() if one.ended_at is None]
