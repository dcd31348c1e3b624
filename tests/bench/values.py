"""The resources for plain boto3 as plain values, from the engine's pure functions."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "collections"))

from ansible_collections.cardiology.cloud.plugins.module_utils.estate import inputs, kinds
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import preflight
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine import model, normal
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.budget import (
    api as budget_api,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.compute import (
    launch_template,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.compute.key_pair import (
    public_key,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.monitoring import (
    alarm,
    dashboard,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.network import (
    default_network_acl,
)

__all__ = ["public_key", "values"]

ZONES = ("a", "b", "c")
DATA_BUCKETS = ("raw_data", "processed_data", "model_artifacts")


def values(raw: Mapping[str, Any], account_id: str, key: str) -> dict[str, Any]:
    """The resources by kind and key, in our format and, if it differs, in the format of AWS."""
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
    """The values in the format of the APIs, so that the conversion is not timed."""
    properties = resource.properties
    if resource.kind == "alarm":
        return {"request": alarm._request(resource.name, properties)}
    if resource.kind == "dashboard":
        return {"body": dashboard.document(properties)}
    if resource.kind == "launch_template":
        return {"data": launch_template.launch_data(properties)}
    if resource.kind == "default_network_acl":
        return {
            "requests": [*_entries(properties, egress=False), *_entries(properties, egress=True)]
        }
    if resource.kind == "budget":
        return {"request": _budget(resource, account_id)}
    return {}


def _entries(properties: Mapping[str, Any], *, egress: bool) -> list[dict[str, Any]]:
    """The parameters of CreateNetworkAclEntry, without the ACL."""
    return [
        {"RuleNumber": int(number), "Egress": egress, **default_network_acl._written(entry)}
        for number, entry in properties["egress" if egress else "ingress"].items()
    ]


def _budget(resource: model.Resource, account_id: str) -> dict[str, Any]:
    """The parameters of CreateBudget, recorded from the call itself."""

    class Recorder:
        request: dict[str, Any]

        def create_budget(self, **request: Any) -> None:
            self.request = request

    recorder = Recorder()
    budget_api.create(recorder, account_id, resource.name, resource.properties)
    return recorder.request


def _policies_as_text(words: dict[str, Any]) -> dict[str, Any]:
    """Add `policy_text` and similar next to each policy document, in the format of the APIs."""
    texts = {
        f"{name}_text": normal.written(words[name])
        for name in ("policy", "trust")
        if words.get(name)
    }
    inline = {
        name: normal.written(policy) for name, policy in words.get("inline_policies", {}).items()
    }
    return {**words, **texts, "inline_texts": inline}
