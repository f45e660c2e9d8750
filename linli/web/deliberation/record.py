"""Writing a meeting down while it goes on: one page, one form, for keyboard and phone.

Every button sends the whole form. What was typed anywhere is saved first, then the button acts;
what cannot be saved stays in its field, with the reason beside it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.deliberation.queries import meetings as reads
from linli.deliberation.services import motions, speaking
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.meetings import end_meeting
from linli.web.access import Request, for_roles
from linli.web.deliberation.frame import SEATED, show
from linli.web.lists.common import key_of

_DRAFTS = "record_drafts"


class HandsUnreadable(Invalid):
    """Hands are counted in figures."""

    sentence = _("Please enter the hands counted as whole numbers.")


class NobodyChosen(Invalid):
    """A turn or a dissent is somebody's."""

    sentence = _("Please choose who.")


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEATED)
def record(request: Request, meeting_id: int) -> HttpResponse:
    """Show the recorder's page, or take in all that stands on it."""
    meeting = reads.get_meeting_inside(actor=request.actor, meeting_id=meeting_id)
    if not reads.keeps(actor=request.actor, meeting=meeting):
        raise NotEntitled
    if meeting.state not in ("OPEN", "ENDED"):
        return redirect("meeting", meeting_id=meeting.pk)
    faults: dict[str, str] = {}
    had_signatures = meeting.signatures.exists()
    if request.method == "POST":
        saved = _save_texts(request, meeting, faults)
        anchor = "" if faults else _act(request, faults)
        if not faults:
            if saved and had_signatures:
                messages.warning(
                    request, gettext("The record changed: the signature under it fell.")
                )
            elif saved:
                messages.success(request, gettext("Saved."))
            if request.POST.get("do") == "close":
                return _close(request, meeting)
            request.session[_DRAFTS] = {str(meeting.pk): _drafts(request)}
            return redirect(reverse("record", args=[meeting.pk]) + anchor)
    typed: Mapping[str, Any] = request.POST
    if not faults:
        typed = request.session.pop(_DRAFTS, {}).get(str(meeting.pk), {})
    facts = _facts(request, meeting, typed, faults)
    return show(
        request, "deliberation/record.html", "meetings", facts, status=422 if faults else 200
    )


def _close(request: Request, meeting: Any) -> HttpResponse:
    """End the meeting whose texts are all saved."""
    try:
        end_meeting(meeting_id=meeting.pk, actor=request.actor, at=request.now)
    except StepNotAllowed as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, gettext("The meeting is over. Read and sign."))
    return redirect("minutes", meeting_id=meeting.pk)


# --- What stands in the fields ----------------------------------------------------------------


def _save_texts(request: Request, meeting: Any, faults: dict[str, str]) -> int:
    """Save every text that was changed over what its writer saw; return how many were."""
    given: dict[str, Any] = {"actor": request.actor, "at": request.now}
    writers: list[tuple[str, Callable[[str, str], Any]]] = [
        (
            "summary",
            lambda text, before: speaking.write_summary(
                meeting_id=meeting.pk, text=text, before=before, **given
            ),
        )
    ]
    for item in reads.items_of(meeting=meeting):
        writers.append((f"said_{item.pk}", _said_writer(item.pk, given)))
    for speech in reads.speeches_of(meeting=meeting):
        writers.append((f"gist_{speech.pk}", _gist_writer(speech.pk, given)))
    saved = 0
    for field, write in writers:
        if field not in request.POST:
            continue
        text, before = request.POST[field], request.POST.get(f"before_{field}", "")
        if _plain(text) == _plain(before):
            continue
        try:
            write(text, before)
        except Refused as refused:
            if isinstance(refused, NotFound | NotEntitled):
                raise
            faults[field] = str(refused)
        else:
            saved += 1
    return saved


def _drafts(request: Request) -> dict[str, str]:
    """Return what was typed for buttons that were not pressed: the next page has it again."""
    act, _colon, number = request.POST.get("do", "save").partition(":")
    used = {name.format(number) for name in _TAKES.get(act, ())}
    prefixes = tuple(name.format("") for names in _TAKES.values() for name in names)
    return {
        name: value
        for name, value in request.POST.items()
        if isinstance(value, str) and value and name.startswith(prefixes) and name not in used
    }


def _said_writer(key: int, given: Mapping[str, Any]) -> Callable[[str, str], Any]:
    return lambda text, before: speaking.write_said(item_id=key, text=text, before=before, **given)


def _gist_writer(key: int, given: Mapping[str, Any]) -> Callable[[str, str], Any]:
    return lambda text, before: speaking.write_gist(
        speech_id=key, text=text, before=before, **given
    )


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


# --- What the pressed button does -------------------------------------------------------------


def _act(request: Request, faults: dict[str, str]) -> str:
    """Do what the button says, and return where on the page one goes on."""
    act, _colon, number = request.POST.get("do", "save").partition(":")
    if act == "save" or act not in _ACTS:
        return ""
    key = key_of(number)
    if key is None:
        raise NotFound
    try:
        return _ACTS[act](request, key)
    except Refused as refused:
        if isinstance(refused, NotFound | NotEntitled):
            raise
        faults[_FIELDS.get(act, "do").format(key)] = str(refused)
        return ""


def _ask(request: Request, item_id: int) -> str:
    attendance_id = key_of(request.POST.get(f"speaker_{item_id}", ""))
    if attendance_id is None:
        raise NobodyChosen
    speech = speaking.ask_to_speak(
        item_id=item_id, attendance_id=attendance_id, actor=request.actor, at=request.now
    )
    return f"#speech-{speech.pk}"


def _begin(request: Request, speech_id: int) -> str:
    speaking.begin_turn(speech_id=speech_id, actor=request.actor, at=request.now)
    return f"#speech-{speech_id}"


def _end(request: Request, speech_id: int) -> str:
    speaking.end_turn(speech_id=speech_id, actor=request.actor, at=request.now)
    return f"#speech-{speech_id}"


def _drop(request: Request, speech_id: int) -> str:
    speaking.drop_turn(speech_id=speech_id, actor=request.actor, at=request.now)
    return ""


def _move(request: Request, item_id: int) -> str:
    motion = motions.move_motion(
        item_id=item_id,
        text=request.POST.get(f"motion_{item_id}", ""),
        moved_by_id=key_of(request.POST.get(f"mover_{item_id}", "")),
        actor=request.actor,
        at=request.now,
    )
    return f"#motion-{motion.pk}"


def _count(request: Request, motion_id: int) -> str:
    hands = {
        name: key_of(request.POST.get(f"{name}_{motion_id}", "") or "0")
        for name in ("yes", "no", "abstain")
    }
    if None in hands.values():
        raise HandsUnreadable
    motions.count_hands(
        motion_id=motion_id,
        actor=request.actor,
        at=request.now,
        **{name: number or 0 for name, number in hands.items()},
    )
    return f"#motion-{motion_id}"


def _withdraw(request: Request, motion_id: int) -> str:
    motions.withdraw_motion(motion_id=motion_id, actor=request.actor, at=request.now)
    return f"#motion-{motion_id}"


def _dissent(request: Request, motion_id: int) -> str:
    attendance_id = key_of(request.POST.get(f"dissenter_{motion_id}", ""))
    if attendance_id is None:
        raise NobodyChosen
    motions.record_dissent(
        motion_id=motion_id,
        attendance_id=attendance_id,
        text=request.POST.get(f"dissent_{motion_id}", ""),
        actor=request.actor,
        at=request.now,
    )
    return f"#motion-{motion_id}"


_ACTS: Mapping[str, Callable[[Request, int], str]] = {
    "ask": _ask,
    "begin": _begin,
    "end": _end,
    "drop": _drop,
    "move": _move,
    "count": _count,
    "withdraw": _withdraw,
    "dissent": _dissent,
}

_TAKES: Mapping[str, tuple[str, ...]] = {
    "ask": ("speaker_{}",),
    "move": ("motion_{}", "mover_{}"),
    "count": ("yes_{}", "no_{}", "abstain_{}"),
    "dissent": ("dissent_{}", "dissenter_{}"),
}
"""What of the form each button takes."""

_FIELDS: Mapping[str, str] = {
    "ask": "speaker_{}",
    "move": "motion_{}",
    "count": "yes_{}",
    "dissent": "dissent_{}",
}
"""Beside which field a refusal of the button is shown."""


# --- What the page shows ----------------------------------------------------------------------


def _facts(
    request: Request, meeting: Any, typed: Mapping[str, str], faults: dict[str, str]
) -> dict[str, Any]:
    room = reads.room_of(meeting=meeting)
    names = {one.id: one for one in room.everybody}
    turns: dict[int, list[Any]] = {}
    for speech in reads.speeches_of(meeting=meeting):
        field = _field(typed, f"gist_{speech.pk}", speech.gist, faults)
        who = names.get(speech.attendance_id)
        turns.setdefault(speech.item_id, []).append({"speech": speech, "who": who, "field": field})
    moved: dict[int, list[Any]] = {}
    for motion in reads.motions_of(meeting=meeting):
        moved.setdefault(motion.item_id, []).append(_motion(typed, motion, names, faults))
    items = [
        {
            "item": item,
            "said": _field(typed, f"said_{item.pk}", item.said, faults),
            "turns": turns.get(item.pk, []),
            "motions": moved.get(item.pk, []),
            "ask": _field(typed, f"speaker_{item.pk}", "", faults),
            "move": _field(typed, f"motion_{item.pk}", "", faults),
            "mover": typed.get(f"mover_{item.pk}", ""),
        }
        for item in reads.items_of(meeting=meeting)
    ]
    fresh = reads.get_meeting_inside(actor=request.actor, meeting_id=meeting.pk)
    return {
        "meeting": fresh,
        "room": room,
        "items": items,
        "summary": _field(typed, "summary", fresh.summary, faults),
        "is_open": fresh.state == "OPEN",
        "faults": [(text, f"id_{name}") for name, text in faults.items()],
    }


def _field(
    typed: Mapping[str, str], name: str, kept: str, faults: Mapping[str, str]
) -> dict[str, str]:
    """Return a field with what was typed, and the text that stands there now beside it.

    After a refusal the page shows what stands there by now, so that saving again is meant.
    """
    fault = faults.get(name, "")
    return {"name": name, "value": typed.get(name, kept), "before": kept, "fault": fault}


def _motion(
    typed: Mapping[str, str], motion: Any, names: Mapping[int, Any], faults: Mapping[str, str]
) -> dict[str, Any]:
    hands = {name: typed.get(f"{name}_{motion.pk}", "") for name in ("yes", "no", "abstain")}
    dissents = sorted(motion.dissents.all(), key=lambda one: one.pk)
    return {
        "motion": motion,
        "by": names.get(motion.moved_by_id),
        "hands": hands,
        "fault": faults.get(f"yes_{motion.pk}", ""),
        "dissents": [(names.get(one.attendance_id), one.text) for one in dissents],
        "dissent": _field(typed, f"dissent_{motion.pk}", "", faults),
        "is_moved": motion.state == "MOVED",
        "is_carried": motion.state == "CARRIED",
        "was_counted": motion.state in ("CARRIED", "LOST", "NO_DECISION"),
    }


urlpatterns = [path("forums/meetings/<int:meeting_id>/record/", record, name="record")]
