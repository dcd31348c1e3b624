# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""S3 Block Public Access for the whole account, which overrides settings of buckets and objects."""

from __future__ import annotations

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...inputs import Inputs

WORDS = {
    "BlockPublicAcls": "block_public_acls",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "RestrictPublicBuckets": "restrict_public_buckets",
}


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """All four blocks, if `account_hardening` is on."""
    if not inputs.account_hardening:
        return []
    properties: Properties = dict.fromkeys(WORDS.values(), True)
    return [Resource("s3_account_block", "account", "account", properties)]


def read(cloud: Cloud) -> list[Found]:
    """The blocks, if there are any: an older account has none."""
    if not cloud.inputs.account_hardening:
        return []
    s3control = cloud.client("s3control")
    answer = absent(
        lambda: s3control.get_public_access_block(AccountId=cloud.account_id),
        "NoSuchPublicAccessBlockConfiguration",
    )
    if answer is None:
        return []
    found = answer["PublicAccessBlockConfiguration"]
    properties = {word: bool(found.get(key)) for key, word in WORDS.items()}
    return [Found("s3_account_block", "account", "account", properties)]


def _put(cloud: Cloud, wanted: Properties) -> None:
    cloud.client("s3control").put_public_access_block(
        AccountId=cloud.account_id,
        PublicAccessBlockConfiguration={key: wanted[word] for key, word in WORDS.items()},
    )


def create(cloud: Cloud, resource: Resource) -> str:
    """Set the blocks."""
    _put(cloud, resource.properties)
    return resource.name


def _set(cloud: Cloud, target: Target) -> None:
    _put(cloud, target.properties)


KIND = Kind(
    "s3_account_block",
    "audit",
    desired,
    read,
    permissions=(
        Right("LookAtS3Account", "GetAccountPublicAccessBlock"),
        Right("HardenS3", "PutAccountPublicAccessBlock"),
    ),
    price=FREE,
    create=create,
    setters=dict.fromkeys(WORDS.values(), _set),
    created_with=frozenset(WORDS.values()),
    of_account=True,
)
