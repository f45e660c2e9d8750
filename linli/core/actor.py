"""Who acts: a frozen value that every service and every read takes as `actor`."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """Where an actor comes from."""

    ACCOUNT = "account"
    REPORTER = "reporter"  # somebody without an account, known by a tracking code
    AUTHOR = "author"  # the same of an opinion
    CLIENT = "client"  # a program with a token and no account, such as a city's app
    SYSTEM = "system"  # a rule or a clock; `name` says which
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role at one place or in one organisation.

    `level` is the level of the place (an area's level, or ``BUILDING``) and `place_id` its key;
    for a role in an organisation both are empty and `organisation_id` is set.
    """

    role: str
    level: str = ""
    place_id: int | None = None
    organisation_id: int | None = None
    community_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or a rule) with the scope in which they act, as it is at this moment."""

    kind: ActorKind
    id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    stands_in_for: frozenset[int] = frozenset()

    @property
    def key(self) -> str:
        """Return the plain value that events keep, such as ``account:12``."""
        return f"{self.kind}:{self.id if self.id is not None else self.name}"

    @property
    def account_id(self) -> int | None:
        """Return the account's key, or None for everybody without one."""
        return self.id if self.kind == ActorKind.ACCOUNT else None

    @property
    def account_ids(self) -> frozenset[int]:
        """Return the accounts whose tasks are this person's today: their own and those absent."""
        own = frozenset() if self.account_id is None else frozenset({self.account_id})
        return own | self.stands_in_for

    @property
    def is_system(self) -> bool:
        """Tell whether a rule acts, not a person."""
        return self.kind == ActorKind.SYSTEM

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles held anywhere."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def organisation_ids(self) -> frozenset[int]:
        """Return the organisations in which a role is held."""
        return frozenset(g.organisation_id for g in self.grants if g.organisation_id is not None)

    @property
    def community_ids(self) -> frozenset[int]:
        """Return the communities that the grants belong to."""
        return frozenset(g.community_id for g in self.grants if g.community_id is not None)

    def grants_of(self, *, roles: Iterable[str]) -> tuple[Grant, ...]:
        """Return the grants whose role is one of `roles`."""
        wanted = frozenset(roles)
        return tuple(grant for grant in self.grants if grant.role in wanted)


NOBODY = Actor(kind=ActorKind.NOBODY)


def system(*, name: str) -> Actor:
    """Return the actor of a rule, such as ``system(name="escalation")``."""
    return Actor(kind=ActorKind.SYSTEM, name=name)
