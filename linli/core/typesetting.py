"""PDFs by typst: a template, plain facts, and a font with Chinese characters."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext_lazy as _

from linli.core.errors import Refused

_CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "HarmonyOS Sans SC",
    "MiSans",
    "FZHei-B01",
    "Noto Serif CJK SC",
    "SimSun",
)


class NoChineseFont(Refused):
    """The server has no font with Chinese characters, so a PDF would show empty boxes."""

    sentence = _(
        "This server has no Chinese font, so no PDF can be made. Print from the page instead, or "
        "have fonts-noto-cjk installed."
    )


def pdf(*, template: Path, facts: Mapping[str, Any]) -> bytes:
    """Return a PDF; the template reads its `facts`, with the name of a `font`, as JSON.

    :raises NoChineseFont: when the server has no font for it.
    """
    font = chinese_font()
    if not font:
        raise NoChineseFont
    said = json.dumps({"font": font, **facts}, ensure_ascii=False)
    made: Any = typst.compile(
        template.read_bytes(), sys_inputs={"facts": said}, font_paths=_fonts()
    )
    return bytes(made)


def chinese_font() -> str:
    """Return the family of a font with Chinese characters on this server, or nothing."""
    families = set(_fonts().families())
    return next((name for name in _CHINESE_FONTS if name in families), "")


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Look through the system's fonts once; it takes a good part of a second."""
    return typst.Fonts()
