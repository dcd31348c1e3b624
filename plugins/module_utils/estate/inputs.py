# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inputs of group_vars, checked: pure, all errors at once, one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .checks import Checks

BUCKETS = ("raw_data", "processed_data", "model_artifacts", "logs")
ENVIRONMENTS = ("dev", "prod")

#: Root device of each image family: a launch template must name it to size and encrypt it.
ROOT_DEVICES = {
    "debian-12": "/dev/xvda",
    "ubuntu-24.04": "/dev/sda1",
    "amazon-linux-2023": "/dev/xvda",
}


@dataclass(frozen=True)
class Inputs:
    """What a person may choose, in the types the estate computes with."""

    environment: str
    project: str
    region: str
    owner: str
    cost_center: str
    #: Empty until the account is known, then `<project>-<account id>`.
    s3_bucket_prefix: str
    budget_limit_usd: float
    budget_alert_emails: tuple[str, ...]
    vpc_cidr: str
    public_subnet_cidrs: tuple[str, ...]
    allowed_cidrs: tuple[str, ...]
    ingress_ports: tuple[int, ...]
    log_retention_days: int
    logs_expiration_days: int
    ssh_private_key_file: str
    training_instance_type: str
    training_volume_gb: int
    training_os: str
    training_market: str
    training_count: int
    training_after: str

    @property
    def stem(self) -> str:
        """`<project>-<env>`, the beginning of every name."""
        return f"{self.project}-{self.environment}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags that everything carries."""
        return {
            "Project": self.project,
            "Environment": self.environment,
            "Owner": self.owner,
            "ManagedBy": "cardiology.cloud",
            "CostCenter": self.cost_center,
        }

    def named_tags(self, name: str) -> dict[str, str]:
        """The tags of an EC2 resource, whose name is a tag too."""
        return {**self.tags, "Name": name}

    def bucket_name(self, key: str) -> str:
        """`<prefix>-<env>-<key with hyphens>`."""
        return f"{self.s3_bucket_prefix}-{self.environment}-{key.replace('_', '-')}"


def parse(raw: Mapping[str, Any]) -> tuple[Inputs | None, list[str]]:
    """Inputs in their proper types, or every reason why not."""
    check = Checks(raw)
    vpc_cidr = check.network("vpc_cidr")
    inputs = Inputs(
        environment=check.choice("env", ENVIRONMENTS),
        project=check.pattern(
            "project",
            r"[a-z][a-z0-9-]{1,28}[a-z0-9]",
            "3 to 30 lower-case letters, digits, hyphens",
        ),
        region=check.pattern("region", r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region such as us-west-2"),
        owner=check.tag("owner"),
        cost_center=check.tag("cost_center"),
        s3_bucket_prefix=check.bucket_prefix("s3_bucket_prefix"),
        budget_limit_usd=check.cents("budget_limit_usd", 1, 1_000_000),
        budget_alert_emails=check.emails("budget_alert_emails"),
        vpc_cidr=vpc_cidr,
        public_subnet_cidrs=check.subnets("public_subnet_cidrs", vpc_cidr, 2),
        allowed_cidrs=check.allowed("allowed_cidrs"),
        ingress_ports=check.ports("ingress_ports"),
        log_retention_days=check.retention("log_retention_days"),
        logs_expiration_days=check.integer("logs_expiration_days", 1, 3650),
        ssh_private_key_file=check.pattern("ssh_private_key_file", r"\S.*", "the path of a file"),
        training_instance_type=check.pattern(
            "training_instance_type",
            r"[a-z][a-z0-9-]*\.[a-z0-9-]+",
            "an instance type such as t3.medium",
        ),
        training_volume_gb=check.integer("training_volume_gb", 8, 16384),
        training_os=check.choice("training_os", tuple(ROOT_DEVICES)),
        training_market=check.choice("training_market", ("on-demand", "spot")),
        training_count=check.integer("training_count", 1, 64),
        training_after=check.choice("training_after", ("stop", "terminate", "keep")),
    )
    return (None, check.errors) if check.errors else (inputs, [])
