# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs and what it costs, told to a person: pure functions, lines of text out."""

from __future__ import annotations

from . import price

MODELS = ("graphsage", "logistic_regression", "majority")
SPLITS = {"random": "counties at random", "held_out_states": "whole states held out"}
STANDING = "stopped", "running", "pending", "stopping"


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
        *_section("Money (list prices, on demand)", _money(status)),
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
    region = status["region"]
    training = status["training"]
    fresh = price.host_price(region, training["instance_type"], training["volume_gb"])
    kept = [host for host in status["hosts"] if host["state"] in STANDING]
    running = [host for host in kept if host["state"] != "stopped"]
    month = price.standing_month(
        region,
        stored_bytes=sum(use["bytes"] or 0 for use in status["storage"].values()),
        stopped_volumes_gb=sum(host["volume_gb"] for host in kept),
        metrics=len(status["metrics"]),
    )
    return [
        f"now, an hour:              {price.usd(_running_hour(region, running), 4)}"
        f" ({len(running)} host{'' if len(running) == 1 else 's'} running)",
        f"standing, a month:         {price.usd(month)} (objects, volumes, metrics)",
        f"a training hour:           {price.usd(fresh and fresh.running_hour, 4)}"
        f" ({training['instance_type']}, {training['volume_gb']} GB, public address)",
        f"a weekend forgotten:       {price.usd(fresh and fresh.forgotten_weekend)}",
        f"budget, a month:           {_budget(status['budget'])}",
        f"list prices {price.origin(region)}; docs/cost.md says where they come from",
    ]


def _running_hour(region: str, running: list[dict]) -> float | None:
    prices = [
        price.host_price(region, host["instance_type"], host["volume_gb"]) for host in running
    ]
    if any(found is None for found in prices):
        return None
    return sum(found.running_hour for found in prices if found)


def _budget(budget: dict | None) -> str:
    if budget is None:
        return "none (deploy.yml makes it)"
    return f"{price.usd(budget['limit'])}, spent so far {price.usd(budget['actual'])}"
