"""How much one address or one telephone may send in an hour.

Only what was accepted counts, so nobody is locked out for mistyping; an office shares one address,
so the figures are generous. Counts live in the cache and are gone when Linli starts anew.
"""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` of something in `seconds`, for each key."""

    name: str
    most: int
    seconds: int

    def is_reached(self, *, key: str) -> bool:
        """Tell whether no more is taken from this key for now."""
        count: int = cache.get(self._name_of(key), 0)
        return count >= self.most

    def count(self, *, key: str) -> None:
        """Count one. The time runs from the first that was counted."""
        name = self._name_of(key)
        if not cache.add(name, 1, self.seconds):
            try:
                cache.incr(name)
            except ValueError:  # It ran out between the two calls.
                cache.add(name, 1, self.seconds)

    def _name_of(self, key: str) -> str:
        # The key may be a telephone number: it is not kept as it is.
        return f"limit:{self.name}:{hashlib.sha256(key.encode()).hexdigest()}"


HOUR_SECONDS = 3600
REPORTS_BY_ADDRESS = Limit("reports-address", 20, HOUR_SECONDS)
REPORTS_BY_PHONE = Limit("reports-phone", 5, HOUR_SECONDS)
WRONG_CODES = Limit("wrong-codes", 30, HOUR_SECONDS)


def address_of(request: HttpRequest) -> str:
    """Return the address a request comes from; a proxy's word counts only when it is ours."""
    given = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    hops = [hop.strip() for hop in given if hop.strip()]
    proxies = int(settings.TRUSTED_PROXIES)
    if proxies and len(hops) >= proxies:
        return str(hops[-proxies])
    return str(request.META.get("REMOTE_ADDR", ""))
