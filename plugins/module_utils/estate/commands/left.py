# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find everything else with our tags, through the tagging API, whatever its resource type."""

from __future__ import annotations

from collections.abc import Iterable

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule reports it, with what to install

from ..engine.cloud import Cloud, concurrently
from ..engine.model import Found, Plan
from ..engine.sentences import sentence
from ..engine.tags import OWNER_TAGS
from ..names import GLOBAL_REGION

NOT_ASKED = "not asked in "


def tagged(cloud: Cloud) -> list[str]:
    """The ARNs of everything with the tags of this environment, in each of its regions.

    A region whose call fails gives a line that starts with NOT_ASKED instead.
    """
    inputs = cloud.inputs
    filters = [{"Key": key, "Values": [inputs.tags[key]]} for key in OWNER_TAGS]
    regions = {inputs.region, inputs.replica_region or inputs.region, GLOBAL_REGION}

    def ask(region: str) -> list[str]:
        try:
            listed = cloud.pages(
                "resourcegroupstaggingapi",
                "get_resources",
                "ResourceTagMappingList",
                region=region,
                TagFilters=filters,
            )
        except (BotoCoreError, ClientError) as error:
            # An organisation may block regions; the survey itself does not depend on this call.
            return [f"{NOT_ASKED}{region}: {sentence(error)}"]
        return [item["ResourceARN"] for item in listed]

    return sorted({arn for arns in concurrently(ask, sorted(regions)) for arn in arns})


def service_of(arn: str) -> str:
    """The service and type of an ARN: `s3`, `ec2 volume`, `kms key`."""
    if arn.startswith(NOT_ASKED):
        return "the tagging API"
    service, rest = arn.split(":")[2], arn.split(":", 5)[5]
    kind = rest.replace(":", "/").split("/")[0] if "/" in rest or ":" in rest else ""
    return f"{service} {kind}".strip()


def buckets_beside(arns: Iterable[str], found: Iterable[Found]) -> list[str]:
    """Names of buckets that have our tags but none of our names."""
    known = {item.name for item in found if item.kind == "bucket"}
    names = {arn.partition(":s3:::")[2] for arn in arns}
    return sorted(names - known - {""})


def unknown(arns: Iterable[str], plan: Plan) -> list[str]:
    """The ARNs that the plan does not contain, except network interfaces of its instances.

    AWS lists deleted resources for a while, so an ARN here needs a check but may be no error.
    """
    known = [text for change in plan.changes for text in (change.id, change.name) if text]
    known += [
        name for item in plan.found.values() for name in item.properties.get("interfaces", ())
    ]
    return [
        arn for arn in arns if not any(arn == k or arn.endswith((f":{k}", f"/{k}")) for k in known)
    ]
