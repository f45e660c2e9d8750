"""The minutes of a meeting as a paper in the official layout (会议纪要)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.core.clocks import SHANGHAI
from linli.deliberation.queries.minutes import Correction, Item, Minutes, Moved, Turn
from linli.web.labels import label_of
from linli.web.official import Paper, day_in_words


def minutes_paper(*, minutes: Minutes) -> bytes:
    """Return minutes as .docx: who was there, what was said, moved and decided, and who signs."""
    paper = Paper()
    paper.title(_("Minutes: %(forum)s, %(name)s") % {"forum": minutes.forum, "name": minutes.name})
    paper.day(minutes.began_at.astimezone(SHANGHAI).date())
    _corrections(paper, minutes.corrections)
    _about(paper, minutes)
    paper.first(2, _("Who was there"))
    for group in minutes.groups:
        who = "、".join(dict.fromkeys(group.names)) if not minutes.is_masked else ""
        count = _("%(n)s in all") % {"n": len(group.names)}
        paper.body(
            f"{who}（{count}）" if who else count,
            led_by=f"{group.party or _('Others present')}：",
        )
    if minutes.expected_reason:
        paper.body(minutes.expected_reason, led_by=_("Why fewer are expected than have a seat:"))
    if minutes.missing:
        paper.body("、".join(minutes.missing), led_by=_("Nobody came of:"))
    if minutes.missing_reason:
        paper.body(minutes.missing_reason, led_by=_("Why it was opened without them:"))
    for item in minutes.items:
        paper.first(item.number + 2, item.title)
        _corrections(paper, item.corrections)
        _item(paper, item)
    number = len(minutes.items) + 3
    if minutes.resolutions:
        paper.first(number, _("What was decided"))
        for one in minutes.resolutions:
            paper.body(one["text"], led_by=f"{one['number']}：")
        number += 1
    if minutes.summary:
        paper.first(number, _("Summary"))
        for line in minutes.summary.splitlines():
            paper.body(line)
    if minutes.reworded_count:
        paper.body(reworded_in_words(minutes))
    paper.body("")
    paper.body(minutes.chair, led_by=_("Chair (signature):"))
    paper.body(minutes.recorder, led_by=_("Recorder (signature):"))
    return paper.content()


def reworded_in_words(minutes: Minutes) -> str:
    """Say how many lines everybody reads in other words than were signed."""
    count = minutes.reworded_count
    said = ngettext(
        "%(n)s line is worded otherwise than in the signed record, so that nobody is recognised.",
        "%(n)s lines are worded otherwise than in the signed record, so that nobody is recognised.",
        count,
    )
    return said % {"n": count}


def _corrections(paper: Paper, corrections: Sequence[Correction]) -> None:
    for one in corrections:
        by = f"，{label_of(code=one.role, table='role')}" if one.role else ""
        day = day_in_words(one.corrected_at.astimezone(SHANGHAI).date())
        paper.body(one.text, led_by=f"{_('Correction')}（{day}{by}）：")
        paper.body(one.why, led_by=_("Why it is corrected:"))


def _about(paper: Paper, minutes: Minutes) -> None:
    paper.first(1, _("The meeting"))
    for said, text in (
        (_("Kind:"), label_of(code=minutes.kind, table="meeting_kind")),
        (_("Time:"), _span(minutes)),
        (_("Place:"), minutes.place),
        (_("Chair:"), minutes.chair),
        (_("Recorder:"), minutes.recorder),
        (_("Attendance:"), attendance_in_words(minutes)),
        (_("Ground rules:"), rules_in_words(minutes)),
    ):
        if text:
            paper.body(text, led_by=said)


def _span(minutes: Minutes) -> str:
    began = minutes.began_at.astimezone(SHANGHAI)
    said = f"{day_in_words(began.date())} {began:%H:%M}"
    return said if minutes.ended_at is None else f"{said}–{_hour(minutes.ended_at)}"


def _hour(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}" if moment is not None else ""


def attendance_in_words(minutes: Minutes) -> str:
    """Say how many were expected and came, and whether that is enough to decide."""
    figures = {"expected": minutes.expected, "present": minutes.present_count}
    if minutes.is_talk:
        return _("%(present)s people came") % figures
    said = _("%(expected)s expected, %(present)s present, quorum %(quorum)s") % {
        **figures,
        "quorum": minutes.quorum,
    }
    if minutes.counted != minutes.present_count:
        said += _("; %(counted)s count for the quorum") % {"counted": minutes.counted}
    return said if minutes.has_quorum else said + _("; the quorum was missed")


def rules_in_words(minutes: Minutes) -> str:
    """Say which version of the ground rules the meeting was held under."""
    if minutes.rules_number is None:
        return ""
    figures = {"number": minutes.rules_number, "rules": len(minutes.rules)}
    return _("version %(number)s, %(rules)s rules") % figures


def motion_in_words(motion: Moved) -> str:
    """Say what became of a motion, with its figures."""
    state = label_of(code=motion.state, table="motion")
    if not motion.was_counted:
        return state
    figures = {
        "state": state,
        "present": motion.present,
        "yes": motion.yes,
        "no": motion.no,
        "abstain": motion.abstain,
    }
    return (
        _("%(state)s: %(present)s present, %(yes)s for, %(no)s against, %(abstain)s abstained")
        % figures
    )


def _item(paper: Paper, item: Item) -> None:
    for line in item.said.splitlines():
        paper.body(line)
    for turn in item.turns:
        paper.body(turn.gist or "—", led_by=f"{turn.by}{_when(turn)}：")
    for motion in item.motions:
        paper.body(motion.text, led_by=_("Motion:"), keeps_next=True)
        paper.body("；".join(_about_motion(motion)) + "。")
        for who, why in motion.dissents:
            paper.body(why, led_by=_("Dissent of %(who)s:") % {"who": who})


def _when(turn: Turn) -> str:
    if turn.began_at is None:
        return ""
    until = f"–{_hour(turn.ended_at)}" if turn.ended_at is not None else ""
    return f"（{_hour(turn.began_at)}{until}）"


def _about_motion(motion: Moved) -> Iterator[str]:
    if motion.by:
        yield _("moved by %(who)s") % {"who": motion.by}
    yield motion_in_words(motion)
