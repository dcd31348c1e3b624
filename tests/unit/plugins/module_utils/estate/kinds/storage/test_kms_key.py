"""KMS keys on moto: made, found again whatever was lost, mended, and deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    differing,
    mend,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import ec2
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.storage.kms_key import (
    DELETION_DAYS,
    KIND,
    bare,
)
from botocore.exceptions import ClientError

from localcloud.api.moto_patches import kms_keys

from ...conftest import refresh

NAME = "alias/cardiology-optimizer-prod"
GROUP = "arn:aws:logs:us-west-2:123456789012:log-group:/aws/cardiology-optimizer/prod"
TRAIL = "arn:aws:cloudtrail:us-west-2:123456789012:trail/cardiology-optimizer-prod"


@pytest.fixture(autouse=True)
def _patched() -> None:
    kms_keys.apply()


def wanted(inputs: Inputs, facts: Facts) -> dict[str, Resource]:
    return {r.key: r for r in KIND.desired(inputs, facts)}


@pytest.fixture
def main(prod_cloud: Cloud, facts: Facts, build: Callable[..., Found]) -> Resource:
    resource = wanted(prod_cloud.inputs, facts)["main"]
    build(prod_cloud, KIND, resource)
    return resource


def test_dev_has_no_key(inputs: Inputs, facts: Facts) -> None:
    assert KIND.desired(inputs, facts) == []


def test_without_replicas_there_is_one_key(prod_inputs: Inputs, facts: Facts) -> None:
    assert set(wanted(replace(prod_inputs, replica_region=""), facts)) == {"main"}


def test_both_keys_are_read_as_they_are_wanted(
    prod_cloud: Cloud, facts: Facts, build: Callable[..., Found]
) -> None:
    estate = wanted(prod_cloud.inputs, facts)
    for resource in estate.values():
        found = build(prod_cloud, KIND, resource)
        assert found.properties == resource.properties
        assert found.id.split(":")[3] == resource.properties["region"]

    assert sorted(f.name for f in KIND.read(prod_cloud)) == [NAME, f"{NAME}-replica"]


Mutation = Callable[[Any, str], Any]

MUTATIONS: list[tuple[str, Mutation]] = [
    ("description", lambda kms, k: kms.update_key_description(KeyId=k, Description="x")),
    ("enabled", lambda kms, k: kms.disable_key(KeyId=k)),
    ("rotation_days", lambda kms, k: kms.disable_key_rotation(KeyId=k)),
    ("rotation_days", lambda kms, k: kms.enable_key_rotation(KeyId=k, RotationPeriodInDays=2560)),
    (
        "policy",
        lambda kms, k: kms.put_key_policy(
            KeyId=k,
            PolicyName="default",
            Policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                            "Action": "kms:*",
                            "Resource": "*",
                        }
                    ],
                }
            ),
        ),
    ),
    ("aliases", lambda kms, k: kms.delete_alias(AliasName=NAME)),
    ("aliases", lambda kms, k: kms.create_alias(AliasName="alias/rogue", TargetKeyId=k)),
    (
        "aliases",
        lambda kms, k: kms.update_alias(
            AliasName=NAME, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"]
        ),
    ),
    (
        "tags",
        lambda kms, k: kms.tag_resource(KeyId=k, Tags=[{"TagKey": "Rogue", "TagValue": "x"}]),
    ),
    ("tags", lambda kms, k: kms.untag_resource(KeyId=k, TagKeys=["Owner", "Project"])),
]


@pytest.mark.parametrize(("name", "mutate"), MUTATIONS)
def test_what_changed_behind_our_back_is_seen_and_mended(
    prod_cloud: Cloud, main: Resource, name: str, mutate: Mutation
) -> None:
    before = refresh(prod_cloud, KIND, main)

    mutate(prod_cloud.client("kms"), bare(before.id))

    found = refresh(prod_cloud, KIND, main)
    assert found.id == before.id
    assert differing(found, main) == {name}
    for _time in range(2):
        mend(prod_cloud, KIND, main, found, {name})
        assert refresh(prod_cloud, KIND, main).properties == main.properties


def test_every_setter_is_proven_by_a_mutation() -> None:
    assert {name for name, _unused in MUTATIONS} == set(KIND.setters)


def test_a_key_whose_alias_was_never_made_is_found(prod_cloud: Cloud, facts: Facts) -> None:
    resource = wanted(prod_cloud.inputs, facts)["main"]
    assert KIND.create is not None
    made = KIND.create(prod_cloud, resource)

    found = refresh(prod_cloud, KIND, resource)

    assert found.id == made
    assert differing(found, resource) == {"aliases", "rotation_days"}


def test_of_twins_the_one_with_the_alias_counts(
    prod_cloud: Cloud, main: Resource, facts: Facts
) -> None:
    before = refresh(prod_cloud, KIND, main)
    assert KIND.create is not None
    twins = {KIND.create(prod_cloud, main) for _time in range(3)}

    found = KIND.read(prod_cloud)

    assert [f.id for f in found if f.name == NAME] == [before.id]
    assert {f.id for f in found if f.name == bare(f.id)} == twins


def test_keys_of_others_are_not_ours(prod_cloud: Cloud) -> None:
    kms = prod_cloud.client("kms")
    key = kms.create_key(Tags=[{"TagKey": "Project", "TagValue": "other"}])["KeyMetadata"]
    kms.create_alias(AliasName="alias/other", TargetKeyId=key["KeyId"])

    assert KIND.read(prod_cloud) == []


def test_a_foreign_key_with_our_alias_is_seen(prod_cloud: Cloud) -> None:
    kms = prod_cloud.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=NAME, TargetKeyId=key["KeyId"])

    [found] = KIND.read(prod_cloud)

    assert (found.name, found.id) == (NAME, key["Arn"])
    assert not prod_cloud.ours(found.properties["tags"])


def test_a_deleted_key_is_gone_at_once_and_for_good_in_thirty_days(
    prod_cloud: Cloud, main: Resource
) -> None:
    found = refresh(prod_cloud, KIND, main)
    assert KIND.delete is not None

    for _time in range(2):
        KIND.delete(prod_cloud, found)

    [going] = KIND.read(prod_cloud)
    assert (going.name, going.id) == (NAME, found.id)
    kms = prod_cloud.client("kms")
    about = kms.describe_key(KeyId=found.id)["KeyMetadata"]
    assert about["KeyState"] == "PendingDeletion"
    assert (about["DeletionDate"] - about["CreationDate"]).days in (
        DELETION_DAYS - 1,
        DELETION_DAYS,
    )
    assert going.ends == f"AWS deletes it on {about['DeletionDate']:%Y-%m-%d}"
    assert going.rescue.startswith("aws kms cancel-key-deletion --region us-west-2 --key-id ")
    assert NAME not in {a["AliasName"] for a in kms.list_aliases()["Aliases"]}


def test_a_key_of_replicas_is_found_when_none_is_wanted(
    prod_cloud: Cloud, facts: Facts, build: Callable[..., Found]
) -> None:
    build(prod_cloud, KIND, wanted(prod_cloud.inputs, facts)["replica"])
    prod_cloud.client("s3", "us-east-2").create_bucket(
        Bucket="acme-heart-prod-raw-data-replica",
        CreateBucketConfiguration={"LocationConstraint": "us-east-2"},
    )
    prod_cloud.inputs = replace(prod_cloud.inputs, replica_region="")

    assert [f.name for f in KIND.read(prod_cloud)] == [f"{NAME}-replica"]


def test_only_services_with_conditions_may_use_the_key(prod_inputs: Inputs, facts: Facts) -> None:
    statements = wanted(prod_inputs, facts)["main"].properties["policy"]["Statement"]
    by_sid = {s["Sid"]: s for s in statements}

    root = by_sid.pop("IAMDecides")
    assert root["Principal"] == {"AWS": ["arn:aws:iam::123456789012:root"]}
    assert set(by_sid) == {"LogGroups", "Alarms", "Budgets", "TrailEncrypts", "TrailLooks"}
    assert all(set(s["Principal"]) == {"Service"} and s["Condition"] for s in by_sid.values())
    assert by_sid["LogGroups"]["Condition"]["ArnLike"] == {
        "kms:EncryptionContext:aws:logs:arn": [GROUP, f"{GROUP}/*"]
    }
    assert by_sid["TrailEncrypts"]["Condition"]["StringEquals"] == {"aws:SourceArn": [TRAIL]}


def test_the_key_of_replicas_serves_no_other_service(prod_inputs: Inputs, facts: Facts) -> None:
    statements = wanted(prod_inputs, facts)["replica"].properties["policy"]["Statement"]

    assert [s["Sid"] for s in statements] == ["IAMDecides"]


class Unseen:
    """A KMS client that does not know a new key at once."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.made = 0

    def client(self, service: str, region: str) -> Unseen:
        return self

    def create_key(self, **_arguments: Any) -> Any:
        self.made += 1
        return {"KeyMetadata": {"KeyId": "1", "Arn": "arn:aws:kms:us-west-2:1:key/1"}}

    def describe_key(self, KeyId: str) -> Any:  # noqa: N803
        if self.codes:
            metadata: Any = {"HTTPStatusCode": 500 if self.codes[0] == "KMSInternal" else 400}
            code = self.codes.pop(0)
            raise ClientError(
                {"Error": {"Code": code}, "ResponseMetadata": metadata}, "DescribeKey"
            )
        return {}


def test_a_new_key_is_waited_for_until_its_tags_count(
    prod_inputs: Inputs, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happens meanwhile, nothing leaves that would make the engine create another one."""
    monkeypatch.setattr(ec2, "POLL_SECONDS", 0.0)
    aws: Any = Unseen(
        "AccessDeniedException", "NotFoundException", "ThrottlingException", "KMSInternal"
    )
    aws.inputs = prod_inputs
    assert KIND.create is not None

    made = KIND.create(aws, wanted(prod_inputs, facts)["main"])

    assert (made, aws.made, aws.codes) == ("arn:aws:kms:us-west-2:1:key/1", 1, [])
    aws.codes = ["InvalidArnException"]
    with pytest.raises(ClientError, match="InvalidArn"):
        KIND.create(aws, wanted(prod_inputs, facts)["main"])
