"""The module `price_refresh`: what AWS says goes into the file, and nothing else in it is lost."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.price import table as price_table
from ansible_collections.cardiology.cloud.plugins.modules import price_refresh
from botocore.stub import ANY, Stubber

OLD = price_table.Figure(7.0, "long ago", date(2020, 1, 1))


class Module:
    def __init__(self, path: Path, check_mode: bool = False) -> None:
        self.params = {"regions": ["us-west-2"], "instance_types": ["x.y"], "path": str(path)}
        self.check_mode = check_mode


def ask(service: str, filters: list[dict[str, str]]) -> list[Any]:
    """The price list: it knows of NAT gateways only."""
    tiers = {"a": {"beginRange": "0", "pricePerUnit": {"USD": "0.045"}}}
    return [
        {
            "product": {"attributes": {"usagetype": "USW2-NatGateway-Hours"}},
            "terms": {"OnDemand": {"x": {"priceDimensions": tiers}}},
        }
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "prices.json"


def test_prices_are_written_and_what_is_not_clear_is_told(path: Path) -> None:
    result = price_refresh.ensure(Module(path), ask)  # type: ignore[arg-type]

    assert result["changed"]
    figures = price_table.read(path)["us-west-2"]
    assert figures["nat_gateway_hour"].usd == 0.045
    assert set(figures) == {"nat_gateway_hour"}
    [line] = result["report"]
    assert line.startswith("us-west-2: 1 prices read; not clear and so not taken: ")
    assert "instance:x.y" in line


def test_a_second_time_changes_nothing(path: Path) -> None:
    price_refresh.ensure(Module(path), ask)  # type: ignore[arg-type]

    assert not price_refresh.ensure(Module(path), ask)["changed"]  # type: ignore[arg-type]


def test_check_mode_writes_nothing(path: Path) -> None:
    result = price_refresh.ensure(Module(path, check_mode=True), ask)  # type: ignore[arg-type]

    assert result["changed"]
    assert not path.exists()
    assert json.loads(result["diff"]["after"])["us-west-2"]


def test_other_figures_stay(path: Path) -> None:
    path.parent.mkdir()
    there = {"us-west-2": {"gp3_gb_month": OLD, "nat_gateway_hour": OLD}, "eu-west-1": {"a": OLD}}
    path.write_text(price_table.written(there))

    price_refresh.ensure(Module(path), ask)  # type: ignore[arg-type]

    table = price_table.read(path)
    assert table["us-west-2"]["gp3_gb_month"] == OLD
    assert table["us-west-2"]["nat_gateway_hour"].usd == 0.045
    assert table["eu-west-1"]["a"] == OLD


def test_the_call_is_one_that_aws_knows() -> None:
    client = botocore.session.get_session().create_client(
        "pricing", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )

    class Cloud:
        def pages(self, service: str, operation: str, result: str, **arguments: Any) -> list[Any]:
            assert (service, arguments.pop("region")) == ("pricing", "us-east-1")
            pages = client.get_paginator(operation).paginate(**arguments)
            return [item for page in pages for item in page[result]]

    with Stubber(client) as stub:
        expected = {"ServiceCode": "AmazonEC2", "Filters": ANY}
        stub.add_response("get_products", {"PriceList": ["{}"]}, expected)
        filters = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-west-2"}]
        assert price_refresh.asker(Cloud())("AmazonEC2", filters) == ["{}"]  # type: ignore[arg-type]
