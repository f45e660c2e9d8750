"""The code of the day by which a resident checks that whoever is at the door was sent.

It is made from the account, the community and the day under the installation's key, so nothing is
stored and yesterday's code is worth nothing.
"""

import re
from dataclasses import dataclass
from datetime import date
from hmac import compare_digest

from linli.core import crypto
from linli.language.normal import normalise
from linli.people import queries as people
from linli.visits.models import Campaign
from linli.visits.workflow import CampaignState

_FIELD = "visits.pass"
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Passed:
    """Somebody who was sent today, as a resident may be told."""

    account_id: int
    name: str
    code: str
    purposes: tuple[str, ...]

    @property
    def surname(self) -> str:
        """Return the first character of the name, which is all that is told at the door."""
        return self.name[:1]


def pass_of(*, account_id: int, community_id: int, on: date) -> str:
    """Return the six digits somebody shows at the doors of a community on a day."""
    value = f"{community_id}:{account_id}:{on.isoformat()}"
    number = int(crypto.digest(value=value, field=_FIELD), 16)
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def on_round(*, community_id: int, on: date) -> list[Passed]:
    """Return who calls on people in a community that day, by name; stand-ins for the absent."""
    running = Campaign.objects.filter(
        community_id=community_id, state=CampaignState.RUNNING, from_date__lte=on
    )
    purposes: dict[int, set[str]] = {}
    for account_id, name in running.values_list("visitors", "name"):
        if account_id is not None:
            purposes.setdefault(account_id, set()).add(name)
    replaced = people.stand_ins(account_ids=set(purposes), on=on)
    merged: dict[int, set[str]] = {}
    for account_id, names in purposes.items():
        merged.setdefault(replaced.get(account_id, account_id), set()).update(names)
    called = people.names_of(account_ids=set(merged))
    found = [
        Passed(
            account_id=account_id,
            name=called[account_id],
            code=pass_of(account_id=account_id, community_id=community_id, on=on),
            purposes=tuple(sorted(names)),
        )
        for account_id, names in merged.items()
        if account_id in called
    ]
    return sorted(found, key=lambda one: (one.name, one.account_id))


def who_carries(*, code: str, community_id: int, on: date) -> Passed | None:
    """Return who was sent with this code today, or None."""
    # Typed by hand on any keyboard: full-width digits are digits, and what is none is left out.
    plain = re.sub("[^0-9]", "", normalise(text=code))
    if len(plain) != _DIGITS:
        return None
    for one in on_round(community_id=community_id, on=on):
        if compare_digest(one.code, plain):
            return one
    return None
