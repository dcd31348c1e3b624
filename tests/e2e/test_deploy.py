"""Plan, deploy, drift and repair with the real playbooks, verified through the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from .snapshot import snapshot

OURS = {"Project": "cardiology-optimizer", "ManagedBy": "cardiology.cloud"}
NOTHING = "Nothing to do: {env} is as planned."
#: The start of a plan's last line.
VERDICTS = ("Plan: ", "Nothing to do: ")
PROJECT = Path(__file__).parents[2]
#: The number of resources in dev.
DEV = 27


@pytest.fixture(scope="module")
def deployed(new_account: Callable[[], Any]) -> Any:
    """One account with dev and prod side by side, deployed at the same time."""
    account = new_account()
    account.keys.chmod(0o755)  # another user's directory, whose mode must not be changed
    with ThreadPoolExecutor() as pool:
        for result in pool.map(lambda env: redeploy(account, env=env), ("dev", "prod")):
            assert result.changed > 0
    return account


def redeploy(account: Any, *args: str, env: str = "dev") -> Any:
    return account.run_playbook(
        "deploy", "-e", "budget_alert_emails=heart@example.org", *args, env=env
    ).ok()


def plan_of(stdout: str) -> list[str]:
    """The lines of the first plan in the output, without indentation."""
    lines = stdout.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("Plan for "))
    end = next(n for n, line in enumerate(lines) if n > start and line.startswith(VERDICTS))
    return [line.strip() for line in lines[start : end + 1] if line.strip()]


def changes_of(stdout: str) -> list[str]:
    """The same lines without title, notes and cost."""
    lines = plan_of(stdout)
    money = next(n for n, line in enumerate(lines) if line.startswith("Cost ("))
    kept = [*lines[:money], lines[-1]]
    return [line for line in kept if not line.startswith(("Plan for", "Note"))]


def printed(page: str) -> list[str]:
    """The cost and the last line of the plan shown on a documentation page."""
    excerpt = (PROJECT / page).read_text().partition("\n```\nCost (")[2].partition("\n```\n")[0]
    lines = [line.strip() for line in f"Cost ({excerpt}".splitlines()]
    return [line for line in lines if line not in ("", "…") and "days old" not in line]


def names(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def test_check_on_an_empty_account_plans_everything_and_changes_nothing(account: Any) -> None:
    before = snapshot(account)

    result = account.run_playbook("deploy", "--check").ok()

    plan = plan_of(result.stdout)
    assert plan[-1] == f"Plan: {DEV} to add, 0 to change, 0 to destroy."
    assert sum(line.startswith("+ ") for line in plan) == DEV
    assert "+ vpc main: cardiology-optimizer-dev" in plan
    assert "cidr: 10.20.0.0/16" not in plan
    assert "Note: budget_alert_emails is empty: nobody gets the budget alerts." in plan
    assert snapshot(account) == before
    assert not account.key_file().exists()


@pytest.mark.parametrize(("env", "page"), [("dev", "docs/cost.md"), ("prod", "README.md")])
def test_the_documentation_shows_what_the_plan_prints(account: Any, env: str, page: str) -> None:
    plan = plan_of(account.run_playbook("deploy", "--check", env=env).ok().stdout)

    shown = printed(page)

    assert len(shown) > 5
    assert [line for line in shown if line not in plan] == []


def test_a_second_deploy_changes_nothing(deployed: Any) -> None:
    before = snapshot(deployed)

    for env in ("dev", "prod"):
        result = redeploy(deployed, env=env)
        assert result.changed == 0
        assert plan_of(result.stdout)[-1] == NOTHING.format(env=env)

    assert snapshot(deployed) == before


def mine(env: str) -> list[dict[str, Any]]:
    return [{"Name": "tag:Environment", "Values": [env]}]


def test_the_network_of_dev_is_public_and_costs_nothing(deployed: Any) -> None:
    ec2 = deployed.client("ec2")
    [vpc] = ec2.describe_vpcs(Filters=mine("dev"))["Vpcs"]
    subnets = ec2.describe_subnets(Filters=mine("dev"))["Subnets"]
    [table] = ec2.describe_route_tables(Filters=mine("dev"))["RouteTables"]
    [gateway] = ec2.describe_internet_gateways(Filters=mine("dev"))["InternetGateways"]

    assert vpc["CidrBlock"] == "10.20.0.0/16"
    assert OURS.items() <= names(vpc["Tags"]).items()
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == len(subnets) == 2
    assert {a["SubnetId"] for a in table["Associations"] if a.get("SubnetId")} == {
        subnet["SubnetId"] for subnet in subnets
    }
    assert gateway["InternetGatewayId"] in ways_out(table)
    assert gateway["Attachments"][0]["VpcId"] == vpc["VpcId"]
    gateways = ec2.describe_nat_gateways()["NatGateways"]
    assert vpc["VpcId"] not in {gateway["VpcId"] for gateway in gateways}


def ways_out(table: dict[str, Any]) -> set[str]:
    return {
        route.get("NatGatewayId") or route.get("GatewayId")
        for route in table["Routes"]
        if route.get("DestinationCidrBlock") == "0.0.0.0/0"
    }


def test_hosts_of_prod_are_private_and_leave_by_one_nat_gateway(deployed: Any) -> None:
    ec2 = deployed.client("ec2")
    [nat] = ec2.describe_nat_gateways(Filters=mine("prod"))["NatGateways"]
    subnets = {
        names(s["Tags"])["Name"].removeprefix("cardiology-optimizer-prod-"): s
        for s in ec2.describe_subnets(Filters=mine("prod"))["Subnets"]
    }
    tables = ec2.describe_route_tables(Filters=mine("prod"))["RouteTables"]
    out = {
        a["SubnetId"]: ways_out(t) for t in tables for a in t["Associations"] if a.get("SubnetId")
    }
    [version] = ec2.describe_launch_template_versions(
        LaunchTemplateName="cardiology-optimizer-prod-training", Versions=["$Default"]
    )["LaunchTemplateVersions"]
    [interface] = version["LaunchTemplateData"]["NetworkInterfaces"]
    [flow_log] = ec2.describe_flow_logs(Filters=mine("prod"))["FlowLogs"]

    assert set(subnets) == {"public-a", "public-b", "private-a", "private-b"}
    for key in ("private-a", "private-b"):
        assert out[subnets[key]["SubnetId"]] == {nat["NatGatewayId"]}
    assert nat["SubnetId"] == subnets["public-a"]["SubnetId"]
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets.values())
    assert interface["SubnetId"] == subnets["private-a"]["SubnetId"]
    assert interface["AssociatePublicIpAddress"] is False
    assert (flow_log["TrafficType"], flow_log["FlowLogStatus"]) == ("ALL", "ACTIVE")


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_s3_has_an_endpoint_and_the_default_group_lets_nothing_through(
    deployed: Any, env: str
) -> None:
    ec2 = deployed.client("ec2")
    [vpc] = ec2.describe_vpcs(Filters=mine(env))["Vpcs"]
    in_vpc = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    [endpoint] = ec2.describe_vpc_endpoints(Filters=in_vpc)["VpcEndpoints"]
    [default] = ec2.describe_security_groups(
        Filters=[*in_vpc, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    tables = ec2.describe_route_tables(Filters=mine(env))["RouteTables"]

    assert endpoint["ServiceName"] == "com.amazonaws.us-west-2.s3"
    assert set(endpoint["RouteTableIds"]) == {t["RouteTableId"] for t in tables}
    assert default["IpPermissions"] == default["IpPermissionsEgress"] == []


def test_dev_lets_in_the_allowed_network_and_prod_lets_in_nobody(deployed: Any) -> None:
    ec2 = deployed.client("ec2")

    def ingress(env: str) -> set[tuple[int, str]]:
        [group] = ec2.describe_security_groups(
            Filters=[{"Name": "group-name", "Values": [f"cardiology-optimizer-{env}-training"]}]
        )["SecurityGroups"]
        return {
            (permission["FromPort"], source["CidrIp"])
            for permission in group["IpPermissions"]
            for source in permission["IpRanges"]
        }

    assert ingress("dev") == {(22, "203.0.113.7/32"), (8501, "203.0.113.7/32")}
    assert ingress("prod") == set()


KEYS = ("raw-data", "processed-data", "model-artifacts", "logs")


@pytest.mark.parametrize("env", ["dev", "prod"])
@pytest.mark.parametrize("key", KEYS)
def test_a_bucket_is_private_versioned_and_tls_only(deployed: Any, env: str, key: str) -> None:
    s3, name = deployed.client("s3"), deployed.bucket(key, env)
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    [rule] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    statements = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    [owner] = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    with_key = env == "prod" and key != "logs"

    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert set(block.values()) == {True}
    default = rule["ApplyServerSideEncryptionByDefault"]
    assert default["SSEAlgorithm"] == ("aws:kms" if with_key else "AES256")
    assert rule["BucketKeyEnabled"] is with_key
    assert {"Bool": {"aws:SecureTransport": "false"}} in [
        s.get("Condition") for s in statements if s["Effect"] == "Deny"
    ]
    assert owner["ObjectOwnership"] == "BucketOwnerEnforced"
    assert OURS.items() <= names(s3.get_bucket_tagging(Bucket=name)["TagSet"]).items()
    logged_to = s3.get_bucket_logging(Bucket=name).get("LoggingEnabled", {}).get("TargetBucket")
    assert logged_to == (None if key == "logs" else deployed.bucket("logs", env))
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    expiry = {r["Expiration"]["Days"] for r in rules if "Expiration" in r}
    assert expiry == ({90} if key == "logs" else set())
    assert any("AbortIncompleteMultipartUpload" in r for r in rules)


def test_prod_has_a_copy_in_a_second_region_and_keys_that_rotate(deployed: Any) -> None:
    s3, far = deployed.client("s3"), deployed.client("s3", "us-east-2")
    for key in KEYS[:3]:
        [rule] = s3.get_bucket_replication(Bucket=deployed.bucket(key, "prod"))[
            "ReplicationConfiguration"
        ]["Rules"]
        replica = deployed.bucket(key, "prod") + "-replica"
        assert rule["Status"] == "Enabled"
        assert rule["Destination"]["Bucket"] == f"arn:aws:s3:::{replica}"
        assert far.get_bucket_location(Bucket=replica)["LocationConstraint"] == "us-east-2"
        assert far.get_bucket_versioning(Bucket=replica)["Status"] == "Enabled"
    for region, alias in (("us-west-2", ""), ("us-east-2", "-replica")):
        kms = deployed.client("kms", region)
        key = kms.describe_key(KeyId=f"alias/cardiology-optimizer-prod{alias}")["KeyMetadata"]
        assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]


def test_prod_is_audited(deployed: Any) -> None:
    trails, logs = deployed.client("cloudtrail"), deployed.client("logs")
    [trail] = trails.describe_trails()["trailList"]
    group = "/aws/cardiology-optimizer/prod/cloudtrail"
    filters = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    alarms = deployed.client("cloudwatch").describe_alarms(
        AlarmNamePrefix="cardiology-optimizer-prod-"
    )["MetricAlarms"]
    watched = {alarm.get("MetricName") for alarm in alarms}

    assert trail["IsMultiRegionTrail"]
    assert trail["LogFileValidationEnabled"]
    assert trail["KmsKeyId"]
    assert trail["S3BucketName"] == deployed.bucket("logs", "prod")
    assert trails.get_trail_status(Name=trail["Name"])["IsLogging"]
    assert len(filters) == 15
    assert {f["metricTransformations"][0]["metricName"] for f in filters} <= watched
    assert all(alarm["AlarmActions"] for alarm in alarms)


def test_the_budget_tells_at_80_percent_and_at_the_forecast(deployed: Any) -> None:
    budgets = deployed.client("budgets")
    for env, amount in (("dev", 25), ("prod", 200)):
        target = {
            "AccountId": deployed.account_id,
            "BudgetName": f"cardiology-optimizer-{env}-monthly",
        }
        budget = budgets.describe_budget(**target, ShowFilterExpression=True)["Budget"]
        notifications = budgets.describe_notifications_for_budget(**target)["Notifications"]

        assert float(budget["BudgetLimit"]["Amount"]) == amount
        assert {
            term["Tags"]["Key"]: term["Tags"]["Values"]
            for term in budget["FilterExpression"]["And"]
        } == {"user:Project": ["cardiology-optimizer"], "user:Environment": [env]}
        assert {(n["NotificationType"], n["Threshold"]) for n in notifications} == {
            ("ACTUAL", 80),
            ("FORECASTED", 100),
        }
        for notification in notifications:
            subscribers = budgets.describe_subscribers_for_notification(
                **target, Notification=notification
            )["Subscribers"]
            assert {s["SubscriptionType"]: s["Address"] for s in subscribers} == {
                "EMAIL": "heart@example.org",
                "SNS": f"arn:aws:sns:us-west-2:{deployed.account_id}:"
                f"cardiology-optimizer-{env}-alarms",
            }


def test_a_host_gets_the_role_and_a_template_without_imdsv1(deployed: Any) -> None:
    iam, ec2 = deployed.client("iam"), deployed.client("ec2")
    name = "cardiology-optimizer-dev-training"
    [role] = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
    [version] = ec2.describe_launch_template_versions(
        LaunchTemplateName=name, Versions=["$Default"]
    )["LaunchTemplateVersions"]
    data = version["LaunchTemplateData"]

    assert role["RoleName"] == name
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["training"]
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    tagged = {s["ResourceType"]: names(s["Tags"]) for s in data["TagSpecifications"]}
    assert set(tagged) == {"instance", "volume", "network-interface"}
    assert all(OURS.items() <= tags.items() for tags in tagged.values())
    assert data["KeyName"] == "cardiology-optimizer-dev"
    [group] = deployed.client("logs").describe_log_groups(
        logGroupNamePrefix="/aws/cardiology-optimizer/dev"
    )["logGroups"]
    assert group["retentionInDays"] == 30


def test_the_key_file_is_private_and_ec2_has_its_public_half(deployed: Any) -> None:
    key = deployed.key_file()
    [pair] = deployed.client("ec2").describe_key_pairs(
        KeyNames=["cardiology-optimizer-dev"], IncludePublicKey=True
    )["KeyPairs"]

    assert key.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE KEY" in key.read_text()
    made = key.with_suffix(".pub").read_text().split()[:2]
    assert pair["PublicKey"].split()[:2] == made


def test_a_directory_that_was_there_keeps_its_mode(deployed: Any) -> None:
    assert deployed.keys.stat().st_mode & 0o777 == 0o755


def test_what_changes_behind_our_back_is_shown_and_mended(deployed: Any) -> None:
    ec2, s3, iam = (deployed.client(service) for service in ("ec2", "s3", "iam"))
    role = "cardiology-optimizer-dev-training"
    [group] = ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["cardiology-optimizer-dev-training"]}]
    )["SecurityGroups"]
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
    s3.delete_public_access_block(Bucket=deployed.bucket("raw-data"))
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_role_policy(
        RoleName=role,
        PolicyName="rogue",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )

    check = redeploy(deployed, "--check")
    assert changes_of(check.stdout) == [
        "storage",
        f"~ bucket raw_data: {deployed.bucket('raw-data')}",
        "~ public_access_block.block_public_acls: no -> yes",
        "~ public_access_block.block_public_policy: no -> yes",
        "~ public_access_block.ignore_public_acls: no -> yes",
        "~ public_access_block.restrict_public_buckets: no -> yes",
        "identity",
        f"~ role training: {role}",
        "- inline_policies.rogue: Version=2012-10-17 "
        "Statement=[(Effect=Allow Action=[*] Resource=[*])]",
        "network",
        f"~ security_group training: {role} ({group['GroupId']})",
        "- ingress: proto=tcp from_port=22 to_port=22 cidr_ip=0.0.0.0/0",
        "Plan: 0 to add, 3 to change, 0 to destroy.",
    ]
    assert "rogue" in iam.list_role_policies(RoleName=role)["PolicyNames"]

    result = redeploy(deployed)

    assert "3 changed. Verified: everything matches the plan." in result.stdout
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["training"]
    block = s3.get_public_access_block(Bucket=deployed.bucket("raw-data"))
    assert set(block["PublicAccessBlockConfiguration"].values()) == {True}
    [group] = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"]
    sources = {s["CidrIp"] for p in group["IpPermissions"] for s in p["IpRanges"]}
    assert sources == {"203.0.113.7/32"}


def test_a_twin_is_told_and_left_alone(deployed: Any) -> None:
    ec2 = deployed.client("ec2")
    tags = [
        {"Key": key, "Value": value}
        for key, value in {**OURS, "Environment": "dev", "Name": "forgotten"}.items()
    ]
    twin = ec2.create_vpc(
        CidrBlock="10.98.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}]
    )["Vpc"]["VpcId"]
    try:
        result = redeploy(deployed)

        assert f"! vpc: forgotten ({twin}): carries our tags but is not wanted" in plan_of(
            result.stdout
        )
        assert result.changed == 0
        assert ec2.describe_vpcs(VpcIds=[twin])["Vpcs"]
    finally:
        ec2.delete_vpc(VpcId=twin)


def test_prune_removes_what_is_ours_and_not_wanted(deployed: Any) -> None:
    ec2 = deployed.client("ec2")
    [vpc] = ec2.describe_vpcs(Filters=mine("dev"))["Vpcs"]
    tags = {**OURS, "Environment": "dev", "Name": "rogue"}
    rogue = ec2.create_security_group(
        GroupName="rogue",
        Description="made by hand",
        VpcId=vpc["VpcId"],
        TagSpecifications=[
            {
                "ResourceType": "security-group",
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            }
        ],
    )["GroupId"]

    kept = redeploy(deployed)
    assert plan_of(kept.stdout)[-1] == "Nothing to do: dev is as planned (1 unmanaged)."
    assert ec2.describe_security_groups(GroupIds=[rogue])["SecurityGroups"]

    pruned = redeploy(deployed, "-e", "prune=true")
    assert plan_of(pruned.stdout)[-1] == "Plan: 0 to add, 0 to change, 1 to destroy."
    groups = ec2.describe_security_groups(Filters=mine("dev"))["SecurityGroups"]
    assert rogue not in {group["GroupId"] for group in groups}


def test_a_saved_plan_is_applied_as_it_is_or_not_at_all(deployed: Any, tmp_path: Path) -> None:
    logs = deployed.client("logs")
    group, saved = "/aws/cardiology-optimizer/dev", tmp_path / "plan.json"
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    redeploy(deployed, "--check", "-e", f"plan_file={saved}")
    [change] = json.loads(saved.read_text())["changes"]
    assert change["address"] == "log_group/main"

    # A resource changes: the saved plan is refused and names the change.
    s3, raw = deployed.client("s3"), deployed.bucket("raw-data")
    s3.put_bucket_versioning(Bucket=raw, VersioningConfiguration={"Status": "Suspended"})
    before = snapshot(deployed)
    refused = deployed.run_playbook(
        "deploy",
        *("-e", "budget_alert_emails=heart@example.org"),
        *("-e", f"apply_plan={saved}"),
    )
    assert refused.rc != 0
    assert "so nothing was changed: bucket/raw_data needs update now" in refused.stdout
    assert snapshot(deployed) == before

    # The resource is changed back: exactly the plan is applied.
    s3.put_bucket_versioning(Bucket=raw, VersioningConfiguration={"Status": "Enabled"})
    applied = redeploy(deployed, "-e", f"apply_plan={saved}")
    assert "1 changed. Verified: everything matches the plan." in applied.stdout
    [found] = logs.describe_log_groups(logGroupNamePrefix=group, limit=1)["logGroups"]
    assert found["retentionInDays"] == 30


def test_a_plan_is_saved_where_the_command_was_typed_and_says_so(
    account: Any, tmp_path: Path
) -> None:
    result = account.run_playbook(
        "deploy",
        *("--check", "-e", "plan_file=plan.json"),
        cwd=tmp_path,
        environ={"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")},
    ).ok()

    assert json.loads((tmp_path / "plan.json").read_text())["environment"] == "dev"
    assert f"Saved to {tmp_path / 'plan.json'}\n" in result.stdout


def test_output_json_is_one_document_and_the_exit_code_says_what_there_is_to_do(
    account: Any,
) -> None:
    planned = account.run_playbook("deploy", "--check", "-e", "output=json", stderr=False).ok()
    document = json.loads(planned.stdout)
    assert len(document["plan"]["changes"]) == DEV
    assert document["plan"]["money"]["baseline"]
    assert account.run_playbook("deploy", "--check", "-e", "plan_exit_code=true").rc == 2

    made = account.run_playbook("deploy", "-e", "output=json", stderr=False).ok()
    document = json.loads(made.stdout)
    assert {outcome["status"] for outcome in document["applied"]} == {"done"}
    assert document["outputs"]["buckets"]["raw_data"] == account.bucket("raw-data")

    nothing = account.run_playbook("deploy", "--check", "-e", "plan_exit_code=true").ok()
    assert NOTHING.format(env="dev") in nothing.stdout

    shown = account.run_playbook("status", "-e", "output=json", stderr=False).ok()
    assert json.loads(shown.stdout)["status"]["present"]["kinds"]["bucket"] == 4

    gone = account.run_playbook("destroy", "-e", "output=json", stderr=False).ok()
    assert json.loads(gone.stdout)["left"]["resources"] == []
    bare = account.run_playbook("status").ok()
    assert "Nothing is deployed, so nothing is billed." in bare.stdout

    wrong = account.run_playbook(
        "deploy", "--check", "-e", "plan_exit_code=true", "-e", "vpc_cidr=none"
    )
    assert wrong.rc == 1


def test_diff_shows_whole_documents(account: Any) -> None:
    result = account.run_playbook("deploy", "--check", "--diff").ok()

    plan = plan_of(result.stdout)
    assert '"aws:SecureTransport": [' in plan
    assert "vpc: vpc/main (known after apply)" in plan
    assert "public_key: (known after apply)" in plan
    assert "cidr: 10.20.0.0/16" in plan
    assert not [line for line in plan if line.endswith(": none")]
