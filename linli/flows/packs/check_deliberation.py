"""Check what was talked over: who and what is named, in which order, and what is on the papers.

Whether a step could be taken is not walked here: loading says so, with the line, and loads nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.core.codes import is_phone
from linli.deliberation.services.opinions import BY_STAFF
from linli.deliberation.workflow import BallotChannel, MeetingKind, OpinionChannel, Satisfaction
from linli.flows.packs.check_story import SURELY_PAST, Names, check_step
from linli.flows.packs.declared import (
    NO_AREA,
    NO_BUILDING,
    NO_MATTER,
    NO_ORGANISATION,
    NO_PERSON,
    NO_PHONE,
    NO_PLACE,
    Known,
    Pointer,
)
from linli.flows.packs.reading import Document, Fault, Path_
from linli.flows.packs.schema import ForumsFile, StoryFile
from linli.flows.packs.schema.deliberation import (
    BallotPart,
    DeliberationFile,
    ItemPart,
    MapPart,
    OpinionPart,
    SittingPart,
    TopicPart,
    VotePart,
)
from linli.flows.packs.schema.values import When

NO_FORUM = _("There is no forum “%(code)s” in forums.yaml.")
NO_PARTY = _("This forum has no party “%(code)s” in forums.yaml.")
NO_FIELD = _("This forum has no field “%(code)s” in forums.yaml.")
NO_OPINION = _("There is no opinion “%(code)s” here.")
NO_TOPIC = _("There is no topic “%(code)s” here.")
NO_MEETING = _("There is no meeting “%(code)s” here.")
NO_VOTE = _("There is no vote “%(code)s” here.")
NOT_THERE = _("“%(code)s” is not among those who were present.")
EARLIER = _("This is before what is written above it.")
NOT_YET = _("“%(code)s” did not happen by then.")
_NAMED = (
    ("by", "person", NO_PERSON),
    ("owner", "person", NO_PERSON),
    ("chair", "person", NO_PERSON),
    ("recorder", "person", NO_PERSON),
    ("person", "person", NO_PERSON),
    ("organisation", "organisation", NO_ORGANISATION),
    ("building", "building", NO_BUILDING),
    ("grid", "area", NO_AREA),
    ("place", "place", NO_PLACE),
    ("matter", "story", NO_MATTER),
    ("forum", "forum", NO_FORUM),
    ("topic", "topic", NO_TOPIC),
    ("meeting", "forum_meeting", NO_MEETING),
    ("vote", "vote", NO_VOTE),
)
_JUDGING = frozenset(one.value for one in Satisfaction)


def check_deliberation(
    *,
    folder: Path,
    document: Document,
    part: DeliberationFile,
    forums: ForumsFile | None,
    story: StoryFile | None,
    known: Known,
    at: datetime,
) -> list[Fault]:
    """Return every fault of deliberation.yaml, as if it were loaded at `at`."""
    begins = _begins(part, story)
    check = _Check(Pointer(document), Names(folder, known), forums, begins, known, at)
    for place, opinion in enumerate(part.opinions):
        check.opinion(opinion, ("opinions", place))
    for place, topic in enumerate(part.topics):
        check.topic(topic, ("topics", place))
    for place, meeting in enumerate(part.meetings):
        check.meeting(meeting, ("meetings", place))
    for place, vote in enumerate(part.votes):
        check.vote(vote, ("votes", place))
    for place, found in enumerate(part.maps):
        check.map(found, ("maps", place))
    return check.to.faults


def _begins(part: DeliberationFile, story: StoryFile | None) -> dict[tuple[str, str], When]:
    """Return from when on there is what can be named, by its kind and key."""
    found = {("story", one.key): one.report.at for one in (story.matters if story else ())}
    found |= {("opinion", one.key): one.at for one in part.opinions}
    found |= {("topic", one.key): one.at for one in part.topics}
    found |= {("forum_meeting", one.key): _written_at(one) for one in part.meetings}
    return found | {("vote", one.key): one.opens for one in part.votes}


def _written_at(part: SittingPart) -> When:
    """Return when a meeting came into the calendar, or a talk was written down."""
    return part.planned or part.until or part.held


class _Check:
    def __init__(
        self,
        to: Pointer,
        names: Names,
        forums: ForumsFile | None,
        begins: Mapping[tuple[str, str], When],
        known: Known,
        at: datetime,
    ) -> None:
        self.to, self.names, self.begins, self.known, self.at = to, names, begins, known, at
        rows = forums.forums if forums is not None else ()
        self.parties = {one.code: {party.name for party in one.parties} for one in rows}
        self.fields = {one.code: set(one.fields) for one in rows}

    # --- What they share

    def named(self, part: Any, path: Path_, when: When | None = None) -> None:
        """Note every name of a piece that leads nowhere, or to what comes after `when`."""
        for key, kind, sentence in _NAMED:
            code = getattr(part, key, None)
            if code is not None:
                self.leads(kind, code, (*path, key), when, sentence)
        if getattr(part, "building", None) is not None and part.grid is not None:
            sentence = _("Name a building or a grid, not both.")
            self.to.fault(*path, "grid", sentence=sentence)

    def leads(self, kind: str, code: str, path: Path_, when: When | None, sentence: Any) -> None:
        """Note a name that leads nowhere, or to what comes later."""
        begins = self.begins.get((kind, code))
        if self.known.lacks(kind, code):
            self.to.fault(*path, sentence=sentence, code=code)
        elif when is not None and begins is not None and self._is_before(when, begins):
            self.to.fault(*path, sentence=NOT_YET, code=code)

    def _is_before(self, when: When, other: When) -> bool:
        return when.at(base=self.at) < other.at(base=self.at)

    def opinions(self, keys: Iterable[str], path: Path_, when: When) -> None:
        """Note each opinion that is not there by then."""
        for place, key in enumerate(keys):
            self.leads("opinion", key, (*path, "opinions", place), when, NO_OPINION)

    def of_forum(
        self, forum: str, name: str | None, path: Path_, *, parties: bool, sentence: Any
    ) -> None:
        """Note a party or field that its forum does not have."""
        those = (self.parties if parties else self.fields).get(forum)
        if name is not None and those is not None and name not in those:
            self.to.fault(*path, sentence=sentence, code=name)

    def moments(self, moments: Sequence[tuple[When, Path_]]) -> None:
        """Note each moment that is not past for sure, or before the one above it."""
        before = None
        for moment, path in moments:
            when = moment.at(base=self.at)
            if not moment.is_surely_past or when > self.at:
                self.to.fault(*path, sentence=SURELY_PAST)
            elif before is not None and when < before:
                self.to.fault(*path, sentence=EARLIER)
            before = max(when, before or when)

    # --- Opinions

    def opinion(self, part: OpinionPart, path: Path_) -> None:
        """Check an opinion with its answer."""
        self.named(part, path, part.at)
        moments = [(part.at, (*path, "at"))]
        for key in ("answer", "shown"):
            if (done := getattr(part, key)) is not None:
                self.named(done, (*path, key))
                moments.append((done.at, (*path, key, "at")))
        self.moments(moments)
        if (part.channel in BY_STAFF) != (part.by is not None):
            sentence = _("“by” says who wrote it down, and nobody does for what was said online.")
            self.to.fault(*path, "channel", sentence=sentence)
        if (part.channel == OpinionChannel.MATTER) != (part.matter is not None):
            sentence = _("An opinion of the channel MATTER names its matter, and no other does.")
            self.to.fault(*path, "channel", sentence=sentence)
        if not part.text and part.matter is None:
            self.to.fault(*path, "text", sentence=_("This must not be empty."))
        if part.phone and not is_phone(text=part.phone):
            self.to.fault(*path, "phone", sentence=NO_PHONE, phone=part.phone)

    # --- Topics

    def topic(self, part: TopicPart, path: Path_) -> None:
        """Check a topic with its steps."""
        self.named(part, path, part.at)
        self.opinions(part.opinions, path, part.at)
        field_at = (*path, "field")
        self.of_forum(part.forum, part.field, field_at, parties=False, sentence=NO_FIELD)
        moments = [(part.at, (*path, "at"))]
        for number, step in enumerate(part.steps):
            at = (*path, "steps", number)
            if step.do == "judged":
                moments += self.ballots(step.ballots, at, allowed=_JUDGING, options=0)
                continue
            self.named(step, at, step.at)
            moments.append((step.at, (*at, "at")))
            if step.do == "merge":
                self.opinions(step.opinions, at, step.at)
            if step.do == "resolve":
                self.resolution(part.forum, step, at)
        self.moments(moments)

    def resolution(self, forum: str, step: Any, path: Path_) -> None:
        """Check what was decided, with its tasks."""
        if (step.meeting is None) == (step.vote is None):
            self.to.fault(*path, sentence=_("Name the meeting or the vote that decided it."))
        for place, task in enumerate(step.tasks):
            at = (*path, "tasks", place)
            self.named(task, at)
            party_at = (*at, "party")
            self.of_forum(forum, task.party, party_at, parties=True, sentence=NO_PARTY)
            if task.party is None and (task.organisation is None) == (task.person is None):
                sentence = _("A task is of one party, organisation or person.")
                self.to.fault(*at, sentence=sentence)
            moments = [(step.at, (*path, "at"))]
            for number, one in enumerate(task.steps):
                where = (*at, "steps", number)
                check_step(Pointer(self.to.document, *where), one, self.names, into=self.to.faults)
                moments.append((one.at, (*where, "at")))
            self.moments(moments)

    # --- Meetings

    def meeting(self, part: SittingPart, path: Path_) -> None:
        """Check a meeting with its agenda."""
        self.named(part, path)
        if part.chair == part.recorder:
            sentence = _("Chair and recorder are two people: both sign.")
            self.to.fault(*path, "recorder", sentence=sentence)
        if part.place is None and not part.where:
            self.to.fault(*path, sentence=_("Say where it is held: “place”, or “where” in words."))
        there: set[str] = set()
        for place, one in enumerate(part.present):
            there |= set(one.names)
            at = (*path, "present", place, "party")
            self.of_forum(part.forum, one.party, at, parties=True, sentence=NO_PARTY)
        for place, item in enumerate(part.items):
            self.item(item, there, (*path, "items", place), _written_at(part))
        self.moments_of_meeting(part, path)

    def moments_of_meeting(self, part: SittingPart, path: Path_) -> None:
        """Check from the invitation to the minutes, as far as a meeting came."""
        is_talk = part.kind == MeetingKind.TALK
        moments = [(part.planned, (*path, "planned"))]
        if part.until is not None:
            moments += [(getattr(part, key), (*path, key)) for key in ("held", "until", "signed")]
        elif is_talk:
            sentence = _("A talk is written down when it is over: “until” is missing.")
            self.to.fault(*path, "kind", sentence=sentence)
        elif part.held.at(base=self.at) <= self.at:
            sentence = _("Say until when it was held, or plan it for a time to come.")
            self.to.fault(*path, "held", sentence=sentence)
        if part.published is not None:
            self.named(part.published, (*path, "published"))
            moments.append((part.published.at, (*path, "published", "at")))
        self.moments([(when, where) for when, where in moments if when is not None])
        if part.until is None and (part.signed is not None or part.published is not None):
            self.to.fault(*path, sentence=_("What was not held has no minutes."))
        if is_talk == (part.planned is not None):
            sentence = _("“planned” says when people were invited; a talk is not planned.")
            self.to.fault(*path, "planned", sentence=sentence)
        if is_talk and (len(part.items) > 1 or not part.items[0].said):
            sentence = _("A talk is about one thing and says in “said” what was said.")
            self.to.fault(*path, "items", sentence=sentence)

    def item(self, item: ItemPart, there: set[str], path: Path_, when: When) -> None:
        """Check a line of the agenda, which is drawn up at `when`."""
        self.named(item, path, when)
        if sum(one is not None for one in (item.topic, item.matter, item.title)) != 1:
            sentence = _("A line of the agenda is a topic, a matter or a title.")
            self.to.fault(*path, sentence=sentence)
        named: list[tuple[str, Path_]] = [
            (one.who, ("speeches", at, "who")) for at, one in enumerate(item.speeches)
        ]
        for at, motion in enumerate(item.motions):
            named.append((motion.by, ("motions", at, "by")))
            named += [
                (one.who, ("motions", at, "dissent", n, "who"))
                for n, one in enumerate(motion.dissent)
            ]
        for name, where in named:
            if name not in there:
                self.to.fault(*path, *where, sentence=NOT_THERE, code=name)

    # --- Votes and maps

    def vote(self, part: VotePart, path: Path_) -> None:
        """Check a vote with its ballots."""
        self.named(part, path, part.opens)
        has_options = part.kind != "YES_NO"
        if has_options != bool(part.options):
            sentence = _("A vote for or against has no options, every other has some.")
            self.to.fault(*path, "options", sentence=sentence)
        if (part.kind == "BUDGET") != bool(part.money):
            sentence = _("A budget says in “money” how much there is, and nothing else does.")
            self.to.fault(*path, "money", sentence=sentence)
        allowed = frozenset() if has_options else frozenset({"YES", "NO", "ABSTAIN"})
        ballots = self.ballots(part.ballots, path, allowed=allowed, options=len(part.options))
        self.moments([(part.opens, (*path, "opens")), *ballots])
        closes = part.closes.at(base=self.at)
        for when, where in [(part.opens, (*path, "opens")), *ballots]:
            if when.at(base=self.at) >= closes:
                self.to.fault(*where, sentence=_("This is after the end of the vote."))

    def ballots(
        self,
        ballots: Sequence[BallotPart],
        path: Path_,
        *,
        allowed: frozenset[str],
        options: int,
    ) -> list[tuple[When, Path_]]:
        """Check ballots that say one of `allowed` or pick options; return their moments."""
        for place, ballot in enumerate(ballots):
            at = (*path, "ballots", place)
            self.named(ballot, at)
            if (ballot.channel == BallotChannel.ONLINE) == (ballot.by is not None):
                sentence = _("“by” says who entered a ballot, and nobody does for one cast online.")
                self.to.fault(*at, sentence=sentence)
            if (ballot.channel == BallotChannel.ASSISTED) != bool(ballot.helper):
                sentence = _("An assisted ballot names its helper, and no other does.")
                self.to.fault(*at, sentence=sentence)
            said = ballot.says in allowed and not ballot.picks if allowed else ballot.says is None
            if not said or any(number > options for number in ballot.picks):
                sentence = _("This is not on the paper of this vote.")
                self.to.fault(*at, "says" if ballot.says else "picks", sentence=sentence)
        return [(one.at, (*path, "ballots", n, "at")) for n, one in enumerate(ballots)]

    def map(self, part: MapPart, path: Path_) -> None:
        """Check an opinion map with its answers."""
        self.named(part, path, part.at)
        self.moments([(part.at, (*path, "at")), (part.answered, (*path, "answered"))])
        for place, line in enumerate(part.answers):
            if len(line) != len(part.statements):
                sentence = _("This line has %(count)s signs for %(statements)s statements.")
                facts = {"count": len(line), "statements": len(part.statements)}
                self.to.fault(*path, "answers", place, sentence=sentence, **facts)
