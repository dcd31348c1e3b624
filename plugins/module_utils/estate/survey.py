# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From inputs to estate and plan, in one go: read the account, compare, change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .. import price
from . import compare, cost_tags, left, preflight, report, saved
from .cloud import Cloud, EstateError, concurrently
from .inputs import BUCKETS, Inputs, parse
from .kinds import KINDS, resources
from .model import Facts, Found, Plan, Resource
from .names import metrics_namespace

#: China and GovCloud have other service names and lack some services.
PARTITION = "aws"


@dataclass(frozen=True)
class Survey:
    """What should exist, what does, and how they differ."""

    inputs: Inputs
    facts: Facts
    wanted: Sequence[Resource]
    found: Sequence[Found]
    plan: Plan
    state: str
    #: For a teardown, the ARNs of all that the tagging API finds with our tags.
    tagged: Sequence[str] = ()
    #: For a deploy, what to know about the tags that the budget counts by.
    tags_note: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The plan as plain data."""
        return saved.document(self.inputs, self.facts.account_id, self.state, self.plan)


def prepare(cloud: Cloud, params: Mapping[str, Any]) -> Inputs:
    """Check the inputs and ask who we are; the inputs, complete.

    Raises EstateError with one sentence per wrong input, and botocore's errors as they come.
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
    cloud.counts_objects = absent
    if not absent and refuse:
        _check_account(cloud)
    known = preflight.facts(
        cloud, params["caller_address_url"], "" if absent else params["caller_cidr"]
    )
    wanted = resources(inputs, known)
    with ThreadPoolExecutor() as pool:
        more = pool.submit(left.tagged if absent else cost_tags.inactive, cloud)
        found = [
            item for items in concurrently(lambda kind: kind.read(cloud), KINDS) for item in items
        ]
    refuse_other_region(inputs, found)
    if absent:
        data = bool(params["destroy_data"])
        tagged = more.result()
        plan = compare.plan_absent(
            KINDS,
            wanted,
            found,
            ours=cloud.ours,
            destroy_data=data,
            beside=left.buckets_beside(tagged, found),
        )
        return Survey(inputs, known, wanted, found, plan, "absent", tagged=tagged)
    plan = compare.plan_present(KINDS, wanted, found, ours=cloud.ours, prune=params["prune"])
    if refuse:
        refuse_replacements(plan)
    note = cost_tags.note(more.result())
    return Survey(inputs, known, wanted, found, plan, "present", tags_note=note)


def planned(cloud: Cloud, params: Mapping[str, Any]) -> Survey:
    """Check, read, compare, and refuse a plan that is not the expected one."""
    prepare(cloud, params)
    survey = look(cloud, params)
    saved.refuse_moved(params["expected"], survey.document)
    return survey


def result(survey: Survey, *, full: bool) -> dict[str, Any]:
    """A survey as plain data and as lines for a person: what `estate_plan` returns."""
    inputs, known, plan, absent = survey.inputs, survey.facts, survey.plan, survey.state == "absent"
    notes = notes_of(inputs, known, plan, survey.found, absent=absent)
    notes += [note for note in (survey.tags_note,) if note]
    money = price.Money() if absent else price.money(inputs, survey.wanted, date.today())
    title = (
        f"{'Teardown of' if absent else 'Plan for'} {inputs.project} {inputs.environment} "
        f"in account {known.account_id}, {inputs.region}"
    )
    return {
        "estate": estate_of(inputs, known, survey.wanted),
        "plan": {
            "empty": plan.empty,
            "changes": [asdict(change) | {"address": change.address} for change in plan.changes],
            "ids": dict(plan.ids),
            "document": survey.document,
            "report": report.lines(
                plan, title, notes, full=full, first=money.over_budget, money=money.lines
            ),
            "money": {
                "standing_month": money.standing_month,
                "training_hour": money.hour,
                "weekend": money.weekend,
                "month": money.month,
                "unknown": list(money.unknown),
            },
            "receipt": receipt_of(survey) if absent else [],
        },
    }


def receipt_of(survey: Survey) -> list[str]:
    """What is left after a teardown, by our own reading and by the tagging API, and its price."""
    plan = survey.plan
    lines = report.receipt(plan, survey.facts.account_id)
    others = left.unknown(survey.tagged, plan.changes)
    if others:
        lines += [
            "The tagging API also names these; AWS lists for a while what is gone already:",
            *(f"  ? {left.service_of(arn)}: {arn}" for arn in others),
        ]
    kept = [
        plan.found[c.address] for c in plan.of("keep", "delete") if c.reason != compare.NOT_OURS
    ]
    stored = {item.name: item.held_bytes / 1e9 for item in kept if item.kind == "bucket"}
    bill = price.standing_of(kept, survey.inputs, stored_gb=stored)
    month = None if any(line.usd is None for line in bill) else price.total(bill)
    return [*lines, f"What is left costs {price.usd(month)} a month at list price."]


def _check_account(cloud: Cloud) -> None:
    errors = preflight.account_errors(cloud)
    if errors:
        raise EstateError("\n".join(errors))


def check_destroy_data(inputs: Inputs, typed: str) -> None:
    if typed and typed != inputs.s3_bucket_prefix:
        raise EstateError(
            f"destroy_data={typed} is not the prefix of the buckets of this environment, which is "
            f"{inputs.s3_bucket_prefix}: nothing was changed."
        )


def refuse_other_region(inputs: Inputs, found: Sequence[Found]) -> None:
    """Buckets, role and budget are found from every region, and in one of them they are in use."""
    own = {inputs.bucket_name(key) for key in BUCKETS}
    regions = {item.properties["region"] for item in found if item.name in own}
    if regions - {inputs.region}:
        raise EstateError(
            f"{inputs.stem} has its buckets in {', '.join(sorted(regions))}, and region is "
            f"{inputs.region}: set region to where it is; nothing was changed."
        )


def refuse_replacements(plan: Plan) -> None:
    kinds = {kind.name: kind for kind in KINDS}
    changes = [c for c in plan.of("replace") if not kinds[c.kind].replaceable]
    if changes:
        what = "; ".join(
            f"{change.address} ({', '.join(report.field_text(f) for f in change.fields)})"
            for change in changes
        )
        raise EstateError(
            f"These cannot be changed in place: {what}: take the input back, "
            "or run destroy.yml first."
        )


def notes_of(
    inputs: Inputs, known: Facts, plan: Plan, found: Sequence[Found], *, absent: bool
) -> list[str]:
    key_file = inputs.ssh_private_key_file
    if absent:
        foreign = [change for change in plan.of("keep") if change.reason == compare.NOT_OURS]
        data = any(change.kind == "bucket" for change in plan.of("keep") if change not in foreign)
        return [
            *([f"the data is kept; -e destroy_data={inputs.s3_bucket_prefix} destroys it."] * data),
            *([f"what {compare.NOT_OURS} is kept; deploy.yml would adopt it."] * bool(foreign)),
            *([f"the key file {key_file} stays on this machine."] if known.public_key else []),
        ]
    notes = []
    if inputs.ingress_ports and not inputs.allowed_cidrs and not known.caller_cidr:
        notes.append(
            "your own address could not be found, so nobody can connect to a host: "
            "set allowed_cidrs."
        )
    if not inputs.budget_alert_emails:
        notes.append("budget_alert_emails is empty, so nobody is told when money runs out.")
    if not known.public_key:
        exists = any(item.kind == "key_pair" and item.name == inputs.stem for item in found)
        notes.append(
            f"the key pair {inputs.stem} exists but its private half is not at {key_file}: "
            "hosts cannot be configured from here."
            if exists
            else f"the key file {key_file} does not exist and will be made."
        )
    return notes


def estate_of(inputs: Inputs, known: Facts, wanted: Sequence[Resource]) -> dict[str, Any]:
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
        "names": {
            "buckets": {key: name(f"bucket/{key}") for key in BUCKETS},
            "log_group": name("log_group/main"),
            "metrics_namespace": metrics_namespace(inputs),
            "key_pair": name("key_pair/main"),
            "instance_profile": name("instance_profile/training"),
            "role": name("role/training"),
            "launch_template": name("launch_template/training"),
            "security_group": name("security_group/training"),
            "budget": name("budget/monthly"),
            "budget_action_role": inputs.named("budget_action"),
        },
        "resources": {address: asdict(resource) for address, resource in by_address.items()},
    }
