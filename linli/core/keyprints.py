"""Under which keys the data were written, so that nobody reads or writes them under others."""

import uuid
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core import events
from linli.core.actor import Actor
from linli.core.crypto import fingerprint
from linli.core.errors import Refused
from linli.core.models import KeyPrint
from linli.core.ref import Ref

KEYS_ROTATED = "core.keys_rotated"


class KeysOfOthers(Refused):
    """The data were sealed under other keys than those that are here."""

    sentence = _(
        "The keys in %(folder)s are not those of these data (%(name)s: %(here)s here, %(there)s in "
        "the database). With them names and phone numbers would stay closed. Nothing was read or "
        "written. Put the right folder keys/ back from where you keep it, or type the keys "
        "from paper: move the folder aside, then “linli keys enter”."
    )


def require_own_keys() -> None:
    """Refuse to go on under keys that are not those of the data; the first start writes them down.

    :raises KeysOfOthers: when a key is another one, or was lost and has just been made anew.
    """
    other = other_keys()
    if other is not None:
        raise other
    for name, here in _prints().items():
        KeyPrint.objects.get_or_create(name=name, defaults={"fingerprint": here})


def other_keys() -> KeysOfOthers | None:
    """Return what is wrong with the keys that are here, or None; nothing is written."""
    known = dict(KeyPrint.objects.values_list("name", "fingerprint"))
    for name, here in _prints().items():
        there = known.get(name, here)
        if there != here and not _is_rotating_from(name, there):
            folder = Path(settings.HOME) / "keys"
            return KeysOfOthers(folder=folder, name=name, here=here, there=there)
    return None


@transaction.atomic
def note_rotation(*, fields: int, actor: Actor, at: datetime) -> None:
    """Write down that from now on the data are sealed under the keys that are here.

    `fields` says how many were sealed anew.
    """
    prints = _prints()
    for name, here in prints.items():
        KeyPrint.objects.update_or_create(name=name, defaults={"fingerprint": here})
    events.record(
        name=KEYS_ROTATED,
        subject=Ref(kind="core.key_print", id=1),
        trace=uuid.uuid4(),
        actor=actor,
        at=at,
        community_id=None,
        facts={"fields": fields, "fingerprint": prints["data"]},
    )


def _prints() -> dict[str, str]:
    keys = {"data": settings.DATA_KEY, "digest": settings.DIGEST_KEY}
    return {name: fingerprint(name=name, key=key) for name, key in keys.items()}


def _is_rotating_from(name: str, there: str) -> bool:
    old = settings.OLD_DATA_KEY
    return name == "data" and old is not None and fingerprint(name=name, key=old) == there
