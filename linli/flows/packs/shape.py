"""Hold a file against its schema: what is sound in it, and a sentence for what is not."""

from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from linli.flows.packs.reading import Document, Fault, Path_
from linli.flows.packs.schema import FILES, Part

_ROUNDS_MAX = 6
_WRITTEN_IN_A_WORD = frozenset({"When", "Day", "Limit"})
_WHOLE = frozenset({"story.yaml", "people.yaml", "deliberation.yaml"})


def validate(document: Document) -> tuple[Part | None, Document, list[Fault]]:
    """Return what is sound in a file, that part of the document, and every fault of the whole.

    The part is None when nothing could be saved.
    """
    model = FILES[document.file]
    faults: list[Fault] = []
    sound = document
    for attempt in range(_ROUNDS_MAX):
        try:
            return model.model_validate(sound.values), sound, faults
        except ValidationError as error:
            found = error.errors(include_url=False)
        if attempt == 0:
            faults += [_fault_of(document, one) for one in found if not _is_echo(one)]
        rest = _without(sound, found)
        if rest is None:
            break
        sound = rest
    return None, document, faults


def _is_echo(error: Any) -> bool:
    """Tell whether a list counts as too short only because what it holds has faults."""
    return error["type"] == "too_short" and bool(error["input"])


def _fault_of(document: Document, error: Any) -> Fault:
    path = _real_path(document.values, error["loc"])
    kind, context = error["type"], error.get("ctx", {})
    facts: dict[str, Any] = {"value": _shown(error.get("input")), **context}
    if kind == "missing" and isinstance(error["loc"][-1], int):
        kind = "point_form"
    elif kind in ("missing", "extra_forbidden"):
        facts["key"] = error["loc"][-1]
        near = get_close_matches(str(facts["key"]), known_keys(model=FILES[document.file]), n=1)
        if kind == "extra_forbidden" and near and near[0] != facts["key"]:
            kind, facts["near"] = "extra_near", near[0]
    elif kind == "too_long" and context.get("max_length") == 2:
        kind = "point_form"
    sentence = _SENTENCES.get(kind, _OTHERWISE)
    return Fault(document.file, document.line(*path), sentence, facts)


_OTHERWISE = _("“%(value)s” cannot be used here.")
_WRONG_TEXT = _("“%(value)s” is not text; put it in quotation marks or on one line.")
_WRONG_NUMBER = _("“%(value)s” is not a number.")
_WRONG_WHOLE = _("“%(value)s” is not a whole number.")
_WRONG_LIST = _("A list is needed here: lines that begin with “-”, or [a, b].")
_WRONG_KEYS = _("Keys with values are needed here, not “%(value)s”.")
_SENTENCES: dict[str, Any] = {
    "missing": _("“%(key)s” is missing here."),
    "extra_forbidden": _("“%(key)s” is not known here."),
    "extra_near": _("“%(key)s” is not known here; did you mean “%(near)s”?"),
    "string_type": _WRONG_TEXT,
    "string_too_short": _("This must not be empty."),
    "string_too_long": _("This is longer than %(max_length)s characters."),
    "string_pattern_mismatch": _(
        "“%(value)s” is not in the form of a code here; it should match %(pattern)s."
    ),
    "int_type": _WRONG_WHOLE,
    "int_parsing": _WRONG_WHOLE,
    "int_from_float": _WRONG_WHOLE,
    "float_type": _WRONG_NUMBER,
    "float_parsing": _WRONG_NUMBER,
    "finite_number": _WRONG_NUMBER,
    "bool_type": _("“%(value)s” is neither true nor false."),
    "bool_parsing": _("“%(value)s” is neither true nor false."),
    "enum": _("“%(value)s” is not a code that is known here; it should be one of %(expected)s."),
    "literal_error": _(
        "“%(value)s” is not a code that is known here; it should be one of %(expected)s."
    ),
    "union_tag_invalid": _("“%(tag)s” is no step here; it should be one of %(expected_tags)s."),
    "union_tag_not_found": _("A step must say what was done: “do” is missing here."),
    "list_type": _WRONG_LIST,
    "tuple_type": _WRONG_LIST,
    "dict_type": _WRONG_KEYS,
    "model_type": _WRONG_KEYS,
    "model_attributes_type": _WRONG_KEYS,
    "greater_than_equal": _("“%(value)s” is too small; it must be at least %(ge)s."),
    "less_than_equal": _("“%(value)s” is too large; it must be at most %(le)s."),
    "too_short": _("At least one is needed here."),
    "point_form": _("A point is two numbers: [longitude, latitude]."),
    "when_form": _("“%(value)s” is not a moment; write -3d 09:10, -5h, -40m or 2026-03-01 09:10."),
    "day_form": _("“%(value)s” is not a day; write -30d or 2026-03-01."),
    "limit_form": _("“%(value)s” is not a time limit; write for example 3 WORKING_DAYS."),
    "limit_clock": _(
        "There is no clock “%(clock)s”; it should be EMERGENCY_HOURS, WORKING_HOURS, "
        "WORKING_DAYS or CALENDAR_DAYS."
    ),
    "limit_positive": _("A time limit is at least 1."),
    "entrances_form": _("“%(value)s” is neither a number of entrances nor a list of them."),
}


def _real_path(values: Any, location: tuple[str | int, ...]) -> Path_:
    """Return the part of pydantic's location that stands in the file: without union tags."""
    path: list[str | int] = []
    for step in location:
        in_mapping = isinstance(values, dict) and step in values
        in_list = isinstance(values, list) and isinstance(step, int) and step < len(values)
        if in_mapping or in_list:
            values = values[step]
            path.append(step)
    return tuple(path)


def _without(document: Document, errors: list[Any]) -> Document | None:
    """Return the document without the pieces at fault, or None when the file as a whole is."""
    drop: set[Path_] = set()
    for error in errors:
        path = _real_path(document.values, error["loc"])
        places = [place for place, step in enumerate(path) if isinstance(step, int)]
        if error["type"] == "extra_forbidden":
            drop.add(path)
        elif places:
            # A story without one of its steps, or a person without a role, would be another.
            place = places[0] if document.file in _WHOLE else places[-1]
            drop.add(path[: place + 1])
        elif path and error["type"] != "missing":
            drop.add(path)
        else:
            return None
    lines: dict[Path_, int] = {}
    values = _kept(document, document.values, (), (), drop, lines)
    return Document(file=document.file, values=values, lines=lines)


def _kept(
    document: Document,
    values: Any,
    old: Path_,
    new: Path_,
    drop: set[Path_],
    lines: dict[Path_, int],
) -> Any:
    """Copy the values without what is dropped, and note under its new place where each stood."""
    lines[new] = document.line(*old)
    if isinstance(values, dict):
        return {
            key: _kept(document, value, (*old, key), (*new, key), drop, lines)
            for key, value in values.items()
            if (*old, key) not in drop
        }
    if isinstance(values, list):
        left = [(place, one) for place, one in enumerate(values) if (*old, place) not in drop]
        return [
            _kept(document, value, (*old, place), (*new, at), drop, lines)
            for at, (place, value) in enumerate(left)
        ]
    return values


def known_keys(*, model: type[Part]) -> frozenset[str]:
    """Return every key that a file of this kind may use anywhere."""
    schema = model.model_json_schema()
    inside = schema.get("$defs", {}).items()
    parts = [schema, *(part for name, part in inside if name not in _WRITTEN_IN_A_WORD)]
    return frozenset(key for part in parts for key in part.get("properties", {}))


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
