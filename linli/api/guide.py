"""The page that describes the API: drawn from openapi.json here, without any script."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, pgettext_lazy
from django.views.decorators.http import require_safe

from linli.api.describing import document

TAGS = {
    "me": pgettext_lazy("part of the API", "Who I am"),
    "matters": pgettext_lazy("part of the API", "Matters"),
    "steps": pgettext_lazy("part of the API", "Steps of a matter"),
    "events": pgettext_lazy("part of the API", "Events"),
    "attachments": pgettext_lazy("part of the API", "Photos and papers"),
    "registers": pgettext_lazy("part of the API", "Registers"),
    "lists": pgettext_lazy("part of the API", "Problem lists and meetings"),
    "deliberation": pgettext_lazy("part of the API", "Deliberation"),
    "figures": pgettext_lazy("part of the API", "Figures"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter or field: its name, what it may be, and whether it is needed."""

    name: str
    kind: str
    is_needed: bool
    where: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One address with one method."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: tuple[Field, ...]
    statuses: str


@require_safe
def show_guide(request: HttpRequest) -> HttpResponse:
    """Show every address with what it takes and gives."""
    described = document()
    parts: dict[str, list[Operation]] = {tag: [] for tag in TAGS}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            parts[operation["tags"][0]].append(_operation(described, path, method, operation))
    facts = {
        "info": described["info"],
        "parts": [(tag, TAGS[tag], operations) for tag, operations in parts.items()],
        "server": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "api/guide.html", facts)


def _operation(
    described: dict[str, Any], path: str, method: str, operation: dict[str, Any]
) -> Operation:
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    answers = [
        content.get("schema", {})
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for content in answer.get("content", {}).values()
    ]
    # What the functions say of themselves is English; the summary is said in both languages.
    is_english = (get_language() or "").startswith("en")
    return Operation(
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", "") if is_english else "",
        parameters=tuple(
            Field(one["name"], kind_of(one["schema"]), one["required"], one["in"])
            for one in operation["parameters"]
        ),
        body=tuple(field for one in bodies for field in _fields(described, one["schema"])),
        answer=tuple(field for one in answers for field in _fields(described, one)),
        statuses=", ".join(operation["responses"]),
    )


def _fields(described: dict[str, Any], schema: dict[str, Any]) -> list[Field]:
    found = _resolved(described, schema)
    needed = found.get("required", [])
    return [
        Field(name, kind_of(one), name in needed)
        for name, one in found.get("properties", {}).items()
    ]


def _resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = described["components"]["schemas"][name] if name else schema
    return found


def kind_of(schema: dict[str, Any]) -> str:
    """Return in a few letters what a value may be: ``integer 1–200``, ``READ | WRITE``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    for several in ("anyOf", "allOf"):
        if several in schema:
            return " | ".join(kind_of(one) for one in schema[several])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"[{kind_of(schema.get('items', {}))}]"
    said = str(schema.get("format", "")) or kind
    if "minimum" in schema and "maximum" in schema and schema["maximum"] < 2**31:
        said += f" {schema['minimum']}–{schema['maximum']}"
    if "maxLength" in schema:
        said += f" ≤ {schema['maxLength']}"
    return said
