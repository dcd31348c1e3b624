import boto3
from .world import world
def test_seen(tmp_path):
    with world("dev", tmp_path) as a:
        a.run("present")
        one = a.inventory()
        ec2 = boto3.client("ec2", region_name="us-west-2", aws_access_key_id="x", aws_secret_access_key="y")
        s = ec2.describe_subnets(Filters=[{"Name":"tag:Environment","Values":["dev"]}])["Subnets"][0]["SubnetId"]
        ec2.modify_subnet_attribute(SubnetId=s, MapPublicIpOnLaunch={"Value": False})
        two = a.inventory()
        assert len(set(two) - set(one)) == 1
        print([l[:50] for l in set(two)-set(one)])
