"""Refuse what must never be kept, wherever somebody gives persons a name or a plain word."""

from django.utils.translation import gettext_lazy as _

from linli.core.errors import Refused
from linli.language import never_kept


class ListNeverKept(Refused):
    """A list of persons that must not be kept, by any name."""

    sentence = _(
        "A list by “%(word)s” is never kept here. Whoever is in charge keeps it elsewhere; please "
        "name the group by the help it needs."
    )
    field = "name"


def refuse_list(*, name: str) -> None:
    """Refuse a name of a list of persons that must not be kept.

    :raises ListNeverKept: with the word that forbids it.
    """
    if word := never_kept.name_never_kept_in(name=name):
        raise ListNeverKept(word=word)


def refuse_kind(*, name: str) -> None:
    """Refuse such a name of a kind of people; whoever does the work may be named.

    :raises ListNeverKept: with the word that forbids it.
    """
    if word := never_kept.kind_never_kept_in(name=name):
        raise ListNeverKept(word=word)
