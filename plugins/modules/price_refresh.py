#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read today's list prices from AWS into the file that overrides the built-in table."""

from __future__ import annotations

DOCUMENTATION = r"""
module: price_refresh
short_description: Read today's list prices from AWS
version_added: 0.1.0
description:
  - Reads the prices that the plan uses from the AWS Price List API and writes them to a file on
    this machine. From then on they override the prices in the collection.
  - If AWS's response for an item is ambiguous, the file keeps its current price.
  - The call is free. It requires the permission C(pricing:GetProducts).
author: cardiology.cloud contributors (@cardiology-cloud)
options:
  regions:
    description: The regions to read prices for.
    type: list
    elements: str
    required: true
  instance_types:
    description: The instance types to read prices for, besides those in the built-in table.
    type: list
    elements: str
    default: []
  path:
    description:
      - The file to write. Empty means the file that the plan reads,
        C($XDG_CONFIG_HOME/cardiology.cloud/prices.json).
    type: str
    default: ""
attributes:
  check_mode:
    description: Reads the prices but writes nothing.
    support: full
  diff_mode:
    description: Returns the file before and after.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read the prices of two regions
  cardiology.cloud.price_refresh:
    regions: [us-west-2, us-east-2]
    instance_types: [t3.medium]
"""

RETURN = r"""
path:
  description: The path of the file.
  returned: success
  type: str
  sample: /home/me/.config/cardiology.cloud/prices.json
report:
  description: What was read and what was not, as printable lines.
  returned: success
  type: list
  elements: str
  sample: ["us-west-2: 32 prices read; not clear and so not taken: dashboard_month"]
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import (
    Cloud,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    FAILURES,
    sentence,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.price import (
    price_list,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.price import (
    table as price_table,
)


def asker(cloud: Cloud) -> price_list.Ask:
    """A function that calls AWS's price list API."""

    def ask(service: str, filters: list[dict[str, str]]) -> Iterable[Any]:
        return cloud.pages(
            "pricing",
            "get_products",
            "PriceList",
            region=price_list.HOME,
            ServiceCode=service,
            Filters=filters,
        )

    return ask


def ensure(module: AnsibleAWSModule, ask: price_list.Ask) -> dict[str, Any]:
    """Read the prices, and write the file if they have changed."""
    path = Path(module.params["path"]) if module.params["path"] else price_table.user_file()
    today = datetime.now(UTC).date()
    table = price_table.read(path)
    before = price_table.written(table) if table else ""
    report = []
    for region in module.params["regions"]:
        types = {*_known_types(), *module.params["instance_types"]}
        found, missing = price_list.refreshed(ask, region, sorted(types), today)
        table[region] = {**table.get(region, {}), **found}
        unclear = f"; not clear and so not taken: {', '.join(missing)}" if missing else ""
        report.append(f"{region}: {len(found)} prices read{unclear}")
    after = price_table.written(table)
    if after != before and not module.check_mode:
        price_table.write(path, table)
    return {
        "changed": after != before,
        "path": str(path),
        "report": report,
        "diff": {"before": before, "after": after},
    }


def _known_types() -> set[str]:
    return {
        item.removeprefix("instance:")
        for figures in price_table.built_in().values()
        for item in figures
        if item.startswith("instance:")
    }


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "regions": {"type": "list", "elements": "str", "required": True},
            "instance_types": {"type": "list", "elements": "str", "default": []},
            "path": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        result = ensure(module, asker(cloud_of(module)))
    except FAILURES as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
