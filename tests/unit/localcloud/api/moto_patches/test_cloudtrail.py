"""CloudTrail as AWS has it where moto has it otherwise."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

NAME = "trail"
ARN = f"arn:aws:cloudtrail:us-west-2:123456789012:trail/{NAME}"
CALLS = [{"Name": "Calls", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["x"]}]}]
OLDER = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}]


@pytest.fixture
def cloudtrail(client: Any) -> Any:
    where = {"LocationConstraint": "us-west-2"}
    client("s3").create_bucket(Bucket="logs-of-all", CreateBucketConfiguration=where)
    api = client("cloudtrail")
    make(api)
    return api


def make(api: Any) -> None:
    api.create_trail(
        Name=NAME, S3BucketName="logs-of-all", TagsList=[{"Key": "Owner", "Value": "me"}]
    )


def test_a_second_trail_of_a_name_is_refused(cloudtrail: Any) -> None:
    with pytest.raises(ClientError, match="TrailAlreadyExistsException"):
        make(cloudtrail)


def test_a_new_trail_records_management_events(cloudtrail: Any) -> None:
    [selector] = cloudtrail.get_event_selectors(TrailName=NAME)["EventSelectors"]

    assert selector["IncludeManagementEvents"]
    assert not cloudtrail.describe_trails()["trailList"][0]["HasCustomEventSelectors"]


def test_one_sort_of_selectors_takes_the_place_of_the_other(cloudtrail: Any) -> None:
    cloudtrail.put_event_selectors(TrailName=NAME, AdvancedEventSelectors=CALLS)
    answer = cloudtrail.get_event_selectors(TrailName=NAME)
    assert (answer["EventSelectors"], answer["AdvancedEventSelectors"]) == ([], CALLS)

    cloudtrail.put_event_selectors(TrailName=NAME, EventSelectors=OLDER)
    answer = cloudtrail.get_event_selectors(TrailName=NAME)
    assert (answer["EventSelectors"], answer["AdvancedEventSelectors"]) == (OLDER, [])


def test_insights_are_replaced_and_without_them_is_an_error(cloudtrail: Any) -> None:
    for kinds in (["ApiCallRateInsight"], ["ApiErrorRateInsight"]):
        selectors = [{"InsightType": kind} for kind in kinds]
        cloudtrail.put_insight_selectors(TrailName=NAME, InsightSelectors=selectors)
    answer = cloudtrail.get_insight_selectors(TrailName=NAME)
    assert answer["InsightSelectors"] == [{"InsightType": "ApiErrorRateInsight"}]
    assert cloudtrail.describe_trails()["trailList"][0]["HasInsightSelectors"]

    cloudtrail.put_insight_selectors(TrailName=NAME, InsightSelectors=[])
    with pytest.raises(ClientError, match="InsightNotEnabledException"):
        cloudtrail.get_insight_selectors(TrailName=NAME)


def test_a_trail_made_again_has_none_of_the_old_tags(cloudtrail: Any) -> None:
    cloudtrail.delete_trail(Name=ARN)
    with pytest.raises(ClientError, match="TrailNotFoundException"):
        cloudtrail.delete_trail(Name=NAME)
    cloudtrail.create_trail(Name=NAME, S3BucketName="logs-of-all")

    assert cloudtrail.list_tags(ResourceIdList=[ARN])["ResourceTagList"][0]["TagsList"] == []
