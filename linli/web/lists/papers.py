"""Meeting sheets as papers in the official layout."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from linli.web.official import Paper

_LINES_TO_WRITE = 2


@dataclass(frozen=True, slots=True)
class Item:
    """One matter as a paper says it: its title, facts beside it, and what the meeting said."""

    title: str
    facts: tuple[str, ...]
    said: str = ""


def sheet_paper(*, community: str, name: str, held_on: date, items: Sequence[Item]) -> bytes:
    """Return a meeting's sheet as .docx: printed before the meeting, or with its notes after it."""
    paper = Paper()
    paper.title(_("%(community)s %(name)s") % {"community": community, "name": name})
    paper.day(held_on)
    paper.body(_("Matters on the agenda: %(n)s.") % {"n": len(items)})
    for number, item in enumerate(items, start=1):
        paper.first(number, item.title)
        paper.body("；".join(item.facts) + "。", keeps_next=True)
        paper.body(item.said, led_by=_("What the meeting said:"))
        if not item.said:
            paper.room(_LINES_TO_WRITE)
    return paper.content()
