"""Log groups, topic, alarms, metric filters and dashboard: made, mended and removed on moto."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    differing,
    mend,
    remove,
    resolved,
    settle,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Kind,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import (
    BUCKETS,
    DATA,
    Inputs,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.monitoring import (
    alarm,
    dashboard,
    log_group,
    metric_filter,
    sns_topic,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.monitoring.alarm_definitions import (
    PLAIN,
    REQUESTS,
    SILENCE,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.monitoring.cis import (
    CONTROLS,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.monitoring.dashboard_body import (
    COLUMNS,
)

from localcloud.api.moto_patches import cloudwatch, logs

from ...conftest import refresh

KEY = "arn:aws:kms:us-west-2:123456789012:key/11111111-1111-1111-1111-111111111111"
OTHER_KEY = "arn:aws:kms:us-west-2:123456789012:key/22222222-2222-2222-2222-222222222222"
IDS = {"kms_key/main": KEY}
STEM = "cardiology-optimizer-prod"
TOPIC = f"arn:aws:sns:us-west-2:123456789012:{STEM}-alarms"
GROUP = "/aws/cardiology-optimizer/prod"
TRAIL_GROUP = f"{GROUP}/cloudtrail"
ALARMS = "arn:aws:cloudwatch:us-west-2:123456789012:alarm:"
ROGUE = {"Key": "Rogue", "Value": "x"}

KINDS = [log_group.KIND, sns_topic.KIND, alarm.KIND, metric_filter.KIND, dashboard.KIND]


@pytest.fixture(autouse=True)
def _patched() -> None:
    logs.apply()
    cloudwatch.apply()


@pytest.fixture
def made(prod_cloud: Cloud, prod_inputs: Inputs, facts: Facts) -> dict[str, Resource]:
    """All of the family, made, with its references resolved: by address."""
    result = {}
    for kind in KINDS:
        for wanted in kind.desired(prod_inputs, facts):
            resource = resolved(wanted, IDS)
            settle(prod_cloud, kind, resource, kind.create(prod_cloud, resource))
            result[resource.address] = resource
    return result


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_made_is_read_as_it_was_wanted(
    kind: Kind, made: dict[str, Resource], prod_cloud: Cloud
) -> None:
    wanted = {r.name: r.properties for r in made.values() if r.kind == kind.name}

    assert {item.name: item.properties for item in kind.read(prod_cloud)} == wanted


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_deleted_is_gone_and_deleting_it_again_is_fine(
    kind: Kind, made: dict[str, Resource], prod_cloud: Cloud
) -> None:
    found = kind.read(prod_cloud)
    for item in [*found, *found]:
        remove(prod_cloud, kind, item)

    assert found
    assert kind.read(prod_cloud) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_empty_account_has_none(kind: Kind, prod_cloud: Cloud) -> None:
    assert kind.read(prod_cloud) == []


def test_dev_has_one_log_group_without_a_key_and_no_filter(inputs: Inputs, facts: Facts) -> None:
    [group] = log_group.KIND.desired(inputs, facts)

    assert group.properties["kms_key"] is None
    assert metric_filter.KIND.desired(inputs, facts) == []
    assert not [r for r in alarm.KIND.desired(inputs, facts) if r.key.startswith("cis")]


# --- behind our back: (address, property, what somebody does through the API)

Spoil = Callable[[Cloud], Any]


def logs_of(cloud: Cloud) -> Any:
    return cloud.client("logs")


def put_alarm(cloud: Cloud, key: str, **changes: Any) -> None:
    """An alarm as it is, but for some parameters."""
    [there] = cloud.client("cloudwatch").describe_alarms(AlarmNames=[f"{STEM}-{key}"])[
        "MetricAlarms"
    ]
    known = alarm.KIND.read(cloud)
    [found] = [item for item in known if item.name == there["AlarmName"]]
    request = alarm._request(found.name, found.properties)
    cloud.client("cloudwatch").put_metric_alarm(**request | changes)


def copy_to_a_stream(cloud: Cloud) -> None:
    kinesis = cloud.client("kinesis")
    kinesis.create_stream(StreamName="elsewhere", ShardCount=1)
    logs_of(cloud).put_subscription_filter(
        logGroupName=GROUP,
        filterName="rogue",
        filterPattern="",
        destinationArn="arn:aws:kinesis:us-west-2:123456789012:stream/elsewhere",
        roleArn="arn:aws:iam::123456789012:role/elsewhere",
    )


def change_widget(cloud: Cloud) -> None:
    cloudwatch_ = cloud.client("cloudwatch")
    name = f"{STEM}-dashboard"
    body = json.loads(cloudwatch_.get_dashboard(DashboardName=name)["DashboardBody"])
    body["widgets"][-1]["properties"]["period"] = 60
    body["widgets"].append({"type": "text", "properties": {"markdown": "# rogue"}})
    cloudwatch_.put_dashboard(DashboardName=name, DashboardBody=json.dumps(body))


def change_filter(cloud: Cloud) -> None:
    logs_of(cloud).put_metric_filter(
        logGroupName=TRAIL_GROUP,
        filterName=f"{STEM}-cis-root-use",
        filterPattern="nothing",
        metricTransformations=[
            {
                "metricNamespace": "elsewhere",
                "metricName": "RootUse",
                "metricValue": "0",
                "defaultValue": 7,
            }
        ],
    )


def subscribe(cloud: Cloud) -> None:
    sns = cloud.client("sns")
    sns.subscribe(TopicArn=TOPIC, Protocol="https", Endpoint="https://rogue.example.org")


def filter_mails(cloud: Cloud) -> None:
    sns = cloud.client("sns")
    [mail] = sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    sns.set_subscription_attributes(
        SubscriptionArn=mail["SubscriptionArn"],
        AttributeName="FilterPolicy",
        AttributeValue='{"a": ["b"]}',
    )


def unsubscribe(cloud: Cloud) -> None:
    sns = cloud.client("sns")
    [mail] = sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=mail["SubscriptionArn"])


def set_topic(name: str, value: str) -> Spoil:
    return lambda cloud: cloud.client("sns").set_topic_attributes(
        TopicArn=TOPIC, AttributeName=name, AttributeValue=value
    )


OPEN = '{"Version": "2012-10-17", "Statement": []}'

SPOILED: list[tuple[str, set[str], Spoil]] = [
    (
        "log_group/main",
        {"retention_days"},
        lambda c: logs_of(c).delete_retention_policy(logGroupName=GROUP),
    ),
    (
        "log_group/main",
        {"kms_key"},
        lambda c: logs_of(c).disassociate_kms_key(logGroupName=GROUP),
    ),
    (
        "log_group/trail",
        {"kms_key"},
        lambda c: logs_of(c).associate_kms_key(logGroupName=TRAIL_GROUP, kmsKeyId=OTHER_KEY),
    ),
    ("log_group/main", {"subscription_filters"}, copy_to_a_stream),
    (
        "log_group/flow_logs",
        {"tags"},
        lambda c: logs_of(c).tag_log_group(
            logGroupName=f"{GROUP}/flow-logs", tags={"Rogue": "x", "Owner": "me"}
        ),
    ),
    ("sns_topic/alarms", {"display_name"}, set_topic("DisplayName", "rogue")),
    ("sns_topic/alarms", {"policy"}, set_topic("Policy", OPEN)),
    ("sns_topic/alarms", {"kms_key"}, set_topic("KmsMasterKeyId", "")),
    ("sns_topic/alarms", {"kms_key"}, set_topic("KmsMasterKeyId", OTHER_KEY)),
    ("sns_topic/alarms", {"subscriptions"}, subscribe),
    ("sns_topic/alarms", {"subscriptions"}, filter_mails),
    ("sns_topic/alarms", {"subscriptions"}, unsubscribe),
    (
        "sns_topic/alarms",
        {"tags"},
        lambda c: c.client("sns").tag_resource(ResourceArn=TOPIC, Tags=[ROGUE]),
    ),
    ("alarm/disk", {"threshold"}, lambda c: put_alarm(c, "disk", Threshold=99)),
    (
        "alarm/disk",
        {"enabled"},
        lambda c: c.client("cloudwatch").disable_alarm_actions(AlarmNames=[f"{STEM}-disk"]),
    ),
    ("alarm/no_progress", {"metrics"}, lambda c: put_alarm(c, "no-progress", Period=300)),
    ("alarm/no_progress", {"other"}, lambda c: put_alarm(c, "no-progress", Unit="Seconds")),
    (
        "alarm/no_progress",
        {"alarm_actions", "ok_actions", "no_data_actions"},
        lambda c: put_alarm(
            c, "no-progress", AlarmActions=[], OKActions=[], InsufficientDataActions=[TOPIC]
        ),
    ),
    (
        "alarm/cis_root_use",
        {"evaluation_periods", "datapoints_to_alarm", "missing_data", "comparison", "description"},
        lambda c: put_alarm(
            c,
            "cis-root-use",
            EvaluationPeriods=3,
            DatapointsToAlarm=2,
            TreatMissingData="ignore",
            ComparisonOperator="LessThanThreshold",
            AlarmDescription="",
        ),
    ),
    (
        "alarm/s3_errors_raw_data",
        {"tags"},
        lambda c: (
            c.client("cloudwatch").untag_resource(
                ResourceARN=f"{ALARMS}{STEM}-s3-errors-raw-data", TagKeys=["Project"]
            ),
            c.client("cloudwatch").tag_resource(
                ResourceARN=f"{ALARMS}{STEM}-s3-errors-raw-data", Tags=[ROGUE]
            ),
        ),
    ),
    ("metric_filter/cis_root_use", {"pattern", "metric", "other"}, change_filter),
    ("dashboard/main", {"widgets"}, change_widget),
]


@pytest.mark.parametrize(("address", "names", "spoil"), SPOILED)
def test_a_change_behind_our_back_is_seen_and_mended(
    address: str, names: set[str], spoil: Spoil, made: dict[str, Resource], prod_cloud: Cloud
) -> None:
    resource, kind = made[address], next(k for k in KINDS if k.name == address.split("/")[0])
    spoil(prod_cloud)
    found = refresh(prod_cloud, kind, resource)
    differ = differing(found, resource)

    assert differ == names
    mend(prod_cloud, kind, resource, found, differ)
    assert refresh(prod_cloud, kind, resource).properties == resource.properties
    # Nothing else of the kind was touched.
    assert {item.name: item.properties for item in kind.read(prod_cloud)} == {
        r.name: r.properties for r in made.values() if r.kind == kind.name
    }


def test_a_key_that_dev_does_not_want_is_taken_away(
    cloud: Cloud, inputs: Inputs, facts: Facts, build: Any
) -> None:
    for kind in (log_group.KIND, sns_topic.KIND):
        [resource] = kind.desired(inputs, facts)
        properties = {**resource.properties, "kms_key": KEY}
        found = build(cloud, kind, replace(resource, properties=properties))
        assert differing(found, resource) == {"kms_key"}

        mend(cloud, kind, resource, found, {"kms_key"})

        assert refresh(cloud, kind, resource).properties == resource.properties


def test_what_is_ours_and_no_longer_wanted_is_found_and_a_strangers_is_not(
    made: dict[str, Resource], prod_cloud: Cloud
) -> None:
    calm = replace(prod_cloud.inputs, cloudtrail=False, flow_logs=False)
    prod_cloud.inputs = calm
    logs_of(prod_cloud).create_log_group(logGroupName=f"{GROUP}-of-others")
    logs_of(prod_cloud).create_log_group(logGroupName=f"{GROUP}/of-others")
    logs_of(prod_cloud).create_log_group(logGroupName=f"{GROUP}/old", tags=calm.tags)
    put_alarm(prod_cloud, "disk", AlarmName=f"{STEM}-of-others")

    groups = {item.name for item in log_group.KIND.read(prod_cloud)}
    alarms = {item.name for item in alarm.KIND.read(prod_cloud)}
    filters = {item.name for item in metric_filter.KIND.read(prod_cloud)}

    assert groups == {GROUP, f"{GROUP}/flow-logs", TRAIL_GROUP, f"{GROUP}/old"}
    assert f"{STEM}-cis-root-use" in alarms & filters
    assert f"{STEM}-of-others" not in alarms


def test_a_foreign_filter_on_a_foreign_group_is_not_ours(
    made: dict[str, Resource], prod_cloud: Cloud
) -> None:
    logs = logs_of(prod_cloud)
    for group in (GROUP, TRAIL_GROUP):
        logs.put_metric_filter(
            logGroupName=group,
            filterName=f"theirs on {group}",
            filterPattern="x",
            metricTransformations=[{"metricName": "a", "metricNamespace": "b", "metricValue": "1"}],
        )
    ours = {r.name for r in made.values() if r.kind == "metric_filter"}
    on_ours = {f"theirs on {GROUP}", f"theirs on {TRAIL_GROUP}"}
    assert {item.name for item in metric_filter.KIND.read(prod_cloud)} == ours | on_ours

    arn = f"arn:aws:logs:us-west-2:123456789012:log-group:{TRAIL_GROUP}"
    logs.untag_resource(resourceArn=arn, tagKeys=list(prod_cloud.inputs.tags))

    theirs = f"theirs on {TRAIL_GROUP}"
    assert {item.name for item in metric_filter.KIND.read(prod_cloud)} == ours | on_ours - {theirs}


# --- subscribers


class Waiting:
    """An SNS whose subscriptions wait for their confirmation, as AWS's do and moto's do not."""

    def __init__(self, *addresses: str) -> None:
        self.items = [
            {"SubscriptionArn": "PendingConfirmation", "Protocol": "email", "Endpoint": address}
            for address in addresses
        ]
        self.calls: list[tuple[str, Any]] = []

    def get_paginator(self, name: str) -> Any:
        return type("Pages", (), {"paginate": lambda _, **__: [{"Subscriptions": self.items}]})()

    def subscribe(self, **arguments: Any) -> None:
        self.calls.append(("subscribe", arguments["Endpoint"]))

    def unsubscribe(self, **arguments: Any) -> None:
        self.calls.append(("unsubscribe", arguments))


def test_a_mail_that_waits_for_its_confirmation_counts_as_there(
    inputs: Inputs, facts: Facts
) -> None:
    sns = Waiting("a@example.org", "stranger@example.org")
    cloud = Cloud(lambda service, region, config: sns)
    cloud.inputs = replace(inputs, alarm_emails=("a@example.org",))
    [resource] = sns_topic.KIND.desired(cloud.inputs, facts)

    assert sns_topic._subscriptions(cloud, TOPIC) == resource.properties["subscriptions"]


def test_nobody_is_asked_twice_and_who_waits_uninvited_is_left(
    inputs: Inputs, facts: Facts
) -> None:
    sns = Waiting("a@example.org", "stranger@example.org")
    cloud = Cloud(lambda service, region, config: sns)
    cloud.inputs = replace(inputs, alarm_emails=("a@example.org", "b@example.org"))
    [resource] = sns_topic.KIND.desired(cloud.inputs, facts)
    target = type("T", (), {"properties": resource.properties})()

    sns_topic._set_subscriptions(cloud, target)

    assert sns.calls == [("subscribe", "b@example.org")]


@pytest.mark.parametrize("said", [{}, {"TracingConfig": "PassThrough", "DeliveryPolicy": ""}])
def test_a_topic_that_tells_its_defaults_is_as_wanted(
    prod_cloud: Cloud, facts: Facts, said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = replace(prod_cloud.inputs, customer_managed_key=False)
    [resource] = sns_topic.KIND.desired(plain, facts)
    sns_topic.create(prod_cloud, resource)
    sns = prod_cloud.client("sns")
    answer = sns.get_topic_attributes(TopicArn=TOPIC)
    told = {"Attributes": answer["Attributes"] | said}
    monkeypatch.setattr(sns, "get_topic_attributes", lambda **_: told)

    [found] = sns_topic.KIND.read(prod_cloud)

    assert found.properties["other"] == {}


# --- definitions


def test_the_topic_lets_in_our_alarms_and_budgets_and_nobody_without_tls(
    inputs: Inputs, facts: Facts
) -> None:
    statements = {s["Sid"]: s for s in sns_topic.topic_policy(inputs, facts)["Statement"]}

    assert statements.keys() == {"AlarmsPublish", "BudgetsPublish", "OnlyTls"}
    for sid in ("AlarmsPublish", "BudgetsPublish"):
        assert statements[sid]["Action"] == ["sns:Publish"]
        assert statements[sid]["Condition"]["StringEquals"] == {
            "aws:SourceAccount": ["123456789012"]
        }
        assert statements[sid]["Condition"]["ArnLike"]["aws:SourceArn"]
    assert statements["OnlyTls"]["Effect"] == "Deny"


def test_an_alarm_has_one_watched_value_and_tells_the_topic(
    prod_inputs: Inputs, facts: Facts
) -> None:
    for resource in alarm.KIND.desired(prod_inputs, facts):
        metrics = resource.properties["metrics"]
        watched = [m for key, m in metrics.items() if key == PLAIN or m["watched"]]
        assert len(watched) == 1, resource.key
        assert resource.properties["alarm_actions"] == [TOPIC]
        assert resource.needs == ("sns_topic/alarms",)
        for metric in metrics.values():
            # CloudWatch evaluates a query over at most three hours, and any alarm over a day.
            reach = metric.get("period", 0) * resource.properties["evaluation_periods"]
            assert reach <= 3 * 3600


def test_each_data_bucket_has_an_alarm_on_its_own_requests(
    prod_inputs: Inputs, facts: Facts
) -> None:
    alarms = {r.key: r.properties for r in alarm.KIND.desired(prod_inputs, facts)}

    assert set(DATA) == set(BUCKETS) - {"logs"}
    for key in DATA:
        dimensions = {"BucketName": prod_inputs.bucket_name(key), "FilterId": REQUESTS}
        metrics = alarms[f"s3_errors_{key}"]["metrics"]
        assert metrics["client"]["dimensions"] == metrics["server"]["dimensions"] == dimensions


def test_an_alarm_on_several_series_sorts_them(prod_inputs: Inputs, facts: Facts) -> None:
    queries = [
        metric["expression"]
        for resource in alarm.KIND.desired(prod_inputs, facts)
        for metric in resource.properties["metrics"].values()
        if metric.get("expression", "").startswith("SELECT ")
    ]

    assert len(queries) == 2
    # AWS: "you must include two key clauses".
    assert all(re.search(r" GROUP BY \w+ ORDER BY MAX\(\) DESC$", query) for query in queries)


def test_silence_is_an_alarm_after_the_minutes_of_the_input(inputs: Inputs, facts: Facts) -> None:
    short = replace(inputs, no_progress_minutes=7)
    [silent] = [r for r in alarm.KIND.desired(short, facts) if r.key == "no_progress"]

    assert silent.properties["threshold"] == 420
    assert silent.properties["missing_data"] == "notBreaching"


def test_each_control_has_a_filter_and_an_alarm_on_its_metric(
    prod_inputs: Inputs, facts: Facts
) -> None:
    filters = {r.key: r for r in metric_filter.KIND.desired(prod_inputs, facts)}
    alarms = {r.key: r.properties for r in alarm.KIND.desired(prod_inputs, facts)}

    assert filters.keys() == CONTROLS.keys()
    for key, resource in filters.items():
        metric, watched = resource.properties["metric"], alarms[key]["metrics"][PLAIN]
        assert (metric["namespace"], metric["name"]) == (watched["namespace"], watched["name"])
        assert resource.needs == ("log_group/trail",)


def test_the_controls_are_those_of_the_benchmark() -> None:
    numbers = [control.number for control in CONTROLS.values()]

    assert numbers == [f"4.{number}" for number in range(1, 16)]
    assert len({control.metric for control in CONTROLS.values()}) == 15


@pytest.mark.parametrize("key", CONTROLS)
def test_a_pattern_is_one_that_aws_takes(key: str) -> None:
    pattern = CONTROLS[key].pattern
    names = re.findall(r"\$\.eventName = \"?(\w+)", pattern)

    assert len(pattern) <= 1024
    assert pattern.startswith("{ ")
    assert pattern.endswith(" }")
    assert pattern.count("(") == pattern.count(")")
    assert len(names) == len(set(names))


# --- the dashboard


@pytest.fixture
def body(prod_inputs: Inputs, facts: Facts) -> Any:
    [resource] = dashboard.KIND.desired(prod_inputs, facts)
    return dashboard.document(resource.properties)


def test_no_two_widgets_share_a_place_and_none_leaves_the_grid(body: Any) -> None:
    cells = [
        (x, y)
        for w in body["widgets"]
        for x in range(w["x"], w["x"] + w["width"])
        for y in range(w["y"], w["y"] + w["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _unused in cells) == COLUMNS - 1
    # Every row is full.
    assert len(cells) == COLUMNS * (max(y for _unused, y in cells) + 1)


def test_a_widget_has_what_its_type_needs(body: Any) -> None:
    needs = {
        "text": {"markdown"},
        "alarm": {"alarms", "title"},
        "metric": {"metrics", "region", "title", "view", "stat", "period"},
    }
    for widget in body["widgets"]:
        assert widget.keys() == {"type", "x", "y", "width", "height", "properties"}
        assert widget["properties"].keys() >= needs[widget["type"]]


def test_every_metric_is_an_expression_or_pairs_of_dimensions(body: Any) -> None:
    graphs = [w["properties"] for w in body["widgets"] if w["type"] == "metric"]
    for graph in graphs:
        ids = [m[0]["id"] for m in graph["metrics"] if isinstance(m[0], dict)]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[a-z][a-zA-Z0-9_]*", id_) for id_ in ids)
        for metric in graph["metrics"]:
            if isinstance(metric[0], dict):
                assert metric[0]["expression"].count("'") % 2 == 0
            else:
                plain = [part for part in metric if not isinstance(part, dict)]
                assert len(plain) % 2 == 0
                assert all(isinstance(part, str) for part in plain)


def test_it_shows_what_the_guide_asks_for(body: Any, prod_inputs: Inputs) -> None:
    text = json.dumps(body["widgets"])

    for metric in (
        *("BucketSizeBytes", "AllRequests", "4xxErrors", "5xxErrors"),
        *("CPUUtilization", "mem_used_percent", "disk_used_percent", "NetworkIn", "NetworkOut"),
        *("TrainingLoss", "TrainingAccuracy", "EpochTime", "EstimatedCharges"),
    ):
        assert metric in text
    assert all(prod_inputs.bucket_name(key) in text for key in BUCKETS)


def test_spending_is_asked_where_aws_writes_it(body: Any) -> None:
    [spend] = [w for w in body["widgets"] if "EstimatedCharges" in json.dumps(w)]

    assert spend["properties"]["region"] == "us-east-1"


@pytest.mark.parametrize(
    "titles", [["A", "A"], ["Host #1", "Host #1"], ["A", "A", "A #2"], ["A #2", "A", "A"]]
)
def test_no_widget_is_lost_whatever_its_title(titles: list[str]) -> None:
    widgets = [{"properties": {"title": title}, "y": y} for y, title in enumerate(titles)]

    assert dashboard.document(dashboard.normal({"widgets": widgets}))["widgets"] == widgets


def test_widgets_of_one_title_are_told_apart() -> None:
    text = {"type": "text", "properties": {"markdown": "# Same\nmore"}}
    properties = dashboard.normal({"widgets": [text, {**text, "y": 2}, {**text, "y": 4}]})

    assert list(properties["widgets"]) == ["Same", "Same #2", "Same #3"]
    assert len(dashboard.document(properties)["widgets"]) == 3


def test_the_metrics_are_those_that_a_run_writes(body: Any) -> None:
    """The names are in the workload's source: a graph of any other would stay empty."""
    source = "".join(path.read_text() for path in Path("src/cardiology").glob("*.py"))
    expressions = json.dumps(body).replace("\\", "")
    shown = set(re.findall(r'Model(?:,Split)?} MetricName="(\w+)"', expressions))

    assert shown == {"TrainingLoss", "TrainingAccuracy", "EpochTime", "TestAccuracy"}
    for name in (*shown, SILENCE):
        assert f'"{name}"' in source
