"""What the playbooks get: names, and notes for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import survey
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.compare import (
    plan_present,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Change,
    Facts,
    FieldChange,
    Found,
    Plan,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.tags import (
    OURS,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.tags import (
    owner as whose,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import KINDS, resources

from localcloud.api.moto_patches import apply_all
from localcloud.leases import Leases

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


def test_a_wrong_prefix_is_an_error_and_the_right_one_is_not(inputs: Inputs) -> None:
    for wrong in ("acme", "acme-heart-dev", "ACME-HEART"):
        with pytest.raises(EstateError, match="is not the prefix"):
            survey.check_destroy_data(inputs, wrong)
    survey.check_destroy_data(inputs, "acme-heart")
    survey.check_destroy_data(inputs, "")


def test_a_teardown_from_another_region_is_refused(inputs: Inputs) -> None:
    def bucket(region: str, tags: dict[str, str]) -> Found:
        name = inputs.bucket_name("logs")
        return Found("bucket", name, name, {"region": region, "tags": tags})

    def owner(tags: Mapping[str, str]) -> str:
        return whose(tags, inputs.tags)

    at_home, away = bucket("us-west-2", inputs.tags), bucket("eu-west-1", {})
    theirs = bucket("eu-west-1", {**inputs.tags, "Project": "alpha"})
    survey.refuse_other_region(inputs, [at_home, theirs, Found("vpc", "v", "v", {})], owner)
    with pytest.raises(EstateError, match="has its buckets in eu-west-1, and region is us-west-2"):
        survey.refuse_other_region(inputs, [away], owner)


def test_a_deploy_into_another_region_is_refused(inputs: Inputs, facts: Facts) -> None:
    here, there = (
        [r for r in resources(given, facts) if r.kind == "bucket"]
        for given in (inputs, replace(inputs, region="eu-west-1"))
    )
    found = [Found("bucket", r.name, r.name, r.properties) for r in here]

    with pytest.raises(EstateError, match=r"bucket/logs \(region: us-west-2 -> eu-west-1\)"):
        survey.refuse_replacements(plan_present(KINDS, there, found, owner=lambda tags: OURS))


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
