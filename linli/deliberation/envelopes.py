"""Envelopes of secret ballots: sealed to two tellers, opened by both together. Pure functions.

Each teller makes a key of their own; the server keeps its public half only. What a voter says is
encrypted under a key that comes of both, so that neither teller opens anything alone, and whoever
has the database opens nothing at all. All envelopes of a vote have the same length.

The cipher: an X25519 key for each envelope, agreed with each teller's, both secrets through
HKDF-SHA-256 into one AES-256-GCM key that is used once; the vote is bound in.

Source: RFC 7748, RFC 5869, NIST SP 800-38D; compared in decision 42.
"""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TELLERS = 2

_VERSION = b"\x01"
_KEY_BYTES = 32
_SEED_BYTES, _CHECK_BYTES = 16, 4
_NONCE = bytes(12)  # each key seals one envelope only
_LENGTH_BYTES = 4
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_LOOKALIKES = str.maketrans("OIL", "011")
_SHOWN = 32


class KeyMistyped(ValueError):
    """What was typed is no teller's key: a character is missing or wrong."""


class EnvelopeBroken(Exception):
    """An envelope was altered, belongs to another vote, or was sealed to other tellers."""


def new_key() -> str:
    """Return a teller's key as it is written down: eight groups of four, a check among them."""
    seed = secrets.token_bytes(_SEED_BYTES)
    number = int.from_bytes(seed + _check_of(seed))
    letters = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_SHOWN)))
    return "-".join(letters[at : at + 4] for at in range(0, _SHOWN, 4))


def public_of(*, key: str) -> bytes:
    """Return the half of a teller's key that may be known.

    :raises KeyMistyped: when it is none.
    """
    return _private_of(key).public_key().public_bytes_raw()


def seal(*, content: bytes, length: int, tellers: bytes, vote: str) -> bytes:
    """Close what a ballot says so that only both tellers together open it.

    `tellers` are their public halves, one after the other; `length` is the same for all of a vote.
    """
    assert len(content) <= length, "a ballot that is longer than the others tells whose it is"
    own = X25519PrivateKey.generate()
    public = own.public_key().public_bytes_raw()
    agreed = b"".join(
        own.exchange(X25519PublicKey.from_public_bytes(one)) for one in _parted(tellers)
    )
    padded = len(content).to_bytes(_LENGTH_BYTES) + content.ljust(length, b"\0")
    cipher = AESGCM(_derived(agreed, public, tellers, vote))
    return _VERSION + public + cipher.encrypt(_NONCE, padded, vote.encode())


def open_all(*, envelopes: Sequence[bytes], keys: Sequence[str], vote: str) -> list[bytes]:
    """Return what all ballots say, in an order that tells nothing of the envelopes'.

    :raises KeyMistyped: when a key is none.
    :raises EnvelopeBroken: when one of them does not open: then none is handed out.
    """
    private = [_private_of(key) for key in keys]
    tellers = b"".join(one.public_key().public_bytes_raw() for one in private)
    contents = [_opened(bytes(one), private, tellers, vote) for one in envelopes]
    secrets.SystemRandom().shuffle(contents)
    return contents


def _opened(
    envelope: bytes, private: Sequence[X25519PrivateKey], tellers: bytes, vote: str
) -> bytes:
    if not envelope.startswith(_VERSION):
        raise EnvelopeBroken
    public, body = envelope[1 : 1 + _KEY_BYTES], envelope[1 + _KEY_BYTES :]
    try:
        theirs = X25519PublicKey.from_public_bytes(public)
        agreed = b"".join(one.exchange(theirs) for one in private)
        padded = AESGCM(_derived(agreed, public, tellers, vote)).decrypt(
            _NONCE, body, vote.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise EnvelopeBroken from error
    said = int.from_bytes(padded[:_LENGTH_BYTES])
    return padded[_LENGTH_BYTES : _LENGTH_BYTES + said]


def _derived(agreed: bytes, public: bytes, tellers: bytes, vote: str) -> bytes:
    return HKDF(
        algorithm=hashes.SHA256(),
        length=_KEY_BYTES,
        salt=public + tellers,
        info=b"linli envelope 1:" + vote.encode(),
    ).derive(agreed)


def _private_of(key: str) -> X25519PrivateKey:
    """Return the private key that grows out of what a teller wrote down."""
    plain = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", key)).upper()
    plain = plain.translate(_LOOKALIKES)
    if len(plain) != _SHOWN or not set(plain) <= set(_ALPHABET):
        raise KeyMistyped
    number = 0
    for letter in plain:
        number = number << 5 | _ALPHABET.index(letter)
    whole = number.to_bytes(_SEED_BYTES + _CHECK_BYTES)
    seed, check = whole[:_SEED_BYTES], whole[_SEED_BYTES:]
    if check != _check_of(seed):
        raise KeyMistyped
    grown = HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=b"linli teller 1")
    return X25519PrivateKey.from_private_bytes(grown.derive(seed))


def _check_of(seed: bytes) -> bytes:
    return hashlib.sha256(b"linli teller check" + seed).digest()[:_CHECK_BYTES]


def _parted(tellers: bytes) -> list[bytes]:
    assert len(tellers) == TELLERS * _KEY_BYTES, "a vote has two tellers"
    return [tellers[at : at + _KEY_BYTES] for at in range(0, len(tellers), _KEY_BYTES)]
