"""What stands where somebody's name belongs and is none: nobody, a part, a remark, two people."""

import re

from django.utils.translation import gettext_lazy as _

from linli.core.errors import Invalid, Refused
from linli.language.normal import is_blank_text, is_spreadsheet_blank, normalise

_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_REMARK = re.compile(r"[?*□■�<>()\[\]{}【】]")
_BETWEEN = re.compile(rf"(?<=[{_HAN}])\s*[、,;/\\|&]\s*(?=[{_HAN}])")
_LINES = re.compile(rf"[{_HAN}]{{2,}}[^\S\n\r]*[\n\r]+\s*[{_HAN}]{{2,}}")
_VACANT = frozenset(
    {
        *("空房", "空置", "空置房", "空关", "空关房", "空户", "空屋", "空房子"),
        *("无人", "无人住", "无人居住", "未入住", "闲置"),
    }
)
_ROLES = frozenset(
    {
        *("租客", "租户", "租赁户", "承租人", "户主", "房东", "房主", "住户"),
        *("业主", "本人", "家属", "配偶", "家庭成员", "出租", "出租房", "自住"),
        *("商铺", "店铺", "店面", "仓库", "车库"),
    }
)
_TITLE = re.compile(rf"[{_HAN}]{{1,2}}(先生|女士|小姐|太太)")


class ResidentNameMissing(Invalid):
    """Nobody is on a roster without a name."""

    sentence = _("Please enter a name.")
    field = "name"


class NameOfNobody(Invalid):
    """A word that an office writes where nobody lives."""

    sentence = _(
        "“%(word)s” says that nobody lives there, and is no name. A vacant home belongs to the "
        "households, not among the residents."
    )
    field = "name"


class NameIsWhatTheyAre(Invalid):
    """A word for what somebody is to a home, instead of who they are."""

    sentence = _("“%(word)s” is nobody's name. Find out what this person is called.")
    field = "name"


class NameWithRemark(Invalid):
    """A remark, a lost character (王?), or a name masked by a system (张*)."""

    sentence = _(
        "Brackets, question marks and stars are no part of a name. Write the whole name, and "
        "nothing but the name."
    )
    field = "name"


class SeveralNames(Invalid):
    """Two people where one belongs."""

    sentence = _("Two names stand here. Give each person a line of their own.")
    field = "name"


def fault_of(*, text: str) -> Refused | None:
    """Return why a text is nobody's name, or None."""
    name = normalise(text=text)
    plain = name.replace(" ", "")
    if is_blank_text(text=name) or name.isdecimal() or is_spreadsheet_blank(value=name):
        return ResidentNameMissing()
    if _REMARK.search(name):
        return NameWithRemark()
    if _BETWEEN.search(name) or _LINES.search(text):
        return SeveralNames()
    if plain in _VACANT:
        return NameOfNobody(word=plain)
    if plain in _ROLES:
        return NameIsWhatTheyAre(word=plain)
    return None


def is_form_of_address(*, name: str) -> bool:
    """Tell whether a name is how somebody is spoken to: 王女士."""
    return _TITLE.fullmatch(name) is not None
