# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert a survey to plain data for playbooks and programs, and to report lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from ...price import bill
from ...price import money as price
from ..engine.cloud import Cloud
from ..engine.model import Found
from ..engine.tags import OURS, owner_of
from ..kinds import KINDS
from ..text import notes, outputs, receipt, report
from . import left
from .survey import Survey, estate_of


def result(cloud: Cloud, survey: Survey, *, full: bool) -> dict[str, Any]:
    """The result of `estate_plan` and `estate_apply`; `full` puts whole documents in the report."""
    inputs, plan, absent = survey.inputs, survey.plan, survey.state == "absent"
    estate = estate_of(inputs, survey.facts, survey.wanted)
    money = price.Money() if absent else price.money(inputs, survey.wanted, date.today())
    told = notes_of(survey)
    given = {} if absent else _outputs(cloud, survey, estate)
    last = report.verdict(plan, inputs.environment, absent=absent)
    title = (
        f"{'Teardown of' if absent else 'Plan for'} {inputs.project} {inputs.environment} "
        f"in account {survey.facts.account_id}, {inputs.region}"
    )
    lines = report.lines(
        plan, title, told, full=full, first=money.over_budget, money=money.lines, last=last
    )
    changes = [asdict(change) | {"address": change.address} for change in plan.changes]
    return {
        "estate": estate,
        "plan": {
            "empty": plan.empty,
            "changes": changes,
            "ids": dict(plan.ids),
            "document": survey.document,
            "report": lines,
            "changes_report": report.lines(plan, title, full=full, last=last),
            "money": money.data,
            "notes": told,
            "summary": last,
            "outputs": given,
            "outputs_report": outputs.lines(given) if given else [],
            "present": _present(cloud, survey),
            **(_left(survey) if absent else {"receipt": [], "left": {}}),
        },
    }


def notes_of(survey: Survey) -> list[str]:
    """Notes to print besides the changes."""
    if survey.state == "absent":
        return notes.destroy(survey.inputs, survey.facts, survey.plan)
    told = notes.deploy(survey.inputs, survey.facts, survey.found)
    return [*told, *([survey.tags_note] if survey.tags_note else [])]


def _outputs(cloud: Cloud, survey: Survey, estate: Mapping[str, Any]) -> dict[str, Any]:
    names, resources = estate["names"], estate["resources"]
    endpoint = cloud.client("cloudwatch").meta.endpoint_url
    dashboard = resources["dashboard/main"]["name"]
    return outputs.outputs(survey.inputs, names["buckets"], names["log_group"], dashboard, endpoint)


def _present(cloud: Cloud, survey: Survey) -> dict[str, Any]:
    """Existing resources of this environment, without account settings, and their monthly cost."""
    wanted = {(resource.kind, resource.name) for resource in survey.wanted}
    of_account = {kind.name for kind in KINDS if kind.of_account}
    there = [
        item
        for item in survey.found
        if item.kind not in of_account
        and owner_of(item.properties, cloud.owner) == OURS
        and not item.ends
        and ("tags" in item.properties or (item.kind, item.name) in wanted)
    ]
    rows = price.standing_of(there, survey.inputs, stored_gb=stored_gb(there))
    return {
        "kinds": dict(Counter(item.kind for item in there)),
        "bill": [row.data for row in rows if row.usd is None or row.usd > 0],
        "storage": {
            item.name: {"bytes": item.held_bytes, "holds": item.holds.removeprefix("holds ")}
            for item in there
            if item.kind == "bucket"
        },
    }


#: S3 bills binary gigabytes (S3 FAQ, "How will I be charged for Amazon S3 usage?").
BYTES_PER_GB = 2**30


def stored_gb(items: Sequence[Found]) -> dict[str, float]:
    """The size of each bucket in GB, by name; 0 if it was not counted."""
    return {item.name: item.held_bytes / BYTES_PER_GB for item in items if item.kind == "bucket"}


def _left(survey: Survey) -> dict[str, Any]:
    """What is left after a teardown, from the survey and the tagging API, and its monthly cost."""
    plan = survey.plan
    arns = left.unknown(survey.tagged, plan)
    others = {arn: left.service_of(arn) for arn in arns}
    remaining = plan.of("keep", "delete", "unmanaged")
    kept = [plan.found[change.address] for change in plan.of("keep", "delete")]
    rows = price.standing_of(kept, survey.inputs, stored_gb=stored_gb(kept))
    month = None if any(row.usd is None for row in rows) else price.total(rows)
    lines = receipt.lines(plan, survey.facts.account_id, others, bill.usd(month))
    return {
        "receipt": lines,
        "left": {
            "resources": [asdict(change) | {"address": change.address} for change in remaining],
            "tagging_api": list(others),
            "month_usd": month,
        },
    }
