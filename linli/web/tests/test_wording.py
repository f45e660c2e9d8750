"""Times are said the way people say them."""

from datetime import datetime, timedelta

import pytest
from django.utils import translation

from linli.core.clocks import SHANGHAI
from linli.web.wording import moment, time_limit

AT = datetime(2026, 3, 4, 10, 0, tzinfo=SHANGHAI)  # a Wednesday

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("due", "clock", "text", "mood"),
    [
        (datetime(2026, 3, 4, 13, 30, tzinfo=SHANGHAI), "", "还剩 3 小时", "soon"),
        (datetime(2026, 3, 4, 10, 20, tzinfo=SHANGHAI), "", "还剩 20 分钟", "soon"),
        (datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI), "", "超期 2 天", "late"),
        (datetime(2026, 3, 4, 8, 0, tzinfo=SHANGHAI), "", "超期 2 小时", "late"),
        (datetime(2026, 3, 4, 9, 59, 50, tzinfo=SHANGHAI), "", "超期 1 分钟", "late"),
        (datetime(2026, 3, 9, 18, 0, tzinfo=SHANGHAI), "WORKING_DAYS", "还剩 3 个工作日", "calm"),
        (datetime(2026, 3, 7, 18, 0, tzinfo=SHANGHAI), "CALENDAR_DAYS", "还剩 3 天", "calm"),
        (
            datetime(2026, 3, 5, 12, 0, tzinfo=SHANGHAI),
            "WORKING_HOURS",
            "还剩 9 个工作小时",
            "calm",
        ),
        (
            datetime(2026, 3, 4, 15, 0, tzinfo=SHANGHAI),
            "WORKING_HOURS",
            "还剩 3 个工作小时",
            "soon",
        ),
    ],
)
def test_a_limit_is_said_in_the_unit_of_its_clock(
    due: datetime, clock: str, text: str, mood: str
) -> None:
    with translation.override("zh-hans"):
        limit = time_limit(due=due, at=AT, clock=clock)
    assert (limit.text, limit.mood) == (text, mood)


def test_a_paused_limit_is_not_late() -> None:
    with translation.override("zh-hans"):
        limit = time_limit(due=AT - timedelta(days=1), at=AT, is_paused=True)
    assert (limit.text, limit.mood) == ("计时已暂停", "still")


def test_a_limit_outside_the_calendar_is_still_said() -> None:
    with translation.override("en"):
        due = datetime(2099, 3, 4, 18, 0, tzinfo=SHANGHAI)
        assert "days left" in time_limit(due=due, at=AT, clock="WORKING_DAYS").text


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (AT - timedelta(seconds=20), "刚刚"),
        (AT - timedelta(minutes=5), "5 分钟前"),
        (AT - timedelta(hours=2), "今天 08:00"),
        (AT - timedelta(hours=20), "昨天 14:00"),
        (AT + timedelta(days=1), "明天 10:00"),
        (AT + timedelta(hours=14), "今天 24:00"),
        (AT + timedelta(days=9, hours=14), "3月13日 24:00"),
        (AT - timedelta(hours=10), "今天 00:00"),
        (AT - timedelta(days=5), "2月27日 10:00"),
        (AT - timedelta(days=400), "2025年1月28日 10:00"),
    ],
)
def test_a_moment_is_said_the_nearer_the_plainer(when: datetime, text: str) -> None:
    with translation.override("zh-hans"):
        assert moment(when=when, at=AT) == text
