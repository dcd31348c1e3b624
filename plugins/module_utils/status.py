# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Status report: resources, hosts, runs and cost as printable lines. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .estate.engine.charges import HOURS_PER_MONTH
from .estate.engine.cloud import Cloud, absent
from .estate.text.line import BLANK, Line, heading, line
from .price import bill
from .price.bill import Row, usd
from .price.table import HOURS
from .runs import MODELS, SPLITS, duration

Status = Mapping[str, Any]

#: States in which EC2 bills the hour.
RUNNING = "pending", "running"
STYLES = {"published": "good", "running": "update", "failed": "failed", "stopped": "failed"}


def report(status: Status) -> list[Line]:
    """The whole status."""
    title = heading(
        f"{status['project']} {status['environment']} · {status['region']}"
        f" · account {status['account_id']}"
    )
    if not status["present"]["kinds"]:
        return [title, BLANK, line(_nothing(status))]
    return [
        title,
        *_section("Resources", _resources(status)),
        *_section("Hosts", [text for host in status["hosts"] for text in _host(host, status)]),
        *_section("Storage", _storage(status["present"]["storage"])),
        *_section("Runs, newest first", [text for run in status["runs"] for text in _run(run)]),
        *_section("Metrics", _metrics(status)),
        BLANK,
        bill.title(status["region"]),
        *_cost(status),
    ]


def _section(title: str, lines: Sequence[Line]) -> list[Line]:
    return [BLANK, heading(title), *(lines or [line("  none")])]


def _nothing(status: Status) -> str:
    return f"Nothing is deployed, so nothing is billed. Deploy: {status['deploy_command']}"


def _resources(status: Status) -> list[Line]:
    kinds = status["present"]["kinds"]
    named = ", ".join(counted(kind, number) for kind, number in kinds.items())
    state = "as planned"
    if status["differences"]:
        state = f"{status['differences']} differ from the plan: deploy.yml --check shows how"
    if status["unmanaged"]:
        state += f", {status['unmanaged']} unmanaged"
    return [line(f"  {sum(kinds.values())} resources, {state}"), line(f"  {named}")]


def counted(kind: str, number: int) -> str:
    """`1 vpc`, `2 managed policies`."""
    word = kind.replace("_", " ")
    if number != 1:
        word = f"{word[:-1]}ies" if word.endswith("policy") else f"{word}s"
    return f"{number} {word}"


def _host(host: Mapping[str, Any], status: Status) -> list[Line]:
    where = host["public_ip"] or host["private_ip"] or "no address"
    text = (
        f"  {host['instance_id']}  {host['state']}  {host['instance_type']}"
        f"  {host['volume_gb']} GB  {where}  since {host['launched']}"
    )
    lines = [line(text, "update" if host["state"] in RUNNING else "", hang=4)]
    if host["state"] == "running" and host["public_ip"] and host["user"]:
        command = f"ssh -i {status['key_file']} {host['user']}@{host['public_ip']}"
        lines.append(line(f"    log in: {command}", hang=4))
    return lines


def _storage(storage: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    return [line(f"  {name}: {use['holds'] or 'empty'}") for name, use in storage.items()]


def _took(run: Mapping[str, Any]) -> str:
    """`4:10, $0.03`; without a cost if the run had no host, "" if its duration is unknown."""
    if run["seconds"] is None:
        return ""
    cost = bill.short_usd(run["usd"]) if run["usd"] is not None else "cost unknown"
    return duration(run["seconds"]) + (f", {cost}" if run["instance_id"] else "")


def _run(run: Mapping[str, Any]) -> list[Line]:
    took = _took(run)
    host = f" on {run['instance_id']} ({run['instance_type']})" if run["instance_id"] else ""
    words = {
        "published": f"published {run['at']}" + (f" after {took}" if took else ""),
        "running": f"running for {took} so far{host}",
        "failed": f"failed {run['at']} after {took}{host}",
        "stopped": f"no result; last event {run['at']} after {took}{host}",
    }
    state = run["state"]
    lines = [line(f"  {run['run_id']}  {words[state]}", STYLES[state], hang=4)]
    if state == "published":
        return [*lines, *_published(run)]
    lines.append(line(f"    {progress_text(run['progress'])}", hang=2))
    if run["reason"]:
        lines.append(line(f"    reason: {run['reason']}", "failed", hang=2))
    return lines


def _published(run: Mapping[str, Any]) -> list[Line]:
    data = f"{run['source']} data" if run["source"] else "unknown data"
    lines = [line(f"    {data}, version {run['dataset_version']}")]
    for split, title in SPLITS.items():
        scores = run["accuracy"].get(split, {})
        accuracy = ", ".join(
            f"{name} {scores[model]['mean']:.3f}"
            for model, name in MODELS.items()
            if model in scores
        )
        lines.append(line(f"    accuracy, {title}: {accuracy or 'not given'}", hang=2))
    return [*lines, line(f"    {run['uri']}")]


def progress_text(progress: Mapping[str, Any]) -> str:
    """`training 25 %: random split, seed 1, epoch 30/100, loss 0.412`."""
    if progress.get("phase") != "training" or not progress.get("steps"):
        return f"{progress.get('phase', 'starting')}: {progress.get('message', '')}".rstrip(": ")
    percent = 100 * progress["step"] // progress["steps"]
    split = SPLITS.get(progress["split"], progress["split"])
    return (
        f"training {percent} %: {split}, seed {progress['seed']}, "
        f"epoch {progress['epoch']}/{progress['epochs']}, loss {progress['loss']:.3f}"
    )


def _metrics(status: Status) -> list[Line]:
    metrics = status["metrics"]
    if not metrics:
        return []
    names = ", ".join(sorted(set(metrics)))
    return [line(f"  {len(metrics)} metrics in {status['metrics_namespace']}: {names}")]


def _cost(status: Status) -> list[Line]:
    """The cost of what exists now, at list prices; requests and traffic as assumed in a plan."""
    rows = [Row(**row) for row in status["present"]["bill"]]
    running = sum(host["state"] in RUNNING for host in status["hosts"])
    hosts = f"{running} host{'' if running == 1 else 's'} running"
    at_least = any(row.usd is None for row in rows)
    month = sum(row.usd or 0 for row in rows)
    hour = hourly(rows)
    now = "nothing" if hour == 0 else usd(hour, 4)
    return [
        *bill.table(rows),
        bill.RULE,
        bill.sum_line("Month, if nothing changes", month, at_least=at_least),
        line(f"  Per hour now: {now} ({hosts})"),
        line(f"  Budget: {budget_text(status['budget'])}"),
    ]


def hourly(rows: Sequence[Row]) -> float | None:
    """The hourly cost in USD of what exists now; None if a price is unknown."""
    billed = [row.usd for row in rows if row.unit == HOURS]
    known = [amount for amount in billed if amount is not None]
    return sum(known) / HOURS_PER_MONTH if len(known) == len(billed) else None


def budget_text(budget: Mapping[str, float] | None) -> str:
    """The limit, the amount spent and the amount left, or "none"."""
    if budget is None:
        return "none"
    left = budget["limit"] - budget["actual"]
    remaining = f"{usd(left)} left" if left >= 0 else f"{usd(-left)} over"
    return f"{usd(budget['limit'])} a month, {usd(budget['actual'])} spent, {remaining}"


def read_budget(cloud: Cloud, account_id: str, name: str) -> dict[str, float] | None:
    """Monthly limit and actual spend in USD, or None if there is no budget."""
    if not name:
        return None  # budget_limit_usd is 0
    found = absent(
        lambda: cloud.client("budgets").describe_budget(AccountId=account_id, BudgetName=name),
        "NotFoundException",
    )
    if found is None:
        return None
    spent = found["Budget"].get("CalculatedSpend", {}).get("ActualSpend", {}).get("Amount", "0")
    return {"limit": float(found["Budget"]["BudgetLimit"]["Amount"]), "actual": float(spent)}
