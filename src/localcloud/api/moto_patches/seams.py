"""Seams: the moto methods that we replace, with the signatures that we expect.

moto's internals are not a stable API, so each replacement declares the signature it was written
for. If moto changes such a method, the server refuses to start with a clear error (and the
contract tests fail) instead of misbehaving later.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_ORIGINAL = "__localcloud_original__"


class MotoChangedError(RuntimeError):
    """A moto method differs from the one that our replacement was written for."""


@dataclass(frozen=True)
class Seam:
    """One moto method that we replace.

    `signature` lists the parameter names in order, including `self`, with `*`/`**` as in the
    source. A replacement depends on names and kinds, not on annotations and defaults.
    """

    owner: Any
    name: str
    signature: str

    @property
    def original(self) -> Callable[..., Any]:
        """moto's own method, even after it has been replaced."""
        method = getattr(self.owner, self.name, None)
        if method is None:
            raise MotoChangedError(f"moto no longer has {self._qualified_name}")
        original: Callable[..., Any] = getattr(method, _ORIGINAL, method)
        return original

    def verify(self) -> None:
        """Raise MotoChangedError unless moto's method still has the expected signature."""
        found = parameter_names(self.original)
        if found != self.signature:
            raise MotoChangedError(
                f"moto's {self._qualified_name} takes ({found}), we were written for "
                f"({self.signature}): check the replacement, then update the seam"
            )

    def replace(self, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        """Replace the method with `make(original)`; a second call replaces the replacement."""
        self.verify()
        replacement = make(self.original)
        setattr(replacement, _ORIGINAL, self.original)
        setattr(self.owner, self.name, replacement)

    @property
    def _qualified_name(self) -> str:
        return f"{getattr(self.owner, '__name__', self.owner)}.{self.name}"


def parameter_names(function: Callable[..., Any]) -> str:
    """`self, a, *rest, **options`: the parameters' names and kinds."""
    marks: dict[Any, str] = {
        inspect.Parameter.VAR_POSITIONAL: "*",
        inspect.Parameter.VAR_KEYWORD: "**",
    }
    parameters = inspect.signature(function).parameters.values()
    return ", ".join(marks.get(p.kind, "") + p.name for p in parameters)


def add_operation(owner: Any, name: str, operation: Callable[..., Any]) -> None:
    """Add a method that moto lacks to `owner`.

    Raises MotoChangedError if moto now has its own: then ours must be removed.
    """
    existing = getattr(owner, name, None)
    if existing is not None and not hasattr(existing, _ORIGINAL):
        raise MotoChangedError(f"moto has its own {owner.__name__}.{name} now: remove ours")
    setattr(operation, _ORIGINAL, None)
    setattr(owner, name, operation)
