"""The description of the API: OpenAPI 3.1, in the reader's language."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.api.operations import KEY_HEADER, REPLAYED_HEADER
from linli.api.problems import MEDIA_TYPE
from linli.api.schemas.common import Problem
from linli.api.v1 import TITLE, api
from linli.core.idempotency import KEY_LENGTH_MAX

_REF = {"$ref": "#/components/schemas/Problem"}
_READ_STATUSES = (400, 401, 403, 404, 422, 429, 503)
_WRITE_STATUSES = (400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503)


@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # Django gives it
    """Send the description; it names nothing of this office, so anybody may read it."""
    response = JsonResponse(document(), json_dumps_params={"ensure_ascii": False})
    response.headers["Cache-Control"] = "private, max-age=300"
    return response


def document() -> dict[str, Any]:
    """Return the whole description in the language of the moment."""
    found: dict[str, Any] = _plain(api.get_openapi_schema(path_prefix="/api/v1/"))
    found["info"] = {
        "title": str(TITLE),
        "version": api.version,
        "description": _(
            "What programs read and do. Every request shows a token; every POST has an "
            "Idempotency-Key; every refusal is a problem (RFC 9457)."
        ),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    found["servers"] = [{"url": "/"}]
    found["components"]["schemas"]["Problem"] = _problem_schema()
    found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for operations in found["paths"].values():
        for operation in operations.values():
            _complete(operation)
    return found


def _plain(value: Any) -> Any:
    """Return a copy with lazy sentences said and numeric keys as JSON has them."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, int | float | str | None) else str(value)


def _problem_schema() -> dict[str, Any]:
    schema = Problem.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
    fault = schema.pop("$defs")["Fault"]
    schema["properties"]["errors"]["items"] = fault
    return schema


def _complete(operation: dict[str, Any]) -> None:
    """Say of one operation what every one has: scopes, headers, and how it refuses."""
    is_write = bool(operation.pop("x-writes", False))
    is_paged = bool(operation.pop("x-paged", False))
    is_binary = bool(operation.pop("x-binary", False))
    operation["security"] = [{"token": []}]
    for status, answer in operation["responses"].items():
        if is_write:
            answer["headers"] = {
                REPLAYED_HEADER: {"schema": {"type": "string", "enum": ["true"]}},
            }
        if is_paged:
            answer["headers"] = {"Link": {"schema": {"type": "string"}}}
        if is_binary and status == "200":
            kinds = ("image/jpeg", "image/png", "application/pdf", "application/octet-stream")
            answer["content"] = {kind: {} for kind in kinds}
    if is_binary:
        operation["responses"]["304"] = {"description": "Not Modified"}
    for parameter in operation["parameters"]:
        parameter["schema"] = _without_null(parameter["schema"])
    if is_write:
        operation["parameters"].append(
            {
                "in": "header",
                "name": KEY_HEADER,
                "required": True,
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": KEY_LENGTH_MAX,
                    "pattern": "^[!-~]+$",
                },
            }
        )
    for status in _WRITE_STATUSES if is_write else _READ_STATUSES:
        operation["responses"][str(status)] = {
            "description": "Problem",
            "content": {MEDIA_TYPE: {"schema": _REF}},
        }


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a parameter may be: in an address nothing is ever null, it is left out."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    kept = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    found: dict[str, Any] = kinds[0] | kept
    return found
