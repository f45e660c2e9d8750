"""What is said of a field that does not fit, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

_FAULTS: Mapping[str, Any] = {
    "missing": _("This is needed."),
    "extra_forbidden": _("There is no such field here."),
    "string_type": _("This is to be a text."),
    "string_too_short": _("At least %(min_length)s characters are needed."),
    "string_too_long": _("At most %(max_length)s characters fit."),
    "string_pattern_mismatch": _("This is not written as it should be."),
    "int_type": _("This is to be a whole number."),
    "int_parsing": _("This is to be a whole number."),
    "int_from_float": _("This is to be a whole number."),
    "int_parsing_size": _("This number is too large."),
    "float_type": _("This is to be a number."),
    "float_parsing": _("This is to be a number."),
    "finite_number": _("This is to be a number."),
    "bool_type": _("This is to be true or false."),
    "bool_parsing": _("This is to be true or false."),
    "greater_than_equal": _("This is to be at least %(ge)s."),
    "less_than_equal": _("This is to be at most %(le)s."),
    "enum": _("This is to be one of %(expected)s."),
    "literal_error": _("This is to be one of %(expected)s."),
    "list_type": _("This is to be a list."),
    "too_long": _("At most %(max_length)s entries fit."),
    "too_short": _("At least %(min_length)s entries are needed."),
    "model_type": _("This is to be an object."),
    "model_attributes_type": _("This is to be an object."),
    "dict_type": _("This is to be an object."),
    "uuid_type": _("This is to be a UUID."),
    "uuid_parsing": _("This is to be a UUID."),
    "timezone_aware": _("The time needs its zone, such as 2026-03-04T10:00:00+08:00."),
}
_MOMENT = _("This is to be a time with its zone, such as 2026-03-04T10:00:00+08:00.")
_DAY = _("This is to be a day, such as 2026-03-04.")
_ANY = _("This value cannot be used here.")


class _Lenient(dict[str, Any]):
    """Facts in which what is missing reads as a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def fault(*, kind: str, facts: Mapping[str, Any]) -> str:
    """Return a sentence for one kind of fault that pydantic names."""
    words = _FAULTS.get(kind)
    if words is None:
        words = (
            _MOMENT if kind.startswith("datetime") else _DAY if kind.startswith("date") else _ANY
        )
    return str(words) % _Lenient(facts)
