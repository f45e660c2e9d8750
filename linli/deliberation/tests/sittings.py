"""A meeting of 府东议事会 as far as a test needs it."""

from datetime import datetime, timedelta
from typing import Any

from linli.core.clocks import SHANGHAI
from linli.deliberation.digests import digest_of
from linli.deliberation.models import Forum, Meeting, Publication
from linli.deliberation.queries.doors import door_of, pass_for
from linli.deliberation.queries.minutes import live_record
from linli.deliberation.queries.public_minutes import public_record
from linli.deliberation.services import agenda, attending, meetings, minutes
from linli.deliberation.services.agenda import Line
from linli.deliberation.services.meetings import MeetingInput
from linli.deliberation.workflow import MeetingKind
from linli.people.models import Account
from tests.cast import NOW, Cast

EVENING = datetime(2026, 3, 6, 19, 0, tzinfo=SHANGHAI)
"""The first Friday of March, a working day: when the forum meets."""

LATER = EVENING + timedelta(hours=1)
SHEET = "社区党委：沈书记\n居委会：孙主任\n物业公司：钱经理"


def wanted(cast: Cast, **more: Any) -> MeetingInput:
    values: dict[str, Any] = {
        "name": "三月例会",
        "kind": MeetingKind.REGULAR,
        "starts_at": EVENING,
        "place_text": "社区二楼议事厅",
        "chair_id": cast.shen.pk,
        "recorder_id": cast.zhou_min.pk,
        "regular_day": EVENING.date(),
    }
    return MeetingInput(**(values | more))


def planned(cast: Cast, forum: Forum, **more: Any) -> Meeting:
    return meetings.plan_meeting(
        forum_id=forum.pk, wanted=wanted(cast, **more), actor=cast.actor(cast.shen), at=NOW
    )


def opened(cast: Cast, forum: Forum, *, sheet: str = SHEET, **more: Any) -> Meeting:
    """Return a meeting that is open, with an item on its agenda and who stands on the sheet."""
    meeting, desk = planned(cast, forum, **more), cast.actor(cast.zhou_min)
    agenda.add_to_agenda(
        meeting_id=meeting.pk, lines=[Line("东门晾衣架装在哪里")], actor=desk, at=NOW
    )
    attending.enter_sheet(meeting_id=meeting.pk, lines=sheet, actor=desk, at=EVENING)
    return meetings.open_meeting(
        meeting_id=meeting.pk, actor=desk, at=EVENING, missing_reason="另有会议，已请假"
    )


def ended(cast: Cast, forum: Forum, **more: Any) -> Meeting:
    meeting = opened(cast, forum, **more)
    return meetings.end_meeting(meeting_id=meeting.pk, actor=cast.actor(cast.zhou_min), at=LATER)


def sign(cast: Cast, meeting: Meeting, account: Account, *, at: datetime = LATER) -> Meeting:
    """Sign what stands there now, as somebody who just read it."""
    fresh = Meeting.objects.get(pk=meeting.pk)
    seen = digest_of(live_record(fresh))
    return minutes.sign_minutes(meeting_id=meeting.pk, seen=seen, actor=cast.actor(account), at=at)


def publish(cast: Cast, meeting: Meeting, *, at: datetime = LATER) -> Publication:
    """Publish what stands there now, as somebody who just looked at it."""
    fresh = Meeting.objects.get(pk=meeting.pk)
    seen = digest_of(public_record(meeting=fresh, at=at))
    return minutes.publish_minutes(
        meeting_id=meeting.pk, seen=seen, actor=cast.actor(cast.shen), at=at
    )


def signed(cast: Cast, forum: Forum, **more: Any) -> Meeting:
    meeting = ended(cast, forum, **more)
    sign(cast, meeting, cast.shen)
    return sign(cast, meeting, cast.zhou_min)


def door_pass(meeting: Meeting, *, at: datetime = EVENING, by_code: bool = False) -> str:
    """Return the pass of somebody who looks at the screen now."""
    door = door_of(meeting=Meeting.objects.get(pk=meeting.pk), at=at)
    return pass_for(meeting_id=meeting.pk, shown=door.code if by_code else door.token, at=at)
