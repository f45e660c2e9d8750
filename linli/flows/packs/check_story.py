"""Check a story by walking it: who is named, what is shown, and whether each step can be taken.

The dry run follows `matters.workflow` with the roles and places of the pack, in the order of the
moments, as if the pack were loaded at `at`. It needs no database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from linli.core.codes import is_phone
from linli.flows.packs.check_places import Places
from linli.flows.packs.declared import (
    NO_AREA,
    NO_BUILDING,
    NO_CATEGORY,
    NO_CONDITION,
    NO_ENTRANCE,
    NO_ESTATE,
    NO_MATTER,
    NO_ORGANISATION,
    NO_PERSON,
    NO_PHONE,
    NO_PLACE,
    NO_REASON,
    Known,
    Pointer,
)
from linli.flows.packs.reading import Document, Fault
from linli.flows.packs.schema import (
    PHOTO_FOLDER,
    CategoryPart,
    MattersFile,
    PersonPart,
    StoryFile,
    StoryMatter,
    Where,
)
from linli.matters.labels import STATES, STEPS
from linli.matters.queries import (
    DESK_ROLES,
    FIELD_ROLES,
    IN_CHARGE_ROLES,
    JUDGE_ROLES,
    LEAD_ROLES,
)
from linli.matters.workflow import (
    GOES_ON_WITHOUT_REPORTER,
    OPEN,
    RESTRICTED_KINDS,
    RULES,
    Channel,
    Kind,
    Party,
    Satisfaction,
    State,
    Step,
    rating_asks_for_rework,
)
from linli.people.models import RoleName

_STEPS: Mapping[str, Step] = {step.value: step for step in Step}
_FOR_SOMEBODY = frozenset({Channel.PHONE, Channel.COUNTER, Channel.HOTLINE_12345})


def check_story(
    *,
    folder: Path,
    document: Document,
    story: StoryFile,
    matters: MattersFile | None,
    people: Mapping[str, PersonPart],
    places: Places | None,
    known: Known,
    at: datetime,
) -> list[Fault]:
    """Return every fault of a story, as if it were loaded at `at`.

    `people` are those with whom nothing is wrong; `places` is None when the territory has faults.
    Nothing is concluded from what is missing: its own fault has been told.
    """
    names = Names(folder, known)
    to = Pointer(document)
    shaky: set[int] = set()
    for place, matter in enumerate(story.matters):
        before = len(to.faults)
        _check_report(Pointer(document, "matters", place, "report"), matter, names, into=to.faults)
        for number, step in enumerate(matter.steps):
            path = ("matters", place, "steps", number)
            check_step(Pointer(document, *path), step, names, into=to.faults)
        if len(to.faults) > before:
            shaky.add(place)
    _check_registers(to, story, matters, known)
    if matters is not None:
        _Run(to, story, matters, people, places, at).walk(but=shaky)
    return to.faults


# --- Who and what is named ------------------------------------------------------------------


@dataclass
class Names:
    """What the story may refer to; a photo is opened once."""

    folder: Path
    known: Known
    photos: dict[str, Any] = field(default_factory=dict)

    def photo_fault(self, name: str) -> Any | None:
        """Return what is wrong with a photo, or None."""
        if name not in self.photos:
            self.photos[name] = self._open(self.folder / PHOTO_FOLDER / name)
        return self.photos[name]

    @staticmethod
    def _open(path: Path) -> Any | None:
        if not path.is_file():
            return _("There is no photo %(name)s in the folder “photos”.")
        try:
            with Image.open(path) as image:
                image.verify()
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
            return _("%(name)s is not a photo that can be opened.")
        return None


def _check_report(to: Pointer, matter: StoryMatter, names: Names, *, into: list[Fault]) -> None:
    report, known = matter.report, names.known
    if known.lacks("person", report.by):
        to.fault("by", sentence=NO_PERSON, code=report.by)
    if report.channel in _FOR_SOMEBODY | {Channel.FIELD} and report.by is None:
        sentence = _("Say who entered this: “by” is missing for this channel.")
        to.fault("channel", sentence=sentence)
    _check_category(to, report.category, report.condition, known)
    if known.lacks("organisation", report.complained_of):
        to.fault("complained_of", sentence=NO_ORGANISATION, code=report.complained_of)
    if (report.channel == Channel.HOTLINE_12345) != (report.hotline_number is not None):
        sentence = _("A 12345 order has its number, and nothing else has one.")
        to.fault("hotline_number", sentence=sentence)
    given = report.reporter
    if given is not None and given.phone and not is_phone(text=given.phone):
        to.fault("reporter", "phone", sentence=NO_PHONE, phone=given.phone)
    _check_where(to, report.where, known)
    _check_photos(to, report.photos, names)
    into += to.faults


def _check_category(to: Pointer, category: str, condition: str | None, known: Known) -> None:
    if known.lacks("category", category):
        to.fault("category", sentence=NO_CATEGORY, code=category)
    elif condition is not None and known.lacks("condition", f"{category}/{condition}"):
        to.fault("condition", sentence=NO_CONDITION, code=condition)


def _check_where(to: Pointer, where: Where, known: Known) -> None:
    given = [
        name
        for name in ("building", "entrance", "place", "estate", "area", "point")
        if getattr(where, name) is not None
    ]
    if len(given) != 1:
        sentence = _("Say where it was once: a building, entrance, place, estate, area or point.")
        to.fault("where", sentence=sentence)
    for kind, sentence in (
        ("building", NO_BUILDING),
        ("entrance", NO_ENTRANCE),
        ("place", NO_PLACE),
        ("estate", NO_ESTATE),
        ("area", NO_AREA),
    ):
        if known.lacks(kind, getattr(where, kind)):
            to.fault("where", kind, sentence=sentence, code=getattr(where, kind))


def _check_photos(to: Pointer, photos: tuple[str, ...], names: Names) -> None:
    for place, name in enumerate(photos):
        if (sentence := names.photo_fault(name)) is not None:
            to.fault("photos", place, sentence=sentence, name=name)


def check_step(to: Pointer, step: Any, names: Names, *, into: list[Fault]) -> None:
    """Note in `into` whom or what a step names that is not there."""
    known = names.known
    for key, kind, sentence in (
        ("by", "person", NO_PERSON),
        ("person", "person", NO_PERSON),
        ("organisation", "organisation", NO_ORGANISATION),
        ("into", "story", NO_MATTER),
        ("of", "story", NO_MATTER),
    ):
        code = getattr(step, key, None)
        if known.lacks(kind, code):
            to.fault(key, sentence=sentence, code=code)
    if step.do == "return" and known.lacks("return_reason", step.reason):
        to.fault("reason", sentence=NO_REASON, code=step.reason)
    if step.do == "recategorise":
        _check_category(to, step.category, step.condition, known)
    if step.do == "dispatch" and (step.organisation is None) == (step.person is None):
        to.fault(sentence=_("An order goes to one organisation or one person."))
    if step.do == "ask_time" and (step.amount is None) == (step.until is None):
        to.fault(sentence=_("Ask for an amount of time or for a pause until a moment, not both."))
    _check_photos(to, getattr(step, "photos", ()), names)
    into += to.faults


def _check_registers(
    to: Pointer, story: StoryFile, matters: MattersFile | None, known: Known
) -> None:
    restricted = _restricted(story, matters)
    registers: list[tuple[str, int, Any, list[str]]] = [
        *(
            ("problem_lists", place, one, list(one.matters))
            for place, one in enumerate(story.problem_lists)
        ),
        *(
            ("meetings", place, one, [item.matter for item in one.items])
            for place, one in enumerate(story.meetings)
        ),
    ]
    for name, place, one, listed in registers:
        inside = "matters" if name == "problem_lists" else "items"
        if known.lacks("person", one.by):
            to.fault(name, place, "by", sentence=NO_PERSON, code=one.by)
        for at, key in enumerate(listed):
            path = (name, place, inside, at)
            if known.lacks("story", key):
                to.fault(*path, sentence=NO_MATTER, code=key)
            elif key in restricted:
                to.fault(*path, sentence=_("A restricted matter is put on no list."))
            elif key in listed[:at]:
                to.fault(*path, sentence=_("“%(code)s” is on this list already."), code=key)


def _restricted(story: StoryFile, matters: MattersFile | None) -> frozenset[str]:
    kinds = {one.code: one.kind for one in matters.categories} if matters is not None else {}
    return frozenset(
        one.key for one in story.matters if kinds.get(one.report.category) in RESTRICTED_KINDS
    )


# --- The dry run ----------------------------------------------------------------------------


@dataclass
class _Order:
    """Who has it now."""

    by: str
    organisation: str | None = None
    person: str | None = None
    hands: set[str] = field(default_factory=set)


@dataclass
class _Standing:
    """Where one matter of the story stands while it is walked."""

    matter: StoryMatter
    category: CategoryPart
    spots: frozenset[str]
    state: State = State.REPORTED
    order: _Order | None = None
    was_accepted: bool = False
    into: str | None = None
    merged: list[str] = field(default_factory=list)
    rated: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    rating_until: datetime | None = None
    paused_until: datetime | None = None
    asked_time: bool = False

    @property
    def is_restricted(self) -> bool:
        """Tell whether only those in charge see it."""
        return self.category.kind in RESTRICTED_KINDS


class _Run:
    """Walks all matters together, moment by moment."""

    def __init__(
        self,
        to: Pointer,
        story: StoryFile,
        matters: MattersFile,
        people: Mapping[str, PersonPart],
        places: Places | None,
        at: datetime,
    ) -> None:
        self.to, self.story, self.at, self.places = to, story, at, places
        self.rating_days = matters.method.rating_days
        self.categories = {one.code: one for one in matters.categories}
        self.people = people
        self.now = at
        self.left_out: frozenset[str] = frozenset()
        self.standing: dict[str, _Standing] = {}

    def walk(self, *, but: set[int]) -> None:
        """Note each step that could not be taken; the rest of that matter is then left out.

        Matters in `but` have faults of their own and are not walked.
        """
        self.left_out = frozenset(self.story.matters[place].key for place in but)
        happenings: list[tuple[datetime, int, int]] = []
        for place, matter in enumerate(self.story.matters):
            if place in but:
                continue
            moments = [matter.report.at, *(step.at for step in matter.steps)]
            before = None
            for number, moment in enumerate(moments, start=-1):
                path = self._path(place, number)
                when = moment.at(base=self.at)
                if not moment.is_surely_past or when > self.at:
                    self.to.fault(*path, "at", sentence=SURELY_PAST)
                if before is not None and when < before:
                    sentence = _("This is before the step above it.")
                    self.to.fault(*path, "at", sentence=sentence)
                before = max(when, before or when)
                happenings.append((before, place, number))
        failed: set[int] = set()
        for when, place, number in sorted(happenings):
            if place not in failed:
                self.now = when
                fault = self._happen(self.story.matters[place], number)
                if fault is not None:
                    failed.add(place)
                    sentence, facts = fault
                    if sentence is not None:
                        self.to.fault(*self._path(place, number), sentence=sentence, **facts)

    @staticmethod
    def _path(place: int, number: int) -> tuple[str | int, ...]:
        inside: tuple[str | int, ...] = ("report",) if number < 0 else ("steps", number)
        return ("matters", place, *inside)

    def _happen(self, matter: StoryMatter, number: int) -> tuple[Any, dict[str, Any]] | None:
        if number < 0:
            return self._report(matter)
        one = self.standing[matter.key]
        self._let_time_pass(one)
        step = matter.steps[number]
        kind = _STEPS[step.do]
        rule = RULES[kind]
        if step.do == "merge" and step.into not in self.standing:
            return (None, {}) if self._comes_never(step.into) else (_NOT_YET, {})
        if one.state not in rule.sources:
            sentence = _("“%(step)s” cannot be taken while the matter stands at “%(state)s”.")
            return sentence, {"step": STEPS[kind], "state": STATES[one.state]}
        if not rule.parties & self._parties(one, step.by):
            sentence = _("“%(step)s” is not for %(who)s here.")
            return sentence, {"step": STEPS[kind], "who": step.by or _("whoever reported it")}
        if (fault := self._refusal(one, step, kind)) is not None:
            return fault, {}
        self._move(one, step, kind)
        return None

    def _comes_never(self, key: str) -> bool:
        """Tell whether a matter is left out of the walk for faults of its own."""
        return all(one.key != key for one in self.story.matters) or key in self.left_out

    def _report(self, matter: StoryMatter) -> tuple[Any | None, dict[str, Any]] | None:
        report = matter.report
        category = self.categories.get(report.category)
        if category is None:
            return None, {}  # It has a fault of its own.
        self.standing[matter.key] = _Standing(matter, category, self._spots(report.where))
        return None

    def _refusal(self, one: _Standing, step: Any, kind: Step) -> Any | None:
        """Return why a step that the state allows is refused all the same."""
        handled = one.order is not None and self._handled(one.order, step.by)
        match kind:
            case Step.VERIFY | Step.REWORK | Step.EXTEND | Step.PAUSE if handled:
                return _("Who handled a matter does not judge it.")
            case Step.RATE:
                whose = step.of or one.matter.key
                if handled and step.by is not None and not self._is_reporter(whose, step.by):
                    return _("Who handled a matter does not record a rating.")
                if whose in one.rated:
                    return _("This person has rated this round already.")
                return self._not_merged(one, step.of)
            case Step.TELL | Step.WITHDRAW:
                return self._not_merged(one, step.of)
            case Step.MERGE:
                into = self.standing[step.into]
                if into is one or into.state not in OPEN:
                    return _NOT_YET
                return _NO_MERGE if one.is_restricted or into.is_restricted else None
            case Step.MEDIATE if one.category.kind != Kind.DISPUTE:
                return _("Only a dispute is mediated.")
            case Step.RESOLVE | Step.SETTLE if one.category.photo_required and not step.photos:
                return _("This category needs a photo of the result.")
            case Step.REFUSE_TIME if not one.asked_time:
                return _("Nobody asked for time.")
            case Step.ASK_TIME if one.asked_time:
                return _("An earlier request for time is still open.")
            case Step.PUBLISH if one.is_restricted:
                return _("A restricted matter is never on the board.")
            case Step.PAUSE if step.until.at(base=self.at) <= self.now:
                return _("A pause ends after it begins.")
        return None

    @staticmethod
    def _not_merged(one: _Standing, of: str | None) -> Any | None:
        if of is None or of in one.merged or of == one.matter.key:
            return None
        return _("That matter is not merged into this one.")

    # --- What a step does

    def _move(self, one: _Standing, step: Any, kind: Step) -> None:
        target = RULES[kind].target
        if target is not None:
            one.state = target
        order = one.order
        match kind:
            case Step.ACCEPT:
                one.was_accepted = True
            case Step.DISPATCH:
                one.order = _Order(step.by, step.organisation, step.person)
                one.asked_time = False
            case Step.RECALL | Step.UPHOLD:
                one.order = None
            case Step.TAKE if order is not None:
                order.hands.add(step.by)
            case Step.ASK_TIME:
                one.asked_time = True
            case Step.EXTEND | Step.REFUSE_TIME:
                one.asked_time = False
            case Step.PAUSE:
                one.asked_time, one.paused_until = False, step.until.at(base=self.at)
            case Step.SETTLE:
                one.order = _Order(step.by, person=step.by, hands={step.by})
                self._maybe_verified(one)
            case Step.RESOLVE if order is not None:
                order.hands.add(step.by)
                self._maybe_verified(one)
            case Step.VERIFY:
                self._verified(one)
            case Step.REWORK:
                self._rework(one)
            case Step.RATE:
                self._rated(one, step)
            case Step.WITHDRAW:
                self._withdrawn(one, step)
            case Step.MERGE:
                into = self.standing[step.into]
                into.merged += [one.matter.key, *one.merged]
                one.into, one.merged = step.into, []
            case Step.RECATEGORISE:
                one.category = self.categories[step.category]

    def _maybe_verified(self, one: _Standing) -> None:
        if not one.category.check_on_site:
            self._verified(one)

    def _verified(self, one: _Standing) -> None:
        one.state = State.VERIFIED
        one.rating_until = self.now + timedelta(days=self.rating_days)
        if not self._waiting(one):
            one.state = State.CLOSED

    def _rework(self, one: _Standing) -> None:
        one.state = State.REWORK
        one.rated = set()
        one.rating_until = None
        if one.order is not None:
            one.order = _Order("", one.order.organisation, one.order.person)

    def _rated(self, one: _Standing, step: Any) -> None:
        one.rated.add(step.of or one.matter.key)
        if rating_asks_for_rework(solved=step.solved, satisfaction=Satisfaction(step.satisfaction)):
            self._rework(one)
        elif not self._waiting(one):
            one.state = State.CLOSED

    def _withdrawn(self, one: _Standing, step: Any) -> None:
        one.withdrawn.add(step.of or one.matter.key)
        left = {one.matter.key, *one.merged} - one.withdrawn
        stays = bool(left) or one.category.kind in GOES_ON_WITHOUT_REPORTER
        one.state = one.state if stays else State.WITHDRAWN

    def _waiting(self, one: _Standing) -> set[str]:
        asked = {one.matter.key, *one.merged} - one.withdrawn - one.rated
        reporters = {key: self.standing[key].matter.report.reporter for key in asked}
        return {key for key, who in reporters.items() if who is None or who.wants_answer}

    def _let_time_pass(self, one: _Standing) -> None:
        """Do what the worker would have done by now."""
        if one.state == State.VERIFIED and one.rating_until and one.rating_until <= self.now:
            one.state = State.CLOSED
        if one.state == State.PAUSED and one.paused_until and one.paused_until <= self.now:
            one.state = State.TAKEN

    # --- Who somebody is to it

    def _parties(self, one: _Standing, by: str | None) -> frozenset[Party]:
        if by is None:
            return frozenset({Party.REPORTER})
        person = self.people.get(by)
        if person is None or self.places is None:
            return frozenset(Party)  # They have faults of their own: nothing is concluded.
        roles = self._roles_at(person, one.spots)
        parties = set()
        if roles & (IN_CHARGE_ROLES if one.is_restricted else DESK_ROLES):
            parties.add(Party.DESK)
        if roles & (frozenset({RoleName.SECRETARY}) if one.is_restricted else LEAD_ROLES):
            parties.add(Party.LEAD)
        if roles & FIELD_ROLES and not one.is_restricted:
            parties.add(Party.FIELD)
        if one.order is not None:
            judges = IN_CHARGE_ROLES if one.is_restricted else JUDGE_ROLES
            if self._is_handler(one.order, by):
                parties.add(Party.HANDLER)
            elif roles & judges and one.order.by != by:
                parties.add(Party.JUDGE)
        if self._is_reporter(one.matter.key, by):
            parties.add(Party.REPORTER)
        return frozenset(parties)

    def _roles_at(self, person: PersonPart, spots: frozenset[str]) -> frozenset[str]:
        day = self.now.date()
        return frozenset(
            role.role
            for role in person.roles
            if (role.area in spots or f"building:{role.building}" in spots)
            and role.since.on(base=self.at) <= day
            and (role.until is None or role.until.on(base=self.at) >= day)
        )

    def _organisations_of(self, by: str) -> frozenset[str | None]:
        person = self.people.get(by)
        roles = person.roles if person is not None else ()
        return frozenset(role.organisation for role in roles if role.organisation is not None)

    def _is_handler(self, order: _Order, by: str) -> bool:
        return order.person == by or order.organisation in self._organisations_of(by)

    def _handled(self, order: _Order, by: str | None) -> bool:
        return by is not None and (by in order.hands or self._is_handler(order, by))

    def _is_reporter(self, key: str, by: str) -> bool:
        report = self.standing[key].matter.report
        return report.by == by and report.channel not in _FOR_SOMEBODY

    def _spots(self, where: Where) -> frozenset[str]:
        """Return everything at which a role would cover this place."""
        grid, building = None, None
        if self.places is None:
            return frozenset()
        if where.entrance is not None:
            building = where.entrance.rpartition("/")[0]
        building = building or where.building
        if building is not None:
            grid = self.places.grid_of.get(f"building:{building}")
        elif where.place is not None:
            grid = self.places.grid_of.get(f"place:{where.place}")
        elif where.point is not None:
            grid = self.places.grid_at(longitude=where.point[0], latitude=where.point[1])
        elif where.area is not None and where.area.isdigit():
            grid = where.area
        spots = {"city", "district", "subdistrict", "community", f"building:{building}"}
        if grid is not None:
            spots |= {grid[:end] for end in range(3, len(grid) + 1, 3)}
        return frozenset(spots)


_NOT_YET = _("It can be merged only into another matter that is open by then.")
SURELY_PAST = _("Write a moment that is past whenever the pack is loaded: -1d 09:10, or -2h.")
_NO_MERGE = _("A restricted matter is neither merged nor merged into.")
