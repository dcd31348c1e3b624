"""Roles of modules read the estate through these two filters."""

from __future__ import annotations

from typing import Any

from ansible_collections.cardiology.cloud.plugins.filter.ids_of import FilterModule as IdsOf
from ansible_collections.cardiology.cloud.plugins.filter.of_kind import FilterModule as OfKind

of_kind = OfKind().filters()["of_kind"]
ids_of = IdsOf().filters()["ids_of"]


def resource(kind: str, key: str, **properties: Any) -> dict[str, Any]:
    return {"kind": kind, "key": key, "name": f"x-{key}", "properties": properties, "needs": []}


RESOURCES = {
    "vpc/main": resource("vpc", "main", cidr="10.0.0.0/16"),
    "subnet/b": resource("subnet", "b", vpc="vpc/main", cidr="10.0.1.0/24"),
    "subnet/a": resource("subnet", "a", vpc="vpc/main", cidr="10.0.2.0/24"),
    "role/r": resource("role", "r", policy={"Statement": [{"Resource": ["kms_key/main", "x"]}]}),
}


def test_resources_of_a_kind_come_in_the_order_of_the_estate_with_their_address() -> None:
    subnets = of_kind(RESOURCES, "subnet")

    assert [subnet["address"] for subnet in subnets] == ["subnet/b", "subnet/a"]
    assert subnets[0]["properties"] == {"vpc": "vpc/main", "cidr": "10.0.1.0/24"}
    assert subnets[0]["name"] == "x-b"
    assert of_kind(RESOURCES, "trail") == []


def test_known_ids_replace_addresses_at_any_depth() -> None:
    ids = {"vpc/main": "vpc-1", "kms_key/main": "arn:aws:kms:::key/1"}

    assert {s["properties"]["vpc"] for s in of_kind(RESOURCES, "subnet", ids)} == {"vpc-1"}
    [role] = of_kind(RESOURCES, "role", ids)
    assert role["properties"]["policy"]["Statement"][0]["Resource"] == [
        "arn:aws:kms:::key/1",
        "x",
    ]


def test_ids_are_read_from_the_results_that_have_one() -> None:
    a, b = of_kind(RESOURCES, "subnet")
    registered = {
        "changed": True,
        "results": [
            {"item": a, "subnet": {"id": "subnet-1"}},
            {"item": b, "skipped": True},
        ],
    }

    assert ids_of(registered, "subnet.id") == {"subnet/b": "subnet-1"}
    assert ids_of({}, "subnet.id") == {}
