"""The fields of a 12345 order and of its reply, with the headings that cities give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its code, what it is called on screen, and the headings seen in workbooks.

    The first heading is the one used where a community has chosen none.
    """

    code: str
    name: Any
    headings: tuple[str, ...]
    required: bool = False


FIELDS: Mapping[str, Field] = {
    one.code: one
    for one in (
        Field(
            "number",
            _("Order number"),
            ("工单编号", "工单号", "诉求编号", "受理编号", "案件编号", "流水号", "编号", "单号"),
            required=True,
        ),
        Field(
            "text",
            _("What it is about"),
            ("诉求内容", "工单内容", "问题描述", "反映内容", "来电内容", "内容", "诉求描述"),
            required=True,
        ),
        Field(
            "received_at",
            _("Received by the hotline"),
            ("受理时间", "来电时间", "登记时间", "诉求时间", "派单时间", "创建时间", "受理日期"),
        ),
        Field(
            "deadline",
            _("To be answered by"),
            (
                "办理时限",
                "截止时间",
                "办结时限",
                "处理时限",
                "要求办结时间",
                "到期时间",
                "截止日期",
            ),
        ),
        Field(
            "name",
            _("Caller"),
            ("诉求人", "来电人", "来电人姓名", "市民姓名", "反映人", "联系人", "姓名"),
        ),
        Field(
            "phone",
            _("Telephone"),
            ("联系电话", "来电号码", "联系方式", "电话", "手机号", "回访电话", "主叫号码"),
        ),
        Field(
            "address",
            _("Address"),
            ("诉求地址", "事发地址", "事发地点", "问题地址", "地址", "发生地点", "详细地址"),
        ),
        Field(
            "category",
            _("Category words"),
            ("诉求分类", "问题分类", "诉求类别", "工单分类", "事项分类", "类别", "分类"),
        ),
    )
}

REPLY_FIELDS: Mapping[str, Field] = {
    one.code: one
    for one in (
        Field("number", _("Order number"), ("工单编号",), required=True),
        Field("handled_by", _("Handled by"), ("承办单位",)),
        Field("result", _("Outcome"), ("办理结果",)),
        Field("resolution", _("What was done"), ("处理情况",)),
        Field("closed_at", _("Closed on"), ("办结时间",)),
        Field("told", _("How and when the caller was told"), ("回访情况",)),
        Field("solved", _("Whether it is solved"), ("是否解决",)),
        Field("satisfied", _("Satisfaction"), ("满意度",)),
    )
}
