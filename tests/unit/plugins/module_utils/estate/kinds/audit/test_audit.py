"""The trail and the account's own settings: made, mended and removed on moto."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    differing,
    mend,
    remove,
    resolved,
    settle,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Kind,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.audit import (
    ebs_encryption,
    password_policy,
    s3_account_block,
    trail,
)

from localcloud.api.moto_patches import cloudtrail

from ...conftest import refresh

ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111"
IDS = {"kms_key/main": KEY}
NAME = "cardiology-optimizer-prod"
ARN = f"arn:aws:cloudtrail:us-west-2:{ACCOUNT}:trail/{NAME}"

OF_ACCOUNT = [password_policy.KIND, ebs_encryption.KIND, s3_account_block.KIND]
KINDS = [trail.KIND, *OF_ACCOUNT]

Spoil = Callable[[Cloud], Any]


@pytest.fixture(autouse=True)
def _patched() -> None:
    cloudtrail.apply()


@pytest.fixture(autouse=True)
def _buckets(prod_cloud: Cloud, prod_inputs: Inputs) -> None:
    """CloudTrail looks whether there is a bucket."""
    where = {"LocationConstraint": "us-west-2"}
    for name in (prod_inputs.bucket_name("logs"), "elsewhere"):
        prod_cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)


def make(cloud: Cloud, kind: Kind, facts: Facts) -> Resource:
    [wanted] = kind.desired(cloud.inputs, facts)
    resource = resolved(wanted, IDS)
    settle(cloud, kind, resource, kind.create(cloud, resource))
    return resource


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_made_is_read_as_it_was_wanted(kind: Kind, prod_cloud: Cloud, facts: Facts) -> None:
    resource = make(prod_cloud, kind, facts)

    assert refresh(prod_cloud, kind, resource).properties == resource.properties


def test_a_trail_is_deleted_and_deleting_it_again_is_fine(prod_cloud: Cloud, facts: Facts) -> None:
    found = refresh(prod_cloud, trail.KIND, make(prod_cloud, trail.KIND, facts))
    for _time in range(2):
        remove(prod_cloud, trail.KIND, found)

    assert trail.KIND.read(prod_cloud) == []


def update(**changes: Any) -> Spoil:
    return lambda cloud: cloud.client("cloudtrail").update_trail(Name=NAME, **changes)


def record_only_writes(cloud: Cloud) -> None:
    older = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}
    cloud.client("cloudtrail").put_event_selectors(TrailName=NAME, EventSelectors=[older])


def record_one_bucket(cloud: Cloud) -> None:
    client = cloud.client("cloudtrail")
    selectors = client.get_event_selectors(TrailName=NAME)["AdvancedEventSelectors"]
    for selector in selectors:
        for field in selector["FieldSelectors"]:
            if field["Field"] == "resources.ARN":
                field["StartsWith"] = field["StartsWith"][:1]
    client.put_event_selectors(TrailName=NAME, AdvancedEventSelectors=selectors)


def tell_a_topic(cloud: Cloud) -> None:
    cloud.client("sns").create_topic(Name="elsewhere")
    update(SnsTopicName="elsewhere")(cloud)


def change_tags(cloud: Cloud) -> None:
    client = cloud.client("cloudtrail")
    client.add_tags(ResourceId=ARN, TagsList=[{"Key": "Rogue", "Value": "x"}])
    client.remove_tags(
        ResourceId=ARN, TagsList=[{"Key": "Project", "Value": "cardiology-optimizer"}]
    )


SPOILED: list[tuple[set[str], Spoil]] = [
    ({"bucket"}, update(S3BucketName="elsewhere")),
    ({"prefix"}, update(S3KeyPrefix="elsewhere")),
    ({"multi_region"}, update(IsMultiRegionTrail=False)),
    (
        {"multi_region", "global_events"},
        update(IsMultiRegionTrail=False, IncludeGlobalServiceEvents=False),
    ),
    ({"log_file_validation"}, update(EnableLogFileValidation=False)),
    ({"kms_key"}, update(KmsKeyId="")),
    (
        {"log_group", "role"},
        update(CloudWatchLogsLogGroupArn="", CloudWatchLogsRoleArn=""),
    ),
    ({"logging"}, lambda cloud: cloud.client("cloudtrail").stop_logging(Name=NAME)),
    ({"event_selectors"}, record_only_writes),
    ({"event_selectors"}, record_one_bucket),
    (
        {"insights"},
        lambda cloud: cloud.client("cloudtrail").put_insight_selectors(
            TrailName=NAME, InsightSelectors=[]
        ),
    ),
    ({"other"}, tell_a_topic),
    ({"tags"}, change_tags),
]


@pytest.mark.parametrize(("names", "spoil"), SPOILED)
def test_a_change_of_the_trail_is_seen_and_mended(
    names: set[str], spoil: Spoil, prod_cloud: Cloud, facts: Facts
) -> None:
    resource = make(prod_cloud, trail.KIND, facts)
    spoil(prod_cloud)
    found = refresh(prod_cloud, trail.KIND, resource)
    differ = differing(found, resource)

    assert differ == names
    mend(prod_cloud, trail.KIND, resource, found, differ)
    assert refresh(prod_cloud, trail.KIND, resource).properties == resource.properties


def test_a_key_and_insights_that_are_no_longer_wanted_are_taken_away(
    prod_cloud: Cloud, facts: Facts
) -> None:
    make(prod_cloud, trail.KIND, facts)
    prod_cloud.inputs = replace(
        prod_cloud.inputs, customer_managed_key=False, cloudtrail_insights=False
    )
    [resource] = trail.KIND.desired(prod_cloud.inputs, facts)
    found = refresh(prod_cloud, trail.KIND, resource)

    assert differing(found, resource) == {"kms_key", "insights"}
    mend(prod_cloud, trail.KIND, resource, found, {"kms_key", "insights"})
    assert refresh(prod_cloud, trail.KIND, resource).properties == resource.properties


def test_a_strangers_trail_is_not_ours_and_an_old_one_of_ours_is(
    prod_cloud: Cloud, facts: Facts
) -> None:
    client = prod_cloud.client("cloudtrail")
    tags = [{"Key": key, "Value": value} for key, value in prod_cloud.inputs.tags.items()]
    client.create_trail(Name="of-others", S3BucketName="elsewhere")
    client.create_trail(Name="old", S3BucketName="elsewhere", TagsList=tags)

    assert [item.name for item in trail.KIND.read(prod_cloud)] == ["old"]


def test_a_trail_of_a_region_further_on_is_left_to_it(prod_cloud: Cloud) -> None:
    tags = [{"Key": key, "Value": value} for key, value in prod_cloud.inputs.tags.items()]
    prod_cloud.client("cloudtrail", "us-east-1").create_trail(
        Name=NAME, S3BucketName="elsewhere", IsMultiRegionTrail=True, TagsList=tags
    )

    assert trail.KIND.read(prod_cloud) == []


def test_every_object_but_the_logs_is_watched(prod_inputs: Inputs, facts: Facts) -> None:
    fields = trail.event_selectors(prod_inputs, facts)["Objects"]
    watched = fields["resources.ARN"]["StartsWith"]

    assert f"arn:aws:s3:::{prod_inputs.bucket_name('raw_data')}/" in watched
    assert f"arn:aws:s3:::{prod_inputs.bucket_name('raw_data')}-replica/" in watched
    assert not any(prod_inputs.bucket_name("logs") in arn for arn in watched)
    assert len(watched) == 6
    assert (
        len(
            trail.event_selectors(replace(prod_inputs, replica_region=""), facts)["Objects"][
                "resources.ARN"
            ]["StartsWith"]
        )
        == 3
    )


def test_a_trail_comes_after_what_it_writes_to(prod_inputs: Inputs, facts: Facts) -> None:
    [resource] = trail.KIND.desired(prod_inputs, facts)

    assert set(resource.needs) == {"bucket/logs", "log_group/trail", "role/cloudtrail"}
    assert resource.properties["kms_key"] == "kms_key/main"


# --- settings of the account


def spoil_password(cloud: Cloud) -> None:
    cloud.client("iam").update_account_password_policy(MinimumPasswordLength=6)


def spoil_volumes(cloud: Cloud) -> None:
    cloud.client("ec2").disable_ebs_encryption_by_default()


def spoil_buckets(cloud: Cloud) -> None:
    cloud.client("s3control").put_public_access_block(
        AccountId=ACCOUNT, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )


@pytest.mark.parametrize(
    ("kind", "spoil"),
    list(zip(OF_ACCOUNT, (spoil_password, spoil_volumes, spoil_buckets), strict=True)),
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_change_of_the_account_is_seen_and_mended(
    kind: Kind, spoil: Spoil, prod_cloud: Cloud, facts: Facts
) -> None:
    resource = make(prod_cloud, kind, facts)
    spoil(prod_cloud)
    found = refresh(prod_cloud, kind, resource)
    differ = differing(found, resource)

    assert differ
    mend(prod_cloud, kind, resource, found, differ)
    assert refresh(prod_cloud, kind, resource).properties == resource.properties


def test_a_new_account_lacks_policy_and_blocks_and_has_volumes_in_the_clear(
    prod_cloud: Cloud,
) -> None:
    assert password_policy.KIND.read(prod_cloud) == []
    assert s3_account_block.KIND.read(prod_cloud) == []
    assert ebs_encryption.KIND.read(prod_cloud)[0].properties == {"enabled": False}


@pytest.mark.parametrize("kind", OF_ACCOUNT, ids=lambda kind: kind.name)
def test_an_account_that_is_not_ours_to_harden_is_not_looked_at(
    kind: Kind, inputs: Inputs, facts: Facts
) -> None:
    def no_client(*_: Any) -> Any:
        raise AssertionError("nothing may be asked")

    cloud = Cloud(no_client)
    cloud.inputs = inputs

    assert kind.desired(inputs, facts) == []
    assert kind.read(cloud) == []


@pytest.mark.parametrize("kind", OF_ACCOUNT, ids=lambda kind: kind.name)
def test_settings_of_the_account_stay_after_a_teardown(cloud: Cloud, kind: Kind) -> None:
    assert kind.of_account
    with pytest.raises(NotImplementedError):
        kind.delete(cloud, Found(kind.name, "", "", {}))
