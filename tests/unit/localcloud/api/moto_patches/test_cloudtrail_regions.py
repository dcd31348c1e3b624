"""The selectors of a trail, asked for in another region than its own."""

import boto3
import pytest
from botocore.exceptions import ClientError


def test_a_trail_tells_its_selectors_in_every_region(client, endpoint):
    client("s3").create_bucket(
        Bucket="trails", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    arn = client("cloudtrail").create_trail(
        Name="main", S3BucketName="trails", IsMultiRegionTrail=True
    )["TrailARN"]
    away = boto3.client(
        "cloudtrail",
        endpoint_url=endpoint,
        region_name="us-east-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    home = client("cloudtrail").get_event_selectors(TrailName=arn)
    assert away.get_event_selectors(TrailName=arn)["EventSelectors"] == home["EventSelectors"]
    with pytest.raises(ClientError, match="Unknown trail"):
        away.get_event_selectors(TrailName="main")
