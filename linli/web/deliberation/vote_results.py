"""What came of a vote, in figures and plain words; and its files, for anybody to count again."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.deliberation.queries.votes import public_result, rules_of
from linli.deliberation.tally import Kind, Rules, View
from linli.deliberation.workflow import Satisfaction
from linli.web.labels import label_of

_OF_VIEWS = {Kind.YES_NO: "view", Kind.OWNERS: "view", Kind.SATISFACTION: "judged"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a result."""

    name: str
    said: str
    is_chosen: bool = False
    is_tied: bool = False
    why: str = ""


def result_of(*, vote: Any, is_public: bool) -> dict[str, Any]:
    """Return what a result page shows of a counted vote; nothing of any other."""
    result = public_result(vote=vote) if is_public else vote.result
    if result is None:
        return {}
    rules = rules_of(vote=vote)
    return {
        "outcome": result["outcome"],
        "is_undecided": result["outcome"] == "NO_DECISION",
        "is_withheld": result["is_withheld"],
        "checksum": result["checksum"],
        "turnout": result["turnout"],
        "lines": [] if result["is_withheld"] else _lines(rules, result),
        "money": _money_said(rules, result) if rules.kind == Kind.BUDGET else "",
        "owners": _owners_said(result) if rules.kind == Kind.OWNERS else "",
        "hides_areas": rules.kind == Kind.OWNERS
        and any(one["area_hundredths"] is None for one in result["figures"].values()),
        "is_budget": rules.kind == Kind.BUDGET,
        "is_recountable": rules.kind != Kind.OWNERS and not result["is_withheld"],
        "quorum_percent": vote.rules["quorum_percent"],
    }


def _lines(rules: Rules, result: dict[str, Any]) -> list[Line]:
    if rules.kind == Kind.OWNERS:
        return [
            Line(
                name=label_of(code=view, table="view"),
                said=_owners_of(one),
            )
            for view, one in _in_order(View, result)
        ]
    if table := _OF_VIEWS.get(rules.kind):
        return [
            Line(name=label_of(code=code, table=table), said=str(number))
            for code, number in _in_order(
                Satisfaction if rules.kind == Kind.SATISFACTION else View, result
            )
        ]
    why = {one["id"]: _why(rules, result, one) for one in result.get("projects", ())}
    said = _beaten(rules, result) if rules.kind == Kind.RANKING else result["figures"]
    chosen, tied = result["chosen"], result["tied"]
    lines = [
        Line(
            name=one.name,
            said=_said(rules, said[one.id]),
            is_chosen=one.id in chosen,
            is_tied=one.id in tied,
            why=why.get(one.id, ""),
        )
        for one in rules.options
    ]
    return sorted(lines, key=lambda line: (not line.is_chosen, not line.is_tied))


def _in_order(codes: type[StrEnum], result: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return figures as a paper has them; PostgreSQL keeps names in an order of its own."""
    return [(str(code), result["figures"][code]) for code in codes if code in result["figures"]]


def _owners_of(one: dict[str, Any]) -> str:
    heads, area = one["heads"], one["area_hundredths"]
    if area is None:
        return ngettext("%(n)s owner", "%(n)s owners", heads) % {"n": heads}
    return _("%(heads)s owners, %(area)s m²") % {"heads": heads, "area": square_metres(area)}


def _said(rules: Rules, number: int) -> str:
    if rules.kind == Kind.RATING:
        return ngettext("%(n)s point", "%(n)s points", number) % {"n": number}
    if rules.kind == Kind.RANKING:
        return _("ahead of %(n)s others") % {"n": number}
    return ngettext("%(n)s vote", "%(n)s votes", number) % {"n": number}


def _beaten(rules: Rules, result: dict[str, Any]) -> dict[str, int]:
    """Return before how many others each option is put by more people than the other way round."""
    wins = result["figures"]
    names = [one.id for one in rules.options]
    return {
        one: sum(wins[f"{one}>{other}"] > wins[f"{other}>{one}"] for other in names if other != one)
        for one in names
    }


# --- A budget -----------------------------------------------------------------------------------


def _why(rules: Rules, result: dict[str, Any], one: dict[str, Any]) -> str:
    """Return in plain words why a project is paid for, or is not."""
    is_shared = rules.rule == "equal-shares"
    cost = next(option.cost for option in rules.options if option.id == one["id"])
    told = {"n": one["supporters"], "cost": yuan(cost), "share": yuan(Fraction(result["share"]))}
    if not one["supporters"]:
        return _("Not chosen: nobody voted for it.")
    if one["is_bought"]:
        if not is_shared:
            return (
                _("Chosen: %(n)s voted for it, and the money was enough when its turn came.") % told
            )
        told |= {"price": yuan(Fraction(one["price"])), "full": one["paid_in_full"]}
        if one["paid_in_full"] == one["supporters"]:
            return (
                _(
                    "Chosen: everybody who voted has an equal share of %(share)s yuan; its %(n)s "
                    "supporters pay %(price)s yuan each."
                )
                % told
            )
        return (
            _(
                "Chosen: everybody who voted has an equal share of %(share)s yuan; %(full)s of its "
                "%(n)s supporters pay %(price)s yuan each, the others what they had left."
            )
            % told
        )
    told["left"] = yuan(Fraction(one["left"]))
    if is_shared:
        return (
            _(
                "Not chosen: it costs %(cost)s yuan; its %(n)s supporters had %(left)s yuan left "
                "between them, for the rest of their shares went to what else they voted for."
            )
            % told
        )
    return (
        _("Not chosen: it costs %(cost)s yuan; %(left)s yuan were left when its turn came.") % told
    )


def _money_said(rules: Rules, result: dict[str, Any]) -> str:
    spent = Fraction(result.get("spent", "0"))
    told = {"all": yuan(rules.money), "spent": yuan(spent), "left": yuan(rules.money - spent)}
    return _("Of %(all)s yuan, %(spent)s are spent and %(left)s are left.") % told


def yuan(amount: Fraction) -> str:
    """Return an amount of money as people write it."""
    whole, cents = divmod(round(amount * 100), 100)
    return f"{whole:,}.{cents:02}".removesuffix(".00")


# --- Owners -------------------------------------------------------------------------------------


def _owners_said(result: dict[str, Any]) -> str:
    took, roll = result["took_part"], result["roll"]
    return _(
        "%(heads)s of %(all_heads)s owners with %(area)s of %(all_area)s m² took part; two thirds "
        "of both are needed."
    ) % {
        "heads": took["heads"],
        "all_heads": roll["heads"],
        "area": square_metres(took["area_hundredths"]),
        "all_area": square_metres(roll["area_hundredths"]),
    }


def square_metres(hundredths: int) -> str:
    """Return an area in square metres."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole:,}.{rest:02}".removesuffix(".00")
