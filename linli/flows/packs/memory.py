"""What is remembered of a pack: which rows came from which writing, and what loading came to."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import datetime
from typing import Any

from linli.flows.models import PackItem

CREATED, CHANGED, UNCHANGED, ENDED = "created", "changed", "unchanged", "ended"


@dataclass
class LoadReport:
    """What loading came to: how many of each kind were created, changed, unchanged or ended."""

    counts: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(_zero))
    kept: list[tuple[str, str, str]] = field(default_factory=list)
    """What the pack no longer has and yet could not be ended: kind, code and why."""

    def count(self, kind: str, what: str) -> None:
        """Count one thing."""
        self.counts[kind][what] += 1

    def total(self, what: str) -> int:
        """Return how many things of any kind were created, changed, unchanged or ended."""
        return sum(counts[what] for counts in self.counts.values())


def _zero() -> dict[str, int]:
    return {CREATED: 0, CHANGED: 0, UNCHANGED: 0, ENDED: 0}


class Items:
    """The memory of what came from a pack: one look at the table, one write for each difference."""

    def __init__(self, *, pack: str, at: datetime) -> None:
        self.pack, self.at = pack, at
        rows = PackItem.objects.filter(pack=pack)
        self.known = {(row.kind, row.code): row for row in rows}
        self.seen: set[tuple[str, str]] = set()

    def unchanged(self, *, kind: str, code: str, digest: str) -> int | None:
        """Return the row's key if it came from this very writing; note that it is still here."""
        self.seen.add((kind, code))
        row = self.known.get((kind, code))
        same = row is not None and row.digest == digest and row.ended_at is None
        return row.subject_id if row is not None and same else None

    def remember(
        self, *, kind: str, code: str, digest: str, subject_id: int, created: bool
    ) -> None:
        """Keep that this thing is in the pack as written now."""
        self.seen.add((kind, code))
        row = self.known.get((kind, code))
        if row is None:
            row = PackItem(pack=self.pack, kind=kind, code=code, is_ours=created)
        row.subject_id, row.digest, row.loaded_at, row.ended_at = subject_id, digest, self.at, None
        row.save()
        self.known[kind, code] = row

    def gone(self) -> list[PackItem]:
        """Return what came with this pack once and is no longer in it."""
        return [
            row
            for key, row in self.known.items()
            if key not in self.seen and row.is_ours and row.ended_at is None
        ]


def digest_of(written: Any) -> str:
    """Return a digest of what a pack says of a thing, however it is spaced and ordered."""
    text = json.dumps(_plain(written), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return _plain(dict(value))
    if hasattr(value, "written"):
        return value.written
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
