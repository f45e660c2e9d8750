"""`linli keys print` and `linli keys enter`: the keys on paper, in a safe."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from linli.keeping import keys as keyring

Say = Callable[[str], None]


def print_keys(*, say: Say) -> None:
    """Say the two keys that data hang on, in groups, with check characters.

    :raises KeysMissing: when there are none.
    """
    keys = keyring.read_keys(folder=Path(settings.HOME) / "keys")
    prints = keyring.fingerprints(keys=keys)
    say(
        _("The keys of Linli in %(home)s. Keep this in a safe, apart from the backups:")
        % {"home": settings.HOME}
    )
    say(_("whoever has a backup and this paper can read every name and phone number."))
    for name in keyring.NEEDED:
        say("")
        say(_("%(name)s · fingerprint %(print)s") % {"name": name, "print": prints[name]})
        say(f"  {keyring.on_paper(name=name, key=keys[name])}")


def enter_keys(*, ask: Callable[[str], str], say: Say) -> None:
    """Ask for both keys and write them into LINLI_HOME.

    :raises KeyLineWrong: at a typing mistake; nothing is written then.
    :raises KeysAlreadyHere: when other keys lie there.
    """
    keys = {name: keyring.from_paper(name=name, line=ask(name)) for name in keyring.NEEDED}
    folder = Path(settings.HOME) / "keys"
    keyring.write_keys(keys=keys, folder=folder)
    say(_("Both keys are right and lie in %(folder)s.") % {"folder": folder})
