"""forums.yaml: where a community talks things over, checked and brought in."""

from datetime import datetime, time
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.core.clocks import SHANGHAI
from linli.deliberation import queries
from linli.deliberation.services import forums as services
from linli.deliberation.services.forums import ForumInput, PartyInput, StepsUnusable
from linli.deliberation.workflow import (
    FIVE_STEPS,
    JudgementRules,
    ProcedureStep,
    ProcedureUnusable,
    Rhythm,
    require_procedure,
)
from linli.flows.packs.declared import NO_ORGANISATION, NO_PERSON, Known, Pointer
from linli.flows.packs.reading import Document, Fault
from linli.flows.packs.schema.forums import ForumPart, ForumsFile
from linli.flows.packs.standing import Loader
from linli.people.queries import local_day

NO_SUCH_DAY = _("“nth” is 1 to 4, or -1 for the last one of the month.")
TWICE = _("“%(name)s” stands here twice.")

_MORNING = time(9, 0)
Said = dict[str, Any]
"""Who writes, and when."""


# --- Check --------------------------------------------------------------------------------------


def check_forums(document: Document, part: ForumsFile, known: Known) -> list[Fault]:
    """Return what leads nowhere in forums.yaml."""
    faults: list[Fault] = []
    for place, forum in enumerate(part.forums):
        to = Pointer(document, "forums", place)
        _check_forum(to, forum, known)
        faults += to.faults
    return faults


def _check_forum(to: Pointer, forum: ForumPart, known: Known) -> None:
    for place, party in enumerate(forum.parties):
        if known.lacks("organisation", party.organisation):
            code = party.organisation
            to.fault("parties", place, "organisation", sentence=NO_ORGANISATION, code=code)
        for at, person in enumerate(party.people):
            if known.lacks("person", person):
                to.fault("parties", place, "people", at, sentence=NO_PERSON, code=person)
    for what, names in (("parties", [one.name for one in forum.parties]), ("fields", forum.fields)):
        for place, name in enumerate(names):
            if name in names[:place]:
                to.fault(what, place, sentence=TWICE, name=name)
    if forum.regular is not None and forum.regular.nth == 0:
        to.fault("regular", "nth", sentence=NO_SUCH_DAY)
    if forum.steps:
        try:
            require_procedure(steps=_steps(forum))
        except ProcedureUnusable as unusable:
            to.fault("steps", sentence=str(StepsUnusable(why=str(unusable))))


# --- Load ---------------------------------------------------------------------------------------


def load_forums(*, part: ForumsFile, by: Loader) -> None:
    """Bring in each forum with its parties, fields, rules, steps and judgement."""
    for forum in part.forums:
        _load(forum, by)


def _load(part: ForumPart, by: Loader) -> None:
    said = dict(by.said)

    def write(known: int | None) -> tuple[int, bool]:
        if known is not None:
            services.change_forum(forum_id=known, wanted=_wanted(part), **said)
            return known, False
        said["at"] = _opened_at(part, by)
        opened = services.open_forum(
            community_id=by.community_id,
            wanted=_wanted(part),
            code=part.code,
            steps=_steps(part),
            judgement=JudgementRules(**part.judgement.model_dump()),
            **said,
        )
        return opened.pk, True

    about = part.model_dump(
        mode="json", exclude={"since", "parties", "fields", "rules", "steps", "judgement"}
    )
    forum_id = by.item("forum", part.code, about, write)
    for party in part.parties:
        _load_party(part, party, forum_id, by, said)
    for name in part.fields:
        _load_field(part, name, forum_id, by, said)
    if part.rules:
        _load_rules(part, forum_id, by, said)
    if part.steps:
        _load_steps(part, forum_id, by, said)
    _load_judgement(part, forum_id, by, said)


def _opened_at(part: ForumPart, by: Loader) -> datetime:
    """Return when a new forum was opened: its parties and rules are of that day."""
    now: datetime = by.said["at"]
    if part.since is None:
        return now
    return min(now, datetime.combine(part.since.on(base=now), _MORNING, SHANGHAI))


def _wanted(part: ForumPart) -> ForumInput:
    regular = part.regular
    rhythm = None
    if regular is not None:
        rhythm = Rhythm(
            nth=regular.nth,
            weekday=regular.weekday - 1,
            at=time.fromisoformat(regular.at),
            months=frozenset(regular.months),
        )
    return ForumInput(
        name=part.name,
        purpose=part.purpose,
        levels=part.levels,
        rhythm=rhythm,
        is_public=part.public,
        takes_opinions=part.takes_opinions,
        allows_secret=part.secret_ballots,
        allows_equal_shares=part.equal_shares,
        quorum_percent=part.quorum_percent,
        quorum_counts_residents=part.quorum_counts_residents,
        redo_days=part.redo_days,
        rounds_most=part.rounds_most,
        stalled_days=part.stalled_days,
        judge_days=part.judge_days,
    )


def _steps(part: ForumPart) -> tuple[ProcedureStep, ...]:
    if not part.steps:
        return FIVE_STEPS
    return tuple(
        ProcedureStep(
            name=one.name,
            state=one.state,
            conditions=tuple(one.conditions.items()),
            limit_days=one.days,
        )
        for one in part.steps
    )


def _load_party(part: ForumPart, party: Any, forum_id: int, by: Loader, said: Said) -> None:
    def write(known: int | None) -> tuple[int, bool]:
        wanted = PartyInput(
            name=party.name,
            duty=party.duty,
            organisation_id=by.ids["organisation", party.organisation]
            if party.organisation
            else None,
            account_ids=[by.ids["account", person] for person in party.people],
            seats=party.seats,
            is_required=party.required,
            carries_out=party.carries_out,
        )
        made = services.set_party(forum_id=forum_id, party_id=known, wanted=wanted, **said)
        return made.pk, known is None

    by.item("forum_party", f"{part.code}/{party.name}", party, write)


def _load_field(part: ForumPart, name: str, forum_id: int, by: Loader, said: Said) -> None:
    def write(known: int | None) -> tuple[int, bool]:
        if known is not None:
            return known, False
        return services.add_field(forum_id=forum_id, name=name, **said).pk, True

    by.item("forum_field", f"{part.code}/{name}", name, write)


def _load_rules(part: ForumPart, forum_id: int, by: Loader, said: Said) -> None:
    def write(known: int | None) -> tuple[int, bool]:
        made = services.publish_ground_rules(forum_id=forum_id, rules=part.rules, **said)
        return made.pk, known is None

    by.item("ground_rules", part.code, part.rules, write)


def _load_steps(part: ForumPart, forum_id: int, by: Loader, said: Said) -> None:
    def write(known: int | None) -> tuple[int, bool]:
        forum = queries.get_forum(actor=said["actor"], forum_id=forum_id)
        current = queries.procedure_of(forum=forum)
        if queries.steps_of(procedure=current) == _steps(part):  # The forum was opened with them.
            return current.pk, known is None
        made = services.publish_procedure(forum_id=forum_id, steps=_steps(part), **said)
        return made.pk, known is None

    by.item("forum_steps", part.code, part.steps, write)


def _load_judgement(part: ForumPart, forum_id: int, by: Loader, said: Said) -> None:
    def write(known: int | None) -> tuple[int, bool]:
        if known is None:  # The forum was opened with it.
            return forum_id, True
        services.set_judgement_rule(
            forum_id=forum_id,
            from_date=local_day(at=said["at"]),
            **part.judgement.model_dump(),
            **said,
        )
        return forum_id, False

    by.item("judgement_rule", part.code, part.judgement, write)
