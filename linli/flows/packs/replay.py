"""Replay a pack's story through the services, moment by moment, as it would have happened.

Between the steps the worker's work is done for that time as well: matters climb, pauses end,
silence closes, and people are told. A matter that was replayed once is never replayed again.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _

from linli.core import attachments
from linli.core.actor import NOBODY, Actor
from linli.core.errors import Refused
from linli.core.models import Attachment
from linli.flows.packs.check import Checked
from linli.flows.packs.happening import Happening
from linli.flows.packs.memory import CREATED, UNCHANGED, Items, LoadReport, digest_of
from linli.flows.packs.replay_deliberation import Deliberation, let_happen, next_due
from linli.flows.packs.replay_meetings import Meetings
from linli.flows.packs.schema import PHOTO_FOLDER, StoryMatter, When, Where
from linli.flows.worker import run_due
from linli.matters import queries, services
from linli.matters.models import Category, Condition, Matter, Reporter, ReturnReason
from linli.matters.workflow import UNRESOLVED, State
from linli.notify import services as notify
from linli.notify.models import Message
from linli.people.models import Account, Organisation
from linli.people.queries import actor_of, local_day
from linli.territory.models import Area, Building, Entrance, Estate, Place
from linli.territory.queries import Location, locate

STORY = "story.yaml"
_SUBMISSIONS = uuid.UUID("6e5b9a53-3a4b-4f0c-a0a7-0c2f6a1f5d10")  # Any constant.
_READ_AFTER = timedelta(days=2)


class StoryRefused(Refused):
    """A service refused a step of the story."""

    sentence = _("%(file)s:%(line)s: “%(key)s”: %(why)s")


def replay(
    *, checked: Checked, community_id: int, items: Items, report: LoadReport, at: datetime
) -> None:
    """Replay what was not replayed before; to be called in the transaction of the loading.

    :raises StoryRefused: when a service refuses a step; the sentence says which and why.
    """
    _Replay(checked, community_id, items, report, at).run()


class _Replay:
    """One replay: the story's keys and the rows they became."""

    def __init__(
        self,
        checked: Checked,
        community_id: int,
        items: Items,
        report: LoadReport,
        at: datetime,
    ) -> None:
        assert checked.pack is not None
        self.checked, self.pack, self.items, self.report = checked, checked.pack, items, report
        self.community_id, self.at = community_id, at
        self.matters: dict[str, int] = {}
        self.reporters: dict[str, Reporter] = {}
        self.accounts: dict[str, Account] = {}
        self.actors: dict[tuple[str, date], Actor] = {}
        self.now = at

    def run(self) -> None:
        """Do everything that is new, in the order of its moments."""
        talked = Deliberation(self, self.pack.about.code, self.pack.deliberation)
        happenings = sorted(
            [
                *self._matters(),
                *self._registers(),
                *talked.happenings(),
                *Meetings(talked).happenings(),
            ],
            key=lambda one: (one.moment, one.order),
        )
        if not happenings:
            return
        names = [person.username for person in self.pack.people.people]
        self.accounts = {one.username: one for one in Account.objects.filter(username__in=names)}
        self.now = happenings[0].moment
        for one in happenings:
            self._let_time_pass(until=one.moment)
            try:
                one.act()
            except Refused as refusal:
                line = self.checked.documents[one.file].line(*one.path)
                raise StoryRefused(
                    file=one.file, line=line, key=one.key, why=str(refusal)
                ) from refusal
            run_due(at=one.moment)
        self._let_time_pass(until=self.at)
        run_due(at=self.at)
        self._read_old_messages()

    # --- What is to be done, and when

    def _matters(self) -> list[Happening]:
        todo: list[Happening] = []
        for place, matter in enumerate(self.pack.story.matters):
            if self.is_known("story", matter.key, matter.key):
                self.matters[matter.key] = self.items.known["story", matter.key].subject_id
                continue
            path: tuple[str | int, ...] = ("matters", place)
            before = self.moment(matter.report.at)
            told = self._report(matter)
            where = (*path, "report")
            todo.append(Happening(before, len(todo), STORY, where, matter.key, told))
            for number, step in enumerate(matter.steps):
                before = max(before, self.moment(step.at))
                act = self.step(matter.key, step, before)
                where = (*path, "steps", number)
                todo.append(Happening(before, len(todo), STORY, where, matter.key, act))
        return todo

    def _registers(self) -> list[Happening]:
        todo: list[Happening] = []
        for place, one in enumerate(self.pack.story.problem_lists):
            if not self.is_known("problem_list", one.code, one.code):
                moment = self._after(one.opened, one.matters)
                path = ("problem_lists", place)
                act = self._problems(one, moment)
                todo.append(Happening(moment, 10_000 + place, STORY, path, one.code, act))
        for place, meeting in enumerate(self.pack.story.meetings):
            if not self.is_known("meeting", meeting.key, meeting.key):
                moment = self._after(meeting.held, [item.matter for item in meeting.items])
                act = self._meeting(meeting, moment)
                path = ("meetings", place)
                todo.append(Happening(moment, 20_000 + place, STORY, path, meeting.key, act))
        return todo

    def is_known(self, kind: str, code: str, written: str) -> bool:
        """Tell whether this happened before: a story is not told again, even in other words."""
        known = self.items.unchanged(kind=kind, code=code, digest=digest_of(written)) is not None
        self.report.count(kind, UNCHANGED if known else CREATED)
        return known

    def remember(self, kind: str, code: str, subject_id: int) -> None:
        """Remember what it became."""
        self.items.remember(
            kind=kind, code=code, digest=digest_of(code), subject_id=subject_id, created=True
        )

    def moment(self, when: When) -> datetime:
        """Return when it happened; never after the moment of loading."""
        return min(when.at(base=self.at), self.at)

    def _after(self, when: When, keys: Sequence[str]) -> datetime:
        """Return the moment, or when the last of these matters came in."""
        reported = {one.key: one.report.at for one in self.pack.story.matters}
        return max([self.moment(when), *(self.moment(reported[key]) for key in keys)])

    # --- A matter

    def _report(self, matter: StoryMatter) -> Callable[[], object]:
        def act() -> None:
            report = matter.report
            moment = self.moment(report.at)
            actor = self.actor(report.by, moment)
            category = Category.objects.get(
                community_id=self.community_id, code=report.category, ended_at=None
            )
            given = report.reporter
            reported = services.report(
                report=services.Report(
                    submission_key=uuid.uuid5(
                        _SUBMISSIONS, f"{self.pack.about.code}/{self.community_id}/{matter.key}"
                    ),
                    community_id=self.community_id,
                    text=report.text,
                    category_id=category.pk,
                    condition_id=self._condition_id(category.pk, report.condition),
                    location=self._location(report.where),
                    channel=report.channel,
                    reporter=services.ReporterInput()
                    if given is None
                    else services.ReporterInput(
                        name=given.name,
                        phone=given.phone,
                        on_behalf_of=given.on_behalf_of,
                        wants_answer=given.wants_answer,
                        agreed_privacy=True,
                    ),
                    attachments=self._photos(
                        report.photos, Attachment.Purpose.REPORT, actor, moment
                    ),
                    advice=report.advice,
                    complained_of_id=self.organisation_id(report.complained_of),
                    hotline_number=report.hotline_number or "",
                    hotline_due_at=report.hotline_due.at(base=self.at)
                    if report.hotline_due is not None
                    else None,
                ),
                actor=actor,
                at=moment,
            )
            self.matters[matter.key] = reported.matter.pk
            self.reporters[matter.key] = reported.reporter
            self.remember("story", matter.key, reported.matter.pk)

        return act

    def step(self, key: str, step: Any, moment: datetime) -> Callable[[], object]:
        """Return a step of the matter with this key, to be taken at that moment."""

        def act() -> None:
            matter_id = self.matters[key]
            whose = getattr(step, "of", None) or key
            actor = self.actor(step.by, moment)
            if step.by is None:
                reporter = self._reporter(whose)
                actor = queries.actor_of_reporter(reporter=reporter)
            self._take(step, whose, {"matter_id": matter_id, "actor": actor, "at": moment})

        return act

    def _take(self, step: Any, whose: str, said: dict[str, Any]) -> None:
        """Call the service of one step."""
        match step.do:
            case "accept":
                services.accept(title=step.title, **said)
            case "decline":
                services.decline(reason=step.reason, **said)
            case "dispatch":
                services.dispatch(
                    organisation_id=self.organisation_id(step.organisation),
                    account_id=self.accounts[step.person].pk if step.person else None,
                    note=step.note,
                    **said,
                )
            case "recall":
                services.recall(reason=step.reason, **said)
            case "take":
                services.take(**said)
            case "object":
                services.object_to(reason=step.reason, **said)
            case "uphold":
                services.uphold(judgement=step.reason, **said)
            case "overrule":
                services.overrule(judgement=step.reason, **said)
            case "return":
                services.return_order(
                    reason_id=self._reason_id(step.reason), note=step.note, **said
                )
            case "refuse_return":
                services.refuse_return(reason=step.reason, **said)
            case "settle" | "resolve":
                photos = self._photos(
                    step.photos, Attachment.Purpose.RESULT, said["actor"], said["at"]
                )
                service = services.settle if step.do == "settle" else services.resolve
                service(note=step.note, attachments=photos, **said)
            case "ask_time":
                services.ask_time(
                    kind=step.kind,
                    amount=step.amount,
                    until=step.until.at(base=self.at) if step.until is not None else None,
                    reason=step.reason,
                    **said,
                )
            case _:
                self._take_rarer(step, whose, said)

    def _take_rarer(self, step: Any, whose: str, said: dict[str, Any]) -> None:
        match step.do:
            case "extend":
                services.extend(amount=step.amount, reason=step.reason, **said)
            case "pause":
                services.pause(until=step.until.at(base=self.at), reason=step.reason, **said)
            case "refuse_time":
                services.refuse_time(reason=step.reason, **said)
            case "resume":
                services.resume(**said)
            case "verify":
                services.verify(note=step.note, **said)
            case "rework":
                services.send_to_rework(reason=step.reason, **said)
            case "rate":
                services.rate(
                    reporter_id=self._reporter(whose).pk,
                    solved=step.solved,
                    satisfaction=step.satisfaction,
                    comment=step.comment,
                    **said,
                )
            case "withdraw":
                reporter_id = self._reporter(whose).pk
                services.withdraw(reporter_id=reporter_id, reason=step.reason, **said)
            case "merge":
                services.merge(into_id=self.matters[step.into], **said)
            case "recategorise":
                category = Category.objects.get(
                    community_id=self.community_id, code=step.category, ended_at=None
                )
                condition_id = self._condition_id(category.pk, step.condition)
                services.recategorise(category_id=category.pk, condition_id=condition_id, **said)
            case "nudge":
                services.nudge(**said)
            case "supervise":
                services.supervise(note=step.reason, **said)
            case "note":
                services.add_note(
                    text=step.text, kind=step.kind, for_reporter=step.for_reporter, **said
                )
            case "tell":
                reporter_id = self._reporter(whose).pk
                services.tell(reporter_id=reporter_id, means=step.means, text=step.text, **said)
            case "mediate":
                services.record_mediation(
                    held_at=step.held.at(base=self.at),
                    place=step.place,
                    parties_count=step.parties,
                    text=step.text,
                    agreement=step.agreement,
                    outcome=step.outcome,
                    **said,
                )
            case "publish":
                services.publish(summary=step.summary, **said)
            case _:
                raise AssertionError(f"no service for the step {step.do}")

    # --- Lists and meetings

    def _problems(self, one: Any, moment: datetime) -> Callable[[], object]:
        def act() -> None:
            said: dict[str, Any] = {"actor": self.actor(one.by, moment), "at": moment}
            opened = services.open_problem_list(
                community_id=self.community_id, name=one.name, code=one.code, **said
            )
            services.add_problems(
                problem_list_id=opened.pk,
                matter_ids=[self.matters[key] for key in one.matters],
                **said,
            )
            self.remember("problem_list", one.code, opened.pk)

        return act

    def _meeting(self, meeting: Any, moment: datetime) -> Callable[[], object]:
        def act() -> None:
            said: dict[str, Any] = {"actor": self.actor(meeting.by, moment), "at": moment}
            sheet = services.make_sheet(
                community_id=self.community_id,
                name=meeting.name,
                held_on=local_day(at=moment),
                matter_ids=[self.matters[item.matter] for item in meeting.items],
                carry_over=False,
                **said,
            )
            lines = {self.matters[item.matter]: item.said for item in meeting.items}
            rows = sheet.items.values_list("id", "matter_id")
            services.record_meeting(
                sheet_id=sheet.pk,
                lines={row: lines.get(matter_id, "") for row, matter_id in rows},
                **said,
            )
            self.remember("meeting", meeting.key, sheet.pk)

        return act

    # --- Who, where, what

    def actor(self, username: str | None, moment: datetime) -> Actor:
        """Return who did it, with the roles of that day."""
        return NOBODY if username is None else actor_of(account=self.accounts[username], at=moment)

    def _reporter(self, key: str) -> Reporter:
        if key not in self.reporters:
            found = Reporter.objects.filter(matter_id=self.matters[key]).order_by("id")
            self.reporters[key] = found[0]
        return self.reporters[key]

    def organisation_id(self, code: str | None) -> int | None:
        """Return an organisation of the pack."""
        if code is None:
            return None
        found = Organisation.objects.filter(community_id=self.community_id, code=code)
        return found.get().pk

    def _reason_id(self, code: str) -> int:
        return ReturnReason.objects.get(community_id=self.community_id, code=code).pk

    @staticmethod
    def _condition_id(category_id: int, code: str | None) -> int | None:
        if code is None:
            return None
        return Condition.objects.get(category_id=category_id, code=code, ended_at=None).pk

    def _location(self, where: Where) -> Location:
        given: dict[str, Any] = {}
        if where.entrance is not None:
            estate, building, entrance = where.entrance.split("/")
            given["entrance_id"] = Entrance.objects.get(
                building__estate__community_id=self.community_id,
                building__estate__code=estate,
                building__code=building,
                code=entrance,
            ).pk
        elif where.building is not None:
            estate, building = where.building.split("/")
            given["building_id"] = Building.objects.get(
                estate__community_id=self.community_id, estate__code=estate, code=building
            ).pk
        elif where.place is not None:
            rows = Place.objects.filter(community_id=self.community_id, code=where.place)
            given["place_id"] = rows.get().pk
        elif where.estate is not None:
            estates = Estate.objects.filter(community_id=self.community_id, code=where.estate)
            given["estate_id"] = estates.get().pk
        elif where.point is not None:
            given["longitude"], given["latitude"] = where.point
            given["datum"] = self.pack.territory.datum
        elif where.area is not None and where.area.isdigit():
            code = self.pack.territory.community.code + where.area
            given["area_id"] = Area.objects.get(code=code).pk
        else:
            given["area_id"] = self.community_id
        return locate(
            community_id=self.community_id, place_text=where.text, with_ended=True, **given
        )

    def _photos(
        self, names: Sequence[str], purpose: str, actor: Actor, moment: datetime
    ) -> list[uuid.UUID]:
        folder = self.checked.folder / PHOTO_FOLDER
        stored = [
            attachments.store_photo(
                upload=ContentFile((folder / name).read_bytes(), name=name),
                purpose=purpose,
                actor=actor,
                at=moment,
            )
            for name in names
        ]
        return [one.token for one in stored]

    # --- Time

    def _let_time_pass(self, *, until: datetime) -> None:
        """Do what the worker would have done between two happenings, each at its own moment."""
        while (moment := self._next_due()) is not None and moment <= until:
            self.now = moment
            services.resume_due(at=moment)
            services.close_silent(at=moment)
            services.escalate_overdue(at=moment)
            let_happen(at=moment)
            run_due(at=moment)
        self.now = until

    def _next_due(self) -> datetime | None:
        """Return just after the next deadline of this community, if there is one."""
        waits = Q(state__in=UNRESOLVED - {State.PAUSED})
        found = Matter.objects.filter(community_id=self.community_id).aggregate(
            climbs=Min("level_due_at", filter=waits & Q(level_due_at__gt=self.now)),
            overdue=Min("due_at", filter=waits & Q(due_at__gt=self.now, overdue_told_at=None)),
            resumes=Min("paused_until", filter=Q(state=State.PAUSED, paused_until__gt=self.now)),
            closes=Min("rating_until", filter=Q(state=State.VERIFIED, rating_until__gt=self.now)),
        )
        talked = next_due(community_id=self.community_id, now=self.now)
        moments = [moment for moment in (*found.values(), talked) if moment is not None]
        # A deadline is met at its very moment and missed after it.
        return min(moments) + timedelta(seconds=1) if moments else None

    def _read_old_messages(self) -> None:
        """Mark what people were told days ago as read, as it would be by now."""
        old = Message.objects.filter(created_at__lt=self.at - _READ_AFTER).order_by("-id").first()
        if old is None:
            return
        for account in self.accounts.values():
            actor = actor_of(account=account, at=self.at)
            notify.mark_all_read(actor=actor, at=self.at, until_id=old.pk)
