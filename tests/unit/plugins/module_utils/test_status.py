"""The status report says what is known, and says so where nothing is."""

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils import status

HOST = {
    "instance_id": "i-1",
    "instance_type": "t3.medium",
    "state": "running",
    "launched": "2026-11-22 10:00 UTC",
    "private_ip": "10.20.0.4",
    "public_ip": None,
    "volume_gb": 30,
}
RUN = {
    "run_id": "20261122t100000z-ab12",
    "finished_at": "2026-11-22 10:05 UTC",
    "source": "synthetic",
    "dataset_version": "0123456789ab",
    "accuracy": {"random": {"graphsage": {"mean": 0.7123}, "majority": {"mean": 0.333}}},
    "uri": "s3://bucket/models/graphsage/v1/",
}
MONEY = {
    "standing_month": 5.4,
    "training_hour": 0.0566,
    "weekend": 3.396,
    "month": 7.664,
    "unknown": [],
}


def found(**changes):
    return {
        "project": "p",
        "environment": "dev",
        "region": "us-west-2",
        "account_id": "123456789012",
        "resources": {"vpc": 1, "subnet": 2},
        "differences": 0,
        "hosts": [HOST],
        "storage": {"p-dev-logs": {"objects": 2, "bytes": 1_500_000}},
        "runs": [RUN],
        "metrics": ["TrainingLoss"],
        "metrics_namespace": "p/dev",
        "budget": {"limit": 25.0, "actual": 1.5},
        "money": MONEY,
        **changes,
    }


def text(**changes):
    return "\n".join(status.report(found(**changes)))


def test_a_run_shows_its_accuracy_beside_the_baselines_and_where_its_data_come_from():
    told = text()
    assert "synthetic data, version 0123456789ab" in told
    assert "counties at random: graphsage 0.712, majority 0.333" in told
    assert "whole states held out: not given" in told


def test_the_estate_is_counted_and_a_difference_is_not_hidden():
    assert "3 resources, all as planned:\n    1 vpc, 2 subnets" in text()
    assert "3 resources, 1 differ" in text(differences=1)


def test_running_hosts_cost_by_the_hour_and_stopped_ones_nothing():
    assert "$0.0416 (1 host running)" in text()
    assert "$0.0466 (1 host running)" in text(hosts=[{**HOST, "public_ip": "203.0.113.9"}])
    assert "$0.0000 (0 hosts running)" in text(hosts=[{**HOST, "state": "stopped"}])


def test_the_rest_of_the_money_is_the_plans():
    told = text()
    assert "a month without training:  $5.40\n" in told
    assert "an hour of training:       $0.0566\n" in told
    assert "a weekend forgotten:       $3.40\n" in told
    assert "a month as configured:     $7.66\n" in told


def test_an_unknown_price_is_never_zero():
    told = text(
        hosts=[{**HOST, "instance_type": "p5.48xlarge"}],
        money=MONEY | {"training_hour": None, "unknown": ["1 x p5.48xlarge on-demand"]},
    )
    assert "now, an hour:              unknown" in told
    assert "an hour of training:       unknown" in told
    assert "$5.40 at least" in told


def test_an_empty_environment_is_told_as_such():
    told = text(
        hosts=[],
        runs=[],
        metrics=[],
        budget=None,
        storage={"p-dev-logs": {"objects": None, "bytes": None}},
    )
    assert "Hosts\n  none" in told
    assert "p-dev-logs  not deployed" in told
    assert "none (deploy.yml makes it)" in told


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (2_340_000_000, "2.3 GB")]
)
def test_sizes_are_in_a_unit_a_person_would_choose(count, told):
    assert status.size(count) == told
