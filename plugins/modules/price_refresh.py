#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read today's list prices from AWS into the file that takes the place of the built-in table."""

from __future__ import annotations

DOCUMENTATION = r"""
module: price_refresh
short_description: Read today's list prices from AWS
version_added: 0.2.0
description:
  - Reads the prices that the plan uses from the AWS Price List API and writes them into a file on
    this machine. From then on they take the place of those in the collection.
  - What AWS's answer does not say clearly is not taken; the file keeps what it had.
  - The call is free. It needs C(pricing:GetProducts).
author: cardiology.cloud contributors (@cardiology-cloud)
options:
  regions:
    description: The regions to read prices of.
    type: list
    elements: str
    required: true
  instance_types:
    description: The instance types to read prices of, besides those of the built-in table.
    type: list
    elements: str
    default: []
  path:
    description:
      - The file to write. Empty means where the plan looks for it,
        C($XDG_CONFIG_HOME/cardiology.cloud/prices.json).
    type: str
    default: ""
attributes:
  check_mode:
    description: Reads the prices and writes nothing.
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
  description: The file.
  returned: success
  type: str
  sample: /home/me/.config/cardiology.cloud/prices.json
report:
  description: What was read and what was not, for a person.
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
from ansible_collections.cardiology.cloud.plugins.module_utils import price_list, price_table
from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_of
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import (
    Cloud,
    EstateError,
    sentence,
)

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so


def asker(cloud: Cloud) -> price_list.Ask:
    """Asks the price list of AWS."""

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
    """Read the prices, and write the file if they are others than it has."""
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
    except (EstateError, BotoCoreError, ClientError) as error:
        module.fail_json(msg=sentence(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
