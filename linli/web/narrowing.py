"""What a list is narrowed to: a filter that makes no sense finds nothing, and never widens."""

from typing import Any

from django import forms

NOTHING = "0"
"""What no row has: no key is 0 and no code reads so."""

_WORDS_MOST = 60


def asked_of(*, form: forms.Form) -> dict[str, Any]:
    """Return what a form of filters asks for, each by itself.

    One that is no choice (a grid that has ended, an address from long ago) asks for `NOTHING`,
    while the others stand; words that are too long are asked as far as they are looked at.
    """
    form.is_valid()
    said = dict(form.cleaned_data)
    for name in form.errors:
        typed = str(form.data.get(name, "")).replace("\0", "")[:_WORDS_MOST]
        said[name] = (typed or NOTHING) if name == "q" else NOTHING
    return said
