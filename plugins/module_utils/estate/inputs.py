# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inputs of group_vars, checked: pure, all errors at once, one sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .checks import Checks

#: What cannot be made again: watched, and copied to a second region where one is chosen.
DATA = ("raw_data", "processed_data", "model_artifacts")
#: The bucket that takes the logs of the others.
LOGS = "logs"
BUCKETS = (*DATA, LOGS)
#: What the key of a copy ends in.
REPLICA = "_replica"

ENVIRONMENTS = ("dev", "prod")
#: The `budget_action` that stops hosts.
STOP_INSTANCES = "stop_instances"

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
    #: Empty: hosts live in the public subnets.
    private_subnet_cidrs: tuple[str, ...]
    nat_gateways: str
    interface_endpoints: tuple[str, ...]
    flow_logs: bool
    allowed_cidrs: tuple[str, ...]
    ingress_ports: tuple[int, ...]
    log_retention_days: int
    logs_expiration_days: int
    customer_managed_key: bool
    intelligent_tiering: bool
    event_notifications: bool
    #: Empty: no replicas.
    replica_region: str
    #: 0: no object lock.
    object_lock_days: int
    #: An ARN, or empty.
    permissions_boundary: str
    alarm_emails: tuple[str, ...]
    no_progress_minutes: int
    #: none, deny_launch or stop_instances.
    budget_action: str
    budget_action_percent: int
    #: The IAM role that deploys and launches; only deny_launch needs to know it.
    deployer_role: str
    cloudtrail: bool
    cloudtrail_insights: bool
    account_hardening: bool
    #: What the price of a month assumes to be stored and trained.
    expected_storage_gb: int
    expected_training_hours: int
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
    def hosts_are_private(self) -> bool:
        """Whether hosts live in private subnets, and so without a public address."""
        return bool(self.private_subnet_cidrs)

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

    def named(self, key: str) -> str:
        """`<project>-<env>-<key with hyphens>`, the name of most things."""
        return f"{self.stem}-{key.replace('_', '-')}"

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
        private_subnet_cidrs=check.subnets(
            "private_subnet_cidrs", vpc_cidr, 2, besides="public_subnet_cidrs"
        ),
        nat_gateways=check.choice("nat_gateways", ("none", "one", "per_zone")),
        interface_endpoints=check.services("interface_endpoints"),
        flow_logs=check.switch("flow_logs"),
        allowed_cidrs=check.allowed("allowed_cidrs"),
        ingress_ports=check.ports("ingress_ports"),
        log_retention_days=check.retention("log_retention_days"),
        logs_expiration_days=check.integer("logs_expiration_days", 1, 3650),
        customer_managed_key=check.switch("customer_managed_key"),
        intelligent_tiering=check.switch("intelligent_tiering"),
        event_notifications=check.switch("event_notifications"),
        replica_region=check.region("replica_region", besides="region"),
        object_lock_days=check.integer("object_lock_days", 0, 36500),
        permissions_boundary=check.optional(
            "permissions_boundary",
            r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/\S+",
            "the ARN of an IAM policy",
        ),
        alarm_emails=check.emails("alarm_emails"),
        no_progress_minutes=check.integer("no_progress_minutes", 5, 1440),
        budget_action=check.choice("budget_action", ("none", "deny_launch", STOP_INSTANCES)),
        budget_action_percent=check.integer("budget_action_percent", 1, 1000),
        deployer_role=check.optional("deployer_role", r"[\w+=,.@-]{1,64}", "the name of a role"),
        cloudtrail=check.switch("cloudtrail"),
        cloudtrail_insights=check.switch("cloudtrail_insights"),
        account_hardening=check.switch("account_hardening"),
        expected_storage_gb=check.integer("expected_storage_gb", 0, 1_000_000),
        expected_training_hours=check.integer("expected_training_hours", 0, 744),
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
    errors = check.errors or list(_together(inputs))
    return (None, errors) if errors else (inputs, [])


def _together(inputs: Inputs) -> Iterator[str]:
    """What is wrong about two inputs together."""
    private, nat = bool(inputs.private_subnet_cidrs), inputs.nat_gateways
    if nat != "none" and not private:
        yield f"nat_gateways is {nat}, but there are no private_subnet_cidrs to serve: set none."
    if private and nat == "none":
        yield (
            "private_subnet_cidrs need nat_gateways (one or per_zone): without one a host cannot "
            "fetch its packages."
        )
    if "s3" in inputs.interface_endpoints:
        yield "interface_endpoints names s3, whose own endpoint is there in any case and free."
    if inputs.cloudtrail_insights and not inputs.cloudtrail:
        yield "cloudtrail_insights needs cloudtrail: true."
    if inputs.budget_action != "none" and not inputs.budget_alert_emails:
        yield "budget_action needs budget_alert_emails: AWS tells them when it acts."
    if inputs.budget_action == "deny_launch" and not inputs.deployer_role:
        yield "budget_action deny_launch needs deployer_role, whose launches it denies."
