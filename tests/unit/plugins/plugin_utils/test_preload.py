"""The start of a playbook: what is compiled once is kept."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
from ansible_collections.cardiology.cloud.plugins import module_utils
from ansible_collections.cardiology.cloud.plugins.plugin_utils.preload import (
    MODULE_UTILS,
    KeptBytecode,
)


def test_our_modules_are_read_with_their_bytecode() -> None:
    spec = KeptBytecode().find_spec(f"{MODULE_UTILS}.endpoints", module_utils.__path__)
    assert spec is not None
    assert isinstance(spec.loader, SourceFileLoader)
    assert spec.origin == str(Path(module_utils.__path__[0]) / "endpoints.py")
    assert Path(str(spec.cached)).parent.name == "__pycache__"


def test_a_package_is_found_with_its_modules() -> None:
    spec = KeptBytecode().find_spec(f"{MODULE_UTILS}.estate", module_utils.__path__)
    assert spec is not None
    assert spec.submodule_search_locations == [str(Path(module_utils.__path__[0]) / "estate")]


@pytest.mark.parametrize(
    "name", [MODULE_UTILS, "ansible_collections.amazon.aws.plugins.module_utils.modules", "json"]
)
def test_what_is_not_ours_is_left_to_ansible(name: str) -> None:
    assert KeptBytecode().find_spec(name, module_utils.__path__) is None


def test_a_module_that_does_not_exist_is_left_to_ansible() -> None:
    assert KeptBytecode().find_spec(f"{MODULE_UTILS}.none", module_utils.__path__) is None
