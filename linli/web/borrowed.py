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
NO_CHOICE = gettext_noop("Select a valid choice. %(value)s is not one of the available choices.")
NO_SUCH_CHOICE = gettext_noop(
    "Select a valid choice. That choice is not one of the available choices."
)
TOO_LITTLE = gettext_noop("Ensure this value is greater than or equal to %(limit_value)s.")
TOO_MUCH = gettext_noop("Ensure this value is less than or equal to %(limit_value)s.")
NO_WHOLE_NUMBER = gettext_noop("Enter a whole number.")
NO_NUMBER = gettext_noop("Enter a number.")
NO_DATE = gettext_noop("Enter a valid date.")
NO_TIME = gettext_noop("Enter a valid time.")
NO_DATE_AND_TIME = gettext_noop("Enter a valid date/time.")
MISSING = gettext_noop("This field is required.")
