"""Encryption of single fields, and the digest by which an encrypted field is found.

AES-256-GCM with the table, field and row as associated data, so that a ciphertext that was moved
to another row or column is refused. Digests are HMAC-SHA-256 under a key of their own. While
the key is being rotated the one before it opens what it sealed, and seals nothing any more.
"""

import hmac
import os
from contextlib import suppress
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION = b"\x01"
_NONCE_BYTES = 12
_PRINT = b"linli keys 1"


class SealBroken(Exception):
    """The ciphertext was altered, moved, or sealed under another key."""


def seal(*, value: str, field: str, row: str) -> bytes:
    """Encrypt one field. `field` is ``table.column`` and `row` a key that never changes.

    An empty value stays empty: its absence is not a secret, and it needs no key to read.
    """
    return seal_bytes(value=value.encode(), field=field, row=row)


def seal_bytes(*, value: bytes, field: str, row: str) -> bytes:
    """Encrypt a file that is kept for a while, as `seal` does a text."""
    if not value:
        return b""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(settings.DATA_KEY).encrypt(nonce, value, _bound_to(field, row))
    return _VERSION + nonce + sealed


def unseal(*, sealed: bytes | memoryview, field: str, row: str) -> str:
    """Decrypt what `seal` wrote.

    :raises SealBroken: when the ciphertext is not the one written for this field of this row.
    """
    try:
        return unseal_bytes(sealed=sealed, field=field, row=row).decode()
    except UnicodeDecodeError as error:
        raise SealBroken(f"{field} of {row} cannot be opened with this key") from error


def unseal_bytes(*, sealed: bytes | memoryview, field: str, row: str) -> bytes:
    """Decrypt what `seal_bytes` wrote.

    :raises SealBroken: when the ciphertext is not the one written for this field of this row.
    """
    data = bytes(sealed)
    if not data:
        return b""
    try:
        return _opened(data, settings.DATA_KEY, field, row)
    except (InvalidTag, ValueError) as error:
        if settings.OLD_DATA_KEY is not None:
            with suppress(InvalidTag, ValueError):
                return _opened(data, settings.OLD_DATA_KEY, field, row)
        raise SealBroken(f"{field} of {row} cannot be opened with this key") from error


def is_of_today(*, sealed: bytes | memoryview, field: str, row: str) -> bool:
    """Tell whether a field is sealed under the key of today, not under the one before it."""
    try:
        _opened(bytes(sealed), settings.DATA_KEY, field, row)
    except (InvalidTag, ValueError):
        return False
    return True


def digest(*, value: str, field: str) -> str:
    """Return the keyed digest (64 hexadecimal characters) to find a sealed value by, or ""."""
    if not value:
        return ""
    digester = _digester(settings.DIGEST_KEY).copy()
    digester.update(f"{field}\0{value}".encode())
    return digester.hexdigest()


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    """Return the cipher of a key, which costs more to make than to use."""
    return AESGCM(key)


@lru_cache(maxsize=4)
def _digester(key: bytes) -> hmac.HMAC:
    """Return what is copied for each digest: the key is taken in once."""
    return hmac.new(key, digestmod="sha256")


def fingerprint(*, name: str, key: bytes) -> str:
    """Return what tells a key apart from others and gives nothing of it away."""
    return hmac.digest(key, _PRINT + name.encode(), "sha256").hex()[:16]


def _opened(data: bytes, key: bytes, field: str, row: str) -> bytes:
    nonce, body = data[1 : 1 + _NONCE_BYTES], data[1 + _NONCE_BYTES :]
    return _cipher(key).decrypt(nonce, body, _bound_to(field, row))


def _bound_to(field: str, row: str) -> bytes:
    return f"{field}:{row}".encode()
