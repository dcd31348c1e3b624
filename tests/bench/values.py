"""What every contestant builds, as plain values: our own estate, from its pure functions."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "collections"))

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.cardiology.cloud.plugins.module_utils.estate import (
    budget_api,
    inputs,
    kinds,
    model,
    normal,
    preflight,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import (
    alarm,
    dashboard,
    launch_template,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.key_pair import (
    public_key,
)

__all__ = ["public_key", "values"]

ZONES = ("a", "b", "c")
DATA_BUCKETS = ("raw_data", "processed_data", "model_artifacts")


def values(raw: Mapping[str, Any], account_id: str, key: str) -> dict[str, Any]:
    """The resources by kind and key, in our words and, where they differ, in those of AWS."""
    parsed, errors = inputs.parse(dict(raw))
    assert parsed is not None, errors
    complete = preflight.complete(parsed, account_id)
    zones = tuple(parsed.region + letter for letter in ZONES)
    facts = model.Facts(account_id, "aws", zones, public_key=key)
    result: dict[str, Any] = {"region": parsed.region, "account_id": account_id}
    for resource in kinds.resources(complete, facts):
        words = {"name": resource.name, **resource.properties, **_more(resource, account_id)}
        result.setdefault(resource.kind, {})[resource.key] = _policies_as_text(words)
    result["data_buckets"] = [result["bucket"][key] for key in DATA_BUCKETS]
    return json.loads(json.dumps(result))


def _more(resource: model.Resource, account_id: str) -> dict[str, Any]:
    """The same in the words of AWS and of the modules, so that nobody pays for the conversion."""
    properties = resource.properties
    if resource.kind == "alarm":
        request = alarm._request(resource.name, properties)
        queries = [camel_dict_to_snake_dict(query) for query in request.get("Metrics", [])]
        return {"request": request, "module_metrics": queries}
    if resource.kind == "bucket":
        old = properties["lifecycle"].get("tier-old-versions", {})
        return {
            "old_versions": [
                {"transition_days": step["NoncurrentDays"], "storage_class": step["StorageClass"]}
                for step in old.get("NoncurrentVersionTransitions", [])
            ]
        }
    if resource.kind == "dashboard":
        return {"body": dashboard.document(properties)}
    if resource.kind == "launch_template":
        return {"data": launch_template.launch_data(properties)}
    if resource.kind == "budget":
        return {"request": _budget(resource, account_id)}
    return {}


def _budget(resource: model.Resource, account_id: str) -> dict[str, Any]:
    """The parameters of CreateBudget, taken from the call itself."""

    class Recorder:
        request: dict[str, Any]

        def create_budget(self, **request: Any) -> None:
            self.request = request

    recorder = Recorder()
    budget_api.create(recorder, account_id, resource.name, resource.properties)
    return recorder.request


def _policies_as_text(words: dict[str, Any]) -> dict[str, Any]:
    """With `policy_text` and such beside each policy document, as the APIs take them."""
    texts = {
        f"{name}_text": normal.written(words[name])
        for name in ("policy", "trust")
        if words.get(name)
    }
    inline = {
        name: normal.written(policy) for name, policy in words.get("inline_policies", {}).items()
    }
    return {**words, **texts, "inline_texts": inline}
