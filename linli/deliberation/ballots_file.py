"""A vote as it is published: its rules, every ballot without a name, the result, a checksum.

A JSON document, the ballots in an order that says nothing. Each has a receipt, by which whoever
cast it finds it again; nobody else knows whose it is. The checksum is over all of it but itself,
written without spaces and with keys in order: two copies are compared by reading out one line.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from linli.deliberation.files import FileInvalid, Problem
from linli.deliberation.tally import (
    ChoiceInvalid,
    Count,
    Kind,
    Option,
    Rules,
    Share,
    count,
    require_valid,
)
from linli.deliberation.workflow import JudgementRules

FORMAT = "linli-ballots/1"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote cast: its receipt, and what it says in the shape of the vote's kind."""

    receipt: str
    choice: Any


@dataclass(frozen=True, slots=True)
class Published:
    """A vote that is over, as anyone may read it; `result` is what was announced."""

    title: str
    rules: Rules
    ballots: tuple[Ballot, ...]
    result: Mapping[str, Any]
    checksum: str


def write_ballots(*, title: str, rules: Rules, ballots: Sequence[Ballot]) -> str:
    """Return the text to be published; the ballots have to be shuffled already.

    :raises ChoiceInvalid: when a ballot says what is not on the paper.
    """
    document: dict[str, Any] = {
        "format": FORMAT,
        "title": title,
        "rules": rules_said(rules),
        "ballots": [{"receipt": one.receipt, "choice": one.choice} for one in ballots],
        "result": result_said(count(rules=rules, ballots=[one.choice for one in ballots])),
    }
    document["checksum"] = _checksum(document)
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def read_ballots(*, text: str) -> Published:
    """Return what was published, whether or not its result and checksum are right.

    :raises FileInvalid: when it cannot be counted.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        line = getattr(fault, "lineno", 0)
        raise FileInvalid(line=line, problem=Problem.NOT_JSON, what="JSON") from fault
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        said = str(document.get("format", "")) if isinstance(document, dict) else ""
        raise FileInvalid(line=0, problem=Problem.KIND_UNKNOWN, what="format", value=said)
    rules = rules_read(_part(document, "rules", dict))
    # Owners weigh by area; a list of areas would tell whose ballot is whose.
    if rules.kind == Kind.OWNERS:
        raise FileInvalid(line=0, problem=Problem.RULES_UNKNOWN, what="rules")
    return Published(
        title=str(document.get("title", "")),
        rules=rules,
        ballots=tuple(_ballots(_part(document, "ballots", list), rules)),
        result=_part(document, "result", dict),
        checksum=str(document.get("checksum", "")),
    )


def checksum_of(*, text: str) -> str:
    """Return the checksum that a published text should have."""
    return _checksum(json.loads(text))


def result_said(counted: Count) -> dict[str, Any]:
    """Return a count as it is published."""
    return {
        "outcome": counted.outcome.value,
        "turnout": counted.turnout,
        "figures": dict(counted.figures),
        "chosen": list(counted.chosen),
        "tied": list(counted.tied),
    }


def _checksum(document: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in document.items() if name != "checksum"}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def rules_said(rules: Rules) -> dict[str, Any]:
    """Return rules as plain values: a vote keeps them so, and publishes them so."""
    said: dict[str, Any] = {
        "kind": rules.kind.value,
        "roll": rules.roll,
        "options": [
            {"id": one.id, "name": one.name, "cost": str(one.cost)} for one in rules.options
        ],
        "quorum": _share_said(rules.quorum),
        "majority": _share_said(rules.majority),
        "places": rules.places,
        "money": str(rules.money),
        "rule": rules.rule,
        "completion": rules.completion,
        "utility": rules.utility,
    }
    if rules.kind == Kind.SATISFACTION:
        said["judgement"] = asdict(rules.judgement)
    return said


def _share_said(share: Share) -> dict[str, Any]:
    return {"part": str(share.part), "is_more": share.is_more}


def rules_read(said: Mapping[str, Any]) -> Rules:
    """Return the rules that `rules_said` wrote.

    :raises FileInvalid: when nothing can be counted by them.
    """
    try:
        rules = Rules(
            kind=Kind(said["kind"]),
            roll=int(said["roll"]),
            options=tuple(
                Option(id=str(one["id"]), name=str(one["name"]), cost=Fraction(str(one["cost"])))
                for one in said["options"]
            ),
            quorum=_share_read(said["quorum"]),
            majority=_share_read(said["majority"]),
            places=int(said["places"]),
            money=Fraction(str(said["money"])),
            rule=said["rule"],
            completion=said["completion"],
            utility=said["utility"],
            judgement=_judgement_read(said.get("judgement", {})),
        )
    except KeyError as missing:
        what = str(missing.args[0])
        raise FileInvalid(line=0, problem=Problem.KEY_MISSING, what=what) from missing
    except (ValueError, TypeError, ArithmeticError) as fault:
        raise FileInvalid(line=0, problem=Problem.RULES_UNKNOWN, what="rules") from fault
    if not _is_countable(rules):
        raise FileInvalid(line=0, problem=Problem.RULES_UNKNOWN, what="rules")
    return rules


def _is_countable(rules: Rules) -> bool:
    amounts = [rules.money, *(one.cost for one in rules.options)]
    return (
        len({one.id for one in rules.options}) == len(rules.options)
        and min(amounts) >= 0
        and rules.places > 0
        and rules.roll >= 0
        and rules.rule in ("equal-shares", "greedy")
        and rules.completion in ("add1", "none")
        and rules.utility in ("cost", "cardinality")
    )


def _judgement_read(said: Mapping[str, Any]) -> JudgementRules:
    usual = JudgementRules()
    return JudgementRules(
        percent=int(said.get("percent", usual.percent)),
        counts_basically=bool(said.get("counts_basically", usual.counts_basically)),
        answers_least=int(said.get("answers_least", usual.answers_least)),
    )


def _share_read(said: Mapping[str, Any]) -> Share:
    return Share(part=Fraction(said["part"]), is_more=bool(said["is_more"]))


def _ballots(said: Sequence[Any], rules: Rules) -> list[Ballot]:
    found: dict[str, Ballot] = {}
    for number, one in enumerate(said, start=1):
        what = f"ballots[{number}]"
        if not isinstance(one, dict) or not one.get("receipt") or "choice" not in one:
            raise FileInvalid(line=0, problem=Problem.EMPTY, what=what)
        receipt = str(one["receipt"])
        if receipt in found:
            raise FileInvalid(line=0, problem=Problem.TWICE, what=what, value=receipt)
        try:
            require_valid(rules=rules, choice=one["choice"])
        except ChoiceInvalid as invalid:
            value = json.dumps(one["choice"], ensure_ascii=False)
            raise FileInvalid(
                line=0, problem=Problem.NOT_ON_PAPER, what=what, value=value
            ) from invalid
        found[receipt] = Ballot(receipt, one["choice"])
    return list(found.values())


def _part(document: Mapping[str, Any], name: str, kind: type) -> Any:
    if not isinstance(document.get(name), kind):
        raise FileInvalid(line=0, problem=Problem.KEY_MISSING, what=name)
    return document[name]
