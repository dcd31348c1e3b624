"""Buckets on moto: made, read as wanted, mended property by property, and removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    Pace,
    differing,
    mend,
    resolved,
    settle,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.lock import Lock
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.storage.bucket import (
    objects as bucket_objects,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.storage.bucket.kind import (
    KIND,
    lifecycle,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.storage.bucket.read import (
    READERS,
    encryption_rule,
    lifecycle_rule,
    lifecycle_rules,
    region_of,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.storage.bucket.replication import (
    configuration,
    normal,
)
from botocore.exceptions import ClientError

from localcloud.api.moto_patches import policy_conditions, request_model, s3_buckets, s3_listing

from ...conftest import refresh

IDS = {
    "kms_key/main": "arn:aws:kms:us-west-2:123456789012:key/11111111-1111-1111-1111-111111111111",
    "kms_key/replica": "arn:aws:kms:us-east-2:123456789012:key/2222-2222",
}
RAW = "bucket/raw_data"
MODELS = "bucket/model_artifacts"
LOGS = "bucket/logs"

Estate = dict[str, Resource]


@pytest.fixture(autouse=True)
def _patched() -> None:
    s3_buckets.apply()
    s3_listing.apply()
    policy_conditions.apply()
    request_model.apply()


def wanted(inputs: Inputs, facts: Facts) -> Estate:
    return {r.address: resolved(r, IDS) for r in KIND.desired(inputs, facts)}


def made(cloud: Cloud, facts: Facts, *only: str) -> Estate:
    """All of it or some, in an order in which nothing is missing."""
    estate = {a: r for a, r in wanted(cloud.inputs, facts).items() if not only or a in only}
    for address in sorted(estate, key=lambda a: (a != LOGS, not a.endswith("_replica"), a)):
        KIND.create(cloud.unrepeated(), estate[address])
        settle(cloud, KIND, estate[address], estate[address].name)
    return estate


@pytest.fixture
def prod(prod_cloud: Cloud, facts: Facts) -> Estate:
    return made(prod_cloud, facts)


@pytest.fixture
def models(prod_cloud: Cloud, facts: Facts) -> Resource:
    """The bucket that has everything, with what it needs."""
    return made(prod_cloud, facts, LOGS, MODELS, f"{MODELS}_replica")[MODELS]


@pytest.fixture
def dev(cloud: Cloud, facts: Facts) -> Estate:
    return made(cloud, facts)


def test_dev_has_four_buckets_with_encryption_of_s3(
    cloud: Cloud, dev: Estate, facts: Facts
) -> None:
    assert len(dev) == 4
    assert {r.properties["encryption"]["algorithm"] for r in dev.values()} == {"AES256"}
    assert {f.name: f.properties for f in KIND.read(cloud)} == {
        r.name: r.properties for r in dev.values()
    }


def test_prod_is_read_as_it_is_wanted(prod_cloud: Cloud, prod: Estate) -> None:
    prod_cloud.counts_objects = True
    assert len(prod) == 7
    for item in KIND.read(prod_cloud):
        [resource] = [r for r in prod.values() if r.name == item.name]
        assert differing(item, resource) == set(), item.name
        assert item.holds == ""


def test_replicas_are_in_the_second_region(prod_cloud: Cloud, prod: Estate) -> None:
    regions = {f.name: f.properties["region"] for f in KIND.read(prod_cloud)}

    assert {name for name, region in regions.items() if region == "us-east-2"} == {
        r.name for address, r in prod.items() if address.endswith("_replica")
    }
    assert set(regions.values()) == {"us-west-2", "us-east-2"}


def test_a_bucket_has_its_tags_from_its_first_moment(cloud: Cloud, facts: Facts) -> None:
    resource = wanted(cloud.inputs, facts)[RAW]

    KIND.create(cloud, resource)

    [item] = KIND.read(cloud)
    assert item.properties["tags"] == cloud.inputs.tags
    assert cloud.ours(item.properties["tags"])


def test_a_second_creation_says_that_it_is_ours(cloud: Cloud, facts: Facts) -> None:
    resource = wanted(cloud.inputs, facts)[RAW]
    KIND.create(cloud, resource)

    with pytest.raises(ClientError, match="BucketAlreadyOwnedByYou"):
        KIND.create(cloud, resource)


POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Rogue",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::acme-heart-prod-model-artifacts/*",
            }
        ],
    }
)
TARGET = "arn:aws:sns:us-west-2:123456789012:rogue"
EXPIRE = {"ID": "rogue", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
CORS = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
GRANT = {"Grantee": {"Type": "CanonicalUser", "ID": "9" * 64}, "Permission": "READ"}
OTHER_KEY = "arn:aws:kms:us-west-2:123456789012:key/rogue"
KMS = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": OTHER_KEY}
UNLOCKED = {"ObjectLockEnabled": "Enabled"}

Mutation = Callable[[Any, str], Any]


def grant_access(s3: Any, bucket: str) -> None:
    """S3 accepts a grant only where ACLs are in use."""
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    acl = s3.get_bucket_acl(Bucket=bucket)
    policy = {"Owner": acl["Owner"], "Grants": [*acl["Grants"], GRANT]}
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=policy)


#: What somebody does behind our back, by the properties that show it.
MUTATIONS: list[tuple[str, Mutation]] = [
    (
        "versioning",
        lambda s3, b: s3.put_bucket_versioning(
            Bucket=b, VersioningConfiguration={"Status": "Suspended"}
        ),
    ),
    (
        "encryption",
        lambda s3, b: s3.put_bucket_encryption(
            Bucket=b,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": KMS, "BucketKeyEnabled": True}]
            },
        ),
    ),
    ("encryption", lambda s3, b: s3.delete_bucket_encryption(Bucket=b)),
    ("acl_grants object_ownership", grant_access),
    (
        "object_ownership",
        lambda s3, b: s3.put_bucket_ownership_controls(
            Bucket=b, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
    ),
    ("object_ownership", lambda s3, b: s3.delete_bucket_ownership_controls(Bucket=b)),
    ("public_access_block", lambda s3, b: s3.delete_public_access_block(Bucket=b)),
    ("policy", lambda s3, b: s3.put_bucket_policy(Bucket=b, Policy=POLICY)),
    ("policy", lambda s3, b: s3.delete_bucket_policy(Bucket=b)),
    (
        "lifecycle",
        lambda s3, b: s3.put_bucket_lifecycle_configuration(
            Bucket=b, LifecycleConfiguration={"Rules": [EXPIRE]}
        ),
    ),
    ("lifecycle", lambda s3, b: s3.delete_bucket_lifecycle(Bucket=b)),
    ("logging", lambda s3, b: s3.put_bucket_logging(Bucket=b, BucketLoggingStatus={})),
    (
        "notifications",
        lambda s3, b: s3.put_bucket_notification_configuration(
            Bucket=b, NotificationConfiguration={}
        ),
    ),
    (
        "request_metrics",
        lambda s3, b: s3.delete_bucket_metrics_configuration(Bucket=b, Id="EntireBucket"),
    ),
    (
        "request_metrics",
        lambda s3, b: s3.put_bucket_metrics_configuration(
            Bucket=b, Id="rogue", MetricsConfiguration={"Id": "rogue", "Filter": {"Prefix": "a/"}}
        ),
    ),
    (
        "object_lock",
        lambda s3, b: s3.put_object_lock_configuration(Bucket=b, ObjectLockConfiguration=UNLOCKED),
    ),
    ("replication", lambda s3, b: s3.delete_bucket_replication(Bucket=b)),
    (
        "cors",
        lambda s3, b: s3.put_bucket_cors(Bucket=b, CORSConfiguration={"CORSRules": [CORS]}),
    ),
    (
        "website",
        lambda s3, b: s3.put_bucket_website(
            Bucket=b, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
        ),
    ),
    (
        "acceleration",
        lambda s3, b: s3.put_bucket_accelerate_configuration(
            Bucket=b, AccelerateConfiguration={"Status": "Enabled"}
        ),
    ),
    ("tags", lambda s3, b: s3.delete_bucket_tagging(Bucket=b)),
    (
        "tags",
        lambda s3, b: s3.put_bucket_tagging(
            Bucket=b, Tagging={"TagSet": [{"Key": "Rogue", "Value": "x"}]}
        ),
    ),
]


@pytest.mark.parametrize(("name", "mutate"), MUTATIONS)
def test_what_changed_behind_our_back_is_seen_and_mended(
    prod_cloud: Cloud, models: Resource, name: str, mutate: Mutation
) -> None:
    resource = models
    s3 = prod_cloud.client("s3")

    mutate(s3, resource.name)

    found = refresh(prod_cloud, KIND, resource)
    names = set(name.split())
    assert differing(found, resource) == names
    # In this order: S3 enforces ownership only without grants, and then accepts no ACL.
    for one in name.split():
        for _time in range(2):
            mend(prod_cloud, KIND, resource, found, {one})
    assert differing(refresh(prod_cloud, KIND, resource), resource) == set()


def test_grants_are_removed_before_ownership_is_enforced(
    prod_cloud: Cloud, models: Resource
) -> None:
    grant_access(prod_cloud.client("s3"), models.name)
    names = {"object_ownership", "acl_grants"}

    mend(prod_cloud, KIND, models, refresh(prod_cloud, KIND, models), names)

    assert differing(refresh(prod_cloud, KIND, models), models) == set()


def test_every_setter_is_proven_by_a_mutation() -> None:
    assert {word for name, _unused in MUTATIONS for word in name.split()} == set(KIND.setters)


def test_a_rogue_notification_and_a_rogue_replication_are_seen(
    prod_cloud: Cloud, prod: Estate
) -> None:
    s3, resource = prod_cloud.client("s3"), prod[RAW]
    prod_cloud.client("sns").create_topic(Name="rogue")
    s3.put_bucket_notification_configuration(
        Bucket=resource.name,
        NotificationConfiguration={
            "EventBridgeConfiguration": {},
            "TopicConfigurations": [{"TopicArn": TARGET, "Events": ["s3:ObjectCreated:*"]}],
        },
    )
    other = deepcopy(resource.properties["replication"])
    other["rules"]["everything"]["Destination"]["Bucket"] = (
        "arn:aws:s3:::" + prod["bucket/processed_data_replica"].name
    )
    s3.put_bucket_replication(Bucket=resource.name, ReplicationConfiguration=configuration(other))

    found = refresh(prod_cloud, KIND, resource)

    assert differing(found, resource) == {"notifications", "replication"}
    assert found.properties["notifications"]["TopicConfigurations"][0]["TopicArn"] == TARGET
    mend(prod_cloud, KIND, resource, found, {"notifications", "replication"})
    assert differing(refresh(prod_cloud, KIND, resource), resource) == set()


def test_options_that_were_on_are_turned_off(
    prod_cloud: Cloud, models: Resource, facts: Facts
) -> None:
    off = replace(
        prod_cloud.inputs,
        replica_region="",
        object_lock_days=0,
        event_notifications=False,
        intelligent_tiering=False,
    )
    resource = wanted(off, facts)[MODELS]
    found = refresh(prod_cloud, KIND, resource)
    differs = differing(found, resource)
    assert differs == {"lifecycle", "notifications", "object_lock", "replication"}

    mend(prod_cloud, KIND, resource, found, differs)

    assert differing(refresh(prod_cloud, KIND, resource), resource) == set()


def test_object_lock_comes_to_a_bucket_that_holds_objects(
    cloud: Cloud, dev: Estate, facts: Facts
) -> None:
    resource = wanted(replace(cloud.inputs, object_lock_days=7), facts)[MODELS]
    cloud.client("s3").put_object(Bucket=resource.name, Key="model.pt", Body=b"x")
    found = refresh(cloud, KIND, resource)
    assert differing(found, resource) == {"object_lock"}

    mend(cloud, KIND, resource, found, {"object_lock"})

    assert refresh(cloud, KIND, resource).properties["object_lock"] == {
        "mode": "GOVERNANCE",
        "days": 7,
    }


def test_what_is_held_is_counted_on_every_page(
    cloud: Cloud, dev: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3, name = cloud.client("s3"), dev[RAW].name
    monkeypatch.setattr(bucket_objects, "_pages", paged_by_two)
    for number in range(5):
        s3.put_object(Bucket=name, Key=f"{number}", Body=b"12345")
    s3.put_object(Bucket=name, Key="0", Body=b"1" * 1475)
    s3.delete_object(Bucket=name, Key="4")

    held, size = bucket_objects.holds(s3, name)

    newest = max(v["LastModified"] for v in s3.list_object_versions(Bucket=name)["Versions"])
    assert held == f"holds 6 object versions, 1 delete marker, 1.46 KB, newest {newest:%Y-%m-%d}"
    assert size == 1500


def paged_by_two(s3: Any, name: str, prefix: str = "") -> Any:
    paginator = s3.get_paginator("list_object_versions")
    return paginator.paginate(Bucket=name, Prefix=prefix, PaginationConfig={"PageSize": 2})


@pytest.mark.parametrize(
    ("address", "key", "held"),
    [
        (LOGS, "locks/deploy.json", ""),
        (LOGS, "locks/deploy.json.old", "holds 1 object version"),
        (RAW, "locks/deploy.json", "holds 1 object version"),
        (RAW, "locks/door_locks.csv", "holds 1 object version"),
    ],
)
def test_the_deploy_lock_alone_is_no_data(
    cloud: Cloud, dev: Estate, address: str, key: str, held: str
) -> None:
    s3, name = cloud.client("s3"), dev[address].name
    s3.put_object(Bucket=name, Key=key, Body=b"{}")

    assert bucket_objects.holds(s3, name)[0].partition(",")[0] == held


def found_with_contents(cloud: Cloud, resource: Resource) -> Found:
    cloud.counts_objects = True
    return refresh(cloud, KIND, resource)


@pytest.mark.parametrize("versioning", ["Enabled", "Suspended"])
def test_a_lock_that_was_given_back_does_not_keep_its_bucket(
    cloud: Cloud, dev: Estate, versioning: str
) -> None:
    s3, resource = cloud.client("s3"), dev[LOGS]
    s3.put_bucket_versioning(Bucket=resource.name, VersioningConfiguration={"Status": versioning})
    lock = Lock(s3, resource.name)
    lock.acquire()
    lock.release()
    found = found_with_contents(cloud, resource)
    assert KIND.delete is not None

    for _time in range(2):
        KIND.delete(cloud, found)

    assert resource.name not in {f.name for f in KIND.read(cloud)}


@pytest.mark.parametrize("held", ["", "holds 1 object version"])
def test_a_lock_that_somebody_took_meanwhile_keeps_its_bucket(
    cloud: Cloud, dev: Estate, held: str
) -> None:
    s3, resource = cloud.client("s3"), dev[LOGS]
    if held:
        s3.put_object(Bucket=resource.name, Key="s3-access/1", Body=b"GET")
    found = found_with_contents(cloud, resource)
    assert found.holds.startswith(held)
    lock = Lock(s3, resource.name)
    lock.acquire()
    assert KIND.delete is not None

    with pytest.raises(EstateError, match=f"Something came into the bucket {resource.name}"):
        KIND.delete(cloud, found)

    assert lock.beat()
    lock.check()
    lock.release()
    KIND.delete(cloud, found)
    assert resource.name not in {f.name for f in KIND.read(cloud)}


@pytest.mark.parametrize("key", ["new", "locks/deploy.json"])
def test_an_object_that_came_meanwhile_keeps_its_bucket(
    cloud: Cloud, dev: Estate, key: str
) -> None:
    s3, resource = cloud.client("s3"), dev[RAW]
    found = found_with_contents(cloud, resource)
    s3.put_object(Bucket=resource.name, Key=key, Body=b"x")
    assert KIND.delete is not None

    with pytest.raises(EstateError, match=f"Something came into the bucket {resource.name}"):
        KIND.delete(cloud, found)

    assert s3.get_object(Bucket=resource.name, Key=key)["Body"].read() == b"x"


def test_everything_goes_when_it_was_known(
    prod_cloud: Cloud, models: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    prod_cloud.counts_objects = True
    s3, resource = prod_cloud.client("s3"), models
    monkeypatch.setattr(bucket_objects, "_pages", paged_by_two)
    for number in range(2 * bucket_objects.ROUNDS + 3):  # more pages than rounds
        s3.put_object(Bucket=resource.name, Key=f"{number}", Body=b"x")
    s3.delete_object(Bucket=resource.name, Key="1")
    s3.create_multipart_upload(Bucket=resource.name, Key="unfinished")
    prod_cloud.counts_objects = True
    found = refresh(prod_cloud, KIND, resource)
    assert found.holds.startswith("holds 9 object versions, 1 delete marker")
    assert KIND.delete is not None

    KIND.delete(prod_cloud, found)

    assert resource.name not in {f.name for f in KIND.read(prod_cloud)}


def test_a_version_that_cannot_go_is_told(prod_cloud: Cloud, models: Resource) -> None:
    prod_cloud.counts_objects = True
    s3, resource = prod_cloud.client("s3"), models
    s3.put_object(Bucket=resource.name, Key="held", Body=b"x")
    s3.put_object_legal_hold(Bucket=resource.name, Key="held", LegalHold={"Status": "ON"})
    prod_cloud.counts_objects = True
    found = refresh(prod_cloud, KIND, resource)
    assert KIND.delete is not None

    with pytest.raises(ClientError, match=r"1 object of .* cannot be deleted, the first is held"):
        KIND.delete(prod_cloud, found)


def test_replicas_are_found_when_they_are_wanted_no_more(prod_cloud: Cloud, prod: Estate) -> None:
    prod_cloud.inputs = replace(prod_cloud.inputs, replica_region="")

    assert len(KIND.read(prod_cloud)) == 7


def test_data_needs_its_logs_and_its_replica(prod_inputs: Inputs, facts: Facts) -> None:
    estate = wanted(prod_inputs, facts)

    assert estate[RAW].needs == ("bucket/logs", "role/replication", "bucket/raw_data_replica")
    assert estate[LOGS].needs == ()


def statements(resource: Resource) -> dict[str, Any]:
    return {s["Sid"]: s for s in resource.properties["policy"]["Statement"]}


def test_only_the_services_that_log_may_write_to_logs(prod_inputs: Inputs, facts: Facts) -> None:
    allowed = {
        sid: s
        for sid, s in statements(wanted(prod_inputs, facts)[LOGS]).items()
        if s["Effect"] == "Allow"
    }

    assert {sid: (s["Principal"], s["Action"], s["Resource"]) for sid, s in allowed.items()} == {
        "AccessLogs": (
            {"Service": ["logging.s3.amazonaws.com"]},
            ["s3:PutObject"],
            ["arn:aws:s3:::acme-heart-prod-logs/s3-access/*"],
        ),
        "TrailAcl": (
            {"Service": ["cloudtrail.amazonaws.com"]},
            ["s3:GetBucketAcl"],
            ["arn:aws:s3:::acme-heart-prod-logs"],
        ),
        "TrailLogs": (
            {"Service": ["cloudtrail.amazonaws.com"]},
            ["s3:PutObject"],
            ["arn:aws:s3:::acme-heart-prod-logs/cloudtrail/AWSLogs/123456789012/*"],
        ),
    }
    trail = "arn:aws:cloudtrail:us-west-2:123456789012:trail/cardiology-optimizer-prod"
    assert allowed["TrailLogs"]["Condition"]["StringEquals"]["aws:SourceArn"] == [trail]
    assert allowed["AccessLogs"]["Condition"]["StringEquals"] == {
        "aws:SourceAccount": ["123456789012"]
    }


def test_no_trail_no_statement_for_it(inputs: Inputs, facts: Facts) -> None:
    assert set(statements(wanted(inputs, facts)[LOGS])) == {"OnlyTLS", "AccessLogs"}


@pytest.mark.parametrize("key", ["raw_data", "raw_data_replica", "logs"])
@pytest.mark.parametrize(
    ("headers", "denied"),
    [
        ({}, set()),
        ({"": "AES256"}, {"raw_data", "raw_data_replica"}),
        ({"": "aws:kms"}, {"raw_data", "raw_data_replica"}),
        (
            {"": "aws:kms", "-aws-kms-key-id": OTHER_KEY},
            {"raw_data", "raw_data_replica", "logs"},
        ),
        ({"": "aws:kms", "-aws-kms-key-id": "ours"}, set()),
    ],
)
def test_a_request_for_another_encryption_is_denied(
    prod_inputs: Inputs, facts: Facts, key: str, headers: dict[str, str], denied: set[str]
) -> None:
    condition = statements(wanted(prod_inputs, facts)[f"bucket/{key}"])["OnlyOurKey"]["Condition"]
    ours = IDS["kms_key/replica" if key.endswith("replica") else "kms_key/main"]
    context = {
        f"s3:x-amz-server-side-encryption{name}": ours if value == "ours" else value
        for name, value in headers.items()
    }

    assert policy_conditions.condition_is_met(condition, context) == (key in denied)


def test_logs_refer_to_the_key_that_the_trail_brings(prod_inputs: Inputs, facts: Facts) -> None:
    """So that the key stays as long as the logs."""
    assert IDS["kms_key/main"] in json.dumps(wanted(prod_inputs, facts)[LOGS].properties)


def test_old_versions_go_where_there_is_a_way(inputs: Inputs) -> None:
    def classes(tiering: bool, key: str = "raw_data") -> list[str]:
        rules = lifecycle(replace(inputs, intelligent_tiering=tiering), key)
        transitions = rules["tier-old-versions"]["NoncurrentVersionTransitions"]
        return [t["StorageClass"] for t in transitions]

    assert classes(False) == ["STANDARD_IA", "GLACIER_IR"]
    assert classes(True) == ["GLACIER_IR"]
    assert classes(True, "raw_data_replica") == ["STANDARD_IA", "GLACIER_IR"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Filter": {}}, {"Filter": {"Prefix": ""}}),
        ({"Prefix": "a/"}, {"Filter": {"Prefix": "a/"}}),
        ({"Prefix": ""}, {"Filter": {"Prefix": ""}}),
        ({"Filter": {"Tag": {"Key": "a"}}}, {"Filter": {"Tag": {"Key": "a"}}}),
        ({"New": 1, "Filter": {}}, {"New": 1, "Filter": {"Prefix": ""}}),
    ],
)
def test_a_lifecycle_rule_has_one_spelling(rule: dict[str, Any], expected: dict[str, Any]) -> None:
    assert lifecycle_rule({"ID": "x", **rule}) == expected


def test_another_smallest_object_is_a_difference() -> None:
    answer = {"Rules": [], "TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}

    assert lifecycle_rules(answer) == {"(smallest object)": "varies_by_storage_class"}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            {
                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                "BucketKeyEnabled": True,
                "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
            },
            {"algorithm": "AES256", "blocked": []},
        ),
        (
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}},
            {"algorithm": "aws:kms", "kms_key": "aws/s3", "bucket_key": False, "blocked": []},
        ),
        (
            {"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}},
            {"algorithm": "AES256", "blocked": ["SSE-C"]},
        ),
    ],
)
def test_encryption_has_one_spelling(rule: dict[str, Any], expected: dict[str, Any]) -> None:
    assert encryption_rule(rule) == expected


def test_replication_goes_there_and_back() -> None:
    document = {
        "Role": "r",
        "Rules": [{"ID": "a", "Status": "Enabled", "Filter": {}, "Destination": {"Bucket": "b"}}],
    }

    assert normal(document)["rules"]["a"]["Filter"] == {"Prefix": ""}
    assert normal(configuration(normal(document))) == normal(document)


@pytest.mark.parametrize(
    ("location", "region"),
    [(None, "us-east-1"), ("", "us-east-1"), ("EU", "eu-west-1"), ("us-west-2", "us-west-2")],
)
def test_the_region_of_a_bucket(location: str | None, region: str) -> None:
    assert region_of({"LocationConstraint": location}) == region


class Refusing:
    """An S3 client that ends every call in one error."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __getattr__(self, name: str) -> Any:
        def call(**_arguments: Any) -> Any:
            raise ClientError({"Error": {"Code": self.code}}, name)

        return call


@pytest.mark.parametrize("code", ["MethodNotAllowed", "UnsupportedArgument"])
def test_a_region_without_acceleration_can_be_read(code: str) -> None:
    assert READERS["acceleration"](Refusing(code), "b") is None
    with pytest.raises(ClientError):
        READERS["acceleration"](Refusing("AccessDenied"), "b")


def test_replication_waits_until_versioning_is_known(
    prod_cloud: Cloud, prod: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 says InvalidRequest while it does not know yet that both buckets keep versions."""
    resource = prod[RAW]
    s3, refusals = prod_cloud.client("s3"), ["InvalidRequest"] * 2
    put = s3.put_bucket_replication

    def late(**arguments: Any) -> Any:
        if refusals:
            raise ClientError({"Error": {"Code": refusals.pop()}}, "PutBucketReplication")
        return put(**arguments)

    s3.delete_bucket_replication(Bucket=resource.name)
    monkeypatch.setattr(s3, "put_bucket_replication", late)
    found = refresh(prod_cloud, KIND, resource)
    mend(prod_cloud, KIND, resource, found, {"replication"}, Pace(waits=(0, 0, 0)))

    assert refresh(prod_cloud, KIND, resource).properties == resource.properties
