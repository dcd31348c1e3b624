"""Removing a role from an instance profile that does not have it is refused; moto crashes."""

from collections.abc import Callable
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend

from localcloud.api.moto_patches.seams import Seam

SEAMS = (Seam(IAMBackend, "remove_role_from_instance_profile", "self, profile_name, role_name"),)


def apply() -> None:
    """Answer the second of two equal requests with NoSuchEntity."""
    [remove] = SEAMS
    remove.replace(_if_there)


def _if_there(original: Callable[..., None]) -> Callable[..., None]:
    def remove_role_from_instance_profile(self: Any, profile_name: str, role_name: str) -> None:
        if self.get_role(role_name) not in self.get_instance_profile(profile_name).roles:
            raise NotFoundException(f"The role with name {role_name} cannot be found.")
        original(self, profile_name, role_name)

    return remove_role_from_instance_profile
