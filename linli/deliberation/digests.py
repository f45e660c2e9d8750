"""Digests of plain values: what is signed, published and frozen is compared by them."""

import hashlib
import json
from typing import Any


def digest_of(said: Any) -> str:
    """Return the SHA-256 (hexadecimal) of plain values, whatever the order of their keys."""
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
