"""The files of a counted vote, byte by byte, each with its checksum: for anybody to count again."""

import csv
import hashlib
import io
import json
from functools import lru_cache

from linli.core.actor import Actor, system
from linli.core.errors import NotFound
from linli.deliberation.models import Vote
from linli.deliberation.queries.votes import (
    Published,
    ballots_document,
    budget_document,
    published_of,
)
from linli.deliberation.tally import Kind

JSON, TABLE, PABULIB, SUMS = "ballots.json", "ballots.csv", "budget.pb", "SHA256SUMS"
_OF_KIND = {Kind.BUDGET: (JSON, TABLE, PABULIB), Kind.OWNERS: (TABLE,)}
_READER = system(name="checksums")


def files_of(*, vote: Vote) -> tuple[str, ...]:
    """Return the names of the files that there are of a vote; none before it is counted."""
    if vote.result is None or vote.result["is_withheld"]:
        return ()
    return _OF_KIND.get(Kind(vote.kind), (JSON, TABLE))


def checksums_of(*, vote: Vote) -> dict[str, str]:
    """Return the SHA-256 (hexadecimal) of the bytes of each file of a vote."""
    if not files_of(vote=vote):
        return {}
    return dict(_checksums(vote.pk, vote.title, vote.ballots_digest))


def file_of(*, actor: Actor, vote_id: int, name: str) -> bytes:
    """Return a file as it is handed out; `SUMS` lists the checksums as ``sha256sum -c`` reads them.

    :raises NotFound: before the count, or when there is none of this name.
    """
    vote, published = published_of(actor=actor, vote_id=vote_id)
    if name == SUMS:
        sums = checksums_of(vote=vote)
        lines = [
            f"{digest}  {handed_out_as(vote_id=vote_id, name=one)}" for one, digest in sums.items()
        ]
        return "".join(f"{line}\n" for line in lines).encode()
    if name not in files_of(vote=vote):
        raise NotFound
    return _content(vote, published, name)


def handed_out_as(*, vote_id: int, name: str) -> str:
    """Return the name under which a file is downloaded."""
    return f"vote-{vote_id}-{name}"


@lru_cache(maxsize=256)
def _checksums(vote_id: int, _title: str, _ballots: str) -> tuple[tuple[str, str], ...]:
    """Return the checksums of a counted vote, which changes no more: asked once a process."""
    vote, published = published_of(actor=_READER, vote_id=vote_id)
    return tuple(
        (name, hashlib.sha256(_content(vote, published, name)).hexdigest())
        for name in files_of(vote=vote)
    )


def _content(vote: Vote, published: Published, name: str) -> bytes:
    if name == JSON:
        return ballots_document(vote=vote, published=published).encode()
    if name == PABULIB:
        return budget_document(vote=vote, published=published).encode()
    return _table(published).encode()


def _table(published: Published) -> str:
    into = io.StringIO()
    rows = csv.writer(into, lineterminator="\r\n")
    rows.writerow(["receipt", "choice"])
    for one in published.ballots:
        said = one.choice if isinstance(one.choice, str) else json.dumps(one.choice)
        rows.writerow([one.receipt, said])
    # With the mark at its front WPS and Excel read it.
    return "\ufeff" + into.getvalue()
