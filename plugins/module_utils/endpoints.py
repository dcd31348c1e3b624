# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoint of each service: all must belong to the same cloud.

For each service, botocore uses the first of: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the
services section of the profile, the profile's endpoint_url; without any of these, AWS. A setting
left over from an earlier session would send one service to a different account from the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .estate.engine.sentences import EstateError

AWS = "AWS"

#: The services that are called: the suffix of their AWS_ENDPOINT_URL variables, and boto3's name.
SERVICES = {
    "BUDGETS": "budgets",
    "CLOUDTRAIL": "cloudtrail",
    "CLOUDWATCH": "cloudwatch",
    "CLOUDWATCH_LOGS": "logs",
    "COST_EXPLORER": "ce",
    "EC2": "ec2",
    "IAM": "iam",
    "KMS": "kms",
    "PRICING": "pricing",
    "RESOURCE_GROUPS_TAGGING_API": "resourcegroupstaggingapi",
    "S3": "s3",
    "S3_CONTROL": "s3control",
    "SNS": "sns",
    "STS": "sts",
}
LOOPBACK = {"localhost", "::1"}
OF_AWS = ("amazonaws.com", "amazonaws.com.cn", "api.aws")


@dataclass(frozen=True)
class Endpoint:
    """The endpoint of one service, and the setting that it comes from."""

    url: str = ""
    source: str = ""

    @property
    def cloud(self) -> str:
        """`AWS`, or host and port: equal for all endpoints of one cloud."""
        parts = urlsplit(self.url)
        host = (parts.hostname or "").lower()
        if not host or host.endswith(OF_AWS):
            return AWS
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return f"{'127.0.0.1' if host in LOOPBACK else host}:{port}"

    def __str__(self) -> str:
        return f"{self.source} is {self.url}" if self.url else "no endpoint is set for the others"


def endpoints(
    environ: Mapping[str, str], profile: str, config: Mapping[str, Any]
) -> dict[str, Endpoint]:
    """The endpoint of each service.

    `profile` is the name of the chosen profile ("" for the default one), and `config` is
    botocore's `Session.full_config`.
    """
    scoped = config.get("profiles", {}).get(profile or "default", {})
    setting = environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") or str(
        scoped.get("ignore_configured_endpoint_urls", "")
    )
    if setting.lower() == "true":
        return dict.fromkeys(SERVICES, Endpoint())
    return {service: _endpoint(service, environ, profile, config) for service in SERVICES}


def _endpoint(
    service: str, environ: Mapping[str, str], profile: str, config: Mapping[str, Any]
) -> Endpoint:
    for variable in (f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL"):
        if environ.get(variable):
            return Endpoint(environ[variable], variable)
    return _of_profile(service, profile, config)


def _of_profile(service: str, profile: str, config: Mapping[str, Any]) -> Endpoint:
    name = profile or "default"
    scoped = config.get("profiles", {}).get(name, {})
    section = str(scoped.get("services", ""))
    own = config.get("services", {}).get(section, {}).get(service.lower(), {})
    if isinstance(own, Mapping) and own.get("endpoint_url"):
        source = f"endpoint_url of {service.lower()} in the services section {section}"
        return Endpoint(str(own["endpoint_url"]), f"{source} of the profile {name}")
    if scoped.get("endpoint_url"):
        return Endpoint(str(scoped["endpoint_url"]), f"endpoint_url of the profile {name}")
    return Endpoint()


def refuse_disagreement(
    environ: Mapping[str, str], profile: str, config: Mapping[str, Any]
) -> dict[str, Endpoint]:
    """The endpoint of each service; raises EstateError unless all belong to one cloud.

    The endpoints of a profile chosen by name must agree too, even if a variable overrides them.
    """
    found = endpoints(environ, profile, config)
    candidates = list(found.values())
    if profile and any(endpoint.url for endpoint in candidates):
        overridden = (_of_profile(service, profile, config) for service in SERVICES)
        candidates += [endpoint for endpoint in overridden if endpoint.url]
    clouds = Counter(endpoint.cloud for endpoint in candidates)
    if len(clouds) > 1:
        [(most, _count), (other, _fewer), *_rest] = clouds.most_common()
        one, another = (next(e for e in candidates if e.cloud == c) for c in (other, most))
        raise EstateError(
            f"The endpoints disagree: {one}, and {another}. One run works in one cloud: unset or "
            "correct the one that does not belong there. Nothing was asked or changed."
        )
    return found
