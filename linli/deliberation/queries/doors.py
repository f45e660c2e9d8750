"""The door of a meeting: a code that rotates every half minute, on a screen that all can see.

Whoever shows the code of this half minute or of the one before was in the room. Scanning it gives
a pass for ten minutes, so that nobody has to type a name in a hurry.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from linli.core.crypto import unseal
from linli.deliberation.models import Meeting
from linli.deliberation.queries.meetings import SIGN_IN_KEY_FIELD, takes_sign_ins
from linli.deliberation.workflow import SIGN_IN_EVERY, SignInMeans, sign_in_window
from linli.language.normal import normalise

PASS_LASTS = timedelta(minutes=10)
CODE_DIGITS = 6
_PASS_WINDOWS = int(PASS_LASTS / SIGN_IN_EVERY)


@dataclass(frozen=True, slots=True)
class Door:
    """What the screen shows now. `token` stands in the QR code's address."""

    code: str
    token: str
    seconds_left: int


def door_of(*, meeting: Meeting, at: datetime) -> Door:
    """Return what the screen at the door shows at this moment."""
    key, window = _key_of(meeting), sign_in_window(at)
    every = int(SIGN_IN_EVERY.total_seconds())
    return Door(
        code=_code(key, window),
        token=_mark(key, "qr", window),
        seconds_left=every - int(at.timestamp()) % every,
    )


def pass_for(*, meeting_id: int, shown: str, at: datetime) -> str:
    """Return a pass for what somebody saw at the door (the QR's token or the code typed), or "".

    The means by which they signed in stands in it.
    """
    meeting = _with_open_door(meeting_id, at)
    if meeting is None:
        return ""
    key, now = _key_of(meeting), sign_in_window(at)
    typed = "".join(normalise(text=shown).split())
    for window in (now, now - 1):
        for means, right in (
            (SignInMeans.QR, _mark(key, "qr", window)),
            (SignInMeans.CODE, _code(key, window)),
        ):
            if hmac.compare_digest(typed.encode(), right.encode()):
                return f"{means}-{now}-{_mark(key, f'pass {means}', now)}"
    return ""


def meeting_behind(
    *, meeting_id: int, door_pass: str, at: datetime
) -> tuple[Meeting, SignInMeans] | None:
    """Return the meeting that a pass leads into and how one came by it; None when it does not."""
    means, _mark_before, rest = door_pass.partition("-")
    number, _mark_behind, mark = rest.partition("-")
    if means not in (SignInMeans.QR, SignInMeans.CODE) or not number.isdecimal():
        return None
    if len(number) > 12 or not 0 <= sign_in_window(at) - int(number) <= _PASS_WINDOWS:
        return None
    meeting = _with_open_door(meeting_id, at)
    if meeting is None:
        return None
    right = _mark(_key_of(meeting), f"pass {means}", int(number))
    if not hmac.compare_digest(mark.encode(), right.encode()):
        return None
    return meeting, SignInMeans(means)


def _with_open_door(meeting_id: int, at: datetime) -> Meeting | None:
    rows = Meeting.objects.select_related("forum", "community", "place")
    meeting = rows.filter(pk=meeting_id).first()
    if meeting is None or not takes_sign_ins(meeting=meeting, at=at):
        return None
    return meeting


def _key_of(meeting: Meeting) -> bytes:
    sealed = meeting.sign_in_key_sealed
    return unseal(sealed=sealed, field=SIGN_IN_KEY_FIELD, row=str(meeting.row_key)).encode()


def _mark(key: bytes, purpose: str, window: int) -> str:
    return hmac.digest(key, f"{purpose} {window}".encode(), "sha256").hex()[:32]


def _code(key: bytes, window: int) -> str:
    number = int.from_bytes(hmac.digest(key, f"code {window}".encode(), "sha256")[:8])
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"
