"""What is put to the vote is no election, whichever way it is put."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from linli.core.errors import Refused
from linli.language.elections import election_in, seat_chosen_in


class ElectionElsewhere(Refused):
    """Committees and party bodies are elected under laws of their own."""

    sentence = _(
        "“%(word)s”: elections are not held here. Residents' committees are elected under their "
        "organic law with the subdistrict, owners' committees by the owners' meeting, party bodies "
        "by their general meeting with the party committee above. Please hold it there."
    )
    status = 422


def refuse_elections(*texts: str, field: str = "") -> None:
    """Look whether something that people decide on would elect a committee or the party.

    :raises ElectionElsewhere: with the word that says so.
    """
    for text in texts:
        if word := election_in(text=text):
            raise ElectionElsewhere(field=field, word=word)


def refuse_persons(*, text: str, options: Sequence[str]) -> None:
    """Look whether people are put to the vote for a seat.

    :raises ElectionElsewhere: with the seat.
    """
    if seat := seat_chosen_in(text=text, options=options):
        raise ElectionElsewhere(word=seat)
