"""How much one key (an address, a telephone, a token) may do in a while.

Counts are shared by all processes (`core.shared`), which keeps them under digests, and outlive a
restart. Two that are counted in the same instant may count as one. A limit `in_process` is counted
by each server process for itself and costs no query.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` of something in `seconds`, for each key."""

    name: str
    most: int
    seconds: int
    in_process: bool = False

    def is_reached(self, *, key: str) -> bool:
        """Tell whether no more is taken from this key for now."""
        count: int = self._counts.get(self._name_of(key), 0)
        return count >= self.most

    def count(self, *, key: str) -> None:
        """Count one. The time runs from the first that was counted."""
        name = self._name_of(key)
        if not self._counts.add(name, 1, self.seconds):
            try:
                self._counts.incr(name)
            except ValueError:  # It ran out between the two calls.
                self._counts.add(name, 1, self.seconds)

    @property
    def _counts(self) -> BaseCache:
        return caches["process" if self.in_process else "default"]

    def _name_of(self, key: str) -> str:
        return f"limit:{self.name}:{key}"


HOUR_SECONDS = 3600
REPORTS_BY_PHONE = Limit("reports-phone", 5, HOUR_SECONDS)
"""Whichever way the reports come in."""


def address_of(request: HttpRequest) -> str:
    """Return the address a request comes from; a proxy's word counts only when it is ours."""
    given = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    hops = [hop.strip() for hop in given if hop.strip()]
    proxies = int(settings.TRUSTED_PROXIES)
    if proxies and len(hops) >= proxies:
        return str(hops[-proxies])
    return str(request.META.get("REMOTE_ADDR", ""))
