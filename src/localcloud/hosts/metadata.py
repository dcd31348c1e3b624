"""An instance's metadata, read from moto's record."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.sts.models import STSBackend, sts_backends

from localcloud.api.moto_patches.seams import Seam
from localcloud.hosts.imds import PublicKey, Tree

SEAMS = (
    Seam(
        STSBackend,
        "assume_role",
        "self, region_name, role_session_name, role_arn, policy, duration, external_id",
    ),
)

_CREDENTIAL_SECONDS = 3600
_RENEW_BEFORE = 600  # AWS offers new credentials well before the old ones expire


class InstanceMetadata:
    """The metadata of one moto instance, for the metadata service."""

    def __init__(self, instance: Any) -> None:
        self._instance = instance
        self._spot_notice: dict[str, str] | None = None
        self._credentials: tuple[float, str] | None = None

    def enabled(self) -> bool:
        """HttpEndpoint."""
        return str(self._instance.metadata_options.http_endpoint or "enabled") == "enabled"

    def token_required(self) -> bool:
        """HttpTokens."""
        return str(self._instance.metadata_options.http_tokens) == "required"

    def announce_spot(self, action: str, seconds: int) -> dict[str, str]:
        """Publish the (by default two-minute) spot notice; returns what the guest reads."""
        when = datetime.now(UTC) + timedelta(seconds=seconds)
        self._spot_notice = {"action": action, "time": _time(when)}
        return self._spot_notice

    def withdraw_spot(self) -> None:
        """Remove the spot notice: the interruption has happened."""
        self._spot_notice = None

    def tree(self) -> Tree:
        """All current metadata."""
        user_data = self._instance.user_data
        return {
            "meta-data": self._meta_data(),
            "user-data": base64.b64decode(str(user_data)) if user_data else None,
            "dynamic": {"instance-identity": {"document": json.dumps(self._identity(), indent=1)}},
        }

    def _meta_data(self) -> Tree:
        instance = self._instance
        tree: Tree = {
            "ami-id": instance.image_id,
            "ami-launch-index": str(instance.ami_launch_index),
            "hostname": instance.private_dns_name,
            "instance-action": "none",
            "instance-id": instance.id,
            "instance-life-cycle": instance.lifecycle or "on-demand",
            "instance-type": instance.instance_type,
            "local-hostname": instance.private_dns_name,
            "local-ipv4": instance.private_ip,
            "mac": instance.nics[0].mac_address,
            "network": {"interfaces": {"macs": self._interfaces()}},
            "placement": {
                "availability-zone": instance.availability_zone,
                "region": instance.region_name,
            },
            "security-groups": "\n".join(group.name for group in instance.security_groups),
            "services": {"domain": "amazonaws.com", "partition": "aws"},
        }
        if instance.public_ip:
            tree["public-ipv4"] = instance.public_ip
            tree["public-hostname"] = instance.public_dns_name
        tree.update(self._public_keys())
        tree.update(self._tags())
        tree.update(self._role())
        if self._spot_notice:
            tree["spot"] = {
                "instance-action": json.dumps(self._spot_notice),
                "termination-time": self._spot_notice["time"],
            }
        return tree

    def _interfaces(self) -> Tree:
        instance, interface = self._instance, self._instance.nics[0]
        vpc = instance.ec2_backend.get_vpc(instance.vpc_id)
        return {
            interface.mac_address: {
                "device-number": "0",
                "interface-id": interface.id,
                "local-ipv4s": instance.private_ip,
                "mac": interface.mac_address,
                "owner-id": instance.owner_id,
                "subnet-id": interface.subnet.id,
                "subnet-ipv4-cidr-block": interface.subnet.cidr_block,
                "vpc-id": instance.vpc_id,
                "vpc-ipv4-cidr-block": vpc.cidr_block,
            }
        }

    def _public_keys(self) -> Tree:
        name = self._instance.key_name
        pair = self._instance.ec2_backend.key_pairs.get(name) if name else None
        return {"public-keys": {"0": PublicKey(name, pair.public_key.strip())}} if pair else {}

    def _tags(self) -> Tree:
        if self._instance.metadata_options.instance_metadata_tags != "enabled":
            return {}
        return {"tags": {"instance": {t["key"]: t["value"] for t in self._instance.get_tags()}}}

    def _role(self) -> Tree:
        associations = self._instance.ec2_backend.iam_instance_profile_associations
        association = associations.get(self._instance.id)
        if association is None:
            return {}
        profile = association.iam_instance_profile
        info = {"Code": "Success", "InstanceProfileArn": profile.arn}
        roles = {
            role.name: lambda role=role: self._role_credentials(role.arn) for role in profile.roles
        }
        return {
            "iam": {
                "info": json.dumps({**info, "InstanceProfileId": profile.id}),
                "security-credentials": roles,
            }
        }

    def _role_credentials(self, role_arn: str) -> str:
        """Credentials of the instance's role, cached until shortly before they expire."""
        now = time.time()
        if self._credentials is None or self._credentials[0] - _RENEW_BEFORE < now:
            self._credentials = self._assume(role_arn)
        return self._credentials[1]

    def _assume(self, role_arn: str) -> tuple[float, str]:
        instance = self._instance
        role = sts_backends[instance.owner_id]["aws"].assume_role(
            region_name=instance.region_name,
            role_session_name=instance.id,
            role_arn=role_arn,
            policy=None,
            duration=_CREDENTIAL_SECONDS,
            external_id=None,
        )
        ends = datetime.now(UTC) + timedelta(seconds=_CREDENTIAL_SECONDS)
        document = {
            "Code": "Success",
            "LastUpdated": _time(datetime.now(UTC)),
            "Type": "AWS-HMAC",
            "AccessKeyId": role.access_key_id,
            "SecretAccessKey": role.secret_access_key,
            "Token": role.session_token,
            "Expiration": _time(ends),
        }
        return ends.timestamp(), json.dumps(document, indent=1)

    def _identity(self) -> dict[str, str | None]:
        instance = self._instance
        return {
            "accountId": instance.owner_id,
            "architecture": instance.architecture,
            "availabilityZone": instance.availability_zone,
            "imageId": instance.image_id,
            "instanceId": instance.id,
            "instanceType": instance.instance_type,
            "privateIp": instance.private_ip,
            "region": instance.region_name,
            "version": "2017-09-30",
        }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
