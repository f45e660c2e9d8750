"""Organisations from a workbook: known by their code, else by their name.

Who is to be reached there is not kept: people of a company get accounts of their own.
"""

from dataclasses import replace
from datetime import date, datetime

from django.utils.translation import gettext as _

from linli.core.actor import Actor
from linli.core.codes import is_credit_code
from linli.core.errors import Refused
from linli.language.normal import normalise, tidy
from linli.people import queries
from linli.people.books.batches import Kept, RowByRow
from linli.people.books.planning import Outcome, Planned
from linli.people.books.registers import PHONE, Column, Doors, Kind, Register, by_word
from linli.people.books.words import check_many, joined, keep_as_written, keys_of
from linli.people.models import Organisation
from linli.people.services import organisations as services

ORGANISATIONS = Register(
    "ORGANISATIONS",
    "单位",
    (
        Column(
            "name",
            "单位名称",
            (
                "名称",
                "组织名称",
                "机构名称",
                "企业名称",
                "单位",
                "全称",
                "单位全称",
                "社会组织名称",
            ),
            limit=services.NAME_LENGTH_MAX,
            required=True,
            example="安居物业服务有限公司",
            width=30,
        ),
        Column(
            "code",
            "统一社会信用代码",
            ("信用代码", "社会信用代码", "单位编码", "编码", "代码", "单位代码", "机构代码"),
            Kind.NUMBER,
            limit=services.CODE_LENGTH_MAX,
            example="91350100M000100Y43",
            note="也可以填社区自编的编码；不填的自动编号。已登记的单位不改编码。",
            width=24,
        ),
        Column(
            "organisation_kind",
            "单位类型",
            ("单位性质", "单位类别", "类别", "类型", "性质", "机构类型", "组织类型"),
            Kind.CHOICE,
            words=by_word(
                {
                    "PROPERTY_COMPANY": "物业公司 物业 物业企业 物业服务企业 物业服务公司",
                    "LOCAL_UNIT": "驻区单位 共建单位 企业 国有企业 国企 民营企业 私营企业 事业单位 "
                    "学校 医院 银行 商户 个体工商户 辖区单位 驻地单位",
                    "SOCIAL_ORGANISATION": "社会组织 社团 社会团体 民办非企业单位 民非 "
                    "社会服务机构 社区社会组织 志愿服务组织 志愿者组织 基金会",
                    "DEPARTMENT": "政府部门 机关 机关单位 行政机关 党政机关 政府机关 职能部门",
                    "UTILITY": "公用事业单位 公用事业 水电气 供电 供水 燃气 通信 供热 公共事业单位",
                    "OWNERS_COMMITTEE": "业主委员会 业委会 物管会 物业管理委员会",
                    "RESIDENTS_COMMITTEE": "居民委员会 居委会 社区居委会",
                    "COMMUNITY_OFFICE": "社区办公室 社区 街道 街道办 街道办事处",
                }
            ),
            example="物业公司",
            note="新登记的必须填。",
            width=16,
        ),
        replace(
            PHONE,
            key="office_phone",
            heading="办公电话",
            also=("联系电话", "电话", "值班电话", "单位电话", "固定电话", "联系方式", "客服电话"),
            limit=30,
            example="025-83190000",
            note="单位的电话，不登记个人手机号。",
        ),
        Column(
            "estates",
            "服务小区",
            ("负责小区", "管辖小区", "所管小区", "服务的小区", "服务范围", "所属小区", "小区"),
            limit=200,
            note="已建好的小区名称，几个之间用顿号隔开。",
            width=24,
        ),
    ),
    is_of_people=False,
    doors=Doors.NONE,
    unit="个单位",
    not_kept=frozenset(
        {
            *("联系人", "负责人", "法定代表人", "法人", "法人代表", "联系人姓名", "联系人电话"),
            *("地址", "单位地址", "注册地址", "职工人数", "人数", "成立时间", "备注"),
        }
    ),
    notes=(
        "十、联系人、法定代表人等个人信息不随单位登记；要接单的人另开账号。",
        "十一、名单里没有的单位不会因此停用。",
    ),
)

_FIELDS = ("name", "organisation_kind", "office_phone", "estates")
_COLUMNS = {"name": "name", "organisation_kind": "kind", "office_phone": "phone"}


class OrganisationPlanner:
    """Compares rows with the register."""

    def __init__(self, *, community_id: int, on: date) -> None:  # noqa: ARG002  # as every planner
        self._estates = _estates_in(community_id)
        rows = Organisation.objects.filter(community_id=community_id).order_by("id")
        every = list(rows.prefetch_related("estates"))
        self._by_code = {one.code: one for one in every}
        self._by_name: dict[str, list[Organisation]] = {}
        for one in every:
            if one.ended_at is None:
                self._by_name.setdefault(_plain(one.name), []).append(one)
        self._seen: dict[object, Planned] = {}

    def check(self, row: Planned) -> None:
        """Bring what the row says into the house's shape, or keep what is wrong with it."""
        check_many(row, column="estates", known=self._estates)
        said = row.said
        keep_as_written(row, columns=("name",))
        if code := said.get("code", ""):
            said["code"] = code = tidy(text=code)
            if len(code) == _CREDIT_CODE_LENGTH and not is_credit_code(text=code):
                row.wrong(
                    column="code",
                    sentence=_(
                        "This is not a valid credit code: its last character does not fit. Please "
                        "compare it with the licence."
                    ),
                )
        if said.get("office_phone"):
            try:
                said["office_phone"] = services.plain_phone(phone=said["office_phone"])
            except Refused as refused:
                row.wrong(column="office_phone", sentence=str(refused))

    def plan(self, row: Planned) -> None:
        """Set the row's outcome, subject and changed fields, or keep what is wrong."""
        found = self._standing(row)
        if row.faults:
            return
        who: object = found.pk if found else row.said.get("code") or _plain(row.said["name"])
        if (before := self._seen.setdefault(who, row)) is not row:
            row.stands_twice(column="name", before=before)
        elif found is None:
            row.outcome = Outcome.NEW
            if not row.said.get("organisation_kind"):
                row.wrong(column="organisation_kind", sentence=_("This cell is empty."))
        else:
            row.subject_id = found.pk
            standing = {key: getattr(found, column) for key, column in _COLUMNS.items()}
            names = {one.name for one in found.estates.all()}
            standing["estates"] = joined(names, known=self._estates)
            fields = [
                name
                for name in _FIELDS
                if row.said.get(name) and _plain(row.said[name]) != _plain(standing[name])
            ]
            row.changes(fields=fields, standing=standing)

    def _standing(self, row: Planned) -> Organisation | None:
        found = self._by_code.get(row.said.get("code", ""))
        if found is not None:
            if found.ended_at is not None:
                sentence = _("An organisation with this code is out of use.")
                row.wrong(column="code", sentence=sentence)
            return found
        named = self._by_name.get(_plain(row.said["name"]), [])
        if len(named) > 1:
            sentence = _("Two organisations have this name. Add the code to tell them apart.")
            row.wrong(column="name", sentence=sentence)
        return named[0] if len(named) == 1 else None


class OrganisationWriter(RowByRow):
    """Writes planned rows by the services of the register."""

    def __init__(self, *, community_id: int) -> None:
        self._community_id = community_id
        self._estates = _estates_in(community_id)

    def write_row(self, row: Kept, actor: Actor, at: datetime) -> None:
        """Bring one row in."""
        said = row.said
        serves = keys_of(said.get("estates", ""), known=self._estates)
        if row.subject_id is None:
            services.create_organisation(
                community_id=self._community_id,
                name=said["name"],
                kind=said["organisation_kind"],
                code=said.get("code", ""),
                phone=said.get("office_phone", ""),
                estate_ids=serves,
                actor=actor,
                at=at,
            )
            return
        standing = queries.get_organisation(actor=actor, organisation_id=row.subject_id)
        services.edit_organisation(
            organisation_id=standing.pk,
            name=said["name"],
            kind=said.get("organisation_kind") or standing.kind,
            phone=said.get("office_phone") or standing.phone,
            estate_ids=serves or queries.estate_ids_of(organisation_id=standing.pk),
            actor=actor,
            at=at,
        )


_CREDIT_CODE_LENGTH = 18


def _estates_in(community_id: int) -> dict[str, int]:
    return {one.name: one.pk for one in queries.estates_of(community_id=community_id)}


def _plain(name: str) -> str:
    return normalise(text=name).replace(" ", "").lower()
