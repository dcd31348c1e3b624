# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs and what it costs, told to a person: pure functions, lines of text out."""

from __future__ import annotations

from . import price

MODELS = ("graphsage", "logistic_regression", "majority")
SPLITS = {"random": "counties at random", "held_out_states": "whole states held out"}
#: States in which EC2 bills the hour.
RUNNING = "pending", "running"


def report(status: dict) -> list[str]:
    """Lines for a person from what the module status_info found."""
    return [
        f"{status['project']} {status['environment']} · {status['region']}"
        f" · account {status['account_id']}",
        *_section("Estate", _estate(status)),
        *_section("Hosts", [_host_line(host) for host in status["hosts"]], "none"),
        *_section("Storage", [_bucket_line(name, use) for name, use in status["storage"].items()]),
        *_section("Runs, newest first", [line for run in status["runs"] for line in _run(run)]),
        *_section("CloudWatch", _cloudwatch(status)),
        *_section("Money (list prices)", _money(status)),
    ]


def _section(title: str, lines: list[str], otherwise: str = "none yet") -> list[str]:
    return ["", title, *(f"  {line}" for line in lines or [otherwise])]


def _estate(status: dict) -> list[str]:
    kinds = [
        f"{count} {kind.replace('_', ' ')}{'s' if count > 1 else ''}"
        for kind, count in status["resources"].items()
    ]
    state = (
        "all as planned"
        if not status["differences"]
        else f"{status['differences']} differ: deploy.yml --check shows how"
    )
    return [f"{sum(status['resources'].values())} resources, {state}:", f"  {', '.join(kinds)}"]


def _host_line(host: dict) -> str:
    where = host["public_ip"] or host["private_ip"] or "no address"
    return (
        f"{host['instance_id']}  {host['state']:<10} {host['instance_type']:<10}"
        f" {host['volume_gb']} GB  {where}  since {host['launched']}"
    )


def _bucket_line(name: str, use: dict) -> str:
    if use["objects"] is None:
        return f"{name}  not deployed"
    return f"{name}  {use['objects']} objects, {size(use['bytes'])}"


def size(count: int) -> str:
    """Bytes in the unit a person would choose."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"


def _run(run: dict) -> list[str]:
    data = f"{run['source']} data" if run["source"] else "unknown data"
    lines = [f"{run['run_id']}  {run['finished_at']}  {data}, version {run['dataset_version']}"]
    for split, title in SPLITS.items():
        scores = run["accuracy"].get(split, {})
        accuracy = ", ".join(
            f"{model.replace('_', ' ')} {scores[model]['mean']:.3f}"
            for model in MODELS
            if model in scores
        )
        lines.append(f"  accuracy, {title}: {accuracy or 'not given'}")
    return [*lines, f"  {run['uri']}"]


def _cloudwatch(status: dict) -> list[str]:
    metrics = status["metrics"]
    if not metrics:
        return []
    names = ", ".join(sorted(set(metrics)))
    return [f"{len(metrics)} metrics in {status['metrics_namespace']}: {names}"]


def _money(status: dict) -> list[str]:
    """The plan's own figures, and what runs at this moment."""
    money = status["money"]
    running = [host for host in status["hosts"] if host["state"] in RUNNING]
    hour = _running_hour(status["region"], running)
    least = " at least: not every price is known" if money["unknown"] else ""
    return [
        f"now, an hour:              {price.usd(hour, 4)}"
        f" ({len(running)} host{'' if len(running) == 1 else 's'} running)",
        f"a month without training:  {price.usd(money['standing_month'])}{least}",
        f"an hour of training:       {price.usd(money['training_hour'], 4)}",
        f"a weekend forgotten:       {price.usd(money['weekend'])}",
        f"a month as configured:     {price.usd(money['month'])}",
        f"budget, a month:           {_budget(status['budget'])}",
        "deploy.yml --check prices every line; docs/cost.md says where the prices come from",
    ]


def _running_hour(region: str, running: list[dict]) -> float | None:
    hours = [
        price.running_hour(region, host["instance_type"], public_address=bool(host["public_ip"]))
        for host in running
    ]
    return None if None in hours else sum(hours)


def _budget(budget: dict | None) -> str:
    if budget is None:
        return "none (deploy.yml makes it)"
    return f"{price.usd(budget['limit'])}, spent so far {price.usd(budget['actual'])}"
