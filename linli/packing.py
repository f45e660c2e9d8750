"""`linli pack check` and `linli pack load`: what they say on the terminal."""

from collections.abc import Callable
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linli import serving
from linli.flows.packs import check_pack, load_pack
from linli.flows.packs.memory import CHANGED, CREATED, ENDED, UNCHANGED

Say = Callable[[str], None]

KINDS = {
    "city": gettext_lazy("Cities"),
    "district": gettext_lazy("Districts"),
    "subdistrict": gettext_lazy("Subdistricts"),
    "community": gettext_lazy("Communities"),
    "profile": gettext_lazy("The community's own page"),
    "large_grid": gettext_lazy("Large grids"),
    "grid": gettext_lazy("Grids"),
    "micro_grid": gettext_lazy("Micro-grids"),
    "estate": gettext_lazy("Estates"),
    "building": gettext_lazy("Buildings"),
    "entrance": gettext_lazy("Entrances"),
    "dwellings": gettext_lazy("Buildings with their dwellings"),
    "place": gettext_lazy("Named places"),
    "poster": gettext_lazy("Posters"),
    "organisation": gettext_lazy("Organisations"),
    "account": gettext_lazy("Accounts"),
    "role": gettext_lazy("Roles"),
    "duty": gettext_lazy("Duties"),
    "method": gettext_lazy("How matters run"),
    "levels": gettext_lazy("Settlement levels"),
    "rate_weights": gettext_lazy("Weights of the 12345 rates"),
    "category": gettext_lazy("Categories"),
    "return_reason": gettext_lazy("Reasons for a return"),
    "forum": gettext_lazy("Forums"),
    "forum_party": gettext_lazy("Parties of forums"),
    "forum_field": gettext_lazy("Fields of forums"),
    "ground_rules": gettext_lazy("Ground rules"),
    "forum_steps": gettext_lazy("Steps of forums"),
    "judgement_rule": gettext_lazy("When people are satisfied"),
    "opinion": gettext_lazy("Opinions"),
    "topic": gettext_lazy("Topics"),
    "forum_meeting": gettext_lazy("Meetings"),
    "vote": gettext_lazy("Votes"),
    "opinion_map": gettext_lazy("Opinion maps"),
    "party_unit": gettext_lazy("Party units"),
    "household": gettext_lazy("Households"),
    "resident": gettext_lazy("Residents on the roster"),
    "party_member": gettext_lazy("Party members"),
    "talent": gettext_lazy("Local talents"),
    "need_group": gettext_lazy("Groups served first"),
    "need": gettext_lazy("Help needed"),
    "paper": gettext_lazy("Papers that expire"),
    "own_kind": gettext_lazy("Kinds of people"),
    "team_member": gettext_lazy("Grid teams"),
    "patch": gettext_lazy("Patches"),
    "patch_claim": gettext_lazy("Claims of patches"),
    "tie_holder": gettext_lazy("Who holds links"),
    "tie": gettext_lazy("Links"),
    "entitlement": gettext_lazy("Entitlements"),
    "campaign": gettext_lazy("Visit campaigns"),
    "story": gettext_lazy("Matters of the story"),
    "problem_list": gettext_lazy("Problem lists"),
    "meeting": gettext_lazy("Meetings"),
}


def check(*, folder: Path, say: Say) -> bool:
    """Say every fault of a pack and tell whether there was none."""
    checked = check_pack(path=folder, at=timezone.now())
    for fault in checked.faults:
        say(f"{folder / fault.file}:{fault.line}: {fault.text}")
    if checked.faults:
        count = len(checked.faults)
        say(ngettext("%(count)s fault.", "%(count)s faults.", count) % {"count": count})
        return False
    say(_("The pack in %(folder)s is in order.") % {"folder": folder})
    return True


def load(*, folder: Path, with_story: bool, say: Say) -> None:
    """Load a pack and say what became of each kind of thing.

    :raises PackFaulty: when the pack has faults; they are its text.
    """
    serving.prepare(say=say)
    report = load_pack(path=folder, at=timezone.now(), with_story=with_story)
    for kind, counts in report.counts.items():
        say(
            _(
                "%(kind)s: %(created)s new, %(changed)s changed, %(unchanged)s as before, "
                "%(ended)s ended"
            )
            % {
                "kind": KINDS[kind],
                "created": counts[CREATED],
                "changed": counts[CHANGED],
                "unchanged": counts[UNCHANGED],
                "ended": counts[ENDED],
            }
        )
    for kind, code, why in report.kept:
        say(
            _("No longer in the pack, but kept: %(kind)s “%(code)s”. %(why)s")
            % {"kind": KINDS[kind], "code": code, "why": why}
        )
