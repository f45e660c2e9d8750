"""Read a pack's files so that every value remembers its line.

Scalars stay the text that was written: ``code: 007`` is “007”, never 7, and the schema turns into a
number only what should be one. YAML is read from its nodes, so that a key written twice, or a value
of the wrong shape, is found with its line and does not hide the next fault.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

FILE_BYTES_MAX = 8 * 1024 * 1024
"""A community's whole street plan is far below this; a file above it was not meant to be here."""

_NULL_TAG = "tag:yaml.org,2002:null"

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in one line of one file; `sentence` may name `facts`."""

    file: str
    line: int
    sentence: Any
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return the sentence in the reader's language."""
        return str(self.sentence) % self.facts if self.facts else str(self.sentence)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Document:
    """One file as plain values, and the line of each value by its path from the top."""

    file: str
    values: Any
    lines: dict[Path_, int] = field(repr=False)

    def line(self, *path: str | int) -> int:
        """Return the line of a value, or of the nearest thing around it that was written."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 1


@dataclass(frozen=True)
class Feature:
    """One shape of a map file: what it belongs to, its geometry, and where it stands."""

    file: str
    line: int
    of: str
    code: str
    geometry: dict[str, Any] = field(repr=False)


def read_yaml(*, path: Path) -> tuple[Document | None, list[Fault]]:
    """Return the values of one YAML file with their lines, and what is wrong with its form."""
    text, faults = _text(path)
    if text is None:
        return None, faults
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return None, [Fault(path.name, line, _("This character cannot stand in a YAML file."))]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, [
            Fault(
                path.name,
                mark.line + 1 if mark else 1,
                _("This is not valid YAML: %(problem)s."),
                {"problem": error.problem or error.context or ""},
            )
        ]
    except YAMLError as error:
        sentence = _("This is not valid YAML: %(problem)s.")
        return None, [Fault(path.name, 1, sentence, {"problem": str(error)})]
    if node is None:
        return None, [Fault(path.name, 1, _("This file is empty."))]
    reader = _Reader(file=path.name)
    values = reader.value(node, ())
    return Document(file=path.name, values=values, lines=reader.lines), reader.faults


def read_features(*, path: Path) -> tuple[list[Feature], list[Fault]]:
    """Return the shapes of one GeoJSON file; each says in `properties` whose they are.

    ``{"of": "grid", "code": "001"}``; a building's code is ``estate/building``.
    """
    text, faults = _text(path)
    if text is None:
        return [], faults
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        sentence = _("This is not valid JSON: %(problem)s.")
        return [], [Fault(path.name, error.lineno, sentence, {"problem": error.msg})]
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        return [], [Fault(path.name, 1, _("A map file must be a GeoJSON FeatureCollection."))]
    features: list[Feature] = []
    for line, item in _items_with_lines(text, content.get("features") or []):
        fault = _fault_of_feature(item)
        if fault is not None:
            faults.append(Fault(path.name, line, fault))
            continue
        properties = item["properties"]
        features.append(
            Feature(path.name, line, properties["of"], properties["code"], item["geometry"])
        )
    return features, faults


class _Reader:
    """Walks the nodes of one file."""

    def __init__(self, *, file: str) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {}
        self.faults: list[Fault] = []
        self._seen: set[int] = set()

    def value(self, node: Node, path: Path_) -> Any:
        """Return the plain value of a node and remember its line."""
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if id(node) in self._seen:
            # An alias may point at what contains it; a pack has no need of them.
            self._fault(line, _("Write this out: anchors and aliases are not read in a pack."))
            return None
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, place)) for place, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return None if node.tag == _NULL_TAG else node.value

    def _mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._fault(line, _("A key must be one word."))
                continue
            key = key_node.value
            if key in values:
                self._fault(line, _("“%(key)s” is written twice here."), key=key)
                continue
            self.lines[(*path, key)] = line
            values[key] = self.value(value_node, (*path, key))
        return values

    def _fault(self, line: int, sentence: Any, **facts: Any) -> None:
        self.faults.append(Fault(self.file, line, sentence, facts))


def _text(path: Path) -> tuple[str | None, list[Fault]]:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            return None, [Fault(path.name, 1, _("This file is larger than 8 MB."))]
        return path.read_text(encoding="utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return None, [Fault(path.name, line, _("This file is not in UTF-8; save it as UTF-8."))]
    except OSError as error:
        sentence = _("This file cannot be read: %(problem)s.")
        return None, [Fault(path.name, 1, sentence, {"problem": error.strerror or ""})]


def _items_with_lines(text: str, items: list[Any]) -> Iterator[tuple[int, Any]]:
    """Pair the features with the line each begins in, by reading the list once more."""
    start = re.search(r'"features"\s*:\s*\[', text)
    decoder = json.JSONDecoder()
    position = start.end() if start else len(text)
    for item in items:
        begin = re.compile(r"[\s,]*").match(text, position)
        position = begin.end() if begin else position
        line = text.count("\n", 0, position) + 1
        try:
            _item, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError:  # “features” stood somewhere else first.
            line, position = 1, len(text)
        yield line, item


def _fault_of_feature(item: Any) -> Any | None:
    properties = item.get("properties") if isinstance(item, dict) else None
    if not isinstance(properties, dict) or not isinstance(properties.get("code"), str):
        return _("A shape must say in its properties whose it is: “of” and “code”.")
    if properties.get("of") not in (
        "community",
        "large_grid",
        "grid",
        "micro_grid",
        "estate",
        "building",
    ):
        return _("“of” must be community, large_grid, grid, micro_grid, estate or building.")
    geometry = item.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return _("A shape must be a Polygon or a MultiPolygon.")
    return None
