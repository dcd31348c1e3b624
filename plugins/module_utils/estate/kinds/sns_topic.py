# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The topic that alarms and the budget publish to, and who gets its mails.

EventBridge may not publish: no rule of ours does, and a key's policy cannot have the conditions
that would keep other accounts' rules out.
"""

from __future__ import annotations

from typing import Any

from .. import names, policies
from ..cloud import Cloud, absent, concurrently
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource, Target
from ..normal import document, tag_list, tags_of, written

GONE = "NotFound"

#: Attributes of a mail subscription that change what arrives, with the value that takes each away.
FILTERS = {"FilterPolicy": "{}", "RedrivePolicy": ""}

#: What may be unusual about a topic and no word of ours says, with its usual value.
USUAL = {
    "DeliveryPolicy": "",
    "FifoTopic": "false",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One topic with mail subscribers.

    With a key of our own it is encrypted with it. Without one it is not encrypted: alarms and
    budgets cannot publish to a topic under AWS's own key `alias/aws/sns`, whose policy nobody may
    change, and what they publish are names and numbers, no data.
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
    """Our alarms and our account's budgets may publish; everybody only over TLS."""
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
    """By protocol and endpoint what is unusual about each subscription.

    One that waits for its confirmation counts as there. A foreign one that waits is left out: it
    gets nothing, AWS lets nobody remove it, and it passes after three days.
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
    """Make the topic with policy, key and tags; nobody is subscribed yet."""
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
    # An empty one takes the encryption away.
    _set(cloud, "KmsMasterKeyId", target.properties["kms_key"] or "")


def _set_subscriptions(cloud: Cloud, target: Target) -> None:
    """Subscribe who is missing, after removing who is foreign or gets only a part."""
    sns, topic = cloud.client("sns"), _arn(cloud)
    wanted = target.properties["subscriptions"]
    there = set()
    for item in cloud.pages("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic):
        if item["SubscriptionArn"].startswith("arn:") and (
            _label(item) not in wanted or _unusual(cloud, item) != wanted[_label(item)]
        ):
            _unsubscribe_or_repair(cloud, item, wanted)
        if item["SubscriptionArn"] != "Deleted":
            there.add(_label(item))
    for label in sorted(set(wanted) - there):
        protocol, endpoint = label.split(" ", 1)
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)


def _unsubscribe_or_repair(cloud: Cloud, subscription: Any, wanted: Properties) -> None:
    sns, address = cloud.client("sns"), subscription["SubscriptionArn"]
    if _label(subscription) not in wanted:
        absent(lambda: sns.unsubscribe(SubscriptionArn=address), GONE)
        return
    # Not anew: the person would have to confirm once more.
    for attribute in _unusual(cloud, subscription):
        sns.set_subscription_attributes(
            SubscriptionArn=address, AttributeName=attribute, AttributeValue=FILTERS[attribute]
        )


def _set_tags(cloud: Cloud, target: Target) -> None:
    sns, topic = cloud.client("sns"), _arn(cloud)
    wanted = target.properties["tags"]
    rest = sorted(set(_tags(cloud, topic)) - set(wanted))
    if rest:
        sns.untag_resource(ResourceArn=topic, TagKeys=rest)
    sns.tag_resource(ResourceArn=topic, Tags=tag_list(wanted))


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the topic; its subscriptions go with it."""
    absent(lambda: cloud.client("sns").delete_topic(TopicArn=_arn(cloud)), GONE)


KIND = Kind(
    "sns_topic",
    "monitoring",
    desired,
    read,
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
