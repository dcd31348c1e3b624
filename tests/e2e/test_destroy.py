"""Teardown: what is removed, what stays, and that the report is correct."""

from __future__ import annotations

from typing import Any

from .snapshot import snapshot


def launch(account: Any) -> str:
    """Launch a host of ours, as an interrupted run leaves it behind."""
    [template] = account.client("ec2").describe_launch_templates()["LaunchTemplates"]
    images = account.client("ec2").describe_images()["Images"]
    image = next(i["ImageId"] for i in images if "debian-12" in i["Name"])
    [instance] = account.client("ec2").run_instances(
        MinCount=1,
        MaxCount=1,
        ImageId=image,
        InstanceType="t3.medium",
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"]},
    )["Instances"]
    return str(instance["InstanceId"])


def test_a_life_with_data_from_deploy_to_nothing(account: Any) -> None:
    """One deploy for all steps: kept data, adoption, a wrong prefix, the right one."""
    empty = snapshot(account)
    account.run_playbook("deploy").ok()
    s3, ec2 = account.client("s3"), account.client("ec2")
    raw = account.bucket("raw-data")
    s3.put_object(Bucket=raw, Key="county.csv", Body=b"1")
    s3.put_object(Bucket=raw, Key="county.csv", Body=b"2")
    host = launch(account)

    # The plan alone changes nothing.
    deployed = snapshot(account)
    check = account.run_playbook("destroy", "--check").ok()
    assert "Plan: 0 to add, 0 to change, 27 to destroy, 1 kept." in check.stdout
    assert (
        f"= bucket raw_data: {raw}: holds 2 object versions, 2.00 Bytes, newest 20" in check.stdout
    )
    assert snapshot(account) == deployed

    # A wrong prefix is an error before anything changes.
    wrong = account.run_playbook("destroy", "-e", "destroy_data=cardiology")
    assert wrong.rc != 0
    assert "destroy_data=cardiology is not the prefix of the buckets" in wrong.stdout
    assert snapshot(account) == deployed

    # Everything except the data is removed, the leftover host first.
    first = account.run_playbook("destroy").ok()
    receipt = first.stdout.partition(f"Left in account {account.account_id}")[2]
    assert f"= bucket raw_data: {raw}: holds 2 object versions" in receipt
    assert "It costs $0.0" in receipt
    [reservation] = ec2.describe_instances(InstanceIds=[host])["Reservations"]
    assert reservation["Instances"][0]["State"]["Name"] == "terminated"
    left = snapshot(account)
    assert [bucket["Name"] for bucket in left["buckets"]] == [raw]
    assert left | {"buckets": []} == empty
    assert account.key_file().exists()

    # Again: nothing to do.
    again = account.run_playbook("destroy").ok()
    assert again.changed == 0
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == [raw]

    # A deploy adopts the bucket and loses no version.
    account.run_playbook("deploy").ok()
    versions = s3.list_object_versions(Bucket=raw)["Versions"]
    assert len(versions) == 2
    assert s3.get_object(Bucket=raw, Key="county.csv")["Body"].read() == b"2"

    # With the exact prefix, nothing is left.
    prefix = raw.removesuffix("-dev-raw-data")
    last = account.run_playbook("destroy", "-e", f"destroy_data={prefix}").ok()
    assert f"Left in account {account.account_id}\n  Nothing.\n" in last.stdout
    assert snapshot(account) == empty


def test_somebody_elses_thing_with_our_name_stays(account: Any) -> None:
    ec2 = account.client("ec2")
    ec2.create_key_pair(KeyName="cardiology-optimizer-dev")

    plan = account.run_playbook("deploy", "--check").ok()
    result = account.run_playbook("destroy").ok()

    name = "key_pair main: cardiology-optimizer-dev"
    assert f"~ {name}: exists without our tags: will be adopted" in plan.stdout
    assert result.changed == 0
    assert f"{name}: unmanaged: has our name but not our tags" in result.stdout
    assert ec2.describe_key_pairs(KeyNames=["cardiology-optimizer-dev"])["KeyPairs"]


def test_a_teardown_that_fails_says_what_is_left(account: Any) -> None:
    ec2 = account.client("ec2")
    tags = {
        "Name": "cardiology-optimizer-dev",
        "Project": "cardiology-optimizer",
        "Environment": "dev",
        "ManagedBy": "cardiology.cloud",
    }
    ours = [{"Key": key, "Value": value} for key, value in tags.items()]
    vpc = ec2.create_vpc(
        CidrBlock="10.20.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": ours}]
    )["Vpc"]["VpcId"]
    # Unmanaged: a VPC with a second route table cannot be deleted.
    ec2.create_route_table(VpcId=vpc)

    result = account.run_playbook("destroy")

    assert result.rc != 0
    receipt = result.stdout.partition(f"Left in account {account.account_id}")[2]
    assert f"- vpc main: cardiology-optimizer-dev ({vpc})" in receipt
    assert "failed: vpc/main:" in result.stdout


def test_destroy_on_an_empty_account_changes_nothing(account: Any) -> None:
    before = snapshot(account)

    result = account.run_playbook("destroy").ok()

    assert result.changed == 0
    assert f"Left in account {account.account_id}\n  Nothing.\n" in result.stdout
    assert snapshot(account) == before


def test_the_key_of_kept_data_stays_with_them(account: Any) -> None:
    empty = snapshot(account)
    account.run_playbook("deploy", env="prod").ok()
    s3, kms = account.client("s3"), account.client("kms")
    raw = account.bucket("raw-data", "prod")
    s3.put_object(Bucket=raw, Key="county.csv", Body=b"1")
    alias = "alias/cardiology-optimizer-prod"
    key = kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
    assert s3.head_object(Bucket=raw, Key="county.csv")["SSEKMSKeyId"] == key

    first = account.run_playbook("destroy", env="prod").ok()

    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == [raw]
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyState"] == "Enabled"
    receipt = first.stdout.partition(f"Left in account {account.account_id}")[2]
    assert f"({key}): objects in {raw} may need it" in receipt
    assert s3.get_object(Bucket=raw, Key="county.csv")["Body"].read() == b"1"

    # A deploy adopts both: the same key, no object lost.
    account.run_playbook("deploy", env="prod").ok()
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == key
    assert account.run_playbook("deploy", env="prod").ok().changed == 0
    assert len(s3.list_object_versions(Bucket=raw)["Versions"]) == 1

    prefix = raw.removesuffix("-prod-raw-data")
    last = account.run_playbook("destroy", "-e", f"destroy_data={prefix}", env="prod").ok()

    assert f"Left in account {account.account_id}\n  Nothing.\n" in last.stdout
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert snapshot(account) == empty
