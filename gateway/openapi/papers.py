"""The document as bytes and as pages: server-rendered, no script, no asset from outside, under a strict policy."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.problems import Kind

_CODE = re.compile(r"`([^`]+)`")
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Papers:
    """What was printed once at start. ``policy`` is the Content-Security-Policy under which the pages work."""

    document_json: bytes
    reference_html: str
    problems_html: str
    problem_html: Mapping[str, str]
    policy: str


def print_papers(document: Mapping[str, Any], problem_kinds: Mapping[str, Kind]) -> Papers:
    """Print the document as JSON and as a page, and a page for each type of problem, by the type's name."""
    environment = Environment(
        loader=PackageLoader("gateway.openapi", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(prose=_prose, json=_json, kind=_kind, name=_name)
    source = environment.get_template("style.css").render()
    style = Markup(source)  # noqa: S704 our own file, no part of it comes from outside
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    sections = _sections(document)
    return Papers(
        document_json=json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(),
        reference_html=environment.get_template("reference.html").render(
            document=document, sections=sections, style=style
        ),
        problems_html=environment.get_template("problems.html").render(
            problems=sorted(problem_kinds.values(), key=lambda kind: (kind.status, kind.reason)), style=style
        ),
        problem_html={
            kind.name: environment.get_template("problem.html").render(problem=kind, style=style)
            for kind in problem_kinds.values()
        },
        policy=(
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        ),
    )


def _sections(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the operations by their tags, in the order of the document."""
    sections = {tag["name"]: {"name": tag["name"], "operations": []} for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                operation = {**methods[method], "method": method.upper(), "path": path}
                operation["curl"] = _curl(operation)
                operation["responses"] = {
                    status: document["components"]["responses"][_name(one["$ref"])] if "$ref" in one else one
                    for status, one in operation["responses"].items()
                }
                sections[operation["tags"][0]]["operations"].append(operation)
    return list(sections.values())


def _curl(operation: Mapping[str, Any]) -> str:
    parameters = operation.get("parameters", [])
    path = operation["path"]
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", str(parameter["example"]))
    lines = [f'curl -X {operation["method"]} "$BILLOWATT_URL{path}"']
    if operation.get("security") != []:
        lines.append('-H "Authorization: Bearer $BILLOWATT_KEY"')
    lines += [f"-H '{one['name']}: {one['example']}'" for one in parameters if one["in"] == "header"]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        body = json.dumps(content["application/json"]["example"], ensure_ascii=False)
        lines += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    elif content:
        lines += ["-H 'Content-Type: application/pdf'", "--data-binary @bill.pdf"]
    return " \\\n  ".join(lines)


def _prose(source: str) -> Markup:
    """Escape a text, set what stands between backticks as code, and make paragraphs of its parts."""
    paragraphs = (
        _CODE.sub(r"<code>\1</code>", str(escape(part)).replace("\n", " ")) for part in source.strip().split("\n\n")
    )
    return Markup("".join(f"<p>{part}</p>" for part in paragraphs))  # noqa: S704 escaped above


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _name(pointer: str) -> str:
    return pointer.rpartition("/")[2]


def _kind(schema: Mapping[str, Any]) -> Markup:
    """Say in a few words what a schema takes; names of other schemas are links."""
    if "$ref" in schema:
        name = _name(schema["$ref"])
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "oneOf" in schema:
        return Markup(" or ").join(_kind(one) for one in schema["oneOf"])
    if schema.get("type") == "array":
        return Markup("list of {}").format(_kind(schema["items"]))
    types = schema.get("type", "anything")
    words = " or ".join(types) if isinstance(types, list) else str(types)
    if "format" in schema:
        words += f" ({schema['format']})"
    if "const" in schema:
        words += f": {schema['const']}"
    if "enum" in schema:
        words += ": " + ", ".join("null" if one is None else str(one) for one in schema["enum"])
    return Markup("{}").format(words)
