# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The next command: the one typed, with all inputs, for the same or another playbook."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible import context

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
COLLECTION = "cardiology.cloud."

#: Inputs for one plan or one playbook only, which the next command must not repeat.
OF_ONE_PLAN = frozenset({"plan_file", "apply_plan"})
OF_ONE_PLAYBOOK = OF_ONE_PLAN | {
    *("destroy_data", "prune", "new_key", "deploy_with", "run_id", "data_dir"),
}

#: Options that the next command must not repeat.
DROPPED = frozenset({"--check", "-C"})

EXTRA = ("-e", "--extra-vars")
SECRET = re.compile(
    r"passw|passphrase|secret|token|credential|api_?key|access_?key|private_?key$|auth$", re.I
)
HIDDEN = "***"


def typed_playbooks(options: Mapping[str, Any]) -> list[str]:
    """The playbooks on the command line; none for `ansible`, whose argument is a pattern."""
    given = options.get("args") or ()
    return [] if isinstance(given, str) else list(given)


def next_command(
    playbook: str = "",
    argv: Sequence[str] | None = None,
    playbooks: Sequence[str] | None = None,
) -> str:
    """The `ansible-playbook` command that was typed, with `playbook` instead of the one it ran.

    `playbook` is the name of one of the collection's playbooks, such as `deploy`; "" means the
    same one. --check and saved plans are left out, and values that look secret are hidden. `argv`
    and `playbooks` default to those of this process.
    """
    argv = sys.argv if argv is None else argv
    typed = typed_playbooks(context.CLIARGS) if playbooks is None else list(playbooks)
    same = not playbook or playbook in {_stem(name) for name in typed}
    without = OF_ONE_PLAN if same else OF_ONE_PLAYBOOK
    program = "ansible-playbook" if shutil.which("ansible-playbook") else str(argv[0])
    words = [program]
    if not set(typed) & set(argv):  # not started from the command line
        words.append(_other(typed, playbook) if playbook else "")
    for word in _words(argv[1:], without):
        if word not in typed or same:
            words.append(word)
        elif word == typed[0]:
            words.append(_other(typed, playbook))
    return " ".join(shlex.quote(word) for word in words if word)


def _words(argv: Sequence[str], without: frozenset[str]) -> Iterator[str]:
    """The words to repeat, with each extra-vars option as `-e` and its value."""
    rest = iter(argv)
    for word in rest:
        value = None
        if word in EXTRA:
            value = next(rest, "")
        elif word.startswith("--extra-vars="):
            value = word.partition("=")[2]
        elif re.match(r"-e.", word):
            value = word[2:]
        if value is not None:
            for kept in _inputs(value, without):
                yield from ("-e", kept)
        elif word not in DROPPED:
            yield word


def _inputs(value: str, without: frozenset[str]) -> Iterator[str]:
    """One -e value without the inputs to leave out, and with secrets hidden."""
    if value.startswith("@"):
        yield value
        return
    if value.lstrip()[:1] in ("{", "["):
        yield from _document(value, without)
        return
    try:
        pairs = shlex.split(value)
    except ValueError:
        return
    for pair in pairs:
        name, equals, given = pair.partition("=")
        if equals and name not in without:
            # Quoted, because Ansible splits the value at spaces again.
            yield f"{name}={HIDDEN if SECRET.search(name) else shlex.quote(given) if given else ''}"


def _document(value: str, without: frozenset[str]) -> Iterator[str]:
    try:
        inputs = yaml.safe_load(value)
    except yaml.YAMLError:
        inputs = None
    if not isinstance(inputs, Mapping):
        return
    kept = {name: _hidden(name, given) for name, given in inputs.items() if name not in without}
    if kept:
        yield json.dumps(kept, default=str, ensure_ascii=False)


def _hidden(name: Any, value: Any) -> Any:
    if SECRET.search(str(name)):
        return HIDDEN
    if isinstance(value, Mapping):
        return {inner: _hidden(inner, given) for inner, given in value.items()}
    if isinstance(value, list):
        return [_hidden("", given) for given in value]
    return value


def own_playbook(name: str) -> Path | None:
    """The file of one of the collection's playbooks, by path or as `cardiology.cloud.deploy`."""
    path = Path(name).resolve()
    if name.startswith(COLLECTION):
        path = PLAYBOOKS / f"{name.removeprefix(COLLECTION).removesuffix('.yml')}.yml"
    return path if path.parent == PLAYBOOKS and path.suffix == ".yml" and path.is_file() else None


def _stem(name: str) -> str:
    path = own_playbook(name)
    return path.stem if path else ""


def _other(typed: Sequence[str], playbook: str) -> str:
    """Another of our playbooks, by path or by full name like the first one."""
    first = typed[0] if typed else ""
    if _stem(first) and not first.startswith(COLLECTION):
        return str(Path(first).with_name(f"{playbook}.yml"))
    return COLLECTION + playbook
