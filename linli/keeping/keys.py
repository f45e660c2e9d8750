"""The keys that open names and phone numbers: known by a fingerprint, kept apart, put on paper."""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.utils.translation import gettext_lazy as _

from linli.core.crypto import fingerprint
from linli.core.errors import Refused

NEEDED = ("data", "digest")
"""Without these two, names and phone numbers stay closed. `web` only signs sessions."""

ALL = (*NEEDED, "web")
PASSPHRASE_LENGTH_MIN = 12
KEY_BYTES = 32

_GROUP = 4
_CHECK_LENGTH = 4
_LABEL = b"linli keys 1"
_SCRYPT_N = 2**16  # 64 MB for a quarter of a second: dear for a guesser, cheap for an office PC


class KeysMissing(Refused):
    """There are no keys where they were looked for."""

    sentence = _(
        "The keys are not here (%(folder)s). Put back the folder keys/ that you kept apart, type "
        "them from paper with “linli keys enter”, or name another folder with --keys."
    )


class KeysDoNotMatch(Refused):
    """These keys are another installation's."""

    sentence = _(
        "The keys in %(folder)s are not those of this backup (%(name)s: %(here)s here, "
        "%(there)s in the backup). With them names and phone numbers would stay closed. Nothing "
        "was changed. Give the right ones with --keys FOLDER."
    )


class PassphraseWrong(Refused):
    """The keys inside the backup stay closed."""

    sentence = _("This passphrase does not open the keys in the backup. Nothing was changed.")


class PassphraseTooShort(Refused):
    """It would be guessed."""

    sentence = _("A passphrase needs at least %(limit)s characters.")


class KeyLineWrong(Refused):
    """A typing mistake, or the line of another key."""

    sentence = _(
        "This line is not the key “%(name)s” as it was printed: compare it group by group."
    )


class KeysAlreadyHere(Refused):
    """Keys that data may hang on are never written over."""

    sentence = _(
        "There is another key in %(path)s already. Move it aside first, if no data hang on it."
    )


def read_keys(*, folder: Path) -> dict[str, bytes]:
    """Return the keys in a folder by name; `web` may be missing.

    :raises KeysMissing: when one that is needed is not there or cannot be read.
    """
    found: dict[str, bytes] = {}
    for name in ALL:
        try:
            key = bytes.fromhex((folder / f"{name}.key").read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            continue
        if len(key) == KEY_BYTES:
            found[name] = key
    if not set(NEEDED) <= found.keys():
        raise KeysMissing(folder=folder)
    return found


def write_keys(*, keys: Mapping[str, bytes], folder: Path) -> None:
    """Write keys readable by their owner only.

    :raises KeysAlreadyHere: when another key lies there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, key in keys.items():
        path = folder / f"{name}.key"
        text = key.hex() + "\n"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            if path.read_text(encoding="ascii").strip() == key.hex():
                continue
            raise KeysAlreadyHere(path=path) from error
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def fingerprints(*, keys: Mapping[str, bytes]) -> dict[str, str]:
    """Return what tells the needed keys apart and gives nothing of them away."""
    return {name: fingerprint(name=name, key=keys[name]) for name in NEEDED}


def require_match(
    *, keys: Mapping[str, bytes], expected: Mapping[str, str], folder: Path | str
) -> None:
    """Refuse keys that do not belong to a backup.

    :raises KeysDoNotMatch: when they are others.
    """
    for name, here in fingerprints(keys=keys).items():
        if here != expected.get(name):
            raise KeysDoNotMatch(folder=folder, name=name, here=here, there=expected.get(name, "?"))


def mac(*, keys: Mapping[str, bytes], message: bytes) -> str:
    """Return what only a holder of the keys can have written for a message."""
    return hmac.new(keys["digest"], _LABEL + b" manifest " + message, hashlib.sha256).hexdigest()


# --- Under a passphrase ---------------------------------------------------------------------


def lock(*, keys: Mapping[str, bytes], passphrase: str) -> bytes:
    """Return the keys as a file that only the passphrase opens: scrypt, then AES-256-GCM.

    :raises PassphraseTooShort: when it would be guessed.
    """
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise PassphraseTooShort(limit=PASSPHRASE_LENGTH_MIN)
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    plain = json.dumps({name: key.hex() for name, key in keys.items()}).encode()
    sealed = AESGCM(_derived(passphrase, salt, _SCRYPT_N)).encrypt(nonce, plain, _LABEL)
    told = {"n": _SCRYPT_N, "salt": salt.hex(), "nonce": nonce.hex(), "sealed": sealed.hex()}
    return json.dumps(told).encode()


def unlock(*, data: bytes, passphrase: str) -> dict[str, bytes]:
    """Return the keys that `lock` locked.

    :raises PassphraseWrong: when this passphrase does not open them.
    """
    told = json.loads(data)
    key = _derived(passphrase, bytes.fromhex(told["salt"]), int(told["n"]))
    try:
        plain = AESGCM(key).decrypt(
            bytes.fromhex(told["nonce"]), bytes.fromhex(told["sealed"]), _LABEL
        )
    except InvalidTag as error:
        raise PassphraseWrong from error
    return {name: bytes.fromhex(value) for name, value in json.loads(plain).items()}


def _derived(passphrase: str, salt: bytes, n: int) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=n, r=8, p=1).derive(passphrase.encode())


# --- On paper ---------------------------------------------------------------------------------


def on_paper(*, name: str, key: bytes) -> str:
    """Return a key in groups of four with four check characters at the end."""
    text = key.hex() + _check(name, key)
    return " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def from_paper(*, name: str, line: str) -> bytes:
    """Return the key that somebody typed from paper.

    :raises KeyLineWrong: when a character is wrong, or it is another key's line.
    """
    plain = "".join(line.split()).lower()
    try:
        key = bytes.fromhex(plain[: KEY_BYTES * 2])
    except ValueError as error:
        raise KeyLineWrong(name=name) from error
    if len(key) != KEY_BYTES or plain[KEY_BYTES * 2 :] != _check(name, key):
        raise KeyLineWrong(name=name)
    return key


def _check(name: str, key: bytes) -> str:
    return hashlib.sha256(name.encode() + b"\0" + key).hexdigest()[:_CHECK_LENGTH]
