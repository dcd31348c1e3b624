"""Validate a request against its service's model: required, length, range, pattern, enum.

AWS publishes these constraints in the models that botocore ships. botocore itself checks few of
them, so invalid values reach AWS, which refuses them.
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Violation:
    """A constraint that a value violates.

    `path` has AWS's format, `tags.1.member.key`. `location` is where the outermost member is
    sent: "header", "uri", "querystring", or "" for the body.
    """

    path: str
    value: Any
    constraint: str
    location: str = ""

    @property
    def missing(self) -> bool:
        """Whether a required member is absent."""
        return self.value is None

    def __str__(self) -> str:
        """AWS's error message for it."""
        shown = "null" if self.missing else f"'{self.value}'"
        return f"Value {shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


def violations(shape: Any, value: Any, exempt: Set[str] = frozenset()) -> list[Violation]:
    """All violations of `shape`, the input model, in `value`, a parsed request.

    Shapes named in `exempt` are not checked.
    """
    return list(_structure(shape, value, "", None, exempt))


def _structure(
    shape: Any, value: Any, path: str, location: str | None, exempt: Set[str]
) -> Iterator[Violation]:
    required = shape.metadata.get("required", ())
    for name, member in shape.members.items():
        if member.name in exempt:
            continue
        where = member.serialization.get("location", "") if location is None else location
        inner = path + name[:1].lower() + name[1:]
        if value.get(name) is not None:
            yield from _shape(member, value[name], inner, where, exempt)
        # Clients and services generate a missing idempotency token.
        elif name in required and not member.metadata.get("idempotencyToken"):
            yield Violation(inner, None, "Member must not be null", where)


def _shape(
    shape: Any, value: Any, path: str, location: str, exempt: Set[str]
) -> Iterator[Violation]:
    if shape.name in exempt:
        return
    for constraint in _unmet(shape, value):
        hidden = shape.metadata.get("sensitive")
        yield Violation(path, "***" if hidden else value, f"Member must {constraint}", location)
    if shape.type_name == "structure" and isinstance(value, Mapping):
        if not shape.is_document_type:
            yield from _structure(shape, value, f"{path}.", location, exempt)
    elif shape.type_name == "list" and isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _shape(shape.member, item, f"{path}.{number}.member", location, exempt)
    elif shape.type_name == "map" and isinstance(value, Mapping):
        for key, item in value.items():
            yield from _shape(shape.key, key, f"{path}.key", location, exempt)
            yield from _shape(shape.value, item, f"{path}.{key}.member", location, exempt)


def _unmet(shape: Any, value: Any) -> Iterator[str]:
    """The constraints that the value itself, without its members, does not meet."""
    known = shape.metadata
    if isinstance(value, int | float) and not isinstance(value, bool):
        size, what = value, "have value"
    elif isinstance(value, str | bytes | list | Mapping):
        size, what = len(value), "have length"
    else:
        return
    if "min" in known and size < known["min"]:
        yield f"{what} greater than or equal to {known['min']}"
    if "max" in known and size > known["max"]:
        yield f"{what} less than or equal to {known['max']}"
    if not isinstance(value, str):
        return
    if "enum" in known and value not in known["enum"]:
        yield f"satisfy enum value set: [{', '.join(known['enum'])}]"
    if "pattern" in known and not _matches(known["pattern"], value):
        yield f"satisfy regular expression pattern: {known['pattern']}"


def _matches(pattern: str, value: str) -> bool:
    """Whether a value matches a model's pattern; True if Python cannot compile the pattern."""
    compiled = _compiled(pattern)
    if compiled is None:
        return True
    # Older models omit the anchors and mean the whole value; newer ones include them.
    anchored = pattern.startswith("^")
    return bool(compiled.search(value) if anchored else compiled.fullmatch(value))


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A Java pattern converted to Python; where they differ, the more permissive meaning."""
    if "&&" in pattern:  # an intersection of character classes
        return None
    python = re.sub(r"\\p\{[LN]\}", r"\\w", pattern)
    python = re.sub(r"\\p\{Zs?\}", r"\\s", python)
    python = re.sub(r"(\\[sw])-(?=[^\]])", r"\1\\-", python)  # in a class: a literal hyphen
    python = re.sub(r"\(\?i\)([^()]*)", r"(?i:\1)", python)  # applies to the end of its group
    # Java's \w and \d are ASCII only, its Unicode classes are not.
    flags = re.UNICODE if python != pattern else re.ASCII
    try:
        return re.compile(python, flags)
    except re.error:
        return None
