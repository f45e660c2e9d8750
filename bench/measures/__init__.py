"""The measures by name, each with what it takes to run."""

from collections.abc import Callable, Mapping

from bench.measures import (
    browsing,
    creating,
    deliberating,
    finding,
    importing,
    planning,
    reacting,
    reading,
    serving,
    voting,
)
from bench.measuring import Figure
from bench.world import World

NOT_USUAL = frozenset({"servers"})
"""Run only when asked for by name: granian is not among Linli's packages."""

Measure = Callable[[World], list[Figure]]

MEASURES: Mapping[str, Measure] = {
    "create": creating.create,
    "lists": reading.lists,
    "search": reading.search,
    "locate": reading.locate,
    "reactions": reacting.reactions,
    "pages": browsing.pages,
    "roster_import": importing.roster_import,
    "roster_search": finding.roster_search,
    "assignment": planning.assignment,
    "visit_plan": planning.visit_plan,
    "opinions": deliberating.opinions,
    "shares": deliberating.shares,
    "ballots": voting.ballots,
    "load": serving.load,
    "servers": serving.servers,
}
