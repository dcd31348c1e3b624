"""Contract with moto: every method that we replace is what our replacement was written for."""

import importlib
import pkgutil

import pytest

from localcloud.api import moto_patches
from localcloud.api.moto_patches.seams import MotoChangedError, Seam, add_operation, parameter_names
from localcloud.hosts import metadata

MODULES = [
    importlib.import_module(f"{moto_patches.__name__}.{found.name}")
    for found in pkgutil.iter_modules(moto_patches.__path__)
]
ALL = [seam for module in [*MODULES, metadata] for seam in getattr(module, "SEAMS", ())]


@pytest.mark.parametrize("seam", ALL, ids=lambda seam: f"{seam.owner.__name__}.{seam.name}")
def test_moto_still_has_the_method_we_wrap(seam: Seam) -> None:
    seam.verify()


def test_every_patch_names_its_seams() -> None:
    patches = [module for module in MODULES if hasattr(module, "apply")]

    assert len(patches) >= 5
    assert all(module.SEAMS for module in patches)


class Theirs:
    def method(self, a: int, *rest: int, **options: int) -> str:
        return f"theirs {a}"


def test_a_changed_signature_is_refused_and_named() -> None:
    seam = Seam(Theirs, "method", "self, b")

    with pytest.raises(MotoChangedError, match=r"Theirs\.method takes \(self, a, \*rest"):
        seam.verify()


def test_a_method_that_is_gone_is_refused() -> None:
    with pytest.raises(MotoChangedError, match=r"no longer has Theirs\.gone"):
        Seam(Theirs, "gone", "self").verify()


def test_replacing_twice_wraps_the_original_once() -> None:
    class Owner(Theirs):
        pass

    seam = Seam(Owner, "method", "self, a, *rest, **options")
    for _time in range(2):
        seam.replace(lambda original: lambda self, a: f"ours({original(self, a)})")

    assert Owner().method(1) == "ours(theirs 1)"


def test_an_addition_that_moto_has_grown_itself_is_refused() -> None:
    with pytest.raises(MotoChangedError, match="has its own"):
        add_operation(Theirs, "method", lambda self: None)


def test_parameter_names_show_the_kinds() -> None:
    assert parameter_names(Theirs.method) == "self, a, *rest, **options"
