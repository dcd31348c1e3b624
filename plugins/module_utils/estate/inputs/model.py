# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parsed inputs, and the names derived from them."""

from __future__ import annotations

from dataclasses import dataclass

#: Buckets with data that cannot be recreated: monitored, and replicated if `replica_region` is set.
DATA = ("raw_data", "processed_data", "model_artifacts")
#: The bucket for the logs of the others.
LOGS = "logs"
BUCKETS = (*DATA, LOGS)
#: The suffix of a replica's key.
REPLICA = "_replica"


@dataclass(frozen=True)
class Inputs:
    """All inputs, in their own types."""

    environment: str
    project: str
    region: str
    owner: str
    cost_center: str
    #: Keys and values.
    extra_tags: tuple[tuple[str, str], ...]
    #: Keys, and prefixes that end with `*`.
    ignore_tags: tuple[str, ...]
    #: Empty until the account is known, then `<project>-<account id>`.
    s3_bucket_prefix: str
    budget_limit_usd: float
    budget_alert_emails: tuple[str, ...]
    vpc_cidr: str
    #: If empty, the zones are chosen from those of the region.
    availability_zones: tuple[str, ...]
    public_subnet_cidrs: tuple[str, ...]
    #: Empty: hosts are in the public subnets.
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
    #: The IAM role that deploys and launches; needed only for deny_launch.
    deployer_role: str
    cloudtrail: bool
    cloudtrail_insights: bool
    account_hardening: bool
    #: The storage and training hours assumed in the monthly price.
    expected_storage_gb: int
    expected_training_hours: int
    ssh_private_key_file: str
    training_instance_type: str
    training_volume_gb: int
    training_os: str
    training_market: str
    training_count: int
    training_after: str
    #: 0: never.
    training_idle_minutes: int
    training_max_hours: int
    #: Empty: synthetic data.
    data_dir: str
    allow_incomplete: bool
    model_name: str
    training_epochs: int
    training_seeds: tuple[int, ...]
    #: Empty: the time and four random digits.
    run_id: str
    #: A note for the plan on where replicas go; not an input.
    replica_note: str = ""

    @property
    def stem(self) -> str:
        """`<project>-<env>`, the prefix of every name."""
        return f"{self.project}-{self.environment}"

    @property
    def hosts_are_private(self) -> bool:
        """Whether hosts are in private subnets, without a public address."""
        return bool(self.private_subnet_cidrs)

    @property
    def has_budget(self) -> bool:
        """Whether there is a budget."""
        return self.budget_limit_usd > 0

    def ignores(self, key: str) -> bool:
        """Whether `ignore_tags` excludes this tag key; never true for our own tags."""
        if key in self.tags or key == "Name":
            return False
        return any(
            key.startswith(entry[:-1]) if entry.endswith("*") else key == entry
            for entry in self.ignore_tags
        )

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every resource."""
        return {
            **dict(self.extra_tags),
            "Project": self.project,
            "Environment": self.environment,
            "Owner": self.owner,
            "ManagedBy": "cardiology.cloud",
            "CostCenter": self.cost_center,
        }

    def named_tags(self, name: str) -> dict[str, str]:
        """The tags of an EC2 resource, including its Name tag."""
        return {**self.tags, "Name": name}

    def named(self, key: str) -> str:
        """`<project>-<env>-<key with hyphens>`, the name of most resources."""
        return f"{self.stem}-{key.replace('_', '-')}"

    def bucket_name(self, key: str) -> str:
        """`<prefix>-<env>-<key with hyphens>`."""
        return f"{self.s3_bucket_prefix}-{self.environment}-{key.replace('_', '-')}"
