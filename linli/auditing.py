"""`linli audit verify` and `linli audit root`: what they say on the terminal."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linli.core import seals
from linli.core.clocks import SHANGHAI
from linli.core.ref import Ref
from linli.deliberation.queries.integrity import (
    tampered_ballots,
    tampered_casts,
    tampered_results,
    tampered_rolls,
)
from linli.deliberation.queries.proving import (
    tampered_minutes,
    tampered_publications,
    tampered_resolutions,
)
from linli.flows import roots

Say = Callable[[str], None]

CHECKS: tuple[tuple[Callable[[], Sequence[Ref]], Any], ...] = (
    (
        tampered_minutes,
        gettext_lazy("The minutes of meeting %(id)s were altered after they were signed."),
    ),
    (
        tampered_resolutions,
        gettext_lazy("Resolution %(id)s, or a task of it, was altered after it was adopted."),
    ),
    (tampered_publications, gettext_lazy("Publication %(id)s was altered after it was published.")),
    (tampered_rolls, gettext_lazy("The roll of vote %(id)s was altered after it opened.")),
    (
        tampered_casts,
        gettext_lazy("A ballot of vote %(id)s, or who took part in it, was altered once cast."),
    ),
    (tampered_ballots, gettext_lazy("A ballot of vote %(id)s was altered after the count.")),
    (tampered_results, gettext_lazy("The result of vote %(id)s was altered after the count.")),
)
"""What rooms prove of their own rows against the log: what was altered, and how it is said."""

NAMED_MAX = 20
"""How many altered events are named; more than that is one disaster, not many."""


def verify(*, say: Say, kept: str = "") -> bool:
    """Say whether the event log, and what it proves, is whole, and what was altered if it is not.

    `kept` is a root from elsewhere; with it a log whose end was cut off is found, too.

    :raises RootUnreadable: when `kept` is no root.
    """
    root = seals.read_root(text=kept) if kept else None
    found = seals.verify_seals()
    _say_counts(found, say)
    _name(
        found.altered_event_ids,
        lambda n: _("Event %(id)s was altered after it was sealed.") % n,
        say,
    )
    _name(
        found.missing_event_ids,
        lambda n: _("Event %(id)s was taken out after it was sealed.") % n,
        say,
    )
    for seal in found.broken_seals[:NAMED_MAX]:
        say(_about(seal))
    if (more := len(found.broken_seals) - NAMED_MAX) > 0:
        say(_("And %(n)s more.") % {"n": more})
    is_whole = found.is_whole
    for check, sentence in CHECKS:
        altered = check()
        _name([ref.id for ref in altered], partial(_said, sentence), say)
        is_whole = is_whole and not altered
    if root is not None:
        is_whole = _say_verdict(root, is_whole=is_whole, say=say) and is_whole
    if is_whole:
        say(_("Nothing was altered. The last seal is %(digest)s.") % {"digest": found.last_digest})
    return is_whole


def tell_root(*, mail: str, to_print: bool, at: datetime, say: Say) -> None:
    """Say the root of this moment, and send it where somebody asks.

    :raises NothingSealed: when there is none yet.
    """
    if mail:
        root = roots.send_root(address=mail, at=at)
        say(_("The root %(root)s was sent.") % {"root": root})
        if not to_print:
            return
    current = seals.current_root()
    if current is None:
        raise roots.NothingSealed
    say(roots.words_of(root=current, at=at))


def _say_counts(found: seals.Verification, say: Say) -> None:
    count = found.sealed_count
    say(ngettext("%(n)s event is sealed.", "%(n)s events are sealed.", count) % {"n": count})
    count = found.unsealed_count
    say(
        ngettext(
            "%(n)s event is not sealed yet.",
            "%(n)s events are not sealed yet.",
            count,
        )
        % {"n": count}
    )
    if found.oldest_unsealed_at is not None:
        oldest = found.oldest_unsealed_at.astimezone(SHANGHAI)
        say(
            _("The oldest of them is of %(at)s; the worker seals every minute while it runs.")
            % {"at": f"{oldest:%Y-%m-%d %H:%M}"}
        )


def _said(sentence: Any, facts: Mapping[str, Any]) -> str:
    return str(sentence) % facts


def _name(ids: Sequence[int], sentence: Callable[[dict[str, int]], str], say: Say) -> None:
    for event_id in ids[:NAMED_MAX]:
        say(sentence({"id": event_id}))
    if (more := len(ids) - NAMED_MAX) > 0:
        say(_("And %(n)s more.") % {"n": more})


def _about(seal: seals.BrokenSeal) -> str:
    told = {
        "id": seal.id,
        "at": f"{seal.sealed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if seal.sealed_at else "?",
        "first": seal.first_event_id or "?",
        "last": seal.last_event_id or "?",
        "expected": seal.expected_count,
        "found": seal.found_count,
    }
    if seal.found_count < seal.expected_count:
        return (
            _(
                "Seal %(id)s of %(at)s is broken: %(expected)s events were sealed, only %(found)s "
                "are there (from event %(first)s to %(last)s)."
            )
            % told
        )
    if seal.found_count > seal.expected_count:
        return (
            _(
                "Seal %(id)s of %(at)s is broken: %(expected)s events were sealed, %(found)s are "
                "there now (from event %(first)s to %(last)s)."
            )
            % told
        )
    if not seal.follows:
        return (
            _("Seal %(id)s of %(at)s is broken: a seal before it was taken out or put in.") % told
        )
    return (
        _(
            "Seal %(id)s of %(at)s is broken: events %(first)s to %(last)s, the seal itself or "
            "the one before it was altered."
        )
        % told
    )


def _say_verdict(root: seals.Root, *, is_whole: bool, say: Say) -> bool:
    told = {"id": root.seal_id}
    verdict = seals.compare_root(root=root)
    if verdict == seals.RootVerdict.CUT_OFF:
        say(_("The root of seal %(id)s is not in the log: its end was cut off.") % told)
    elif verdict == seals.RootVerdict.REWRITTEN:
        say(_("Seal %(id)s is another than the root kept elsewhere: the log was rewritten.") % told)
    elif is_whole:
        say(_("Everything up to seal %(id)s is as it was when the root was kept.") % told)
    return verdict == seals.RootVerdict.HOLDS
