"""The seams between moto and us: each method of moto that we replace, with the signature we need.

moto gives no promise about its internals, so each replacement says what it was written against.
A moto that changed such a method is refused at start (and by the contract tests) with one clear
sentence instead of misbehaving later.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_ORIGINAL = "__localcloud_original__"


class MotoChangedError(RuntimeError):
    """A method of moto is not what our replacement was written for."""


@dataclass(frozen=True)
class Seam:
    """One method of moto that we replace.

    `signature` is the parameter names in order, `self` included, `*`/`**` as in the source:
    names and kinds are what a replacement depends on; annotations and defaults are not.
    """

    owner: Any
    name: str
    signature: str

    @property
    def original(self) -> Callable[..., Any]:
        """moto's own method, also after we have replaced it."""
        method = getattr(self.owner, self.name, None)
        if method is None:
            raise MotoChangedError(f"moto no longer has {self._qualified_name}")
        original: Callable[..., Any] = getattr(method, _ORIGINAL, method)
        return original

    def verify(self) -> None:
        """Raise MotoChangedError unless moto's method still takes what we expect."""
        found = parameter_names(self.original)
        if found != self.signature:
            raise MotoChangedError(
                f"moto's {self._qualified_name} takes ({found}), we were written for "
                f"({self.signature}): check the replacement, then update the seam"
            )

    def replace(self, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        """Put `make(original)` in the method's place; doing it again replaces it anew."""
        self.verify()
        replacement = make(self.original)
        setattr(replacement, _ORIGINAL, self.original)
        setattr(self.owner, self.name, replacement)

    def restore(self) -> None:
        """Put moto's own method back."""
        setattr(self.owner, self.name, self.original)

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
    """Give `owner` a method that moto lacks.

    Raises MotoChangedError when moto has grown one of its own: then ours must go.
    """
    existing = getattr(owner, name, None)
    if existing is not None and not hasattr(existing, _ORIGINAL):
        raise MotoChangedError(f"moto has its own {owner.__name__}.{name} now: remove ours")
    setattr(operation, _ORIGINAL, None)
    setattr(owner, name, operation)
