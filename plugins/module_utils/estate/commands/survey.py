# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compute estate and plan from the inputs: read the account and compare; change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..engine import compare, saved
from ..engine.cloud import Cloud, concurrently
from ..engine.model import Facts, Found, Plan, Resource
from ..engine.sentences import EstateError
from ..engine.tags import NOBODY, OURS, Owner, owner_of
from ..inputs import BUCKETS, Inputs, parse, plain
from ..kinds import KINDS, resources
from ..kinds.storage import kms_key
from ..names import metrics_namespace
from ..text.values import field_text
from . import cost_tags, left, preflight

#: China and GovCloud have other service names and lack some services.
PARTITION = "aws"


@dataclass(frozen=True)
class Survey:
    """Desired and actual resources, and the plan."""

    inputs: Inputs
    facts: Facts
    wanted: Sequence[Resource]
    found: Sequence[Found]
    plan: Plan
    state: str
    #: For a teardown, the ARNs of everything with our tags, from the tagging API.
    tagged: Sequence[str] = ()
    #: For a deploy, a note about the cost allocation tags that the budget filters by.
    tags_note: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The plan as plain data."""
        place = saved.place_of(self.inputs, self.facts.account_id, self.state)
        return saved.document(place, self.plan)


def prepare(cloud: Cloud, params: Mapping[str, Any]) -> Inputs:
    """Check the inputs and identify the caller; return the completed inputs.

    Raises EstateError with one sentence per invalid input; botocore's errors pass through.
    """
    parsed, errors = parse(params["inputs"])
    if parsed is None:
        raise EstateError("\n".join(errors))
    cloud.identify()
    if cloud.partition != PARTITION:
        raise EstateError(
            f"This account is in the partition {cloud.partition}: names of services differ there, "
            "and no part of this project is made for that."
        )
    inputs = cloud.inputs = preflight.complete(parsed, cloud.account_id)
    if params["state"] == "absent":
        check_destroy_data(inputs, params["destroy_data"])
    return inputs


def look(cloud: Cloud, params: Mapping[str, Any]) -> Survey:
    """Read the account and compare it with the estate of `prepare`'s inputs."""
    inputs, absent = cloud.inputs, params["state"] == "absent"
    refuse = params.get("refuse", True)
    cloud.counts_objects = absent or params.get("count_objects", False)
    address = "" if absent else params["caller_cidr"]
    with ThreadPoolExecutor() as pool:  # these do not depend on each other
        refused = pool.submit(_check_account, cloud) if refuse and not absent else None
        facts = pool.submit(preflight.facts, cloud, params["caller_address_url"], address)
        tagged = pool.submit(left.tagged, cloud) if absent else None
        budget = inputs.has_budget and not absent
        inactive = pool.submit(cost_tags.inactive, cloud) if budget else None
        reading = pool.submit(concurrently, lambda kind: kind.there(cloud), KINDS)
    if refused:
        refused.result()
    known, found = facts.result(), [item for items in reading.result() for item in items]
    known = replace(known, kept_keys=kms_key.kept(cloud, found))
    wanted = resources(inputs, known)
    refuse_other_region(inputs, found, cloud.owner)
    if tagged:
        data = bool(params["destroy_data"])
        plan = compare.plan_absent(
            KINDS,
            wanted,
            found,
            owner=cloud.owner,
            destroy_data=data,
            beside=left.buckets_beside(tagged.result(), found),
        )
        return Survey(inputs, known, wanted, found, plan, "absent", tagged=tagged.result())
    plan = compare.plan_present(
        KINDS,
        wanted,
        found,
        owner=cloud.owner,
        prune=params["prune"],
        renew=params.get("new_key", False),
    )
    if refuse:
        refuse_conflicts(plan)
        refuse_replacements(plan)
    note = cost_tags.note(inactive.result()) if inactive else ""
    return Survey(inputs, known, wanted, found, plan, "present", tags_note=note)


def planned(cloud: Cloud, params: Mapping[str, Any]) -> Survey:
    """Check, read and compare; raise EstateError if the plan is not the expected one."""
    prepare(cloud, params)
    survey = look(cloud, params)
    saved.refuse_moved(params["expected"], survey.document)
    return survey


def _check_account(cloud: Cloud) -> None:
    errors = preflight.account_errors(cloud)
    if errors:
        raise EstateError("\n".join(errors))


def check_destroy_data(inputs: Inputs, typed: str) -> None:
    """Raise EstateError if `destroy_data` is set and is not the prefix of the buckets."""
    if typed and typed != inputs.s3_bucket_prefix:
        raise EstateError(
            f"destroy_data={typed} is not the prefix of the buckets of this environment, which is "
            f"{inputs.s3_bucket_prefix}: nothing was changed."
        )


def refuse_other_region(inputs: Inputs, found: Sequence[Found], owner: Owner) -> None:
    """Raise EstateError when the environment's buckets are in another region than the inputs'.

    Buckets, roles and the budget are visible from every region.
    """
    own = {inputs.bucket_name(key) for key in BUCKETS}
    regions = {
        item.properties["region"]
        for item in found
        if item.name in own and owner_of(item.properties, owner) in (OURS, NOBODY)
    }
    if regions - {inputs.region}:
        raise EstateError(
            f"{inputs.stem} has its buckets in {', '.join(sorted(regions))}, and region is "
            f"{inputs.region}: set region to where it is. Nothing was changed."
        )


def refuse_conflicts(plan: Plan) -> None:
    """Raise EstateError with each desired resource that cannot be created, and what to do."""
    conflicts = plan.of("conflict")
    if not conflicts:
        return
    lines = [f"{change.address}: {change.name}: {change.reason}" for change in conflicts]
    advice = []
    if any(change.reason.startswith(compare.BELONGS) for change in conflicts):
        advice.append(
            "Choose another project, env or s3_bucket_prefix; where such a resource is yours, "
            "correct or remove these tags, and the next deploy adopts it."
        )
    if not all(change.reason.startswith(compare.BELONGS) for change in conflicts):
        advice.append(
            "Keep what is about to be deleted, then deploy again; or pass -e new_key=true to have "
            "a new key for new data."
        )
    raise EstateError("\n".join(["Nothing was changed.", *lines, *advice]))


def refuse_replacements(plan: Plan) -> None:
    """Raise EstateError with each resource that would have to be replaced and would lose data."""
    kinds = {kind.name: kind for kind in KINDS}
    changes = [c for c in plan.of("replace") if not kinds[c.kind].replaceable]
    if changes:
        what = "; ".join(
            f"{change.address} ({', '.join(field_text(f) for f in change.fields)})"
            for change in changes
        )
        raise EstateError(
            f"These cannot be changed in place: {what}. Revert the input, or run destroy.yml first."
        )


def estate_of(inputs: Inputs, known: Facts, wanted: Sequence[Resource]) -> dict[str, Any]:
    """The fact `estate`: account, inputs, names and desired resources as plain data."""
    by_address = {resource.address: resource for resource in wanted}

    def name(address: str) -> str:
        return by_address[address].name

    return {
        "account_id": known.account_id,
        "region": inputs.region,
        "environment": inputs.environment,
        "project": inputs.project,
        "tags": inputs.tags,
        "caller_cidr": known.caller_cidr,
        "ssh_private_key_file": str(Path(inputs.ssh_private_key_file).expanduser()),
        "bucket_prefix": inputs.s3_bucket_prefix,
        "inputs": plain(inputs),
        "names": {
            "buckets": {key: name(f"bucket/{key}") for key in BUCKETS},
            "log_group": name("log_group/main"),
            "metrics_namespace": metrics_namespace(inputs),
            "key_pair": name("key_pair/main"),
            "instance_profile": name("instance_profile/training"),
            "role": name("role/training"),
            "launch_template": name("launch_template/training"),
            "security_group": name("security_group/training"),
            "budget": name("budget/monthly") if inputs.has_budget else "",
            "budget_action_role": inputs.named("budget_action"),
        },
        "resources": {address: asdict(resource) for address, resource in by_address.items()},
    }
