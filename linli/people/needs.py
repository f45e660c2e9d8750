"""What may be written of a need, and what never: plain functions over plain words.

Lists of persons under 社区矫正, 吸毒, 精神障碍, 稳控 or 信访 are never kept, nor is a diagnosis.
What help is needed is.
"""

import re

from linli.language.normal import normalise

LISTS_NEVER_KEPT = (
    "矫正", "吸毒", "涉毒", "戒毒", "精神障碍", "精神病", "肇事肇祸", "稳控", "维稳", "信访",
    "上访", "刑满", "刑释", "安置帮教", "邪教",
)  # fmt: skip
"""Parts of names of lists that cannot be made."""

DIAGNOSES = (
    "癌", "肿瘤", "糖尿病", "高血压", "冠心病", "心脏病", "心梗", "脑梗", "中风", "偏瘫", "尿毒症",
    "白血病", "肝炎", "肺结核", "艾滋", "梅毒", "癫痫", "帕金森", "阿尔茨海默", "老年痴呆",
    "失智症", "抑郁症", "躁狂", "精神分裂", "精神病", "精神障碍", "自闭症", "孤独症",
    "智力残疾", "智障",
)  # fmt: skip
"""Words of a diagnosis, which is never written down."""

COLUMNS_NEVER_KEPT = (
    "诊断", "病史", "病种", "病名", "疾病", "患病", "病情",
    "党费", "发展对象", "积极分子", "处分", "违纪",
)  # fmt: skip
"""Parts of headings of columns that cannot be brought in, besides the lists and diagnoses."""

_BETWEEN = re.compile(r"[\W_]+")


def list_never_kept_in(*, name: str) -> str:
    """Return which forbidden list a name is of, or nothing; blanks and dots hide none."""
    return _first_in(name, LISTS_NEVER_KEPT)


def diagnosis_in(*, text: str) -> str:
    """Return the first word of a diagnosis in what was written, or nothing."""
    return _first_in(text, (*DIAGNOSES, *LISTS_NEVER_KEPT))


def column_never_kept_in(*, heading: str) -> str:
    """Return what in a heading names a column that is never kept, or nothing."""
    return _first_in(heading, (*COLUMNS_NEVER_KEPT, *DIAGNOSES, *LISTS_NEVER_KEPT))


def _first_in(text: str, words: tuple[str, ...]) -> str:
    plain = _BETWEEN.sub("", normalise(text=text))
    return next((word for word in words if word in plain), "")
