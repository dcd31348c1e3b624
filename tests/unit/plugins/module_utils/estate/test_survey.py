"""What the playbooks get: names, and notes for a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate import compare, survey
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import (
    Cloud,
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.compare import plan_present
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import (
    KINDS,
    resources,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.model import (
    Change,
    Facts,
    FieldChange,
    Found,
    Plan,
)

from localcloud.leases import Leases
from localcloud.moto_patches import apply_all

NOTHING = Plan([], {}, {})


def test_the_names_that_others_rely_on(inputs: Inputs, facts: Facts) -> None:
    estate = survey.estate_of(inputs, facts, resources(inputs, facts))

    assert estate["names"] == {
        "buckets": {
            "raw_data": "acme-heart-dev-raw-data",
            "processed_data": "acme-heart-dev-processed-data",
            "model_artifacts": "acme-heart-dev-model-artifacts",
            "logs": "acme-heart-dev-logs",
        },
        "log_group": "/aws/cardiology-optimizer/dev",
        "metrics_namespace": "cardiology-optimizer/dev",
        "key_pair": "cardiology-optimizer-dev",
        "instance_profile": "cardiology-optimizer-dev-training",
        "role": "cardiology-optimizer-dev-training",
        "launch_template": "cardiology-optimizer-dev-training",
        "security_group": "cardiology-optimizer-dev-training",
        "budget": "cardiology-optimizer-dev-monthly",
        "budget_action_role": "cardiology-optimizer-dev-budget-action",
    }
    assert estate["resources"]["vpc/main"]["properties"]["cidr"] == "10.20.0.0/16"


@pytest.mark.parametrize(
    ("change", "known", "found", "expected"),
    [
        ({"allowed_cidrs": ()}, {}, False, "your own address could not be found"),
        ({"budget_alert_emails": ()}, {}, False, "nobody is told"),
        ({}, {}, False, "does not exist and will be made"),
        ({}, {}, True, "exists but its private half is not at"),
    ],
)
def test_what_a_person_should_know_is_a_note(
    inputs: Inputs,
    facts: Facts,
    change: dict[str, object],
    known: dict[str, str],
    found: bool,
    expected: str,
) -> None:
    pair = [Found("key_pair", inputs.stem, inputs.stem, {})] if found else []

    notes = survey.notes_of(
        replace(inputs, **change), replace(facts, **known), NOTHING, pair, absent=False
    )

    assert any(expected in note for note in notes)


def test_when_all_is_known_there_is_no_note(inputs: Inputs, facts: Facts) -> None:
    known = replace(facts, public_key="ssh-ed25519 AAAA")

    assert survey.notes_of(inputs, known, NOTHING, [], absent=False) == []


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("holds 1 object version", "the data is kept; -e destroy_data=acme-heart destroys it."),
        (
            "has our name but not our tags",
            "what has our name but not our tags is kept; deploy.yml would adopt it.",
        ),
    ],
)
def test_a_teardown_says_why_something_stays(
    inputs: Inputs, facts: Facts, reason: str, expected: str
) -> None:
    kept = Plan([Change("keep", "bucket", "logs", "b", "storage", "b", reason)], {}, {})

    assert survey.notes_of(inputs, facts, kept, [], absent=True) == [expected]


def test_no_prefix_destroys_a_key_that_stays_for_somebody_elses_bucket(
    inputs: Inputs, facts: Facts
) -> None:
    bucket = Change("keep", "bucket", "old", "old", "storage", "old", compare.NOT_OURS)
    key = Change("keep", "kms_key", "main", "k", "security", "k", "objects in old may need it")

    notes = survey.notes_of(inputs, facts, Plan([bucket, key], {}, {}), [], absent=True)

    assert not [note for note in notes if "destroys it" in note]


def test_a_wrong_prefix_is_an_error_and_the_right_one_is_not(inputs: Inputs) -> None:
    for wrong in ("acme", "acme-heart-dev", "ACME-HEART"):
        with pytest.raises(EstateError, match="is not the prefix"):
            survey.check_destroy_data(inputs, wrong)
    survey.check_destroy_data(inputs, "acme-heart")
    survey.check_destroy_data(inputs, "")


def test_a_teardown_from_another_region_is_refused(inputs: Inputs) -> None:
    def bucket(region: str) -> Found:
        name = inputs.bucket_name("logs")
        return Found("bucket", name, name, {"region": region})

    survey.refuse_other_region(inputs, [bucket("us-west-2"), Found("vpc", "v", "v", {})])
    with pytest.raises(EstateError, match="has its buckets in eu-west-1, and region is us-west-2"):
        survey.refuse_other_region(inputs, [bucket("eu-west-1")])


def test_a_deploy_into_another_region_is_refused(inputs: Inputs, facts: Facts) -> None:
    here, there = (
        [r for r in resources(given, facts) if r.kind == "bucket"]
        for given in (inputs, replace(inputs, region="eu-west-1"))
    )
    found = [Found("bucket", r.name, r.name, r.properties) for r in here]

    with pytest.raises(EstateError, match=r"bucket/logs \(region: us-west-2 -> eu-west-1\)"):
        survey.refuse_replacements(plan_present(KINDS, there, found, ours=bool))


def test_what_cannot_change_in_place_is_refused() -> None:
    change = Change(
        "replace", "vpc", "main", "n", "network", fields=[FieldChange("cidr", "a", "b")]
    )

    with pytest.raises(EstateError, match=r"vpc/main \(cidr: a -> b\)"):
        survey.refuse_replacements(Plan([change], {}, {}))


@pytest.mark.parametrize("refuse", [True, False])
def test_what_no_deploy_would_take_is_read_all_the_same_where_asked(
    raw: dict[str, object], cloud: Cloud, refuse: bool, tmp_path: Path
) -> None:
    """Hosts must stop whatever the inputs have become."""
    apply_all(Leases(tmp_path, "survey"))
    params = {
        "inputs": raw | {"training_instance_type": "t9.huge"},
        "state": "present",
        "prune": False,
        "caller_address_url": "",
        "caller_cidr": "",
        "expected": None,
        "refuse": refuse,
    }
    if refuse:
        with pytest.raises(EstateError, match=r"t9\.huge"):
            survey.planned(cloud, params)
    else:
        assert survey.planned(cloud, params).plan.changes


def test_another_partition_is_refused_before_anything_is_read(raw: dict[str, object]) -> None:
    class Elsewhere:
        partition, account_id = "aws-cn", "123456789012"

        def identify(self) -> None:
            pass

    with pytest.raises(EstateError, match="partition aws-cn"):
        survey.prepare(Elsewhere(), {"inputs": raw, "state": "present"})  # type: ignore[arg-type]
