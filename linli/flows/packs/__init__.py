"""A community's own names, places, limits and story as data: read, checked and loaded."""

from linli.flows.packs.check import Checked, check_pack
from linli.flows.packs.load import PackFaulty, load_pack
from linli.flows.packs.memory import LoadReport
from linli.flows.packs.reading import Fault

__all__ = ["Checked", "Fault", "LoadReport", "PackFaulty", "check_pack", "load_pack"]
