#!/usr/bin/env python3
"""Write the README.md of each role from its argument specification.

tools/role_readmes.py            write them
tools/role_readmes.py --check    list those that are out of date; exit code 1 if there are any
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
COLLECTION = "cardiology.cloud"
#: Markup for code, options, values, plugins and modules, such as `C(text)`.
MARKUP = re.compile(r"\b[COVPM]\(([^)]+)\)")
NOTE = "<!-- Written by `make generate` from meta/argument_specs.yml: change that file instead. -->"


def markdown(text: str | list[str]) -> str:
    """Ansible's markup as Markdown, one paragraph per list item."""
    paragraphs = [text] if isinstance(text, str) else text
    return "\n\n".join(MARKUP.sub(r"`\1`", " ".join(part.split())) for part in paragraphs)


def readme(role: str, specs: dict[str, Any]) -> str:
    """The README of one role: its description, then the options of each entry point."""
    lines = [f"# Role `{COLLECTION}.{role}`", "", NOTE]
    for name, spec in sorted(specs.items(), key=lambda item: item[0] != "main"):
        if name != "main":
            lines += ["", f"## `tasks_from: {name}`"]
        lines += ["", f"{markdown(spec['short_description']).rstrip('.')}."]
        if "description" in spec:
            lines += ["", markdown(spec["description"])]
        if spec.get("options"):
            lines += ["", *table(spec["options"])]
    return "\n".join([*lines, ""])


def table(options: dict[str, Any]) -> list[str]:
    """The options as rows; suboptions follow their dictionary."""
    rows = ["| option | type | default | description |", "|---|---|---|---|"]
    return rows + [row for name, option in options.items() for row in _rows(name, option)]


def _rows(name: str, option: dict[str, Any]) -> list[str]:
    kind = option.get("type", "str")
    if kind == "list" and "elements" in option:
        kind = f"list of {option['elements']}"
    cells = [f"`{name}`", kind, _default(option), _described(option)]
    inner = option.get("options", {})
    rows = [row for key, value in inner.items() for row in _rows(f"{name}.{key}", value)]
    return [f"| {' | '.join(cells)} |", *rows]


def _default(option: dict[str, Any]) -> str:
    if option.get("required"):
        return "required"
    if "default" not in option:
        return ""
    value = option["default"]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`".replace("|", "\\|") if text else "empty"


def _described(option: dict[str, Any]) -> str:
    text = " ".join(markdown(option["description"]).split()).replace("|", "\\|")
    choices = ", ".join(f"`{choice}`" for choice in option.get("choices", ()))
    return f"{text} One of {choices}." if choices else text


def pages() -> dict[Path, str]:
    """The expected text of each README, by path."""
    found = {}
    for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        role = path.parent.parent
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        found[role / "README.md"] = readme(role.name, specs)
    return found


def main() -> int:
    """Write the pages, or list those that are out of date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args().check
    stale = [
        path
        for path, text in pages().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if check:
            print(f"{path.relative_to(ROOT)} is not current: make generate")
        else:
            path.write_text(pages()[path], encoding="utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
