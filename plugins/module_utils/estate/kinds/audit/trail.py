# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CloudTrail trail: records all calls in the account and all access to our data, signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ... import names
from ...engine.charges import Charge, Usage
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.tags import bring, tag_list, tags_of
from ...inputs import DATA, LOGS, REPLICA, Inputs
from ..storage.bucket.names import TRAIL_LOGS

INSIGHTS = ("ApiCallRateInsight", "ApiErrorRateInsight")

GONE = "TrailNotFoundException"
NO_INSIGHTS = "InsightNotEnabledException"

#: The most ARNs that ListTags accepts.
MOST_ARNS = 20


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One trail for all regions."""
    if not inputs.cloudtrail:
        return []
    group = names.log_group_arn(inputs, facts, names.log_group(inputs, "trail"))
    properties: Properties = {
        "bucket": inputs.bucket_name(LOGS),
        "prefix": TRAIL_LOGS,
        "multi_region": True,
        "global_events": True,
        "log_file_validation": True,
        "kms_key": "kms_key/main" if inputs.customer_managed_key else None,
        "log_group": f"{group}:*",
        "role": names.role_arn(inputs, facts, "cloudtrail"),
        "logging": True,
        "event_selectors": event_selectors(inputs, facts),
        "insights": list(INSIGHTS) if inputs.cloudtrail_insights else [],
        "other": {},
        "tags": inputs.tags,
    }
    needs = ("bucket/logs", "log_group/trail", "role/cloudtrail")
    return [Resource("trail", "main", inputs.stem, properties, needs)]


def event_selectors(inputs: Inputs, facts: Facts) -> Properties:
    """The event selectors by name and field: all calls, and all access to objects with our data.

    The logs bucket is excluded: each object that the trail itself writes would be another event.
    """
    endings = ("", REPLICA) if inputs.replica_region else ("",)
    objects = [
        f"{names.bucket_arn(facts, inputs.bucket_name(key + ending))}/"
        for key in DATA
        for ending in endings
    ]
    return {
        "Management events selector": {"eventCategory": {"Equals": ["Management"]}},
        "Objects": {
            "eventCategory": {"Equals": ["Data"]},
            "resources.type": {"Equals": ["AWS::S3::Object"]},
            "resources.ARN": {"StartsWith": sorted(objects)},
        },
    }


def read(cloud: Cloud) -> list[Found]:
    """The trails of our region with our name or our tags."""
    cloudtrail = cloud.client("cloudtrail")
    trails = cloudtrail.describe_trails(includeShadowTrails=False)["trailList"]
    tags = _tags(cloud, [trail["TrailARN"] for trail in trails])
    return [
        _found(cloud, trail, tags.get(trail["TrailARN"], {}))
        for trail in trails
        if trail["Name"] == cloud.inputs.stem or cloud.ours(tags.get(trail["TrailARN"], {}))
    ]


def _tags(cloud: Cloud, arns: list[str]) -> dict[str, dict[str, str]]:
    """The tags of each trail."""
    answers = [
        cloud.client("cloudtrail").list_tags(ResourceIdList=arns[start : start + MOST_ARNS])
        for start in range(0, len(arns), MOST_ARNS)
    ]
    return {
        item["ResourceId"]: tags_of(item.get("TagsList"))
        for answer in answers
        for item in answer["ResourceTagList"]
    }


def _found(cloud: Cloud, trail: Any, tags: dict[str, str]) -> Found:
    cloudtrail, name = cloud.client("cloudtrail"), trail["Name"]
    unusual = {
        "sns_topic": trail.get("SnsTopicARN"),
        "organization": trail.get("IsOrganizationTrail"),
    }
    properties = {
        "bucket": trail["S3BucketName"],
        "prefix": trail.get("S3KeyPrefix") or "",
        "multi_region": trail["IsMultiRegionTrail"],
        "global_events": trail["IncludeGlobalServiceEvents"],
        "log_file_validation": trail["LogFileValidationEnabled"],
        "kms_key": trail.get("KmsKeyId") or None,
        "log_group": trail.get("CloudWatchLogsLogGroupArn") or None,
        "role": trail.get("CloudWatchLogsRoleArn") or None,
        "logging": cloudtrail.get_trail_status(Name=name)["IsLogging"],
        "event_selectors": _selectors(cloudtrail.get_event_selectors(TrailName=name)),
        "insights": _insights(cloudtrail, name),
        "other": {key: value for key, value in unusual.items() if value},
        "tags": tags,
    }
    return Found("trail", name, name, properties)


def _selectors(answer: Mapping[str, Any]) -> Properties:
    """Advanced selectors by name and field; basic ones, which a new trail has, by number."""
    found: Properties = {
        f"older sort {number}": selector
        for number, selector in enumerate(answer.get("EventSelectors") or [], start=1)
    }
    for number, selector in enumerate(answer.get("AdvancedEventSelectors") or [], start=1):
        found[selector.get("Name") or f"(no name, {number})"] = {
            field["Field"]: {
                operator: sorted(values)
                for operator, values in field.items()
                if operator != "Field"
            }
            for field in selector["FieldSelectors"]
        }
    return found


def _insights(cloudtrail: Any, name: str) -> list[str]:
    answer = absent(lambda: cloudtrail.get_insight_selectors(TrailName=name), NO_INSIGHTS) or {}
    return sorted(selector["InsightType"] for selector in answer.get("InsightSelectors", []))


def _request(wanted: Mapping[str, Any]) -> Properties:
    """The parameters that CreateTrail and UpdateTrail share."""
    return {
        "S3BucketName": wanted["bucket"],
        "S3KeyPrefix": wanted["prefix"],
        "IsMultiRegionTrail": wanted["multi_region"],
        "IncludeGlobalServiceEvents": wanted["global_events"],
        "EnableLogFileValidation": wanted["log_file_validation"],
        "CloudWatchLogsLogGroupArn": wanted["log_group"],
        "CloudWatchLogsRoleArn": wanted["role"],
    }


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the trail with its tags; logging is still off."""
    wanted = resource.properties
    key = {"KmsKeyId": wanted["kms_key"]} if wanted["kms_key"] else {}
    cloud.client("cloudtrail").create_trail(
        Name=resource.name, TagsList=tag_list(wanted["tags"]), **_request(wanted), **key
    )
    return resource.name


def _update(cloud: Cloud, target: Target) -> None:
    # An empty string removes the setting.
    rogue: dict[str, dict[str, Any]] = {
        "sns_topic": {"SnsTopicName": ""},
        "organization": {"IsOrganizationTrail": False},
    }
    cloud.client("cloudtrail").update_trail(
        Name=target.name,
        KmsKeyId=target.properties["kms_key"] or "",
        **_request(target.properties),
        **{k: v for word in target.found.get("other", {}) for k, v in rogue[word].items()},
    )


def _set_event_selectors(cloud: Cloud, target: Target) -> None:
    selectors = [
        {
            "Name": name,
            "FieldSelectors": [
                {"Field": field, **operators} for field, operators in sorted(fields.items())
            ],
        }
        for name, fields in sorted(target.properties["event_selectors"].items())
    ]
    cloud.client("cloudtrail").put_event_selectors(
        TrailName=target.name, AdvancedEventSelectors=selectors
    )


def _set_insights(cloud: Cloud, target: Target) -> None:
    # An empty list turns them off.
    cloud.client("cloudtrail").put_insight_selectors(
        TrailName=target.name,
        InsightSelectors=[{"InsightType": kind} for kind in target.properties["insights"]],
    )


def _set_logging(cloud: Cloud, target: Target) -> None:
    cloudtrail = cloud.client("cloudtrail")
    if target.properties["logging"]:
        cloudtrail.start_logging(Name=target.name)
    else:
        cloudtrail.stop_logging(Name=target.name)


def _set_tags(cloud: Cloud, target: Target) -> None:
    cloudtrail, found = cloud.client("cloudtrail"), target.found.get("tags", {})
    trail = names.trail_arn(cloud.inputs, cloud)
    bring(
        found,
        target.properties["tags"],
        untag=lambda keys: cloudtrail.remove_tags(
            ResourceId=trail, TagsList=tag_list({key: found[key] for key in keys})
        ),
        tag=lambda tags: cloudtrail.add_tags(ResourceId=trail, TagsList=tag_list(tags)),
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the trail. Its log files stay in the logs bucket."""
    absent(lambda: cloud.client("cloudtrail").delete_trail(Name=found.name), GONE)


_DEFINED = (
    *("bucket", "prefix", "multi_region", "global_events", "log_file_validation"),
    *("kms_key", "log_group", "role", "other"),
)

#: Assumed per month for the price: data events, and events that Insights analyses.
DATA_EVENTS = 200_000
INSIGHT_EVENTS = 200_000


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """Charges for data events and for events that Insights analyses; management events are free."""
    region, result = usage.inputs.region, []
    for thing in things:
        result.append(Charge("trail_100k_data_events", DATA_EVENTS / 100_000, region))
        if thing.properties.get("insights"):
            result.append(Charge("trail_100k_insights", INSIGHT_EVENTS / 100_000, region))
    return result


KIND = Kind(
    "trail",
    "audit",
    desired,
    read,
    permissions=(
        Right("ListTrails", "DescribeTrails"),
        Right("WhoseTrails", "ListTags"),
        Right(
            "OurTrail",
            """AddTags CreateTrail DeleteTrail GetEventSelectors GetInsightSelectors
            GetTrailStatus PutEventSelectors PutInsightSelectors RemoveTags StartLogging
            StopLogging UpdateTrail""",
        ),
    ),
    price=price,
    create=create,
    setters={
        **dict.fromkeys(_DEFINED, _update),
        "event_selectors": _set_event_selectors,
        "insights": _set_insights,
        "tags": _set_tags,
        # Last, so that the first event is recorded with the right selectors.
        "logging": _set_logging,
    },
    created_with=frozenset({*_DEFINED, "tags"}),
    delete=delete,
    # Bucket, key, role and their policies may have been created a moment ago.
    settles=frozenset(
        {
            "InsufficientS3BucketPolicyException",
            "S3BucketDoesNotExistException",
            "InsufficientEncryptionPolicyException",
            "InvalidCloudWatchLogsLogGroupArnException",
            "InvalidCloudWatchLogsRoleArnException",
            "KmsKeyNotFoundException",
            "CloudWatchLogsDeliveryUnavailableException",
            "ConflictException",
        }
    ),
)
