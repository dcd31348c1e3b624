# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notes that are printed besides the changes of a plan."""

from __future__ import annotations

from collections.abc import Sequence

from ..engine import compare
from ..engine.model import Facts, Found, Plan
from ..inputs import Inputs


def deploy(inputs: Inputs, known: Facts, found: Sequence[Found]) -> list[str]:
    """Notes below the plan of a deploy."""
    key_file = inputs.ssh_private_key_file
    notes = []
    if inputs.ingress_ports and not inputs.allowed_cidrs and not known.caller_cidr:
        notes.append(
            "the address of this machine could not be found, so hosts accept no connection: "
            "set allowed_cidrs."
        )
    if inputs.replica_note:
        notes.append(inputs.replica_note)
    if not inputs.has_budget:
        notes.append("budget_limit_usd is 0: there is no budget, and nobody gets an alert.")
    elif not inputs.budget_alert_emails:
        notes.append("budget_alert_emails is empty: nobody gets the budget alerts.")
    if not known.public_key:
        exists = any(item.kind == "key_pair" and item.name == inputs.stem for item in found)
        notes.append(
            f"the key pair {inputs.stem} exists, but its private key is not at {key_file}: "
            "this machine cannot log in to hosts."
            if exists
            else f"the key file {key_file} does not exist yet and will be created."
        )
    return notes


def destroy(inputs: Inputs, known: Facts, plan: Plan) -> list[str]:
    """Notes below the plan of a teardown."""
    data = any(change.kind == "bucket" for change in plan.of("keep"))
    untagged = any(change.reason == compare.UNMANAGED for change in plan.of("unmanaged"))
    key_file = inputs.ssh_private_key_file
    return [
        *([f"data is kept; -e destroy_data={inputs.s3_bucket_prefix} deletes it too."] * data),
        *(["unmanaged resources are kept; deploy.yml would adopt them."] * untagged),
        *([f"the key file {key_file} stays on this machine."] if known.public_key else []),
    ]
