"""What was published, on paper and as a table: an A4 page for the board, and CSV."""

import csv
import io
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from linli.core.typesetting import pdf
from linli.deliberation import queries
from linli.territory import posters
from linli.web.labels import label_of
from linli.web.resident.community import office_phone_of
from linli.web.wording import exact

_TEMPLATE = Path(__file__).with_name("result.typ")


def result_poster(*, publication: Any, path: str) -> bytes:
    """Return an A4 page with what came of a topic, and a QR code that leads to its page.

    :raises NoChineseFont: when the server has no font for it.
    """
    content = publication.content
    community = publication.topic.community
    address = f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else ""
    facts = {
        "community": community.name,
        "forum": content["forum"],
        "title": content["title"],
        "lines": _lines(content),
        "resolutions": [_resolution(one) for one in content["resolutions"]],
        "corrections": [
            {"title": _("Correction"), "text": one.content["text"]}
            for one in queries.corrections_of(publication=publication)
        ],
        "qr": posters.drawing_of(svg=posters.qr_svg(text=address)) if address else "",
        "note": _note(publication, office_phone_of(community, settings.OFFICE_PHONE)),
    }
    return pdf(template=_TEMPLATE, facts=facts)


def _lines(content: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the facts of a topic, each with its name; what is empty is left out."""
    people = ngettext("%(n)s person said so", "%(n)s people said so", content["opinions"])
    level = label_of(code=content["level"], table="topic_level")
    said = [
        (_("Why it was talked about"), content["why"]),
        (pgettext("topic", "Field"), content["field"]),
        (_("Level"), " · ".join(part for part in (level, content["place"]) if part)),
        (_("Opinions"), people % {"n": content["opinions"]}),
        *(_meeting(one) for one in content["meetings"]),
        *(_vote(one) for one in content["votes"]),
    ]
    return [(name, text) for name, text in said if text]


def _meeting(one: dict[str, Any]) -> tuple[str, str]:
    counted = (
        _("%(expected)s expected, %(present)s there") % one
        if one["expected"]
        else ngettext("%(n)s person there", "%(n)s people there", one["present"])
        % {"n": one["present"]}
    )
    kind = label_of(code=one["kind"], table="meeting_kind")
    return kind, f"{one['held_on']} {one['name']} · {counted}"


def _vote(one: dict[str, Any]) -> tuple[str, str]:
    """Return what came of a vote, in one line."""
    result = one["result"] or {}
    outcome = label_of(code=result.get("outcome", "NO_DECISION"), table="vote_outcome")
    turnout = _("%(turnout)s of %(roll)s voted") % {
        "turnout": result.get("turnout", 0),
        "roll": one["roll"],
    }
    return label_of(code=one["kind"], table="vote_kind"), f"{one['title']} · {outcome} · {turnout}"


def _resolution(one: dict[str, Any]) -> dict[str, Any]:
    decision = label_of(code=one["decision"], table="decision")
    number = pgettext("topic", "Resolution %(number)s") % one
    tasks = [
        " · ".join(
            part
            for part in (
                task["text"],
                task["by"] or _("the community"),
                _("until %(day)s") % {"day": task["due"]},
            )
            if part
        )
        for task in one["tasks"]
    ]
    return {"title": f"{number} · {decision}", "text": one["text"], "tasks": tasks}


def _note(publication: Any, phone: str) -> str:
    parts = [
        _("Published %(when)s") % {"when": exact(when=publication.published_at)},
        _("Checksum %(digest)s") % {"digest": publication.digest[:16]},
    ]
    if phone:
        parts.append(_("Questions: %(phone)s") % {"phone": phone})
    return " · ".join(parts)


def vote_lines(*, content: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what came of each vote that a publication names: its kind, and one line."""
    return [_vote(one) for one in content.get("votes", ())]


def publication_csv(*, publication: Any) -> bytes:
    """Return what was published as a table of two columns that Excel and WPS open."""
    stream = io.StringIO()
    table = csv.writer(stream)
    content = publication.content
    table.writerow((_("What"), _("Said")))
    if "text" in content:
        table.writerow((_("Correction"), _plain(content["text"])))
    else:
        table.writerow((_("Topic"), _plain(content["title"])))
        for name, text in _lines(content):
            table.writerow((name, _plain(text)))
        for one in content["resolutions"]:
            said = _resolution(one)
            table.writerow((said["title"], _plain(said["text"])))
            for task in said["tasks"]:
                table.writerow((_("Task"), _plain(task)))
    table.writerow((_("Checksum of the content"), publication.digest))
    return stream.getvalue().encode("utf-8-sig")


def _plain(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
