"""What we add to moto's CloudWatch Logs, against botocore's own model of the service."""

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from localcloud.api.moto_patches.logs import OPERATIONS

GROUP, KEY = "/a/b", "arn:aws:kms:us-west-2:123456789012:key/k"


@pytest.fixture
def logs(client: Any) -> Any:
    api = client("logs")
    api.create_log_group(logGroupName=GROUP, tags={"Owner": "me"})
    return api


def put_filter(logs: Any, pattern: str, group: str = GROUP) -> None:
    metric = {"metricNamespace": "n", "metricName": "m", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName=group, filterName="f", filterPattern=pattern, metricTransformations=[metric]
    )


def patterns(logs: Any) -> list[str]:
    filters = logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"]
    return [item["filterPattern"] for item in filters]


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_operation_is_one_of_the_services(operation: str) -> None:
    model = botocore.session.get_session().get_service_model("logs")

    assert operation in {botocore.xform_name(name) for name in model.operation_names}


def test_a_key_is_given_to_a_group_and_taken_away(logs: Any) -> None:
    def key() -> Any:
        [group] = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
        return group.get("kmsKeyId")

    logs.associate_kms_key(logGroupName=GROUP, kmsKeyId=KEY)
    assert key() == KEY

    logs.disassociate_kms_key(logGroupName=GROUP)
    assert key() is None


def test_a_key_for_no_group_is_refused(logs: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.associate_kms_key(logGroupName="/none", kmsKeyId=KEY)


def test_a_filter_takes_the_place_of_the_one_of_its_name(logs: Any) -> None:
    put_filter(logs, "one")
    put_filter(logs, "two")

    assert patterns(logs) == ["two"]


def test_a_filter_needs_its_group(logs: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        put_filter(logs, "one", "/none")


def test_a_group_made_again_has_nothing_of_the_old_one(logs: Any) -> None:
    put_filter(logs, "one")
    logs.delete_log_group(logGroupName=GROUP)
    logs.create_log_group(logGroupName=GROUP)
    arn = f"arn:aws:logs:us-west-2:123456789012:log-group:{GROUP}"

    assert patterns(logs) == []
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {}
