# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cloud of a module: its credentials and its region, one session for all clients."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

try:
    import boto3
    from botocore.config import Config
except ImportError:
    pass  # AnsibleAWSModule says so, with what to install

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info

from .estate.cloud import CLIENT_CONFIG, Cloud
from .estate.failures import THROTTLING

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

USER_AGENT = "cardiology.cloud"

#: Some services take three requests a second, and a plan asks about dozens of things at once.
THROTTLED_ATTEMPTS = 8


def wait_out_throttling(
    response: tuple[Any, Mapping[str, Any]] | None, attempts: int, **_more: Any
) -> float | None:
    """Seconds until a throttled request is sent once more, where botocore has given up.

    It gives up early, so that an endpoint that does not answer is told in seconds. One that
    throttles answers.
    """
    code = str(response[1].get("Error", {}).get("Code", "")) if response else ""
    few = CLIENT_CONFIG["retries"]["total_max_attempts"]
    if not re.search(THROTTLING, code) or not few <= attempts < THROTTLED_ATTEMPTS:
        return None
    return random.uniform(0.5, 1) * min(2.0 ** (attempts - 2), 8)  # noqa: S311 (no secret)


def cloud_of(module: AnsibleAWSModule) -> Cloud:
    """The account and region that the module's parameters and the environment name.

    `module.client` would make a session per client, and each session reads botocore's data anew:
    for the twelve services of an estate a second instead of a third of one.
    """
    home, endpoint, parameters = get_aws_connection_info(module)
    session = boto3.session.Session(profile_name=parameters.pop("profile_name", None))
    own = parameters.pop("aws_config", None)

    def make_client(service: str, region: str, config: Mapping[str, Any]) -> Any:
        merged = Config(user_agent_extra=USER_AGENT, **config)
        client = session.client(
            service,
            region_name=region or home,
            endpoint_url=endpoint,
            config=merged.merge(own) if own else merged,
            **parameters,
        )
        if config["retries"]["total_max_attempts"] > 1:
            client.meta.events.register("needs-retry", wait_out_throttling)
        return client

    return Cloud(make_client)
