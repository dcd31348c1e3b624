"""What moto lacks or does otherwise than AWS, one file per service.

Every file has `SEAMS` (the methods of moto that it counts on) and `apply()`.
"""

from localcloud.moto_patches import budgets, policy_conditions

PATCHES = (budgets, policy_conditions)


def apply_all() -> None:
    """Apply every patch; raises MotoChangedError when moto is not what they were written for."""
    for patch in PATCHES:
        patch.apply()
