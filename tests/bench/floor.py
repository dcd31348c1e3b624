"""The lower bound: create dev with plain boto3, one call after another, no checks, no waiting.

    floor.py deploy|again|destroy values.json

No sequential deployment of this environment on this cloud can be faster. It is not an example to
follow: it cannot be repeated, repairs nothing and does not find existing resources.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import boto3

#: The entry that ends every list, which nobody can delete.
LAST_ENTRY = 32767
SERVICES = ("ec2", "s3", "iam", "logs", "sns", "cloudwatch", "budgets")


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags in the format of most APIs."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class Floor:
    """The calls for one environment."""

    def __init__(self, values: dict[str, Any]) -> None:
        session = boto3.session.Session(region_name=values["region"])
        self.clients = {service: session.client(service) for service in SERVICES}
        self.values = values
        self.vpc_filter = [{"Name": "tag:Name", "Values": [values["vpc"]["main"]["name"]]}]

    def __getattr__(self, service: str) -> Any:
        return self.clients[service]

    def one(self, kind: str) -> dict[str, Any]:
        """The only resource of a kind."""
        (only,) = self.values[kind].values()
        return only

    def ec2_tags(self, made: str, kind: str, key: str) -> list[dict[str, Any]]:
        """`TagSpecifications` of a resource."""
        return [{"ResourceType": made, "Tags": tag_list(self.values[kind][key]["tags"])}]

    # --- deploy

    def deploy(self) -> None:
        """Create everything."""
        for bucket in [self.values["bucket"]["logs"], *self.values["data_buckets"]]:
            self.make_bucket(bucket)
        self.make_identity()
        self.make_network()
        self.make_monitoring()
        self.budgets.create_budget(**self.one("budget")["request"])

    def make_bucket(self, bucket: dict[str, Any]) -> None:
        """One bucket, complete."""
        name = {"Bucket": bucket["name"]}
        self.s3.create_bucket(
            **name,
            ObjectOwnership=bucket["object_ownership"],
            CreateBucketConfiguration={
                "LocationConstraint": bucket["region"],
                "Tags": tag_list(bucket["tags"]),
            },
        )
        block = bucket["public_access_block"]
        self.s3.put_public_access_block(
            **name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": block["block_public_acls"],
                "IgnorePublicAcls": block["ignore_public_acls"],
                "BlockPublicPolicy": block["block_public_policy"],
                "RestrictPublicBuckets": block["restrict_public_buckets"],
            },
        )
        self.s3.put_bucket_versioning(
            **name, VersioningConfiguration={"Status": bucket["versioning"]}
        )
        rule = {
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": bucket["encryption"]["algorithm"]
            },
            "BlockedEncryptionTypes": {"EncryptionType": bucket["encryption"]["blocked"]},
        }
        self.s3.put_bucket_encryption(**name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        self.s3.put_bucket_policy(**name, Policy=bucket["policy_text"])
        self.s3.put_bucket_lifecycle_configuration(
            **name,
            LifecycleConfiguration={
                "Rules": [{"ID": key, **value} for key, value in bucket["lifecycle"].items()]
            },
        )
        if "logging" in bucket:
            self.s3.put_bucket_logging(
                **name, BucketLoggingStatus={"LoggingEnabled": bucket["logging"]}
            )
        for key in bucket.get("request_metrics", {}):
            self.s3.put_bucket_metrics_configuration(
                **name, Id=key, MetricsConfiguration={"Id": key}
            )

    def make_identity(self) -> None:
        """Role and instance profile."""
        role, profile = self.one("role"), self.one("instance_profile")
        self.iam.create_role(
            RoleName=role["name"],
            Path=role["path"],
            Description=role["description"],
            AssumeRolePolicyDocument=role["trust_text"],
            MaxSessionDuration=role["max_session_seconds"],
            Tags=tag_list(role["tags"]),
        )
        for name, text in role["inline_texts"].items():
            self.iam.put_role_policy(RoleName=role["name"], PolicyName=name, PolicyDocument=text)
        self.iam.create_instance_profile(
            InstanceProfileName=profile["name"],
            Path=profile["path"],
            Tags=tag_list(profile["tags"]),
        )
        self.iam.add_role_to_instance_profile(
            InstanceProfileName=profile["name"], RoleName=profile["role"]
        )

    def make_network(self) -> None:
        """VPC and its contents, key pair and launch template."""
        ec2, wanted = self.ec2, self.values
        vpc = ec2.create_vpc(
            CidrBlock=wanted["vpc"]["main"]["cidr"],
            TagSpecifications=self.ec2_tags("vpc", "vpc", "main"),
        )["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        gateway = ec2.create_internet_gateway(
            TagSpecifications=self.ec2_tags("internet-gateway", "internet_gateway", "main")
        )["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        table = ec2.create_route_table(
            VpcId=vpc, TagSpecifications=self.ec2_tags("route-table", "route_table", "public")
        )["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        subnets = {}
        for key, subnet in wanted["subnet"].items():
            subnets[key] = ec2.create_subnet(
                VpcId=vpc,
                CidrBlock=subnet["cidr"],
                AvailabilityZone=subnet["zone"],
                TagSpecifications=self.ec2_tags("subnet", "subnet", key),
            )["Subnet"]["SubnetId"]
            ec2.modify_subnet_attribute(SubnetId=subnets[key], MapPublicIpOnLaunch={"Value": True})
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[key])
        group = self.make_groups(vpc)
        self.limit_acl(vpc)
        ec2.create_vpc_endpoint(
            VpcId=vpc,
            VpcEndpointType="Gateway",
            ServiceName=self.one("vpc_endpoint")["service"],
            RouteTableIds=[table],
            PolicyDocument=self.one("vpc_endpoint")["policy_text"],
            TagSpecifications=self.ec2_tags("vpc-endpoint", "vpc_endpoint", "s3"),
        )
        ec2.import_key_pair(
            KeyName=self.one("key_pair")["name"],
            PublicKeyMaterial=self.one("key_pair")["public_key"],
            TagSpecifications=self.ec2_tags("key-pair", "key_pair", "main"),
        )
        data = self.one("launch_template")["data"]
        data["NetworkInterfaces"][0] |= {"SubnetId": subnets["public_a"], "Groups": [group]}
        ec2.create_launch_template(
            LaunchTemplateName=self.one("launch_template")["name"],
            LaunchTemplateData=data,
            TagSpecifications=self.ec2_tags("launch-template", "launch_template", "training"),
        )

    def make_groups(self, vpc: str) -> str:
        """Create the hosts' group and empty the default group; returns the id of the first."""
        ec2, wanted = self.ec2, self.values["security_group"]["training"]
        group = ec2.create_security_group(
            VpcId=vpc,
            GroupName=wanted["name"],
            Description=wanted["description"],
            TagSpecifications=self.ec2_tags("security-group", "security_group", "training"),
        )["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[
                {
                    "IpProtocol": rule["proto"],
                    "FromPort": rule["from_port"],
                    "ToPort": rule["to_port"],
                    "IpRanges": [{"CidrIp": rule["cidr_ip"], "Description": rule["rule_desc"]}],
                }
                for rule in wanted["ingress"]
            ],
        )
        filters = [
            {"Name": "vpc-id", "Values": [vpc]},
            {"Name": "group-name", "Values": ["default"]},
        ]
        default = ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]
        name = {"GroupId": default["GroupId"]}
        ec2.revoke_security_group_ingress(**name, IpPermissions=default["IpPermissions"])
        ec2.revoke_security_group_egress(**name, IpPermissions=default["IpPermissionsEgress"])
        ec2.create_tags(
            Resources=[default["GroupId"]],
            Tags=tag_list(self.one("default_security_group")["tags"]),
        )
        return str(group)

    def limit_acl(self, vpc: str) -> None:
        """Replace the entries of the VPC's default network ACL."""
        inside = [{"Name": "vpc-id", "Values": [vpc]}]
        [acl] = self.ec2.describe_network_acls(Filters=inside)["NetworkAcls"]
        wanted = self.one("default_network_acl")
        for entry in wanted["requests"]:
            self.ec2.create_network_acl_entry(NetworkAclId=acl["NetworkAclId"], **entry)
        for entry in acl["Entries"]:
            if entry["RuleNumber"] < LAST_ENTRY:
                self.ec2.delete_network_acl_entry(
                    NetworkAclId=acl["NetworkAclId"],
                    RuleNumber=entry["RuleNumber"],
                    Egress=entry["Egress"],
                )
        self.ec2.create_tags(Resources=[acl["NetworkAclId"]], Tags=tag_list(wanted["tags"]))

    def make_monitoring(self) -> None:
        """Log group, topic, alarms, dashboard."""
        group, topic = self.one("log_group"), self.one("sns_topic")
        self.logs.create_log_group(logGroupName=group["name"], tags=group["tags"])
        self.logs.put_retention_policy(
            logGroupName=group["name"], retentionInDays=group["retention_days"]
        )
        self.sns.create_topic(
            Name=topic["name"],
            Attributes={"DisplayName": topic["display_name"], "Policy": topic["policy_text"]},
            Tags=tag_list(topic["tags"]),
        )
        for alarm in self.values["alarm"].values():
            self.cloudwatch.put_metric_alarm(**alarm["request"], Tags=tag_list(alarm["tags"]))
        self.cloudwatch.put_dashboard(
            DashboardName=self.one("dashboard")["name"],
            DashboardBody=json.dumps(self.one("dashboard")["body"]),
        )

    # --- again

    def again(self) -> None:
        """Read everything that a comparison would need."""
        for bucket in self.values["bucket"].values():
            self.read_bucket(bucket)
        role = {"RoleName": self.one("role")["name"]}
        self.iam.get_role(**role)
        for name in self.iam.list_role_policies(**role)["PolicyNames"]:
            self.iam.get_role_policy(**role, PolicyName=name)
        self.iam.list_attached_role_policies(**role)
        self.iam.get_instance_profile(InstanceProfileName=self.one("instance_profile")["name"])
        self.read_network()
        self.read_monitoring()

    def read_bucket(self, bucket: dict[str, Any]) -> None:
        """Each part of a bucket is a separate call."""
        name = {"Bucket": bucket["name"]}
        self.s3.get_bucket_tagging(**name)
        self.s3.get_public_access_block(**name)
        self.s3.get_bucket_ownership_controls(**name)
        self.s3.get_bucket_versioning(**name)
        self.s3.get_bucket_encryption(**name)
        self.s3.get_bucket_policy(**name)
        self.s3.get_bucket_lifecycle_configuration(**name)
        self.s3.get_bucket_logging(**name)
        self.s3.list_bucket_metrics_configurations(**name)

    def read_network(self) -> None:
        """The VPC's contents, key pair and launch template."""
        vpc = self.vpc()
        inside = [{"Name": "vpc-id", "Values": [vpc]}]
        self.ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")
        self.ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
        self.ec2.describe_internet_gateways(
            Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}]
        )
        self.ec2.describe_subnets(Filters=inside)
        self.ec2.describe_route_tables(Filters=inside)
        self.ec2.describe_security_groups(Filters=inside)
        self.ec2.describe_network_acls(Filters=inside)
        self.ec2.describe_vpc_endpoints(Filters=inside)
        self.ec2.describe_key_pairs(KeyNames=[self.one("key_pair")["name"]], IncludePublicKey=True)
        template = {"LaunchTemplateName": self.one("launch_template")["name"]}
        self.ec2.describe_launch_templates(LaunchTemplateNames=[*template.values()])
        self.ec2.describe_launch_template_versions(**template, Versions=["$Default"])

    def read_monitoring(self) -> None:
        """Log group, topic, alarms, dashboard, budget."""
        group = self.logs.describe_log_groups(logGroupNamePrefix=self.one("log_group")["name"])
        self.logs.list_tags_for_resource(
            resourceArn=group["logGroups"][0]["arn"].removesuffix(":*")
        )
        topic = self.topic()
        self.sns.get_topic_attributes(TopicArn=topic)
        self.sns.list_tags_for_resource(ResourceArn=topic)
        self.sns.list_subscriptions_by_topic(TopicArn=topic)
        names = [alarm["name"] for alarm in self.values["alarm"].values()]
        for alarm in self.cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]:
            self.cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])
        self.cloudwatch.get_dashboard(DashboardName=self.one("dashboard")["name"])
        budget = {
            "AccountId": self.values["account_id"],
            "BudgetName": self.one("budget")["name"],
        }
        self.budgets.describe_budget(**budget)
        told = self.budgets.describe_notifications_for_budget(**budget)["Notifications"]
        for notification in told:
            notification.pop("NotificationState", None)
            self.budgets.describe_subscribers_for_notification(**budget, Notification=notification)

    def vpc(self) -> str:
        """The id of the VPC."""
        return str(self.ec2.describe_vpcs(Filters=self.vpc_filter)["Vpcs"][0]["VpcId"])

    def topic(self) -> str:
        """The ARN of the topic, derived from its name."""
        account, region = self.values["account_id"], self.values["region"]
        return f"arn:aws:sns:{region}:{account}:{self.one('sns_topic')['name']}"

    # --- destroy

    def destroy(self) -> None:
        """Remove everything."""
        names = {kind: self.one(kind)["name"] for kind in ("role", "instance_profile", "budget")}
        self.budgets.delete_budget(AccountId=self.values["account_id"], BudgetName=names["budget"])
        self.cloudwatch.delete_dashboards(DashboardNames=[self.one("dashboard")["name"]])
        self.cloudwatch.delete_alarms(
            AlarmNames=[alarm["name"] for alarm in self.values["alarm"].values()]
        )
        self.sns.delete_topic(TopicArn=self.topic())
        self.logs.delete_log_group(logGroupName=self.one("log_group")["name"])
        self.destroy_network()
        profile, role = names["instance_profile"], names["role"]
        self.iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role)
        self.iam.delete_instance_profile(InstanceProfileName=profile)
        for name in self.one("role")["inline_policies"]:
            self.iam.delete_role_policy(RoleName=role, PolicyName=name)
        self.iam.delete_role(RoleName=role)
        for bucket in self.values["bucket"].values():
            self.s3.delete_bucket(Bucket=bucket["name"])

    def destroy_network(self) -> None:
        """Launch template, key pair, and the VPC from the inside out."""
        ec2, vpc = self.ec2, self.vpc()
        inside = [{"Name": "vpc-id", "Values": [vpc]}]
        ec2.delete_launch_template(LaunchTemplateName=self.one("launch_template")["name"])
        ec2.delete_key_pair(KeyName=self.one("key_pair")["name"])
        endpoints = ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]
        ec2.delete_vpc_endpoints(VpcEndpointIds=[e["VpcEndpointId"] for e in endpoints])
        for group in ec2.describe_security_groups(Filters=inside)["SecurityGroups"]:
            if group["GroupName"] != "default":
                ec2.delete_security_group(GroupId=group["GroupId"])
        for table in ec2.describe_route_tables(Filters=inside)["RouteTables"]:
            links = table["Associations"]
            if any(link.get("Main") for link in links):
                continue
            for link in links:
                ec2.disassociate_route_table(AssociationId=link["RouteTableAssociationId"])
            ec2.delete_route_table(RouteTableId=table["RouteTableId"])
        for subnet in ec2.describe_subnets(Filters=inside)["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
        for gateway in ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
            name = {"InternetGatewayId": gateway["InternetGatewayId"]}
            ec2.detach_internet_gateway(**name, VpcId=vpc)
            ec2.delete_internet_gateway(**name)
        ec2.delete_vpc(VpcId=vpc)


if __name__ == "__main__":
    action, file = sys.argv[1:]
    getattr(Floor(json.loads(Path(file).read_text(encoding="utf-8"))), action)()
