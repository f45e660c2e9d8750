"""Commands on files, for anyone to check us: what they read, write and say on the terminal.

They touch no database and need nothing of an installation.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from linli.core.errors import Refused
from linli.deliberation import budget, opinion_map
from linli.deliberation.ballots_file import Published, checksum_of, read_ballots, result_said
from linli.deliberation.files import FileInvalid, Problem
from linli.deliberation.pabulib import read_pabulib
from linli.deliberation.tally import Count, Kind, Outcome, View, count
from linli.deliberation.votes_file import read_statements, read_votes, written
from linli.deliberation.workflow import Satisfaction

Say = Callable[[str], None]

_WORDS: dict[Problem, Any] = {
    Problem.NOT_A_TABLE: gettext_lazy("The cells of this line do not fit the headings."),
    Problem.SECTION_MISSING: gettext_lazy("The section %(what)s is missing."),
    Problem.COLUMN_MISSING: gettext_lazy("The column %(what)s is missing."),
    Problem.KEY_MISSING: gettext_lazy("The line for %(what)s is missing."),
    Problem.KIND_UNKNOWN: gettext_lazy("%(what)s is “%(value)s”, which cannot be counted."),
    Problem.EMPTY: gettext_lazy("%(what)s is empty."),
    Problem.TWICE: gettext_lazy("%(what)s “%(value)s” is there twice."),
    Problem.UNKNOWN: gettext_lazy("%(what)s names “%(value)s”, which is not in the list."),
    Problem.NOT_AN_AMOUNT: gettext_lazy("%(what)s is no amount of money: “%(value)s”."),
    Problem.NOT_A_MARK: gettext_lazy("%(what)s has to be 1, 0 or -1, not “%(value)s”."),
    Problem.NOT_A_TIME: gettext_lazy("%(what)s is no time: “%(value)s”."),
    Problem.NOT_JSON: gettext_lazy("It is not written as %(what)s."),
    Problem.RULES_UNKNOWN: gettext_lazy("Nothing can be counted by these %(what)s."),
    Problem.NOT_ON_PAPER: gettext_lazy("%(what)s says %(value)s, which is not on the paper."),
}

_OUTCOMES: dict[Outcome, Any] = {
    Outcome.ADOPTED: gettext_lazy("Adopted."),
    Outcome.REJECTED: gettext_lazy("Rejected."),
    Outcome.CHOSEN: gettext_lazy("Chosen."),
    Outcome.TIED: gettext_lazy("The last place is tied."),
    Outcome.SATISFIED: gettext_lazy("Enough are satisfied."),
    Outcome.NOT_SATISFIED: gettext_lazy("Too few are satisfied."),
    Outcome.NO_DECISION: gettext_lazy("No decision."),
}
_VIEWS: dict[View, Any] = {
    View.YES: gettext_lazy("In favour"),
    View.NO: gettext_lazy("Against"),
    View.ABSTAIN: gettext_lazy("Abstains"),
}
_ANSWERS: dict[Satisfaction, Any] = {
    Satisfaction.SATISFIED: pgettext_lazy("judged", "Satisfied"),
    Satisfaction.BASICALLY_SATISFIED: pgettext_lazy("judged", "Basically satisfied"),
    Satisfaction.DISSATISFIED: pgettext_lazy("judged", "Dissatisfied"),
    Satisfaction.UNKNOWN: gettext_lazy("Don’t know"),
}


class FileUnusable(Refused):
    """A file cannot be counted; the sentence says where and why."""

    sentence = gettext_lazy("%(file)s, line %(line)s: %(reason)s")


class FileUnfit(Refused):
    """A file as such cannot be counted."""

    sentence = gettext_lazy("%(file)s: %(reason)s")


class NobodyDiffers(Refused):
    """All answers are alike, or there are none."""

    sentence = gettext_lazy(
        "There is no map to draw: at least two people have to answer differently."
    )


def count_budget(
    *,
    file: Path,
    rule: str,
    completion: budget.Completion,
    utility: budget.Utility,
    explain: bool,
    say: Say,
) -> None:
    """Say the ids of the projects that win, one a line; with `explain` why each does or does not.

    :raises FileUnusable: when the file is no vote on a budget.
    """
    with _worded(file):
        election = read_pabulib(text=_text(file))
    if rule == "greedy":
        outcome = budget.greedy(election=election, utility=utility)
    else:
        outcome = budget.equal_shares(election=election, utility=utility, completion=completion)
    for won in outcome.bought:
        say(_why_bought(won) if explain else won.project.id)
    for missed in outcome.missed if explain else ():
        say(_why_missed(missed, is_shared=rule != "greedy"))


def draw_opinion_map(
    *, votes: Path, statements: Path, groups: int | None, seed: int, out: Path, say: Say
) -> None:
    """Write groups.csv, consensus.csv and representative.csv into the folder `out`.

    :raises FileUnusable: when a file cannot be read.
    :raises NobodyDiffers: when there is no map to draw.
    """
    with _worded(statements):
        marks = read_statements(text=_text(statements))
    with _worded(votes):
        read = read_votes(text=_text(votes), statements=marks)
    try:
        found = opinion_map.draw(
            answers=read.answers, moderated_out=read.moderated_out, groups=groups, seed=seed
        )
    except opinion_map.TooFewAnswers as few:
        raise NobodyDiffers from few
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in written(votes=read, found=found).items():
            (out / name).write_text(text, encoding="utf-8")
    except OSError as fault:
        raise FileUnfit(file=out, reason=_("Nothing can be written there.")) from fault
    told = {
        "people": len(read.participants),
        "grouped": int((found.groups > 0).sum()),
        "groups": found.group_count,
        "seed": seed,
        "folder": out,
    }
    sentence = _(
        "%(grouped)s of %(people)s people stand in %(groups)s groups (seed %(seed)s); whoever "
        "answered too little stands in none. Written to %(folder)s."
    )
    say(sentence % told)


def recount(*, file: Path, say: Say) -> bool:
    """Count published ballots again, say what comes out, and whether it is what was announced.

    :raises FileUnusable: when the file is no published vote.
    """
    text = _text(file)
    with _worded(file):
        published = read_ballots(text=text)
    counted = count(rules=published.rules, ballots=[ballot.choice for ballot in published.ballots])
    _say_count(published, counted, say)
    is_whole = checksum_of(text=text) == published.checksum
    if not is_whole:
        say(_("The checksum does not fit: the file was changed after it was published."))
    is_right = result_said(counted) == dict(published.result)
    if not is_right:
        say(_("The announced result is another one than these ballots give."))
    if is_whole and is_right:
        told = {"checksum": published.checksum}
        say(_("The announced result is right. Checksum %(checksum)s") % told)
    return is_whole and is_right


def _say_count(published: Published, counted: Count, say: Say) -> None:
    rules = published.rules
    if published.title:
        say(published.title)
    told = {"turnout": counted.turnout, "roll": rules.roll}
    say(_("%(turnout)s of %(roll)s on the roll voted.") % told)
    names = {one.id: f"{one.id} {one.name}".strip() for one in rules.options}
    names |= {view.value: str(_VIEWS[view]) for view in View}
    names |= {one.value: str(_ANSWERS[one]) for one in Satisfaction}
    if rules.kind == Kind.RANKING:
        for pair, number in counted.figures.items():
            one, _than, other = pair.partition(">")
            sentence = _("%(one)s before %(other)s: %(number)s")
            say(sentence % {"one": names[one], "other": names[other], "number": number})
    else:
        for name, number in counted.figures.items():
            say(f"{names[name]}: {number}")
    say(str(_OUTCOMES[counted.outcome]))
    for name in counted.chosen:
        say(f"→ {names[name]}")
    for name in counted.tied:
        say(f"= {names[name]}")


@contextmanager
def _worded(file: Path) -> Iterator[None]:
    """Turn what is wrong with a file into a sentence that names it."""
    try:
        yield
    except FileInvalid as invalid:
        reason = str(_WORDS[invalid.problem]) % {"what": invalid.what, "value": invalid.value}
        if invalid.line:
            raise FileUnusable(file=file, line=invalid.line, reason=reason) from invalid
        raise FileUnfit(file=file, reason=reason) from invalid


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as fault:
        reason = _("It cannot be read as text in UTF-8.")
        raise FileUnfit(file=file, reason=reason) from fault


def _why_bought(won: budget.Bought) -> str:
    told = {**_about(won), "price": _money(won.price), "in_full": won.paid_in_full}
    if won.paid_in_full == won.supporters:
        return _("%(project)s wins: each of its %(supporters)s supporters pays %(price)s.") % told
    sentence = _(
        "%(project)s wins: %(in_full)s of its %(supporters)s supporters pay %(price)s each, the "
        "others all that they had left."
    )
    return sentence % told


def _why_missed(missed: budget.Missed, *, is_shared: bool) -> str:
    told = {**_about(missed), "money": _money(missed.money)}
    if not missed.supporters:
        return _("%(project)s does not win: nobody voted for it.") % told
    if is_shared:
        sentence = _(
            "%(project)s does not win: it costs %(cost)s; its %(supporters)s supporters had "
            "%(money)s left in all."
        )
    else:
        sentence = _("%(project)s does not win: it costs %(cost)s; %(money)s were left.")
    return sentence % told


def _about(one: budget.Bought | budget.Missed) -> dict[str, Any]:
    named = f"{one.project.id} {one.project.name}".strip()
    return {"project": named, "supporters": one.supporters, "cost": _money(one.project.cost)}


def _money(amount: Fraction) -> str:
    whole, cents = divmod(round(amount * 100), 100)
    return f"{whole:,}.{cents:02}".removesuffix(".00")
