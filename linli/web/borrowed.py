"""Sentences that Django says and our catalogue says better; named here so that they are collected.

The catalogue of the project comes before Django's own: the same sentence in it wins.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

TOO_LONG = ngettext_lazy(
    "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
    "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
    "limit_value",
)
TOO_SHORT = ngettext_lazy(
    "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
    "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d).",
    "limit_value",
)
NULL_CHARACTER = gettext_noop("Null characters are not allowed.")
