"""Buckets, keys and the roles they need, through the engine: made, kept, adopted, destroyed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.apply import (
    Work,
    apply,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.compare import (
    plan_absent,
    plan_present,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Plan,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.identity import role
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.storage import kms_key
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.storage.bucket import (
    kind as bucket,
)

from localcloud.api.moto_patches import kms_keys, policy_conditions, s3_buckets

KINDS = (kms_key.KIND, bucket.KIND, role.KIND)


class Storage:
    """The storage of prod in one account."""

    def __init__(self, cloud: Cloud, facts: Facts) -> None:
        cloud.counts_objects = True
        self.cloud = cloud
        self.facts = facts
        # The role of a budget's action needs a policy that is no storage.
        self.choose(budget_action="none")

    def choose(self, **inputs: Any) -> None:
        self.cloud.inputs = replace(self.cloud.inputs, **inputs)
        self.wanted: list[Resource] = [
            r for k in KINDS for r in k.desired(self.cloud.inputs, self.facts)
        ]

    def found(self) -> list[Found]:
        return [item for kind in KINDS for item in kind.read(self.cloud)]

    def there(self) -> list[Found]:
        """What exists and is not about to be deleted."""
        return [item for item in self.found() if not item.ends]

    def plan(self, *, prune: bool = False) -> Plan:
        return plan_present(KINDS, self.wanted, self.found(), owner=self.cloud.owner, prune=prune)

    def teardown(self, *, destroy_data: bool) -> Plan:
        return plan_absent(
            KINDS,
            self.wanted,
            self.found(),
            owner=self.cloud.owner,
            destroy_data=destroy_data,
        )

    def carry_out(self, plan: Plan) -> None:
        kinds = {kind.name: kind for kind in KINDS}
        resources = {resource.address: resource for resource in self.wanted}
        outcomes = apply(Work(self.cloud, kinds, resources, plan))
        assert [o for o in outcomes if o.status != "done"] == []

    def put(self, key: str) -> None:
        name = self.cloud.inputs.bucket_name(key)
        self.cloud.client("s3").put_object(Bucket=name, Key="x", Body=key.encode())

    def state_of_key(self, key: str) -> str:
        """Of the key that the object in this bucket is encrypted with."""
        name = self.cloud.inputs.bucket_name(key)
        arn = self.cloud.client("s3").head_object(Bucket=name, Key="x")["SSEKMSKeyId"]
        answer = self.cloud.client("kms").describe_key(KeyId=arn)
        return str(answer["KeyMetadata"]["KeyState"])


@pytest.fixture
def storage(prod_cloud: Cloud, facts: Facts) -> Storage:
    for patch in (s3_buckets, kms_keys, policy_conditions):
        patch.apply()
    result = Storage(prod_cloud, facts)
    result.carry_out(result.plan())
    return result


def test_after_a_deploy_the_plan_is_empty(storage: Storage) -> None:
    assert storage.plan().changes == []


def test_data_stays_with_its_keys_and_is_adopted_by_the_next_deploy(storage: Storage) -> None:
    storage.put("raw_data")
    storage.put("logs")

    storage.carry_out(storage.teardown(destroy_data=False))

    kept = {item.id for item in storage.found()}
    stem, prefix = "alias/cardiology-optimizer-prod", "acme-heart-prod"
    assert sorted(item.name for item in storage.there()) == [
        f"{prefix}-logs",
        f"{prefix}-raw-data",
        # Not that of the replicas: they were empty, and a key serves its own region only.
        stem,
    ]
    storage.carry_out(storage.plan())
    # The key of the empty replicas is about to go, and its successor is there.
    assert [change.action for change in storage.plan().changes] == ["ending"]
    assert kept < {item.id for item in storage.found()}
    s3 = storage.cloud.client("s3")
    assert s3.get_object(Bucket=f"{prefix}-raw-data", Key="x")["Body"].read() == b"raw_data"


@pytest.mark.parametrize("destroy_data", [False, True])
def test_keys_stay_with_data_that_were_written_when_they_were_wanted(
    storage: Storage, destroy_data: bool
) -> None:
    storage.put("raw_data")
    storage.choose(customer_managed_key=False)
    storage.carry_out(storage.plan())

    storage.carry_out(storage.teardown(destroy_data=destroy_data))

    if destroy_data:
        assert storage.there() == []
    else:
        assert storage.state_of_key("raw_data") == "Enabled"
        assert sorted(item.kind for item in storage.there()) == ["bucket", "kms_key"]


def test_the_key_of_the_trail_stays_as_long_as_the_logs(storage: Storage) -> None:
    storage.put("logs")

    storage.carry_out(storage.teardown(destroy_data=False))

    assert sorted(item.name for item in storage.there()) == [
        "acme-heart-prod-logs",
        "alias/cardiology-optimizer-prod",
    ]


def test_prune_leaves_the_key_that_objects_are_encrypted_with(storage: Storage) -> None:
    storage.put("raw_data")
    storage.choose(customer_managed_key=False)

    storage.carry_out(storage.plan(prune=True))

    assert storage.state_of_key("raw_data") == "Enabled"
    assert {c.kind for c in storage.plan(prune=True).changes} == {"kms_key"}


def test_nothing_stays_when_that_was_asked_for(storage: Storage) -> None:
    storage.put("model_artifacts")

    storage.carry_out(storage.teardown(destroy_data=True))

    assert storage.there() == []
