# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS access for a module or action: credentials, region, and one session for all clients."""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

try:
    import boto3
    import botocore
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import DataNotFoundError
    from botocore.loaders import create_loader

    INSTALLED = {"boto3": boto3.__version__, "botocore": botocore.__version__}
except ImportError:
    INSTALLED = {}

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info

from .endpoints import SERVICES, refuse_disagreement
from .estate.engine.cloud import CLIENT_CONFIG, Cloud
from .estate.engine.failures import THROTTLING
from .estate.engine.sentences import PROXY_LOGIN, EstateError, page, proxy_login

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

#: The oldest boto3 and botocore that support every parameter used; same as in pyproject.toml.
SDK_FLOOR = "1.41.0"

USER_AGENT = "cardiology.cloud"

#: The start of an HTML page.
PAGE = re.compile(rb"\s*(<!doctype html|<html)", re.IGNORECASE)

#: Some services allow three requests a second, and a plan sends dozens at once.
THROTTLED_ATTEMPTS = 8


def wait_out_throttling(
    response: tuple[Any, Mapping[str, Any]] | None, attempts: int, **_more: Any
) -> float | None:
    """Seconds until a throttled request is retried after botocore has given up.

    botocore is set to give up early, so that an endpoint that does not answer is reported in
    seconds. An endpoint that throttles does answer.
    """
    code = str(response[1].get("Error", {}).get("Code", "")) if response else ""
    few = CLIENT_CONFIG["retries"]["total_max_attempts"]
    if not re.search(THROTTLING, code) or not few <= attempts < THROTTLED_ATTEMPTS:
        return None
    return random.uniform(0.5, 1) * min(2.0 ** (attempts - 2), 8)  # noqa: S311 (no secret)


@cache
def data_loader(path: str | None) -> Any:
    """botocore's descriptions of the services, shared by all sessions of this process."""
    return create_loader(path)


def read_service_data() -> None:
    """Read the descriptions of all services that are called, for this process and its forks.

    A client reads them when it is created, and concurrent readers wait for each other.
    """
    loader = data_loader(None)
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        loader.load_data(name)
    # Called as a client calls it: the loader finds a result by the arguments of its call.
    for service in SERVICES.values():
        model = loader.load_service_model(service, "service-2", api_version=None)
        loader.load_service_model(service, "endpoint-rule-set-1", api_version=None)
        with suppress(DataNotFoundError):  # a service without lists
            loader.load_service_model(service, "paginators-1", model["metadata"]["apiVersion"])


def cloud_of(module: AnsibleAWSModule | SimpleNamespace) -> Cloud:
    """The account and region given by the module's parameters and the environment variables.

    Raises EstateError before any call: the SDK is too old, the endpoints disagree, or the profile
    requires an MFA code.

    `module.client` would create a session per client, and each session loads botocore's data
    again: about 1 s instead of 0.3 s for the twelve services of an estate.
    """
    require_sdk(INSTALLED)
    home, endpoint, parameters = get_aws_connection_info(module)
    profile = parameters.pop("profile_name", None)
    core = botocore.session.Session(profile=profile)
    core.register_component("data_loader", data_loader(core.get_config_variable("data_path")))
    session: Any = boto3.session.Session(botocore_session=core)
    named = endpoint or ""
    if not endpoint:
        found = refuse_disagreement(os.environ, profile or "", core.full_config)
        named = found["STS"].url
    if profile or not (parameters.get("aws_access_key_id") or "AWS_ACCESS_KEY_ID" in os.environ):
        refuse_mfa(profile or "default", core.full_config)
    own = parameters.pop("aws_config", None)

    def make_client(service: str, region: str, settings: Mapping[str, Any]) -> Any:
        merged = Config(user_agent_extra=USER_AGENT, **settings)
        client = session.client(
            service,
            region_name=region or home,
            endpoint_url=endpoint,
            config=merged.merge(own) if own else merged,
            **parameters,
        )
        client.meta.events.register("before-parse", refuse_page)
        if settings["retries"]["total_max_attempts"] > 1:
            client.meta.events.register("needs-retry", wait_out_throttling)
        return client

    cloud = Cloud(make_client)
    cloud.endpoint, cloud.profile = named, profile or ""
    return cloud


def cloud_for(params: Mapping[str, Any]) -> Cloud:
    """Like `cloud_of`, for the validated arguments of an action plugin."""

    def fail(msg: str, **_more: Any) -> NoReturn:
        raise EstateError(msg)

    return cloud_of(SimpleNamespace(params=params, fail_json=fail))


def require_sdk(installed: Mapping[str, str]) -> None:
    """Raise EstateError when boto3 or botocore is missing or older than SDK_FLOOR."""
    for name in ("boto3", "botocore"):
        version = installed.get(name, "")
        if _numbers(version) < _numbers(SDK_FLOOR):
            raise EstateError(
                f"{name} {SDK_FLOOR} or newer is needed, and {sys.executable} has "
                f"{version or 'none'}: install it with "
                f"`{sys.executable} -m pip install --upgrade 'boto3>={SDK_FLOOR}'`."
            )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def refuse_mfa(profile: str, config: Mapping[str, Any]) -> None:
    """Raise EstateError when botocore would prompt for an MFA code: Ansible has no prompt."""
    profiles, seen = config.get("profiles", {}), set()
    name: str | None = profile
    while name and name not in seen:
        seen.add(name)
        settings = profiles.get(name, {})
        serial = settings.get("mfa_serial") if settings.get("role_arn") else None
        if serial:
            raise EstateError(
                f"The profile {name} wants an MFA code (mfa_serial {serial}), and Ansible cannot "
                "ask for it: get a session first with "
                f'`eval "$(aws configure export-credentials --profile {profile} --format env)"`, '
                "then `unset AWS_PROFILE` and run this again."
            )
        name = settings.get("source_profile")


def refuse_page(
    operation_model: Any,
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    **_more: Any,
) -> None:
    """Raise EstateError when a proxy or a web page answers instead of AWS.

    botocore would parse a page as an empty response, or lose its text. A server error stays one,
    so that it is retried; the page becomes its message.
    """
    status, body = response_dict["status_code"], response_dict.get("body")
    if status == PROXY_LOGIN:
        raise EstateError(proxy_login(f"{operation_model.name}, {status}"))
    if not isinstance(body, bytes) or not PAGE.match(body[:100]):
        return  # the body of an S3 object that is a page is a stream, not bytes
    text = body.decode("utf-8", "replace")
    if status >= 500:
        response_dict["body"] = b""
        customized_response_dict["Error"] = {"Code": str(status), "Message": text}
        return
    raise EstateError(
        f"{operation_model.name} was answered with a web page, not by AWS ({status}): check the "
        "network (a login page?), the proxy and, where it is set, AWS_ENDPOINT_URL. "
        f"The page says {page(text)}."
    )
