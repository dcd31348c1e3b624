# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choose the region, for both the playbooks and the inventory."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.utils.vars import load_extra_vars

from .command import typed_playbooks
from .environments import ENDINGS, find, search_path

if TYPE_CHECKING:
    from ansible.parsing.dataloader import DataLoader

DEFAULT = "us-west-2"


def chosen(loader: DataLoader) -> str:
    """The region of the command line, group_vars, environment variables or profile, else DEFAULT.

    Inventory plugins have no access to variables, so the files are read here.
    """
    inputs = load_extra_vars(loader)
    given = (
        inputs.get("region"),
        of_group_vars(loader, str(inputs.get("env", "dev"))),
        os.environ.get("AWS_REGION"),
        os.environ.get("AWS_DEFAULT_REGION"),
    )
    return str(next(filter(None, given), "") or of_profile() or DEFAULT)


def of_group_vars(loader: DataLoader, env: str) -> str:
    """The region in `group_vars/<env>.yml`, else in `group_vars/all.yml`, else "".

    The files and their precedence are those of a playbook: an environment has one file, and the
    last `all.yml` counts.
    """
    sources = context.CLIARGS.get("inventory") or ()
    folders = search_path([*sources, *typed_playbooks(context.CLIARGS)])
    found = find(env, folders)
    last_first = reversed([folder / f"all{ending}" for folder in folders for ending in ENDINGS])
    files = [*([found.path] if found else []), *filter(Path.is_file, last_first)]
    return next(filter(None, (_region_in(loader, str(file)) for file in files)), "")


def _region_in(loader: DataLoader, path: str) -> str:
    """The region in a file; "" if there is none, or if it is a template or unreadable."""
    try:
        variables: Any = loader.load_from_file(path)
    except AnsibleError:
        return ""  # Ansible reports it when it reads the file itself
    region = variables.get("region") if isinstance(variables, dict) else ""
    return region if isinstance(region, str) and "{{" not in region else ""


@lru_cache(maxsize=1)
def of_profile() -> str:
    """The region of the caller's profile, "" if it has none or does not exist."""
    try:
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session
    except ImportError:
        return ""  # the first module reports it, with what to install
    try:
        return Session().get_config_variable("region") or ""
    except BotoCoreError:
        return ""  # an invalid profile is reported when it is used
