# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the names of inputs and the command line. Nothing here calls AWS."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ansible import context
from ansible.errors import AnsibleError
from ansible.utils.vars import load_extra_vars
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs.checks import (
    InputError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs.regions import Region
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs.spelling import (
    ALIKE,
    closest,
    question,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs.table import (
    TABLE,
)

from .command import typed_playbooks
from .environments import ROOT, same
from .region import chosen

if TYPE_CHECKING:
    from ansible.parsing.dataloader import DataLoader

#: Prefixes of variables of Ansible and of AWX or Tower.
FOREIGN = ("ansible_", "awx_", "tower_")

#: Ansible's name for words in `-e` that are not `name=value`.
WITHOUT_NAME = "_raw_params"

#: The minimum similarity to an input for a name to be rejected if foreign names are allowed.
MISSPELLED = 0.85


def known_names(root: Path = ROOT) -> set[str]:
    """All inputs in the table, and all options of the collection's roles."""
    names = {entry.name for entry in TABLE}
    for path in root.glob("roles/*/meta/argument_specs.yml"):
        specification = yaml.safe_load(path.read_text(encoding="utf-8"))
        for entry_point in specification["argument_specs"].values():
            names |= set(entry_point.get("options") or {})
    return names


def refusals(names: Iterable[str], *, where: str = "", strict: bool) -> list[str]:
    """One sentence for each name that is not an input.

    If not `strict`, foreign variables are allowed, and only misspelled inputs are reported.
    """
    table = {entry.name for entry in TABLE}
    others = [n for n in names if n not in {*table, WITHOUT_NAME} and not n.startswith(FOREIGN)]
    if not others:
        return []
    known = known_names()
    called = {entry.called: entry.name for entry in TABLE if entry.called}
    faults = []
    for name in others:
        meant = closest(name, {*known, *called}, ALIKE if strict else MISSPELLED)
        if name not in known and (strict or meant):
            faults.append(f"There is no input {name!r}{where}{question(called.get(meant, meant))}")
    return faults


def command_line_faults(loader: DataLoader, playbook_dir: str = "") -> list[str]:
    """Faults in the command line, checked before any value is read.

    Other playbooks (by `playbook_dir`, else by the command line) may have variables and tags of
    their own, so for them only wrong and misspelled inputs are reported.
    """
    typed = map(os.path.dirname, typed_playbooks(context.CLIARGS))
    folders = [playbook_dir] if playbook_dir else list(typed)
    ours = bool(folders) and all(same(folder, ROOT / "playbooks") for folder in folders)
    given = load_extra_vars(loader)
    faults = refusals(given, strict=ours)
    # Inputs that no module parses are checked here.
    read = {e.name: e.check for e in TABLE if not e.parsed and e.name in given}
    for name, check in {**read, "region": Region()}.items():
        try:
            check(name, chosen(loader) if name == "region" else given[name])
        except InputError as wrong:
            faults += wrong.sentences
    return [*faults, *_refuse_nameless(given), *_refuse_tags(context.CLIARGS)] if ours else faults


def unreadable(loader: DataLoader, error: AnsibleError) -> str:
    """The error for values of `-e` that Ansible cannot read, with the name of the file."""
    for option in context.CLIARGS["extra_vars"]:
        path = option.removeprefix("@")
        if path == option:
            continue
        if not loader.is_file(path):
            return f"-e {option}: there is no such file."
        try:
            loader.load_from_file(path, cache="none")
        except AnsibleError as inner:
            return f"{path} is not valid: {inner}"
    return f"A value of -e cannot be read: {error}"


def _refuse_nameless(given: Mapping[str, Any]) -> Iterator[str]:
    if words := given.get(WITHOUT_NAME):
        yield (
            f"-e {words!r} has no name: write -e name=value, and quote a value that contains a "
            "space: -e \"name='a value'\"."
        )


def _refuse_tags(options: Mapping[str, Any]) -> Iterator[str]:
    """Errors for tags: our playbooks have none, so with a tag they would do nothing and succeed."""
    chosen = [tag for tag in options.get("tags") or () if tag != "all"]
    for option, tags in (("--tags", chosen), ("--skip-tags", options.get("skip_tags") or ())):
        if tags:
            yield (
                f"These playbooks have no tags: run the command without {option} {','.join(tags)}."
            )
