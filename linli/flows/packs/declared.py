"""What the files of a pack declare, and where each thing stands in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.flows.packs.reading import Document, Fault, Path_
from linli.flows.packs.schema import OPTIONAL_FILES

NO_AREA = _("There is no area “%(code)s” in territory.yaml.")
NO_ESTATE = _("There is no estate “%(code)s” in territory.yaml.")
NO_BUILDING = _("There is no building “%(code)s” in territory.yaml.")
NO_ENTRANCE = _("There is no entrance “%(code)s” in territory.yaml.")
NO_PLACE = _("There is no place “%(code)s” in territory.yaml.")
NO_ORGANISATION = _("There is no organisation “%(code)s” in organisations.yaml.")
NO_PERSON = _("There is nobody “%(code)s” in people.yaml.")
NO_CATEGORY = _("There is no category “%(code)s” in matters.yaml.")
NO_CONDITION = _("This category has no condition “%(code)s”.")
NO_REASON = _("There is no reason for a return “%(code)s” in matters.yaml.")
NO_PHONE = _("“%(phone)s” is not a telephone number.")
USED_TWICE = _("“%(code)s” is used twice; the first is in line %(line)s.")
NO_MATTER = _("There is no matter “%(code)s” in this story.")


class Pointer:
    """Collects faults of one document, by the place of the value in it."""

    def __init__(self, document: Document, *start: str | int) -> None:
        self.document, self.start, self.faults = document, start, []

    faults: list[Fault]

    def fault(self, *path: str | int, sentence: Any, **facts: Any) -> None:
        """Note what is wrong with the value at this place."""
        line = self.document.line(*self.start, *path)
        self.faults.append(Fault(self.document.file, line, sentence, facts))


@dataclass(frozen=True)
class Known:
    """What the files declare, by kind of thing; a file that cannot be read leaves None."""

    codes: Mapping[str, frozenset[str] | None]

    def lacks(self, kind: str, code: str | None) -> bool:
        """Tell whether a code is surely not declared."""
        found = self.codes.get(kind)
        return code is not None and found is not None and code not in found


def items(document: Document | None, *path: str) -> Iterator[tuple[Path_, dict[str, Any]]]:
    """Yield the mappings of a list, as written, with their place."""
    values = document.values if document is not None else None
    for step in path:
        values = values.get(step) if isinstance(values, dict) else None
    for place, value in enumerate(values if isinstance(values, list) else ()):
        if isinstance(value, dict):
            yield (*path, place), value


def _written(
    documents: Mapping[str, Document],
) -> Iterator[tuple[str, str, Document, Path_]]:
    """Yield everything that is declared: its kind, its whole code, and where."""
    for kind, file, path, key in (
        ("area", "territory.yaml", "large_grids", "code"),
        ("area", "territory.yaml", "grids", "code"),
        ("area", "territory.yaml", "micro_grids", "code"),
        ("estate", "territory.yaml", "estates", "code"),
        ("place", "territory.yaml", "places", "code"),
        ("organisation", "organisations.yaml", "organisations", "code"),
        ("person", "people.yaml", "people", "username"),
        ("duty", "people.yaml", "duties", "key"),
        ("category", "matters.yaml", "categories", "code"),
        ("return_reason", "matters.yaml", "return_reasons", "code"),
        ("rate_weights", "matters.yaml", "rate_weights", "since"),
        ("party_unit", "roster.yaml", "party_units", "code"),
        ("patch", "roster.yaml", "patches", "code"),
        ("tie", "roster.yaml", "ties", "key"),
        ("campaign", "roster.yaml", "campaigns", "key"),
        ("forum", "forums.yaml", "forums", "code"),
        ("story", "story.yaml", "matters", "key"),
        ("problem_list", "story.yaml", "problem_lists", "code"),
        ("meeting", "story.yaml", "meetings", "key"),
        ("opinion", "deliberation.yaml", "opinions", "key"),
        ("topic", "deliberation.yaml", "topics", "key"),
        ("forum_meeting", "deliberation.yaml", "meetings", "key"),
        ("vote", "deliberation.yaml", "votes", "key"),
        ("opinion_map", "deliberation.yaml", "maps", "key"),
        ("chapter", "pack.yaml", "method.chapters", "code"),
    ):
        document = documents.get(file)
        if document is None:
            continue
        for place, item in items(document, *path.split(".")):
            yield kind, str(item.get(key)), document, (*place, key)
            if kind in ("estate", "category"):
                yield from _written_inside(kind, item, document, place)


def _written_inside(
    kind: str, item: dict[str, Any], document: Document, path: Path_
) -> Iterator[tuple[str, str, Document, Path_]]:
    inside, name = ("buildings", "building") if kind == "estate" else ("conditions", "condition")
    parts = item.get(inside)
    for place, part in enumerate(parts if isinstance(parts, list) else ()):
        if not isinstance(part, dict):
            continue
        code = f"{item.get('code')}/{part.get('code')}"
        yield name, code, document, (*path, inside, place, "code")
        entrances = part.get("entrances")
        if isinstance(entrances, list):
            for at, entrance in enumerate(entrances):
                if isinstance(entrance, dict):
                    where = (*path, inside, place, "entrances", at, "code")
                    yield "entrance", f"{code}/{entrance.get('code')}", document, where
        elif isinstance(entrances, str) and entrances.isdigit():
            for number in range(1, min(int(entrances), 99) + 1):
                yield "entrance", f"{code}/{number}", document, (*path, inside, place)


def declared(documents: Mapping[str, Document]) -> Known:
    """Return every code that the files declare, sound or not."""
    codes: dict[str, set[str]] = {
        kind: set()
        for kind, file in (
            ("area", "territory.yaml"),
            ("estate", "territory.yaml"),
            ("building", "territory.yaml"),
            ("entrance", "territory.yaml"),
            ("place", "territory.yaml"),
            ("organisation", "organisations.yaml"),
            ("person", "people.yaml"),
            ("category", "matters.yaml"),
            ("condition", "matters.yaml"),
            ("return_reason", "matters.yaml"),
            ("forum", "forums.yaml"),
            ("story", "story.yaml"),
            ("opinion", "deliberation.yaml"),
            ("topic", "deliberation.yaml"),
            ("forum_meeting", "deliberation.yaml"),
            ("vote", "deliberation.yaml"),
        )
        if file in documents or file in OPTIONAL_FILES
    }
    for kind, code, _document, _path in _written(documents):
        if kind in codes:
            codes[kind].add(code)
    if "area" in codes:
        codes["area"] |= {"community"}
        above = items(documents["territory.yaml"], "above")
        codes["area"] |= {str(item.get("level")).lower() for _place, item in above}
    return Known({kind: frozenset(found) for kind, found in codes.items()})


def duplicates(documents: Mapping[str, Document]) -> list[Fault]:
    """Return a fault for each code that is declared a second time."""
    faults: list[Fault] = []
    first: dict[tuple[str, str], int] = {}
    for kind, code, document, path in _written(documents):
        if code.rsplit("/", 1)[-1] == "None":
            continue  # The schema has said that it is missing.
        line = document.line(*path)
        if (kind, code) in first:
            sentence = USED_TWICE
            faults.append(
                Fault(document.file, line, sentence, {"code": code, "line": first[kind, code]})
            )
        first.setdefault((kind, code), line)
    return faults
