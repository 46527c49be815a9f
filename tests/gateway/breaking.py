"""What breaks those who build on a published OpenAPI document, found by comparing it with the present one.

Breaking is: an operation, an answer, a content type, a member of an answer or a word of a request that is gone; a member of
an answer that may now be absent or null or of another type; a request that must now hold more, or may hold less. Everything
that is only added is not, words of answers included: clients are told to pass over words that they do not know.
"""

from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")


def breaks(before, now):
    """Return what broke, as texts; empty where nothing did."""
    found = []
    for path, methods in before["paths"].items():
        for method in _METHODS:
            if method not in methods:
                continue
            at = f"{method.upper()} {path}"
            if method not in now["paths"].get(path, {}):
                found.append(f"{at} is gone")
                continue
            found += _operation(methods[method], now["paths"][path][method], before, now, at)
    for name, hook in before.get("webhooks", {}).items():
        if name not in now.get("webhooks", {}):
            found.append(f"webhook {name} is gone")
            continue
        old, new = (one["post"]["requestBody"]["content"] for one in (hook, now["webhooks"][name]))
        found += _content(old, new, before, now, f"webhook {name}", answer=True)
    return found


def _operation(old, new, before, now, at):
    found = []
    if old["operationId"] != new["operationId"]:
        found.append(f"{at} has another operationId")
    names = {(one["in"], one["name"]): one for one in new.get("parameters", [])}
    known = {(one["in"], one["name"]): one for one in old.get("parameters", [])}
    for key, parameter in known.items():
        if key not in names:
            found.append(f"{at} no longer takes {key[1]}")
        else:
            found += _schema(parameter["schema"], names[key]["schema"], before, now, f"{at} {key[1]}", answer=False)
    found += [
        f"{at} must now be given {name}"
        for (place, name), one in names.items()
        if one.get("required") and (place, name) not in known
    ]
    if "requestBody" in old:
        taken = new.get("requestBody", {}).get("content", {})
        found += _content(old["requestBody"]["content"], taken, before, now, f"{at} body", answer=False)
    elif new.get("requestBody", {}).get("required"):
        found.append(f"{at} must now have a body")
    for status, response in old["responses"].items():
        if status not in new["responses"]:
            if status.startswith("2"):
                found.append(f"{at} no longer answers {status}")
            continue
        was, is_now = _resolved(response, before), _resolved(new["responses"][status], now)
        found += _content(was.get("content", {}), is_now.get("content", {}), before, now, f"{at} {status}", answer=True)
    return found


def _content(old, new, before, now, at, *, answer):
    found = []
    for media, content in old.items():
        if media not in new:
            found.append(f"{at}: {media} is gone")
        elif "schema" in content and "schema" in new[media]:
            found += _schema(content["schema"], new[media]["schema"], before, now, at, answer=answer)
    return found


def _schema(old, new, before, now, at, *, answer, seen=frozenset()):
    mark = (old.get("$ref"), new.get("$ref"))
    if all(mark) and mark in seen:
        return []
    seen = seen | {mark}
    old, new = _resolved(old, before), _resolved(new, now)
    if "oneOf" in old and "oneOf" in new:
        pairs = zip(old["oneOf"], new["oneOf"], strict=False)
        return [one for a, b in pairs for one in _schema(a, b, before, now, at, answer=answer, seen=seen)]
    found = []
    was, is_now = _types(old), _types(new)
    # An answer may only get narrower, a request only wider.
    lost = (is_now - was) if answer else (was - is_now)
    if was and is_now and lost:
        found.append(f"{at}: type was {sorted(was)}, is {sorted(is_now)}")
    old_words, new_words = set(old.get("enum", [])), set(new.get("enum", []))
    if old_words and new_words and not answer:
        found += [f"{at}: the word {word} is gone" for word in sorted(map(str, old_words - new_words))]
    elif new_words and not answer:
        found.append(f"{at}: only some words are taken now")
    found += _members(old, new, before, now, at, answer, seen)
    if "items" in old and "items" in new:
        found += _schema(old["items"], new["items"], before, now, f"{at}[]", answer=answer, seen=seen)
    return found


def _members(old, new, before, now, at, answer, seen):
    found = []
    properties: dict[str, Any] = new.get("properties", {})
    for name, schema in old.get("properties", {}).items():
        if name not in properties:
            found.append(f"{at}.{name} is gone")
        else:
            found += _schema(schema, properties[name], before, now, f"{at}.{name}", answer=answer, seen=seen)
    old_required, new_required = set(old.get("required", [])), set(new.get("required", []))
    if answer:
        found += [
            f"{at}.{name} may be absent now" for name in sorted(old_required - new_required) if name in properties
        ]
    else:
        found += [f"{at}.{name} must be given now" for name in sorted(new_required - old_required)]
    return found


def _types(schema):
    types = schema.get("type", [])
    return {types} if isinstance(types, str) else set(types)


def _resolved(node, document):
    while "$ref" in node:
        found = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node
