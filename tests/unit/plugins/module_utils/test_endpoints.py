"""All services of a run go to one cloud, or nothing is asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.endpoints import (
    AWS,
    SERVICES,
    Endpoint,
    endpoints,
    refuse_disagreement,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.utils import CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES

PLUGINS = Path(__file__).parents[4] / "plugins"

ALL, S3 = "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"
A, B = "http://127.0.0.1:5700", "http://127.0.0.1:5800"

CONFIG: dict[str, Any] = {
    "profiles": {
        "default": {"endpoint_url": B},
        "clinic": {},
        "own": {"endpoint_url": A},
        "parts": {"services": "dev"},
        "both": {"endpoint_url": A, "services": "dev"},
        "quiet": {"endpoint_url": A, "ignore_configured_endpoint_urls": "true"},
    },
    "services": {"dev": {"s3": {"endpoint_url": B}}},
}


@pytest.mark.parametrize(
    ("environ", "profile", "cloud"),
    [
        ({}, "clinic", AWS),
        # Nobody chose the default profile, and the variable overrides it.
        ({ALL: A}, "", "127.0.0.1:5700"),
        # What `localcloud env` exports.
        (
            {ALL: A, "AWS_ENDPOINT_URL_S3_CONTROL": "http://local@127.0.0.1:5700"},
            "",
            "127.0.0.1:5700",
        ),
        ({ALL: A, S3: "http://localhost:5700/"}, "", "127.0.0.1:5700"),
        # A private endpoint of AWS is AWS.
        ({S3: "https://bucket.vpce-1.s3.us-west-2.vpce.amazonaws.com"}, "clinic", AWS),
        ({}, "own", "127.0.0.1:5700"),
        ({ALL: A}, "clinic", "127.0.0.1:5700"),
        ({ALL: A, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "", AWS),
        ({}, "quiet", AWS),
        # A service that is never called may go where it likes.
        ({ALL: A, "AWS_ENDPOINT_URL_BEDROCK": B}, "", "127.0.0.1:5700"),
    ],
)
def test_endpoints_of_one_cloud_are_accepted(
    environ: dict[str, str], profile: str, cloud: str
) -> None:
    found = refuse_disagreement(environ, profile, CONFIG)

    assert {endpoint.cloud for endpoint in found.values()} == {cloud}


@pytest.mark.parametrize(
    ("environ", "profile", "named"),
    [
        ({ALL: B, "AWS_ENDPOINT_URL_S3_CONTROL": A}, "", ["AWS_ENDPOINT_URL_S3_CONTROL is", ALL]),
        ({S3: A}, "clinic", [f"{S3} is {A}", "no endpoint is set for the others"]),
        ({ALL: "https://sts.amazonaws.com", S3: A}, "", [S3, f"{ALL} is https://sts"]),
        ({}, "parts", ["s3 in the services section dev of the profile parts", "no endpoint"]),
        ({}, "both", ["endpoint_url of the profile both", "services section dev"]),
        ({ALL: A}, "parts", [f"{ALL} is {A}", f"services section dev of the profile parts is {B}"]),
        ({ALL: B}, "own", [f"{ALL} is {B}", f"endpoint_url of the profile own is {A}"]),
    ],
)
def test_endpoints_that_disagree_are_refused_with_both_named(
    environ: dict[str, str], profile: str, named: list[str]
) -> None:
    with pytest.raises(EstateError, match="The endpoints disagree") as refused:
        refuse_disagreement(environ, profile, CONFIG)

    assert all(name in str(refused.value) for name in named)


@pytest.mark.parametrize("profile", ["clinic", "own", "parts", "both", "default"])
@pytest.mark.parametrize("environ", [{}, {ALL: A}, {S3: A}, {ALL: A, S3: B}])
def test_the_endpoint_is_the_one_that_botocore_takes(environ: dict[str, str], profile: str) -> None:
    scoped = CONFIG["profiles"][profile]

    ours = {name: found.url or None for name, found in endpoints(environ, profile, CONFIG).items()}

    for service, name in {"S3": "s3", "STS": "sts", "S3_CONTROL": "s3control"}.items():
        theirs = ConfiguredEndpointProvider(CONFIG, scoped, name, environ).provide()
        assert ours[service] == theirs


def test_every_service_that_is_called_is_compared() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in PLUGINS.rglob("*.py"))
    called = set(re.findall(r"""(?:client|pages)\(\s*["']([a-z0-9-]+)["']""", code))
    names = CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES

    suffixes = {names.get(name, name).replace("-", "_").upper() for name in called}

    assert len(called) > 10
    assert suffixes <= set(SERVICES)


def test_ports_and_names_of_one_address_are_one_cloud() -> None:
    assert Endpoint("https://moto.corp").cloud == Endpoint("https://MOTO.corp:443/").cloud
    assert Endpoint("http://moto.corp").cloud != Endpoint("https://moto.corp").cloud
