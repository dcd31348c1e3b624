# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What else carries our tags: asked of the tagging API, which knows nothing of our kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so, with what to install

from .cloud import Cloud, concurrently, sentence
from .model import Change, Found
from .names import GLOBAL_REGION
from .normal import OWNER_TAGS

NOT_ASKED = "not asked in "


def tagged(cloud: Cloud) -> list[str]:
    """The ARNs of everything that carries the tags of this environment, in each of its regions.

    A region that does not answer has a line instead that begins with NOT_ASKED.
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
            # An organisation may close regions; our own reading does not depend on this one.
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
    """Names of buckets that carry our tags and have none of our names."""
    known = {item.name for item in found if item.kind == "bucket"}
    names = {arn.partition(":s3:::")[2] for arn in arns}
    return sorted(names - known - {""})


def unknown(arns: Iterable[str], changes: Sequence[Change]) -> list[str]:
    """The ARNs of what the plan does not speak of.

    AWS lists what was deleted a while longer: a line here is a question and not a verdict.
    """
    known = [text for change in changes for text in (change.id, change.name) if text]
    return [
        arn for arn in arns if not any(arn == k or arn.endswith((f":{k}", f"/{k}")) for k in known)
    ]
