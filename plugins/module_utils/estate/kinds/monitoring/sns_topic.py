# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The topic that alarms and the budget publish to, and its email subscribers.

EventBridge may not publish: we have no rule that does, and a key policy does not support the
conditions that would keep out rules of other accounts.
"""

from __future__ import annotations

from typing import Any

from ... import names
from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent, concurrently
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.normal import document, written
from ...engine.tags import bring, tag_list, tags_of
from ...inputs import Inputs
from .. import policies

GONE = "NotFound"

#: Attributes of an email subscription that affect delivery, with the value that removes each.
FILTERS = {"FilterPolicy": "{}", "RedrivePolicy": ""}

#: Attributes of a topic that are not modelled, with their default values.
USUAL = {
    "DeliveryPolicy": "",
    "FifoTopic": "false",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One topic with email subscribers.

    It is encrypted if there is a customer managed key. Otherwise it is not: alarms and budgets
    cannot publish to a topic encrypted with the AWS managed key `alias/aws/sns`, whose policy
    cannot be changed. Messages contain names and numbers, but no data.
    """
    properties: Properties = {
        "display_name": inputs.stem,
        "policy": topic_policy(inputs, facts),
        "kms_key": "kms_key/main" if inputs.customer_managed_key else None,
        "subscriptions": {f"email {address}": {} for address in sorted(inputs.alarm_emails)},
        "other": {},
        "tags": inputs.tags,
    }
    return [Resource("sns_topic", "alarms", names.topic(inputs), properties)]


def topic_policy(inputs: Inputs, facts: Facts) -> Properties:
    """Allow our alarms and our account's budgets to publish, and require TLS for everyone."""
    topic = names.topic_arn(inputs, facts)
    publishers = {
        "AlarmsPublish": ("cloudwatch", names.alarm_arn(inputs, facts, f"{inputs.stem}-*")),
        "BudgetsPublish": ("budgets", names.arn(facts, "budgets", "", "*")),
    }
    publish = [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": policies.for_us(facts, source),
        }
        for sid, (service, source) in publishers.items()
    ]
    return policies.policy(*publish, policies.only_tls("sns:Publish", topic, sid="OnlyTls"))


def read(cloud: Cloud) -> list[Found]:
    """The topic with our name."""
    sns, topic = cloud.client("sns"), _arn(cloud)
    answer = absent(lambda: sns.get_topic_attributes(TopicArn=topic), GONE)
    if answer is None:
        return []
    attributes = answer["Attributes"]
    properties = {
        "display_name": attributes.get("DisplayName", ""),
        "policy": document(attributes["Policy"]),
        "kms_key": attributes.get("KmsMasterKeyId") or None,
        "subscriptions": _subscriptions(cloud, topic),
        "other": {
            key: attributes[key]
            for key, usual in USUAL.items()
            if (attributes.get(key) or usual) != usual
        },
        "tags": _tags(cloud, topic),
    }
    topic_name = names.topic(cloud.inputs)
    return [Found("sns_topic", topic_name, topic_name, properties)]


def _subscriptions(cloud: Cloud, topic: str) -> Properties:
    """The unusual settings of each subscription, by protocol and endpoint.

    A desired subscription counts as existing while it is pending. Other pending ones are left out:
    they receive nothing, cannot be removed, and expire after three days.
    """
    wanted = {("email", address) for address in cloud.inputs.alarm_emails}
    subscriptions = [
        item
        for item in cloud.pages(
            "sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic
        )
        if item["SubscriptionArn"].startswith("arn:")
        or (_pending(item) and (item["Protocol"], item["Endpoint"]) in wanted)
    ]
    unusual = concurrently(lambda item: _unusual(cloud, item), subscriptions)
    return {_label(item): what for item, what in zip(subscriptions, unusual, strict=True)}


def _pending(subscription: Any) -> bool:
    return bool(subscription["SubscriptionArn"] == "PendingConfirmation")


def _label(subscription: Any) -> str:
    return f"{subscription['Protocol']} {subscription['Endpoint']}"


def _unusual(cloud: Cloud, subscription: Any) -> Properties:
    if _pending(subscription):
        return {}
    answer = cloud.client("sns").get_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"]
    )["Attributes"]
    return {key: answer[key] for key in FILTERS if answer.get(key, "") not in ("", "{}")}


def _tags(cloud: Cloud, topic: str) -> dict[str, str]:
    return tags_of(cloud.client("sns").list_tags_for_resource(ResourceArn=topic)["Tags"])


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the topic with policy, key and tags, but without subscriptions."""
    wanted = resource.properties
    attributes = {"DisplayName": wanted["display_name"], "Policy": written(wanted["policy"])}
    if wanted["kms_key"]:
        attributes["KmsMasterKeyId"] = wanted["kms_key"]
    cloud.client("sns").create_topic(
        Name=resource.name, Attributes=attributes, Tags=tag_list(wanted["tags"])
    )
    return resource.name


def _set(cloud: Cloud, attribute: str, value: str) -> None:
    cloud.client("sns").set_topic_attributes(
        TopicArn=_arn(cloud), AttributeName=attribute, AttributeValue=value
    )


def _arn(cloud: Cloud) -> str:
    return names.topic_arn(cloud.inputs, cloud)


def _set_display_name(cloud: Cloud, target: Target) -> None:
    _set(cloud, "DisplayName", target.properties["display_name"])


def _set_policy(cloud: Cloud, target: Target) -> None:
    _set(cloud, "Policy", written(target.properties["policy"]))


def _set_key(cloud: Cloud, target: Target) -> None:
    # An empty value removes the encryption.
    _set(cloud, "KmsMasterKeyId", target.properties["kms_key"] or "")


def _set_subscriptions(cloud: Cloud, target: Target) -> None:
    """Add missing subscriptions, remove unmanaged ones, and repair those with a filter."""
    sns, topic = cloud.client("sns"), _arn(cloud)
    wanted = target.properties["subscriptions"]
    found = cloud.pages("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic)
    there = {_label(item) for item in found if item["SubscriptionArn"] != "Deleted"}
    for label in sorted(set(wanted) - there):
        protocol, endpoint = label.split(" ", 1)
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    for item in found:
        if item["SubscriptionArn"].startswith("arn:") and (
            _label(item) not in wanted or _unusual(cloud, item) != wanted[_label(item)]
        ):
            _unsubscribe_or_repair(cloud, item, wanted)


def _unsubscribe_or_repair(cloud: Cloud, subscription: Any, wanted: Properties) -> None:
    sns, address = cloud.client("sns"), subscription["SubscriptionArn"]
    if _label(subscription) not in wanted:
        absent(lambda: sns.unsubscribe(SubscriptionArn=address), GONE)
        return
    # Not recreated: the subscriber would have to confirm again.
    for attribute in _unusual(cloud, subscription):
        sns.set_subscription_attributes(
            SubscriptionArn=address, AttributeName=attribute, AttributeValue=FILTERS[attribute]
        )


def _set_tags(cloud: Cloud, target: Target) -> None:
    sns, topic = cloud.client("sns"), _arn(cloud)
    bring(
        target.found.get("tags", {}),
        target.properties["tags"],
        untag=lambda keys: sns.untag_resource(ResourceArn=topic, TagKeys=keys),
        tag=lambda tags: sns.tag_resource(ResourceArn=topic, Tags=tag_list(tags)),
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the topic with its subscriptions."""
    absent(lambda: cloud.client("sns").delete_topic(TopicArn=_arn(cloud)), GONE)


KIND = Kind(
    "sns_topic",
    "monitoring",
    desired,
    read,
    permissions=(
        Right(
            "OurTopics",
            """CreateTopic DeleteTopic GetTopicAttributes ListSubscriptionsByTopic
            ListTagsForResource SetTopicAttributes Subscribe TagResource UntagResource""",
        ),
        Right("Subscriptions", "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe"),
    ),
    price=FREE,
    create=create,
    setters={
        "display_name": _set_display_name,
        "policy": _set_policy,
        "kms_key": _set_key,
        "subscriptions": _set_subscriptions,
        "tags": _set_tags,
    },
    created_with=frozenset({"display_name", "policy", "kms_key", "tags"}),
    delete=delete,
)
