"""What somebody else may do to our resources that no setter of ours does, and what cannot be done.

Each function makes real API calls. It spoils the property that it stands for, and those that it
returns: some that AWS does not let anybody change alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

Rogue = Callable[[Any, Any, Any], "tuple[str, ...] | None"]


def _s3(cloud: Any, resource: Any) -> Any:
    region = resource.properties["region"]
    return cloud.client("s3", "" if region == cloud.inputs.region else region)


def _cors(cloud: Any, resource: Any, found: Any) -> None:
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    _s3(cloud, resource).put_bucket_cors(Bucket=found.id, CORSConfiguration={"CORSRules": [rule]})


def _website(cloud: Any, resource: Any, found: Any) -> None:
    _s3(cloud, resource).put_bucket_website(
        Bucket=found.id, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )


def _acceleration(cloud: Any, resource: Any, found: Any) -> None:
    _s3(cloud, resource).put_bucket_accelerate_configuration(
        Bucket=found.id, AccelerateConfiguration={"Status": "Enabled"}
    )


def _grant(cloud: Any, resource: Any, found: Any) -> tuple[str, ...]:
    """ACLs are off until objects may have other owners."""
    s3 = _s3(cloud, resource)
    s3.put_bucket_ownership_controls(
        Bucket=found.id, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_bucket_acl(Bucket=found.id, GrantRead=f'id="{"a" * 64}"')
    return ("object_ownership",)


def _log(cloud: Any, resource: Any, found: Any) -> None:
    """To a bucket of somebody else, which must be in the same region."""
    s3, region = _s3(cloud, resource), resource.properties["region"]
    name = f"rogue-logs-{region}"
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        where = {"LocationConstraint": region}
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    s3.put_bucket_logging(
        Bucket=found.id,
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": name, "TargetPrefix": "rogue/"}},
    )


def _notify(cloud: Any, resource: Any, found: Any) -> None:
    topic = f"arn:aws:sns:{resource.properties['region']}:{cloud.account_id}:elsewhere"
    cloud.client("sns", resource.properties["region"]).create_topic(Name="elsewhere")
    s3, wanted = _s3(cloud, resource), resource.properties.get("notifications") or {}
    told = [{"Id": "rogue", "TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]
    s3.put_bucket_notification_configuration(
        Bucket=found.id,
        NotificationConfiguration={**wanted, "TopicConfigurations": told},
        SkipDestinationValidation=True,
    )


def _attach(cloud: Any, resource: Any, found: Any) -> None:
    iam, name = cloud.client("iam"), f"rogue-{found.name}"
    may = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = iam.create_policy(
        PolicyName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]})
    )["Policy"]
    iam.attach_role_policy(RoleName=found.name, PolicyArn=policy["Arn"])


def _more_cidrs(cloud: Any, resource: Any, found: Any) -> None:
    cloud.client("ec2").associate_vpc_cidr_block(VpcId=found.id, CidrBlock="10.99.0.0/16")


def _ipv6(cloud: Any, resource: Any, found: Any) -> None:
    cloud.client("ec2").associate_subnet_cidr_block(
        SubnetId=found.id, Ipv6CidrBlock="2001:db8:1234:1a00::/64"
    )


def _gateway_of(cloud: Any, found: Any) -> str:
    [gateway] = cloud.client("ec2").describe_internet_gateways(
        Filters=[{"Name": "attachment.vpc-id", "Values": [found.properties["vpc"]]}]
    )["InternetGateways"]
    return str(gateway["InternetGatewayId"])


def _route(cloud: Any, resource: Any, found: Any) -> None:
    cloud.client("ec2").create_route(
        RouteTableId=found.id,
        DestinationCidrBlock="192.0.2.0/24",
        GatewayId=_gateway_of(cloud, found),
    )


def _gateway(cloud: Any, resource: Any, found: Any) -> None:
    cloud.client("ec2").associate_route_table(
        RouteTableId=found.id, GatewayId=_gateway_of(cloud, found)
    )


def _main(cloud: Any, resource: Any, found: Any) -> None:
    ec2 = cloud.client("ec2")
    filters = [
        {"Name": "vpc-id", "Values": [found.properties["vpc"]]},
        {"Name": "association.main", "Values": ["true"]},
    ]
    [table] = ec2.describe_route_tables(Filters=filters)["RouteTables"]
    [link] = [link for link in table["Associations"] if link["Main"]]
    ec2.replace_route_table_association(
        RouteTableId=found.id, AssociationId=link["RouteTableAssociationId"]
    )


def _other_acl(cloud: Any, resource: Any, found: Any) -> None:
    """Another ACL, which lets everything pass, for one of our subnets."""
    ec2, vpc = cloud.client("ec2"), found.properties["vpc"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    [ours] = ec2.describe_network_acls(NetworkAclIds=[found.id])["NetworkAcls"]
    ec2.replace_network_acl_association(
        AssociationId=ours["Associations"][0]["NetworkAclAssociationId"], NetworkAclId=acl
    )


def _protected(cloud: Any, resource: Any, found: Any) -> None:
    """A new default version of a launch template, whose hosts nobody can terminate."""
    ec2 = cloud.client("ec2")
    [now] = ec2.describe_launch_template_versions(LaunchTemplateId=found.id, Versions=["$Default"])[
        "LaunchTemplateVersions"
    ]
    answer = ec2.create_launch_template_version(
        LaunchTemplateId=found.id,
        LaunchTemplateData={**now["LaunchTemplateData"], "DisableApiTermination": True},
    )
    number = str(answer["LaunchTemplateVersion"]["VersionNumber"])
    ec2.modify_launch_template(LaunchTemplateId=found.id, DefaultVersion=number)


def _other_type(cloud: Any, resource: Any, found: Any) -> tuple[str, ...]:
    """An interface endpoint in the place of the gateway endpoint: it has other properties."""
    ec2, properties = cloud.client("ec2"), found.properties
    vpc = [{"Name": "vpc-id", "Values": [properties["vpc"]]}]
    subnets = ec2.describe_subnets(Filters=vpc)["Subnets"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[found.id])
    ec2.create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=properties["vpc"],
        ServiceName=properties["service"],
        PolicyDocument=json.dumps(properties["policy"]),
        SubnetIds=[subnets[0]["SubnetId"]],
        SecurityGroupIds=[
            group["GroupId"]
            for group in ec2.describe_security_groups(Filters=vpc)["SecurityGroups"]
        ],
        PrivateDnsEnabled=True,
        TagSpecifications=[
            {
                "ResourceType": "vpc-endpoint",
                "Tags": [{"Key": k, "Value": v} for k, v in properties["tags"].items()],
            }
        ],
    )
    return ("route_tables", "subnets", "security_groups", "private_dns")


def _subscribe_logs(cloud: Any, resource: Any, found: Any) -> None:
    kinesis = cloud.client("kinesis")
    if "rogue" not in kinesis.list_streams()["StreamNames"]:
        kinesis.create_stream(StreamName="rogue", ShardCount=1)
    stream = kinesis.describe_stream(StreamName="rogue")["StreamDescription"]["StreamARN"]
    cloud.client("logs").put_subscription_filter(
        logGroupName=found.name, filterName="rogue", filterPattern="", destinationArn=stream
    )


def _put_alarm(cloud: Any, found: Any, **changes: Any) -> None:
    cloud.client("cloudwatch").put_metric_alarm(**_alarm(cloud, found) | changes)


def _alarm(cloud: Any, found: Any) -> dict[str, Any]:
    """The request that would make the alarm as it is."""
    cloudwatch = cloud.client("cloudwatch")
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[found.name])["MetricAlarms"]
    takes = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    return {key: value for key, value in alarm.items() if key in takes and value != []}


def _one_more_metric(cloud: Any, resource: Any, found: Any) -> None:
    """A second query; an alarm of one plain metric becomes one of queries first."""
    request = _alarm(cloud, found)
    queries = request.pop("Metrics", None)
    if not queries:
        words = ("Namespace", "MetricName", "Dimensions")
        metric = {key: request.pop(key) for key in words if key in request}
        stat = {"Stat": request.pop("Statistic"), "Period": request.pop("Period")}
        queries = [{"Id": "plain", "ReturnData": True, "MetricStat": {"Metric": metric, **stat}}]
    rogue = {"Id": "rogue", "ReturnData": False, "Expression": "TIME_SERIES(1)"}
    cloud.client("cloudwatch").put_metric_alarm(**request, Metrics=[*queries, rogue])


def _no_data_actions(cloud: Any, resource: Any, found: Any) -> None:
    _put_alarm(cloud, found, InsufficientDataActions=resource.properties["alarm_actions"])


def _more_datapoints(cloud: Any, resource: Any, found: Any) -> tuple[str, ...]:
    """Of one period, no more than one datapoint can be asked for."""
    alarm = _alarm(cloud, found)
    more = {name: alarm[name] + 1 for name in ("EvaluationPeriods", "DatapointsToAlarm")}
    _put_alarm(cloud, found, **more)
    return ("evaluation_periods",)


def _alarm_unit(cloud: Any, resource: Any, found: Any) -> None:
    _put_alarm(cloud, found, Unit="Count")


def _metric_default(cloud: Any, resource: Any, found: Any) -> None:
    logs = cloud.client("logs")
    [raw] = logs.describe_metric_filters(
        logGroupName=found.properties["log_group"], filterNamePrefix=found.name
    )["metricFilters"]
    logs.put_metric_filter(
        logGroupName=raw["logGroupName"],
        filterName=raw["filterName"],
        filterPattern=raw["filterPattern"],
        metricTransformations=[{**raw["metricTransformations"][0], "defaultValue": 1.0}],
    )


def _notify_less(cloud: Any, resource: Any, found: Any) -> None:
    cloud.client("budgets").create_notification(
        AccountId=cloud.account_id,
        BudgetName=found.name,
        Notification={
            "NotificationType": "ACTUAL",
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": 7,
            "ThresholdType": "ABSOLUTE_VALUE",
        },
        Subscribers=[{"SubscriptionType": "EMAIL", "Address": "rogue@example.org"}],
    )


def _budget_end(cloud: Any, resource: Any, found: Any) -> None:
    budgets = cloud.client("budgets")
    budget = budgets.describe_budget(
        AccountId=cloud.account_id, BudgetName=found.name, ShowFilterExpression=True
    )["Budget"]
    told = ("BudgetName", "BudgetLimit", "TimeUnit", "BudgetType", "FilterExpression", "Metrics")
    budgets.update_budget(
        AccountId=cloud.account_id,
        NewBudget={
            **{key: budget[key] for key in told if key in budget},
            "TimePeriod": {**budget["TimePeriod"], "End": 1893456000},
        },
    )


def _scp(cloud: Any, resource: Any, found: Any) -> tuple[str, ...]:
    """An action of another type in the place of ours."""
    budgets = cloud.client("budgets")
    which = {"AccountId": cloud.account_id, "BudgetName": found.name}
    [action] = budgets.describe_budget_actions_for_budget(**which)["Actions"]
    budgets.delete_budget_action(**which, ActionId=action["ActionId"])
    same = ("NotificationType", "ActionThreshold", "ExecutionRoleArn", "ApprovalModel")
    budgets.create_budget_action(
        **which,
        **{key: action[key] for key in (*same, "Subscribers")},
        ActionType="APPLY_SCP_POLICY",
        Definition={
            "ScpActionDefinition": {"PolicyId": "p-12345678", "TargetIds": [cloud.account_id]}
        },
        ResourceTags=[{"Key": k, "Value": v} for k, v in found.properties["tags"].items()],
    )
    return ("deny",)


def _trail_topic(cloud: Any, resource: Any, found: Any) -> None:
    cloud.client("sns").create_topic(Name="elsewhere")
    cloud.client("cloudtrail").update_trail(Name=found.name, SnsTopicName="elsewhere")


ROGUES: dict[tuple[str, str], Rogue] = {
    ("alarm", "datapoints_to_alarm"): _more_datapoints,
    ("alarm", "metrics"): _one_more_metric,
    ("alarm", "no_data_actions"): _no_data_actions,
    ("alarm", "other"): _alarm_unit,
    ("bucket", "acceleration"): _acceleration,
    ("bucket", "acl_grants"): _grant,
    ("bucket", "cors"): _cors,
    ("bucket", "logging"): _log,
    ("bucket", "notifications"): _notify,
    ("bucket", "website"): _website,
    ("budget", "notifications"): _notify_less,
    ("budget", "other"): _budget_end,
    ("budget_action", "other"): _scp,
    ("default_network_acl", "elsewhere"): _other_acl,
    ("launch_template", "other"): _protected,
    ("log_group", "subscription_filters"): _subscribe_logs,
    ("metric_filter", "other"): _metric_default,
    ("role", "managed_policies"): _attach,
    ("route_table", "gateways"): _gateway,
    ("route_table", "main"): _main,
    ("route_table", "routes"): _route,
    ("subnet", "ipv6_cidrs"): _ipv6,
    ("trail", "other"): _trail_topic,
    ("vpc", "more_cidrs"): _more_cidrs,
    ("vpc_endpoint", "type"): _other_type,
}

#: What is not tried, by kind or address and by the path of the property, with the reason.
#: docs/fidelity.md has each of these sentences.
NOT_HERE: dict[tuple[str, str], str] = {
    ("nat_gateway", "state"): "NAT gateways are available at once and never fail",
    ("vpc", "tenancy"): "no VPC has dedicated tenancy",
    ("route_table", "propagating_gateways"): "no virtual private gateway propagates routes",
    ("vpc_endpoint", "other"): "VPC endpoints never fail",
    ("vpc_endpoint/s3", "service"): "no gateway endpoint of DynamoDB, the only other service",
    ("vpc_endpoint/s3", "subnets"): "a gateway endpoint has no subnets, groups and names",
    ("vpc_endpoint/s3", "security_groups"): "a gateway endpoint has no subnets, groups and names",
    ("vpc_endpoint/s3", "private_dns"): "a gateway endpoint has no subnets, groups and names",
    ("vpc_endpoint/logs", "route_tables"): "an interface endpoint has no route tables",
    ("vpc_endpoint/logs", "type"): "a service other than S3 has interface endpoints only",
    ("vpc_endpoint/logs", "vpc"): "an interface endpoint is in the VPC of its subnets",
    (
        "budget_action",
        "budget",
    ): "a budget's action is found by its budget: elsewhere it is another one",
}
