# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of inputs: name, accepted values, default and description of each.

From this table, `make generate` writes the argument specification and defaults of the role estate,
and the documentation in group_vars/all.yml. A unit test fails if they are out of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .checks import (
    Check,
    Choice,
    ListOf,
    Money,
    Network,
    OneOf,
    Switch,
    Tags,
    Text,
    Whole,
    allowed,
    matching,
    port,
    seed,
    subnet,
)
from .regions import AUTO, Region

#: The values of `budget_action`.
DENY_LAUNCH, STOP_INSTANCES = "deny_launch", "stop_instances"

#: Root device of each image family: a launch template needs it to set volume size and encryption.
ROOT_DEVICES = {
    "debian-12": "/dev/xvda",
    "ubuntu-24.04": "/dev/sda1",
    "amazon-linux-2023": "/dev/xvda",
}

#: The retention periods that CloudWatch Logs supports.
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip

#: The longest prefix with which bucket names can stay within 63 characters in some environment.
MAX_BUCKET_PREFIX = 63 - len("-dv-model-artifacts")
RESERVED_BUCKET_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")

#: The maximum number of zones in a network, and the pattern of a zone name.
MOST_ZONES = 4
ZONE = r"[a-z]{2}(-[a-z]+)+-\d[a-z]"

#: A network ACL holds 20 rules, and the VPC's default one has 5 plus one for each port.
MOST_PORTS = 15

#: Tag keys that this project sets: those of every resource, then those of training hosts.
OWN_TAGS = (
    *("Project", "Environment", "Owner", "ManagedBy", "CostCenter"),
    *("Name", "Role", "LoginUser", "System", "VolumeGb"),
)

#: Names of group_vars files and groups that are not environments.
RESERVED_ENVIRONMENTS = ("all", "training", "ungrouped")


@dataclass(frozen=True)
class Expression:
    """A default that Ansible computes, as a Jinja expression without braces."""

    jinja: str
    #: The expression in words.
    words: str


@dataclass(frozen=True)
class Input:
    """One input."""

    name: str
    check: Check
    #: Complete sentences, followed in the generated text by what the value must be.
    description: str
    default: Any
    #: Set for one command with `-e`: not part of the estate and not in group_vars.
    typed: bool = False
    #: Whether it is a field of `Inputs`.
    parsed: bool = True
    #: Another name that users may try; the input's name is then suggested.
    called: str = ""


@dataclass(frozen=True)
class Section:
    """Inputs that belong together."""

    title: str
    inputs: tuple[Input, ...]


EMAILS = ListOf(
    matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "which is not an email address"),
    "email addresses",
    most=10,
    limit=", the limit of AWS",
    sort=False,
)


def _tag(default: str, name: str, description: str) -> Input:
    check = Text(r"[\w .:/=+@-]{1,128}", "1 to 128 letters, digits, spaces or _.:/=+-@")
    return Input(name, check, description, default)


SECTIONS = (
    Section(
        "The environment",
        (
            Input(
                "env",
                Text(
                    rf"(?!({'|'.join(RESERVED_ENVIRONMENTS)})$)[a-z][a-z0-9]{{1,15}}",
                    "2 to 16 lower-case letters and digits that begin with a letter, and none of "
                    f"{', '.join(RESERVED_ENVIRONMENTS)}",
                ),
                "The name of the environment, the same as that of its file group_vars/<env>.yml.",
                "dev",
                called="environment",
            ),
            Input(
                "project",
                Text(
                    r"[a-z][a-z0-9-]{1,28}[a-z0-9]",
                    "3 to 30 lower-case letters, digits and hyphens that begin with a letter and "
                    "do not end with a hyphen",
                ),
                "The first part of every name, and the value of the tag Project.",
                "cardiology-optimizer",
            ),
            Input(
                "region",
                Region(),
                "The AWS region of the environment. An environment lives in one region: after the "
                "first deploy another one is refused.",
                Expression(
                    "lookup('cardiology.cloud.region')",
                    "AWS_REGION, else AWS_DEFAULT_REGION, else the region of your profile in "
                    "~/.aws/config, else us-west-2",
                ),
            ),
            _tag("data-science", "owner", "The value of the tag Owner."),
            _tag("cardiology", "cost_center", "The value of the tag CostCenter."),
            Input(
                "extra_tags",
                Tags(OWN_TAGS, most=30),
                "More tags for everything that is created, training hosts included.",
                {},
            ),
            Input(
                "ignore_tags",
                ListOf(
                    matching(r"[^*]{1,128}\*?", "which is no key of a tag, nor a prefix and *"),
                    "keys of tags, or prefixes that end with *",
                ),
                "Tags that others set on resources of the environment, such as Patch Group or "
                "kubernetes.io/*. They are never compared, changed or removed.",
                [],
            ),
        ),
    ),
    Section(
        "Budget and cost",
        (
            Input(
                "budget_limit_usd",
                Money(0, 1_000_000),
                "The monthly budget in US dollars. 0 means no budget, for an account that may not "
                "have one of its own; the plan says so.",
                25,
            ),
            Input(
                "budget_alert_emails",
                EMAILS,
                "Who gets an email when 80 % of the budget is spent and when 100 % is forecast. "
                "Empty means nobody, and the plan says so.",
                [],
            ),
            Input(
                "budget_action",
                Choice(("none", DENY_LAUNCH, STOP_INSTANCES)),
                "What AWS does when budget_action_percent of the budget is spent: nothing, "
                "deny_launch (deployer_role can launch no more hosts) or stop_instances (running "
                "hosts are stopped).",
                "none",
            ),
            Input(
                "budget_action_percent",
                Whole(1, 1000),
                "The percentage of the budget at which AWS takes the budget_action.",
                100,
            ),
            Input(
                "deployer_role",
                Text(r"[\w+=,.@-]{1,64}", "the name of an IAM role", optional=True),
                "The name of the IAM role that you deploy with. Needed for deny_launch only.",
                "",
            ),
            Input(
                "expected_storage_gb",
                Whole(0, 1_000_000),
                "The stored gigabytes that the monthly price in the plan assumes.",
                10,
            ),
            Input(
                "expected_training_hours",
                Whole(0, 744),
                "The hours of training that the monthly price in the plan assumes.",
                40,
            ),
        ),
    ),
    Section(
        "Network",
        (
            Input("vpc_cidr", Network(), "The network of the VPC.", "10.20.0.0/16"),
            Input(
                "availability_zones",
                ListOf(
                    matching(ZONE, "which is not an availability zone such as us-west-2a"),
                    "availability zones",
                    most=MOST_ZONES,
                    sort=False,
                ),
                "The availability zones of the subnets, as many as public_subnet_cidrs, the zone "
                "of training hosts first. Empty means the first ones of the region.",
                [],
            ),
            Input(
                "public_subnet_cidrs",
                ListOf(subnet, "networks inside vpc_cidr", least=1, most=MOST_ZONES, sort=False),
                "The networks of the public subnets, one for each availability zone.",
                ["10.20.0.0/20", "10.20.16.0/20"],
            ),
            Input(
                "private_subnet_cidrs",
                ListOf(subnet, "networks inside vpc_cidr", most=MOST_ZONES, sort=False),
                "The networks of the private subnets, as many as there are public ones. Empty "
                "means that hosts are in the public subnets and have a public address.",
                [],
            ),
            Input(
                "nat_gateways",
                Choice(("none", "one", "per_zone")),
                "How hosts in private subnets reach the internet: through one NAT gateway, or "
                "one per zone.",
                "none",
            ),
            Input(
                "interface_endpoints",
                ListOf(
                    matching(r"[a-z][a-z0-9.-]*", "which is not a service such as logs"),
                    "AWS services",
                ),
                "AWS services that get an interface endpoint in the VPC, by the last part of the "
                "endpoint's name, such as logs or ecr.api. Each costs about $15 a month. The "
                "gateway endpoint of S3 is always there and free.",
                [],
            ),
            Input(
                "flow_logs",
                Switch(),
                "Whether the traffic of the VPC is recorded in CloudWatch Logs.",
                False,
            ),
            Input(
                "allowed_cidrs",
                ListOf(allowed, "IPv4 networks"),
                "The networks that may connect to hosts on ingress_ports, such as 203.0.113.7/32. "
                "Empty means the public address of the machine that runs the playbook. Networks "
                "wider than /8 are refused.",
                [],
            ),
            Input(
                "ingress_ports",
                ListOf(
                    port,
                    "TCP ports",
                    elements="int",
                    most=MOST_PORTS,
                    limit=", as a network ACL holds 20 rules",
                ),
                "The TCP ports that allowed_cidrs may connect to. Empty means no inbound "
                "connections.",
                [22, 8501],
            ),
            Input(
                "caller_address_url",
                Text(r"https?://\S+", "an http or https address", optional=True),
                "The service that returns your own public address.",
                "https://checkip.amazonaws.com",
                parsed=False,
            ),
        ),
    ),
    Section(
        "Storage and encryption",
        (
            Input(
                "s3_bucket_prefix",
                Text(
                    rf"(?!{'|'.join(RESERVED_BUCKET_PREFIXES)})"
                    rf"[a-z0-9][a-z0-9-]{{1,{MAX_BUCKET_PREFIX - 2}}}[a-z0-9]",
                    f"3 to {MAX_BUCKET_PREFIX} lower-case letters, digits and hyphens that begin "
                    "and end with a letter or digit and do not begin with "
                    f"{', '.join(RESERVED_BUCKET_PREFIXES)}",
                    optional=True,
                ),
                "The first part of the bucket names, which must be unique worldwide. Empty means "
                "<project>-<account id>.",
                "",
            ),
            Input(
                "customer_managed_key",
                Switch(),
                "Whether data is encrypted with a KMS key of the environment, which rotates, "
                "instead of a key that S3 manages.",
                False,
            ),
            Input(
                "replica_region",
                Region(optional=True, words=(AUTO,)),
                "A second region, to which raw data, processed data and models are replicated. "
                "Empty means none; auto means another region in the same jurisdiction, or none "
                "where AWS has no other one there.",
                "",
            ),
            Input(
                "object_lock_days",
                Whole(0, 36500),
                "The days during which a model cannot be deleted or replaced (S3 Object Lock, "
                "governance mode). 0 means no lock. It must be chosen before the first deploy.",
                0,
            ),
            Input(
                "intelligent_tiering",
                Switch(),
                "Whether S3 moves data that nobody reads to cheaper storage.",
                False,
            ),
            Input(
                "event_notifications",
                Switch(),
                "Whether the data buckets send their events to EventBridge.",
                False,
            ),
            Input(
                "logs_expiration_days",
                Whole(1, 3650),
                "The days until objects in the logs bucket are deleted.",
                90,
            ),
        ),
    ),
    Section(
        "Logs, alarms and audit",
        (
            Input(
                "log_retention_days",
                OneOf(RETENTION_DAYS, "days"),
                "The days until log events in CloudWatch Logs are deleted.",
                30,
            ),
            Input(
                "alarm_emails",
                EMAILS,
                "Who gets an email when an alarm goes off.",
                Expression("budget_alert_emails", "budget_alert_emails"),
            ),
            Input(
                "no_progress_minutes",
                Whole(5, 1440),
                "The minutes without a metric from a running training after which an alarm goes "
                "off.",
                30,
            ),
            Input(
                "cloudtrail",
                Switch(),
                "Whether CloudTrail records every call to the account and every access to objects "
                "of the environment.",
                False,
            ),
            Input(
                "cloudtrail_insights",
                Switch(),
                "Whether CloudTrail looks for unusual activity, for an extra charge.",
                False,
            ),
        ),
    ),
    Section(
        "Identity",
        (
            Input(
                "permissions_boundary",
                Text(
                    r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/\S+",
                    "the ARN of an IAM policy",
                    optional=True,
                ),
                "The permissions boundary of every role of the environment, if your organisation "
                "requires one.",
                "",
            ),
            Input(
                "account_hardening",
                Switch(),
                "Whether the account itself is hardened too: a password policy, encrypted volumes "
                "by default, no public bucket anywhere. It affects everything in the account and "
                "stays after a teardown.",
                False,
            ),
        ),
    ),
    Section(
        "Training hosts",
        (
            Input(
                "ssh_private_key_file",
                Text(r"\S.*", "the path of a file"),
                "Your SSH key for hosts. An ed25519 key is created if the file does not exist; "
                "only its public half goes to AWS.",
                Expression("'~/.ssh/' ~ project ~ '-' ~ env", "~/.ssh/<project>-<env>"),
            ),
            Input(
                "training_instance_type",
                Text(
                    r"[a-z][a-z0-9-]*\.[a-z0-9-]+",
                    "an instance type such as t3.medium",
                ),
                "The instance type of training hosts.",
                "t3.medium",
            ),
            Input(
                "training_volume_gb",
                Whole(8, 16384),
                "The size of a host's root volume in GiB.",
                30,
            ),
            Input(
                "training_os",
                Choice(tuple(ROOT_DEVICES)),
                "The operating system of hosts. Run deploy.yml after changing it.",
                "debian-12",
            ),
            Input(
                "training_market",
                Choice(("on-demand", "spot")),
                "How hosts are bought. Spot is not supported yet.",
                "on-demand",
            ),
            Input(
                "training_count",
                Whole(1, 64),
                "The number of hosts that a run uses. More than one is not supported yet.",
                1,
            ),
            Input(
                "training_after",
                Choice(("stop", "terminate", "keep")),
                "What happens to the host after a run.",
                "stop",
            ),
            Input(
                "training_idle_minutes",
                Whole(0, 1440),
                "After how many minutes without a run, an SSH connection or other work a host "
                "powers off by itself, unless training_after is keep. 0 means never.",
                5,
            ),
            Input(
                "training_max_hours",
                Whole(1, 720),
                "How many hours after its start a host powers off by itself, whatever it is doing. "
                "A host keeps the number that it was launched with.",
                24,
            ),
        ),
    ),
    Section(
        "Data and training runs",
        (
            Input(
                "data_dir",
                Text(r".*", "the path of a directory", optional=True, type="path"),
                "The directory of the real data files. Empty means synthetic data with the same "
                "columns.",
                "",
            ),
            Input(
                "allow_incomplete",
                Switch(),
                "Whether real files that lack counties, values or borders are accepted. The data "
                "set's manifest lists what is missing.",
                False,
            ),
            Input(
                "model_name",
                Text(
                    r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
                    "1 to 63 letters, digits, dots, underscores and hyphens that begin with a "
                    "letter or digit",
                ),
                "The name of the model.",
                "graphsage",
            ),
            Input(
                "training_epochs",
                Whole(1, 100_000),
                "The epochs of training, for each seed.",
                200,
            ),
            Input(
                "training_seeds",
                ListOf(seed, "seeds", elements="int", least=1, most=100, sort=False),
                "The seeds to train with, one model for each.",
                [0, 1, 2, 3, 4],
            ),
        ),
    ),
    Section(
        "For one command",
        (
            Input(
                "run_id",
                Text(
                    r"[a-z0-9][a-z0-9-]{3,39}",
                    "4 to 40 lower-case letters, digits and hyphens",
                    optional=True,
                ),
                "The name of a training run, and the version of its model. Empty means the time "
                "and four random digits.",
                "",
                typed=True,
            ),
            Input(
                "prune",
                Switch(),
                "Whether a deploy deletes resources that carry the tags of the environment and "
                "are not part of it.",
                False,
                typed=True,
                parsed=False,
            ),
            Input(
                "new_key",
                Switch(),
                "Whether a deploy creates a new KMS key while the present one, which is in use, is "
                "scheduled for deletion. Otherwise such a deploy is refused.",
                False,
                typed=True,
                parsed=False,
            ),
            Input(
                "destroy_data",
                Text(r"[a-z0-9-]*", "a bucket prefix", optional=True),
                "For a teardown, the exact bucket prefix whose objects may be deleted. Empty "
                "means that data is kept.",
                "",
                typed=True,
                parsed=False,
            ),
            Input(
                "deploy_with",
                Choice(("engine", "modules")),
                "What a deploy creates the environment with: the engine, or roles of amazon.aws "
                "modules first and then the engine for what they cannot set.",
                "engine",
                typed=True,
                parsed=False,
            ),
            Input(
                "plan_file",
                Text(r".*", "the path of a file", optional=True, type="path"),
                "A file to save the plan to.",
                "",
                typed=True,
                parsed=False,
            ),
            Input(
                "apply_plan",
                Text(r".*", "the path of a file", optional=True, type="path"),
                "A saved plan to apply: exactly that one, or nothing if the account or the "
                "inputs have changed since.",
                "",
                typed=True,
                parsed=False,
            ),
            Input(
                "output",
                Choice(("text", "json")),
                "Whether the playbook prints a report for people, or one JSON document on standard "
                "output.",
                "text",
                typed=True,
                parsed=False,
            ),
            Input(
                "plan_exit_code",
                Switch(),
                "Whether a dry run ends with exit code 2 when there is something to do.",
                False,
                typed=True,
                parsed=False,
            ),
        ),
    ),
)

TABLE: tuple[Input, ...] = tuple(entry for section in SECTIONS for entry in section.inputs)
