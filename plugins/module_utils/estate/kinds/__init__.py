# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of resources an estate is made of, in the order in which they can be created.

A new kind is one file here (its `KIND`) and one line below.
"""

from __future__ import annotations

from ..inputs import Inputs
from ..model import Facts, Kind, Resource
from . import (
    alarm,
    bucket,
    budget,
    budget_action,
    budget_stop,
    dashboard,
    default_security_group,
    ebs_encryption,
    elastic_ip,
    flow_log,
    instance,
    instance_profile,
    internet_gateway,
    key_pair,
    kms_key,
    launch_template,
    log_group,
    managed_policy,
    metric_filter,
    nat_gateway,
    password_policy,
    role,
    route_table,
    s3_account_block,
    security_group,
    sns_topic,
    subnet,
    trail,
    volume,
    vpc,
    vpc_endpoint,
)

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
    """Everything that should exist."""
    return [resource for kind in KINDS for resource in kind.desired(inputs, facts)]
