"""The rotation period of a KMS key, which moto does not store."""

import json
from collections.abc import Callable
from typing import Any

from moto.kms.responses import KmsResponse

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(KmsResponse, "enable_key_rotation", "self"),
    Seam(KmsResponse, "get_key_rotation_status", "self"),
)

DEFAULT_DAYS = 365
_PERIOD = "localcloud_rotation_days"


def apply() -> None:
    """Store the period and return it."""
    enable, status = SEAMS
    enable.replace(_enable)
    status.replace(_status)


def _key(response: Any) -> Any:
    backend = response.kms_backend
    return backend.keys[backend.any_id_to_key_id(response._get_param("KeyId"))]


def _enable(original: Callable[..., str]) -> Callable[..., str]:
    def enable_key_rotation(self: Any) -> str:
        answer = original(self)
        setattr(_key(self), _PERIOD, self._get_param("RotationPeriodInDays") or DEFAULT_DAYS)
        return answer

    return enable_key_rotation


def _status(original: Callable[..., str]) -> Callable[..., str]:
    def get_key_rotation_status(self: Any) -> str:
        answer = json.loads(original(self))
        if answer["KeyRotationEnabled"]:
            answer["RotationPeriodInDays"] = getattr(_key(self), _PERIOD, DEFAULT_DAYS)
        return json.dumps(answer)

    return get_key_rotation_status
