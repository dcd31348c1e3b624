"""The status shows what exists, how each run is, and what all of it costs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils import status
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text.line import texts

HOST = {
    "instance_id": "i-1",
    "instance_type": "t3.medium",
    "state": "running",
    "launched": "2026-11-22 10:00 UTC",
    "private_ip": "10.20.0.4",
    "public_ip": None,
    "user": "admin",
    "volume_gb": 30,
}
RUN = {
    "run_id": "r1",
    "state": "published",
    "at": "2026-11-22 10:05 UTC",
    "seconds": 250,
    "usd": 0.0031,
    "instance_id": "i-1",
    "instance_type": "t3.medium",
    "source": "synthetic",
    "dataset_version": "0123456789ab",
    "accuracy": {"random": {"graphsage": {"mean": 0.7123}, "majority": {"mean": 0.333}}},
    "uri": "s3://bucket/models/graphsage/v1/",
}
TRAINING = {
    "phase": "training",
    "epochs": 100,
    "split": "held_out_states",
    "seed": 1,
    "epoch": 30,
    "step": 50,
    "steps": 200,
    "loss": 0.4123,
    "accuracy": 0.7,
}
NAT = {"name": "NAT gateway", "quantity": 730, "unit": "hours", "usd": 32.85}
DISK = {"name": "EBS volume (gp3)", "quantity": 30, "unit": "GB", "usd": 2.4}


def found(**changes: Any) -> dict[str, Any]:
    return {
        "project": "p",
        "environment": "dev",
        "deploy_command": "ansible-playbook playbooks/deploy.yml -e env=dev",
        "region": "us-west-2",
        "account_id": "123456789012",
        "key_file": "/keys/dev",
        "differences": 0,
        "unmanaged": 0,
        "present": {
            "kinds": {"vpc": 1, "managed_policy": 2, "kms_key": 2},
            "bill": [NAT, DISK],
            "storage": {
                "p-dev-raw": {"bytes": 1_500_000, "holds": "2 object versions, 1.5 MB"},
                "p-dev-logs": {"bytes": 0, "holds": ""},
            },
        },
        "hosts": [HOST],
        "runs": [RUN],
        "metrics": ["TrainingLoss", "TrainingLoss"],
        "metrics_namespace": "p/dev",
        "budget": {"limit": 25.0, "actual": 1.5},
        **changes,
    }


def text(**changes: Any) -> str:
    return "\n".join(texts(status.report(found(**changes))))


def run_text(**changes: Any) -> str:
    run = {**RUN, "progress": TRAINING, "reason": "", **changes}
    return text(runs=[run]).partition("Runs, newest first\n")[2].partition("\n\n")[0]


def test_what_exists_is_counted_by_kind() -> None:
    assert "  5 resources, as planned\n  1 vpc, 2 managed policies, 2 kms keys" in text()


def test_drift_and_unmanaged_resources_are_counted() -> None:
    told = text(differences=3, unmanaged=1)

    assert "3 differ from the plan: deploy.yml --check shows how, 1 unmanaged" in told


def test_nothing_deployed_is_one_sentence_without_a_price() -> None:
    told = text(present={"kinds": {}, "bill": [], "storage": {}}, hosts=[], runs=[])

    assert told.splitlines()[2:] == [
        "Nothing is deployed, so nothing is billed. Deploy: "
        "ansible-playbook playbooks/deploy.yml -e env=dev"
    ]


def test_the_cost_is_of_what_exists_and_the_hour_has_the_nat_gateway() -> None:
    told = text()

    assert "Month, if nothing changes                                        $35.25" in told
    assert "Per hour now: $0.0450 (1 host running)" in told
    assert "Budget: $25.00 a month, $1.50 spent, $23.50 left" in told


def test_a_price_that_is_not_known_is_printed_as_unknown() -> None:
    present = found()["present"] | {"bill": [NAT | {"usd": None}, DISK]}

    told = text(present=present)

    assert "Month, if nothing changes, at least" in told
    assert "Per hour now: unknown" in told


def test_without_hosts_or_gateways_nothing_is_billed_by_the_hour() -> None:
    present = found()["present"] | {"bill": [DISK]}

    assert "Per hour now: nothing (0 hosts running)" in text(present=present, hosts=[])


def test_a_budget_that_is_spent_says_by_how_much() -> None:
    assert "$25.00 a month, $30.00 spent, $5.00 over" in text(
        budget={"limit": 25.0, "actual": 30.0}
    )
    assert "Budget: none" in text(budget=None)


@pytest.mark.parametrize(
    ("changes", "logs_in"),
    [
        ({"public_ip": "203.0.113.9"}, True),
        ({"public_ip": "203.0.113.9", "state": "stopped"}, False),
        ({"public_ip": None}, False),
    ],
)
def test_a_running_host_that_can_be_reached_has_its_ssh_command(
    changes: dict[str, Any], logs_in: bool
) -> None:
    told = text(hosts=[{**HOST, **changes}])

    assert ("log in: ssh -i /keys/dev admin@203.0.113.9" in told) is logs_in


def test_buckets_say_what_they_hold() -> None:
    assert "  p-dev-raw: 2 object versions, 1.5 MB\n  p-dev-logs: empty" in text()


def test_a_published_run_has_its_accuracy_beside_the_baselines_and_its_data() -> None:
    assert run_text().splitlines() == [
        "  r1  published 2026-11-22 10:05 UTC after 4:10, <$0.01",
        "    synthetic data, version 0123456789ab",
        "    accuracy, random split: GraphSAGE 0.712, majority class 0.333",
        "    accuracy, held-out states: not given",
        "    s3://bucket/models/graphsage/v1/",
    ]


def test_a_model_that_was_published_by_hand_has_no_duration() -> None:
    told = run_text(seconds=None, usd=None, instance_id=None, source=None)

    assert told.startswith("  r1  published 2026-11-22 10:05 UTC\n    unknown data")


def test_a_run_without_a_host_has_no_cost_and_one_without_a_price_says_so() -> None:
    begin = "  r1  published 2026-11-22 10:05 UTC after 4:10"

    assert run_text(usd=None, instance_id=None).startswith(f"{begin}\n")
    assert run_text(usd=None).startswith(f"{begin}, cost unknown\n")


def test_a_running_run_has_progress_cost_and_host() -> None:
    told = run_text(state="running", seconds=4000, usd=0.052)

    assert told.splitlines() == [
        "  r1  running for 1:06:40, $0.05 so far on i-1 (t3.medium)",
        "    training 25 %: held-out states, seed 1, epoch 30/100, loss 0.412",
    ]


def test_a_failed_run_has_its_reason() -> None:
    told = run_text(
        state="failed",
        reason="no dataset",
        progress={"phase": "loading", "message": "looking for the dataset"},
    )

    assert told.splitlines() == [
        "  r1  failed 2026-11-22 10:05 UTC after 4:10, <$0.01 on i-1 (t3.medium)",
        "    loading: looking for the dataset",
        "    reason: no dataset",
    ]


def test_a_run_that_ended_without_a_word_has_no_result() -> None:
    told = run_text(state="stopped", progress={})

    assert "no result; last event 2026-11-22 10:05 UTC" in told
    assert "    starting" in told
