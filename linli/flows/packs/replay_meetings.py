"""Replay the meetings of a forum: planned, held, signed by two, published."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from linli.deliberation.digests import digest_of
from linli.deliberation.models import AgendaItem, Forum, Meeting
from linli.deliberation.queries import calendar
from linli.deliberation.queries.meetings import items_of, present_at
from linli.deliberation.queries.minutes import live_record
from linli.deliberation.queries.public_minutes import public_record
from linli.deliberation.services import (
    agenda,
    attending,
    meetings,
    minutes,
    motions,
    speaking,
    talks,
)
from linli.deliberation.services.calendar import decide_day
from linli.deliberation.services.meetings import MeetingInput
from linli.deliberation.services.talks import TalkInput
from linli.deliberation.workflow import MeetingKind
from linli.flows import agendas
from linli.flows.packs.happening import Happening
from linli.flows.packs.reading import Path_
from linli.flows.packs.replay_deliberation import Deliberation
from linli.flows.packs.schema.deliberation import ItemPart, SittingPart
from linli.people.queries import local_day
from linli.territory.models import Place

_SIGNED_AFTER = timedelta(minutes=10)
"""How long after the chair the recorder signs."""


class Meetings:
    """The meetings of deliberation.yaml."""

    def __init__(self, whole: Deliberation) -> None:
        self.whole, self.by = whole, whole.by

    def happenings(self) -> Iterator[Happening]:
        """Yield everything that is new."""
        for place, meeting in enumerate(self.whole.part.meetings):
            if self.whole.is_new("forum_meeting", meeting.key):
                yield from self._meeting(meeting, ("meetings", place))

    def _meeting(self, part: SittingPart, path: Path_) -> Iterator[Happening]:
        is_talk = part.kind == MeetingKind.TALK
        if part.planned is not None:
            planned = self.by.moment(part.planned)
            yield self._at(planned, path, part, lambda: self._plan(part, planned))
        if part.until is None:
            return
        held, until = self.by.moment(part.held), self.by.moment(part.until)
        if is_talk:
            yield self._at(until, path, part, lambda: self._talk(part, held, until))
        else:
            where = (*path, "held")
            yield self._at(held, where, part, lambda: self._sit(part, held, until))
        if part.signed is not None:
            signed = max(until, self.by.moment(part.signed))
            yield self._at(signed, (*path, "signed"), part, lambda: self._sign(part, signed))
        if (done := part.published) is not None:
            published = max(until, self.by.moment(done.at))
            act = partial(self._publish, part, done.by, published)
            yield self._at(published, (*path, "published"), part, act)

    def _at(self, moment: datetime, path: Path_, part: SittingPart, act: Any) -> Happening:
        return self.whole.at(moment, path, part.key, act)

    def _id(self, part: SittingPart) -> int:
        return self.whole.ids["forum_meeting", part.key]

    def _place_id(self, code: str | None) -> int | None:
        if code is None:
            return None
        return Place.objects.get(community_id=self.by.community_id, code=code).pk

    # --- Planned

    def _plan(self, part: SittingPart, moment: datetime) -> None:
        forum_id, said = self.whole.forum_id(part.forum), self.whole.said(part.by, moment)
        starts_at, regular_day = part.held.at(base=self.by.at), None
        if part.regular and (found := self._regular_day(forum_id)) is not None:
            starts_at, regular_day = found.starts_at, found.day
        else:
            self._allow(forum_id, local_day(at=starts_at), said)
        meeting = meetings.plan_meeting(
            forum_id=forum_id,
            wanted=MeetingInput(
                name=part.name,
                starts_at=starts_at,
                kind=part.kind,
                place_id=self._place_id(part.place),
                place_text=part.where,
                chair_id=self.whole.account_id(part.chair),
                recorder_id=self.whole.account_id(part.recorder),
                regular_day=regular_day,
            ),
            **said,
        )
        self.whole.came("forum_meeting", part.key, meeting.pk)
        for item in part.items:
            self._add(item, meeting.pk, said)

    def _allow(self, forum_id: int, day: date, said: dict[str, Any]) -> None:
        """Decide to meet all the same where a day of the story falls on a holiday this year."""
        forum = Forum.objects.get(pk=forum_id)
        found = calendar.day_to_decide(forum=forum, day=day, at=said["at"])
        if found is not None and found.asks:
            decide_day(forum_id=forum_id, day=day, held_on=day, **said)

    def _regular_day(self, forum_id: int) -> calendar.RegularDay | None:
        """Return the forum's next regular day on which a meeting can be planned."""
        first: date = local_day(at=self.by.at)
        last = first + timedelta(days=calendar.COMING_DAYS)
        forum = Forum.objects.get(pk=forum_id)
        days = calendar.regular_days(forum=forum, first=first, last=last, at=self.by.at)
        coming = (day for day in days if day.waits and day.starts_at > self.by.at)
        return next(coming, None)

    def _add(self, item: ItemPart, meeting_id: int, said: dict[str, Any]) -> None:
        if item.matter is not None:
            matter_ids = [self.by.matters[item.matter]]
            agendas.add_matters(meeting_id=meeting_id, matter_ids=matter_ids, **said)
            return
        agenda.add_to_agenda(
            meeting_id=meeting_id,
            topic_ids=[self.whole.topic_id(item.topic)] if item.topic else (),
            lines=[agenda.Line(item.title)] if item.title else (),
            **said,
        )

    # --- Held

    def _sit(self, part: SittingPart, held: datetime, until: datetime) -> None:
        """Let a meeting be held: turn by turn from its beginning to its end."""
        keeper = {"actor": self.by.actor(part.recorder, held)}
        here: dict[str, Any] = {"meeting_id": self._id(part), **keeper}
        attending.enter_sheet(lines=_sheet(part), at=held, **here)
        meeting = meetings.open_meeting(missing_reason=part.missing, at=held, **here)
        there = {one.name: one.id for one in present_at(meeting=meeting)}
        turns = sum(len(item.speeches) + len(item.motions) + 1 for item in part.items)
        turn, now = (until - held) / (turns + 1), held
        for row, item in zip(items_of(meeting=meeting), part.items, strict=True):
            for speech in item.speeches:
                now += turn
                self._speak(row, there[speech.who], speech.said, keeper, now, turn)
            for motion in item.motions:
                now += turn
                self._move(row, motion, there, keeper, now)
            now += turn
            if item.said:
                speaking.write_said(item_id=row.pk, text=item.said, before="", at=now, **keeper)
        if part.summary:
            speaking.write_summary(text=part.summary, before="", at=until, **here)
        meetings.end_meeting(at=until, **here)

    @staticmethod
    def _speak(
        row: AgendaItem,
        attendance_id: int,
        said: str,
        keeper: dict[str, Any],
        at: datetime,
        lasts: timedelta,
    ) -> None:
        asked = speaking.ask_to_speak(item_id=row.pk, attendance_id=attendance_id, at=at, **keeper)
        speaking.begin_turn(speech_id=asked.pk, at=at, **keeper)
        speaking.write_gist(speech_id=asked.pk, text=said, before="", at=at, **keeper)
        speaking.end_turn(speech_id=asked.pk, at=at + lasts / 2, **keeper)

    @staticmethod
    def _move(
        row: AgendaItem, part: Any, there: dict[str, int], keeper: dict[str, Any], at: datetime
    ) -> None:
        motion = motions.move_motion(
            item_id=row.pk, text=part.text, moved_by_id=there[part.by], at=at, **keeper
        )
        motions.count_hands(
            motion_id=motion.pk, yes=part.yes, no=part.no, abstain=part.abstain, at=at, **keeper
        )
        for one in part.dissent:
            attendance_id = there[one.who]
            motions.record_dissent(
                motion_id=motion.pk, attendance_id=attendance_id, text=one.said, at=at, **keeper
            )

    def _talk(self, part: SittingPart, held: datetime, until: datetime) -> None:
        (item,) = part.items
        meeting = talks.record_talk(
            forum_id=self.whole.forum_id(part.forum),
            talk=TalkInput(
                held_at=held,
                said=item.said,
                people_count=part.people or 1,
                about=part.name,
                topic_id=self.whole.topic_id(item.topic) if item.topic else None,
                place_id=self._place_id(part.place),
                place_text=part.where,
                names=_sheet(part),
                chair_id=self.whole.account_id(part.chair),
                recorder_id=self.whole.account_id(part.recorder),
            ),
            **self.whole.said(part.by, until),
        )
        self.whole.came("forum_meeting", part.key, meeting.pk)

    # --- Signed and published

    def _sign(self, part: SittingPart, moment: datetime) -> None:
        for username, at in ((part.chair, moment), (part.recorder, moment + _SIGNED_AFTER)):
            seen = digest_of(live_record(Meeting.objects.get(pk=self._id(part))))
            said = self.whole.said(username, at)
            minutes.sign_minutes(meeting_id=self._id(part), seen=seen, **said)

    def _publish(self, part: SittingPart, username: str, moment: datetime) -> None:
        said = self.whole.said(username, moment)
        meeting = Meeting.objects.get(pk=self._id(part))
        seen = digest_of(public_record(meeting=meeting, at=moment))
        minutes.publish_minutes(meeting_id=meeting.pk, seen=seen, **said)


def _sheet(part: SittingPart) -> str:
    """Return who came as lines of the paper sheet."""
    return "\n".join(
        f"{one.party}：{'、'.join(one.names)}" if one.party else "、".join(one.names)
        for one in part.present
    )
