"""RunInstances honours its parameters MaxCount and ClientToken.

moto launches MinCount instances, where EC2 launches MaxCount if it can, and ignores the token.
When a connection breaks, every AWS client automatically retries with the same token, and would
get twice as many machines.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses.instances import InstanceResponse

from localcloud.api.moto_patches.seams import Seam

SEAMS = (Seam(InstanceResponse, "run_instances", "self"),)


def apply() -> None:
    """Honour MaxCount and ClientToken."""
    SEAMS[0].replace(_as_asked)


@dataclass
class _Launch:
    """One ClientToken, with its request parameters and result."""

    parameters: str
    lock: Any = field(default_factory=threading.Lock)
    result: Any = None


def _as_asked(original: Callable[..., Any]) -> Callable[..., Any]:
    def run_instances(self: Any) -> Any:
        token = self._get_param("ClientToken")
        asked = json.dumps(self.params, default=str, sort_keys=True)
        self.params["MinCount"] = self._get_param("MaxCount")  # capacity is unlimited here
        if not token:
            return original(self)
        # On the backend, so that a moto reset clears the tokens too.
        ledger = self.ec2_backend.__dict__.setdefault("localcloud_client_tokens", {})
        launch = ledger.setdefault(token, _Launch(asked))
        if launch.parameters != asked:
            raise EC2ClientError(
                "IdempotentParameterMismatch",
                f"The client token {token} was used before, with other parameters.",
            )
        with launch.lock:  # a retry waits for the first request to finish
            if launch.result is None:
                launch.result = _first(original, self, ledger, token)
            return launch.result

    return run_instances


def _first(original: Callable[..., Any], response: Any, ledger: dict[str, Any], token: str) -> Any:
    try:
        return original(response)
    except Exception:
        # A failed launch may be retried with the same token. Each waiting request then runs this
        # itself.
        ledger.pop(token, None)
        raise
