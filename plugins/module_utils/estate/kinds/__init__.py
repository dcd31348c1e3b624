# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All kinds of resources in an estate, in the order in which they can be created.

A new kind is one file here (its `KIND`) and one line below.
"""

from __future__ import annotations

from ..engine.model import Facts, Kind, Resource
from ..inputs import Inputs
from .audit import ebs_encryption, password_policy, s3_account_block, trail
from .budget import budget, budget_action, budget_stop
from .compute import instance, key_pair, launch_template, volume
from .identity import instance_profile, managed_policy, role
from .monitoring import alarm, dashboard, log_group, metric_filter, sns_topic
from .network import (
    default_network_acl,
    default_security_group,
    elastic_ip,
    flow_log,
    internet_gateway,
    nat_gateway,
    route_table,
    security_group,
    subnet,
    vpc,
    vpc_endpoint,
)
from .storage import kms_key
from .storage.bucket import kind as bucket

KINDS: tuple[Kind, ...] = (
    kms_key.KIND,
    bucket.KIND,
    managed_policy.KIND,
    role.KIND,
    instance_profile.KIND,
    vpc.KIND,
    internet_gateway.KIND,
    subnet.KIND,
    elastic_ip.KIND,
    nat_gateway.KIND,
    route_table.KIND,
    security_group.KIND,
    default_security_group.KIND,
    default_network_acl.KIND,
    vpc_endpoint.KIND,
    flow_log.KIND,
    key_pair.KIND,
    launch_template.KIND,
    instance.KIND,
    volume.KIND,
    log_group.KIND,
    metric_filter.KIND,
    sns_topic.KIND,
    alarm.KIND,
    dashboard.KIND,
    budget.KIND,
    budget_action.KIND,
    budget_stop.KIND,
    trail.KIND,
    password_policy.KIND,
    ebs_encryption.KIND,
    s3_account_block.KIND,
)


def resources(inputs: Inputs, facts: Facts) -> list[Resource]:
    """All desired resources."""
    return [resource for kind in KINDS for resource in kind.desired(inputs, facts)]
