"""Hints beneath fields that lead on: what is missing, and where to enter it."""

from typing import Any

from django.utils.html import format_html


def linked(*, sentence: Any, url: str, words: Any) -> str:
    """Return a sentence, safe to show, in which %(link)s is a link of these words to `url`."""
    link = format_html('<a href="{}">{}</a>', url, words)
    return format_html(str(sentence).replace("%(link)s", "{}"), link)
