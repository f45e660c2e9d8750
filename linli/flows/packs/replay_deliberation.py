"""Replay what was talked over: opinions, topics, votes and maps, through their services.

Nothing goes round a guard: a topic whose papers were given out too late does not go on here either.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5

from django.db.models import Min, Q

from linli.core.actor import NOBODY, Actor
from linli.core.ref import Ref
from linli.deliberation import queries
from linli.deliberation.models import (
    Opinion,
    Party,
    RollEntry,
    Statement,
    SubjectField,
    Topic,
    Vote,
)
from linli.deliberation.queries.votes import slip_code_of
from linli.deliberation.services import (
    casting,
    maps,
    merging,
    opening,
    opinions,
    papers,
    results,
    topics,
    votes,
)
from linli.deliberation.services.opinions import OpinionInput
from linli.deliberation.services.results import ResolutionInput, TaskInput
from linli.deliberation.services.topics import TopicInput
from linli.deliberation.services.votes import OptionInput, VoteInput
from linli.deliberation.tally import Kind
from linli.deliberation.workflow import BallotChannel, OpinionState, TopicLevel, VoteState
from linli.flows import deliberating
from linli.flows.packs.happening import Happening
from linli.flows.packs.memory import Items
from linli.flows.packs.reading import Path_
from linli.flows.packs.schema.deliberation import (
    BallotPart,
    DeliberationFile,
    MapPart,
    OpinionPart,
    TopicPart,
    VotePart,
)
from linli.flows.packs.schema.values import When
from linli.flows.raising import raise_opinion_of_matter
from linli.people.models import Account
from linli.territory.models import Area, Building

FILE = "deliberation.yaml"
VOTES = {"+": 1, "-": -1, "0": 0}
"""What a sign in a line of a map's answers says; any other sign says nothing."""

_SUBMISSIONS = UUID("1f6a2f0e-5d0b-4a53-8d2f-2f6f8f0d7a41")  # Any constant.
_FIRST_ORDER = 30_000
"""After the matters and registers of the same moment."""

Act = Callable[[], object]


class Teller(Protocol):
    """What the replay of the whole story gives to its part that was talked over."""

    community_id: int
    at: datetime
    items: Items
    matters: dict[str, int]
    accounts: dict[str, Account]

    def moment(self, when: When) -> datetime:
        """Return when it happened; never after the moment of loading."""

    def actor(self, username: str | None, moment: datetime) -> Actor:
        """Return who did it, with the roles of that day."""

    def is_known(self, kind: str, code: str, written: str) -> bool:
        """Tell whether it was replayed before, and count it."""

    def remember(self, kind: str, code: str, subject_id: int) -> None:
        """Remember what it became."""

    def step(self, key: str, step: Any, moment: datetime) -> Act:
        """Return a step of a matter."""

    def organisation_id(self, code: str | None) -> int | None:
        """Return an organisation of the pack."""


class Deliberation:
    """The rows that the keys of deliberation.yaml became."""

    def __init__(self, by: Teller, pack: str, part: DeliberationFile) -> None:
        self.by, self.pack, self.part = by, pack, part
        self.ids: dict[tuple[str, str], int] = {}
        self.tasks: dict[str, list[str]] = {}
        self.order = _FIRST_ORDER

    def happenings(self) -> Iterator[Happening]:
        """Yield everything that is new."""
        for place, opinion in enumerate(self.part.opinions):
            if self.is_new("opinion", opinion.key):
                yield from self._opinion(opinion, ("opinions", place))
        for place, topic in enumerate(self.part.topics):
            if self.is_new("topic", topic.key):
                yield from self._topic(topic, ("topics", place))
        for place, vote in enumerate(self.part.votes):
            if self.is_new("vote", vote.key):
                yield from self._vote(vote, ("votes", place))
        for place, found in enumerate(self.part.maps):
            if self.is_new("opinion_map", found.key):
                yield from self._map(found, ("maps", place))

    # --- What the parts share

    def is_new(self, kind: str, key: str) -> bool:
        """Tell whether this did not happen before; what did is found by its key."""
        if not self.by.is_known(kind, key, key):
            return True
        self.ids[kind, key] = self.by.items.known[kind, key].subject_id
        return False

    def came(self, kind: str, key: str, subject_id: int) -> None:
        """Note what a key became."""
        self.ids[kind, key] = subject_id
        self.by.remember(kind, key, subject_id)

    def at(self, moment: datetime, path: Path_, key: str, act: Act) -> Happening:
        """Return something that happens then, after what is written above it."""
        self.order += 1
        return Happening(moment, self.order, FILE, path, key, act)

    def said(self, username: str | None, moment: datetime) -> dict[str, Any]:
        """Return who does it, and when."""
        return {"actor": self.by.actor(username, moment), "at": moment}

    def forum_id(self, code: str) -> int:
        """Return a forum of the pack."""
        return self.by.items.known["forum", code].subject_id

    def account_id(self, username: str | None) -> int | None:
        """Return a person of the pack."""
        return self.by.accounts[username].pk if username is not None else None

    def topic_id(self, key: str) -> int:
        """Return a topic; when it came back, its latest round."""
        latest = self.ids["topic", key]
        while following := Topic.objects.filter(previous=latest).first():
            latest = following.pk
        return latest

    def _place(self, part: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"grid_id": None, "building_id": None}
        if part.building is not None:
            estate, building = part.building.split("/")
            rows = Building.objects.filter(estate__community_id=self.by.community_id)
            found["building_id"] = rows.get(estate__code=estate, code=building).pk
        elif part.grid is not None:
            community = Area.objects.get(pk=self.by.community_id)
            found["grid_id"] = Area.objects.get(code=community.code + part.grid).pk
        return found

    @staticmethod
    def _level(part: Any) -> TopicLevel:
        if part.building is not None:
            return TopicLevel.BUILDING
        return TopicLevel.GRID if part.grid is not None else TopicLevel.COMMUNITY

    # --- Opinions

    def _opinion(self, part: OpinionPart, path: Path_) -> Iterator[Happening]:
        said_at = moment = self.by.moment(part.at)

        def say() -> None:
            forum_id = self.forum_id(part.forum) if part.forum else None
            said = self.said(part.by, said_at)
            if part.matter is not None:
                found = raise_opinion_of_matter(
                    matter_id=self.by.matters[part.matter],
                    forum_id=forum_id,
                    text=part.text,
                    **said,
                )
            else:
                found = opinions.say(opinion=self._opinion_input(part, forum_id), **said)
            self.came("opinion", part.key, found.opinion.pk)

        yield self.at(said_at, path, part.key, say)
        if (answer := part.answer) is not None:
            moment = max(moment, self.by.moment(answer.at))
            done = self._on_opinion(opinions.answer_opinion, part, answer, moment, text=answer.text)
            yield self.at(moment, (*path, "answer"), part.key, done)
        if (shown := part.shown) is not None:
            moment = max(moment, self.by.moment(shown.at))
            done = self._on_opinion(
                opinions.show_opinion, part, shown, moment, summary=shown.summary
            )
            yield self.at(moment, (*path, "shown"), part.key, done)

    def _opinion_input(self, part: OpinionPart, forum_id: int | None) -> OpinionInput:
        return OpinionInput(
            submission_key=uuid5(
                _SUBMISSIONS, f"{self.pack}/{self.by.community_id}/opinion/{part.key}"
            ),
            community_id=self.by.community_id,
            text=part.text,
            kind=part.kind,
            channel=part.channel,
            forum_id=forum_id,
            people_count=part.people,
            name=part.name,
            phone=part.phone,
            agreed_privacy=bool(part.name or part.phone),
            **self._place(part),
        )

    def _on_opinion(
        self, service: Any, part: OpinionPart, done: Any, moment: datetime, **words: str
    ) -> Act:
        def act() -> None:
            opinion_id = self.ids["opinion", part.key]
            service(opinion_id=opinion_id, **words, **self.said(done.by, moment))

        return act

    # --- Topics

    def _topic(self, part: TopicPart, path: Path_) -> Iterator[Happening]:
        moment = self.by.moment(part.at)
        yield self.at(moment, path, part.key, self._raised(part, moment))
        given = 0
        for number, step in enumerate(part.steps):
            at = (*path, "steps", number)
            if step.do == "judged":
                for place, ballot in enumerate(step.ballots):
                    moment = max(moment, self.by.moment(ballot.at))
                    act = self._judged(part.key, ballot, moment)
                    yield self.at(moment, (*at, "ballots", place), part.key, act)
                continue
            moment = max(moment, self.by.moment(step.at))
            yield self.at(moment, at, part.key, self._topic_step(part, step, moment))
            if step.do == "resolve":
                for place, task in enumerate(step.tasks):
                    given += 1
                    key = _task_key(part.key, given)
                    then = moment
                    for n, one in enumerate(task.steps):
                        then = max(then, self.by.moment(one.at))
                        where = (*at, "tasks", place, "steps", n)
                        yield self.at(then, where, part.key, self.by.step(key, one, then))

    def _raised(self, part: TopicPart, moment: datetime) -> Act:
        def act() -> None:
            said = self.said(part.by, moment)
            forum_id = self.forum_id(part.forum)
            fields = SubjectField.objects.filter(forum=forum_id, name=part.field, ended_at=None)
            wanted = TopicInput(
                title=part.title,
                why=part.why,
                level=self._level(part),
                field_id=fields.get().pk if part.field else None,
                owner_id=self.account_id(part.owner),
                **self._place(part),
            )
            given: dict[str, Any] = {"forum_id": forum_id, "wanted": wanted, **said}
            if part.matter is not None:
                matter_id = self.by.matters[part.matter]
                topic = deliberating.raise_topic_of_matter(matter_id=matter_id, **given)
            else:
                topic = topics.raise_topic(**given)
            if part.opinions:
                opinion_ids = [self.ids["opinion", key] for key in part.opinions]
                topics.take_in(topic=topic, opinion_ids=opinion_ids, **said)
            self.came("topic", part.key, topic.pk)

        return act

    def _topic_step(self, part: TopicPart, step: Any, moment: datetime) -> Act:
        def act() -> None:
            topic_id = self.topic_id(part.key)
            said = {"topic_id": topic_id, **self.said(step.by, moment)}
            match step.do:
                case "merge":
                    keys = [self.ids["opinion", key] for key in step.opinions]
                    merging.merge_opinions(opinion_ids=keys, **said)
                case "advance":
                    topics.advance_topic(**said)
                case "paper":
                    papers.give_out_paper(
                        title=step.title, text=step.text, is_published=True, **said
                    )
                case "move":
                    level, place = self._level(step), self._place(step)
                    topics.move_topic(level=level, reason=step.reason, **place, **said)
                case "resolve":
                    self._resolve(part, step, said)
                case "publish":
                    deliberating.publish_topic(**said)
                    self._note_tasks(part.key, topic_id, said["actor"])
                case _:
                    raise AssertionError(f"no service for the step {step.do}")

        return act

    def _resolve(self, part: TopicPart, step: Any, said: dict[str, Any]) -> None:
        parties = Party.objects.filter(forum=self.forum_id(part.forum), ended_at=None)
        wanted = ResolutionInput(
            decision=step.decision,
            text=step.text,
            meeting_id=self.ids["forum_meeting", step.meeting] if step.meeting else None,
            vote_id=self.ids["vote", step.vote] if step.vote else None,
            tasks=[
                TaskInput(
                    text=task.text,
                    due_date=self._day(task.due),
                    party_id=parties.get(name=task.party).pk if task.party else None,
                    organisation_id=self.by.organisation_id(task.organisation),
                    account_id=self.account_id(task.person),
                )
                for task in step.tasks
            ],
        )
        results.resolve(wanted=wanted, **said)

    def _day(self, day: Any) -> date:
        found: date = day.on(base=self.by.at)
        return found

    def _note_tasks(self, key: str, topic_id: int, actor: Actor) -> None:
        """Let the steps of the tasks find the matters that were just given."""
        known = self.tasks.setdefault(key, [])
        topic = queries.get_topic(actor=actor, topic_id=topic_id)
        for task in queries.tasks_of(topic=topic):
            known.append(task.ref)
            self.by.matters[_task_key(key, len(known))] = Ref.parse(text=task.ref).id

    # --- Votes

    def _vote(self, part: VotePart, path: Path_) -> Iterator[Happening]:
        opens = moment = self.by.moment(part.opens)

        def opened() -> None:
            said = self.said(part.by, opens)
            draft = votes.draft_vote(
                forum_id=self.forum_id(part.forum),
                topic_id=self.topic_id(part.topic) if part.topic else None,
                wanted=self._vote_input(part, opens),
                **said,
            )
            vote = opening.open_vote(vote_id=draft.pk, **said)
            self.came("vote", part.key, vote.pk)

        yield self.at(opens, path, part.key, opened)
        for number, ballot in enumerate(part.ballots):
            moment = max(moment, self.by.moment(ballot.at))
            act = self._voted(part.key, ballot, moment)
            yield self.at(moment, (*path, "ballots", number), part.key, act)

    def _vote_input(self, part: VotePart, moment: datetime) -> VoteInput:
        place = self._place(part)
        return VoteInput(
            title=part.title,
            question=part.question,
            kind=Kind(part.kind),
            opens_at=moment,
            closes_at=part.closes.at(base=self.by.at),
            level=self._level(part),
            place_ids=[key for key in place.values() if key is not None],
            options=[OptionInput(one.name, one.text, one.cost) for one in part.options],
            places=part.places,
            money_yuan=part.money,
            rule=part.rule,
            quorum_percent=part.quorum_percent,
        )

    def _voted(self, key: str, ballot: BallotPart, moment: datetime) -> Act:
        return lambda: self._cast(Vote.objects.get(pk=self.ids["vote", key]), ballot, moment)

    def _judged(self, key: str, ballot: BallotPart, moment: datetime) -> Act:
        def act() -> None:
            rows = Vote.objects.filter(state=VoteState.OPEN, judgement__topic=self.topic_id(key))
            asked = rows.first()
            if asked is None:
                raise casting.VoteNotOpen
            self._cast(asked, ballot, moment)

        return act

    def _cast(self, vote: Vote, part: BallotPart, moment: datetime) -> None:
        """Cast ballots for the next numbers of the roll that said nothing yet."""
        choice = part.says or [str(number) for number in part.picks]
        waiting = RollEntry.objects.filter(vote=vote, participation=None).order_by("number")
        entries = list(waiting[: part.times])
        if len(entries) < part.times:
            raise casting.NumberUnknown(number=vote.roll_count + 1)
        for entry in entries:
            if part.channel == BallotChannel.ONLINE:
                code = slip_code_of(entry=entry)
                casting.cast(code=code, choice=choice, comment=part.comment, at=moment)
            else:
                casting.enter_ballot(
                    vote_id=vote.pk,
                    number=entry.number,
                    channel=part.channel,
                    choice=choice,
                    helper=part.helper,
                    comment=part.comment,
                    **self.said(part.by, moment),
                )

    # --- Opinion maps

    def _map(self, part: MapPart, path: Path_) -> Iterator[Happening]:
        moment = self.by.moment(part.at)

        def opened() -> None:
            found = maps.open_map(
                forum_id=self.forum_id(part.forum),
                topic_id=self.topic_id(part.topic) if part.topic else None,
                question=part.question,
                statements=part.statements,
                seed=part.seed,
                **self.said(part.by, moment),
            )
            self.came("opinion_map", part.key, found.pk)

        yield self.at(moment, path, part.key, opened)
        then = max(moment, self.by.moment(part.answered))
        yield self.at(then, (*path, "answers"), part.key, lambda: self._answered(part, then))

    def _answered(self, part: MapPart, moment: datetime) -> None:
        map_id = self.ids["opinion_map", part.key]
        statements = Statement.objects.filter(map=map_id).order_by("number")
        keys = list(statements.values_list("pk", flat=True))
        for number, line in enumerate(part.answers):
            for statement_id, sign in zip(keys, line, strict=True):
                if sign in VOTES:
                    maps.vote_statement(
                        map_id=map_id,
                        participant_key=f"{self.pack}/{number}",
                        statement_id=statement_id,
                        vote=VOTES[sign],
                        at=moment,
                    )
        for text in part.suggested:
            maps.add_statement(map_id=map_id, text=text, actor=NOBODY, at=moment)
        maps.draw_map(map_id=map_id, at=moment)


def _task_key(topic: str, number: int) -> str:
    return f"{topic}#{number}"


# --- Time -----------------------------------------------------------------------------------------


def next_due(*, community_id: int, now: datetime) -> datetime | None:
    """Return when the worker would next have something to do in this community's deliberation."""
    votes_open = Vote.objects.filter(community_id=community_id, state=VoteState.OPEN)
    late = Topic.objects.filter(community_id=community_id, ended_at=None, late_at=None)
    waiting = Opinion.objects.filter(
        community_id=community_id, state=OpinionState.NEW, late_at=None
    )
    patience = timedelta(days=opinions.WAITS_DAYS)
    closes = votes_open.aggregate(at=Min("closes_at", filter=Q(closes_at__gte=now)))["at"]
    due = late.aggregate(at=Min("due_at", filter=Q(due_at__gte=now)))["at"]
    said = waiting.aggregate(at=Min("said_at", filter=Q(said_at__gte=now - patience)))["at"]
    moments = [closes, due, said + patience if said is not None else None]
    return min((one for one in moments if one is not None), default=None)


def let_happen(*, at: datetime) -> Mapping[str, int]:
    """Do what the worker would have done by now."""
    return {
        "votes": deliberating.run_votes(at=at),
        "late": deliberating.tell_of_late_topics(at=at),
        "stalled": deliberating.send_stalled_back(at=at),
        "waiting": opinions.tell_of_waiting(at=at),
    }
