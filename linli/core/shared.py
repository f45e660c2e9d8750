"""What all server processes count together: how often one may ask, which one-time code was used.

It lies in a table (Django's database cache), so that a limit is the same for two processes as for
one, and a code used at one is used at all. Keys are digests: an address or a telephone number is
never written down, and what has run out is dropped by the worker.
"""

from datetime import UTC, datetime

from django.db import connection

from linli.core import crypto

TABLE = "linli_shared"


def sealed_key(key: str, key_prefix: str, version: int) -> str:
    """Return the name under which a value is kept; Django calls it for every key."""
    return crypto.digest(value=f"{key_prefix}:{version}:{key}", field="core.shared")


def drop_expired(*, at: datetime) -> int:
    """Drop what ran out before `at`, and say how much that was."""
    moment = at.astimezone(UTC).replace(microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {TABLE} WHERE expires < %s",  # a constant of ours
            [connection.ops.adapt_datetimefield_value(moment)],
        )
        dropped: int = cursor.rowcount
    return max(0, dropped)
