"""Deploy with amazon.aws modules: the same environment, completed and verified by the engine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .snapshot import snapshot

ENVIRONMENTS = ("dev", "prod")
MODULES = ("-e", "deploy_with=modules")
#: Each module is a separate process: prod takes minutes on a busy machine.
TIMEOUT = 3600
PAGE = Path(__file__).parents[2] / "docs/modules.md"


@dataclass(frozen=True)
class Deployed:
    """An account with dev and prod, its state before, and the result of each deploy."""

    account: Any
    empty: dict[str, list[Any]]
    results: dict[str, Any]


def deploy(account: Any, env: str, *args: str) -> Any:
    mails = ("-e", "budget_alert_emails=heart@example.org")
    return account.run_playbook("deploy", *mails, *args, env=env, timeout=TIMEOUT).ok()


def side_by_side(run: Callable[[str], Any]) -> dict[str, Any]:
    with ThreadPoolExecutor() as pool:
        return dict(zip(ENVIRONMENTS, pool.map(run, ENVIRONMENTS), strict=True))


@pytest.fixture(scope="module")
def deployed(new_account: Callable[[], Any]) -> Deployed:
    account = new_account()
    empty = snapshot(account)
    # Progress goes to standard error, which the tests also read.
    run = lambda env: deploy(account, env, *MODULES, "-e", "output=json")  # noqa: E731
    return Deployed(account, empty, side_by_side(run))


def planned(account: Any, env: str, directory: Path) -> list[Any]:
    """The changes in the saved plan."""
    file = directory / f"{env}.json"
    deploy(account, env, *MODULES, "--check", "-e", f"plan_file={file}")
    return list(json.loads(file.read_text())["changes"])


def left_to_the_engine(result: Any) -> set[str]:
    """What modules left to the engine: `kind` for a missing resource or `kind.property`."""
    document = result.stdout.index('{\n  "playbook"')
    changes = json.JSONDecoder().raw_decode(result.stdout, document)[0]["left_to_engine"]
    return {
        ".".join([change["kind"], *re.split(r"[.\[]", field["path"])[:1] * (not missing)])
        for change in changes
        for missing in [change["action"] == "create"]
        for field in change["fields"]
    }


def documented() -> set[str]:
    """The first column of the table in docs/modules.md with what the engine always adds."""
    table = PAGE.read_text().partition("<!-- always: begin -->")[2].partition("<!-- always: end")[0]
    return set(re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE))


def test_the_plan_is_empty_after_a_deploy_with_modules(deployed: Deployed, tmp_path: Path) -> None:
    assert side_by_side(lambda env: planned(deployed.account, env, tmp_path)) == {
        "dev": [],
        "prod": [],
    }


def test_a_saved_plan_is_refused(deployed: Deployed, tmp_path: Path) -> None:
    planned(deployed.account, "dev", tmp_path)
    saved = ("-e", f"apply_plan={tmp_path}/dev.json", "-e", "budget_alert_emails=heart@example.org")

    refused = deployed.account.run_playbook("deploy", *MODULES, *saved)

    assert refused.rc != 0
    assert "which modules cannot: set deploy_with to engine" in refused.stdout


def test_the_documentation_lists_what_modules_leave_to_the_engine(deployed: Deployed) -> None:
    left = set().union(*map(left_to_the_engine, deployed.results.values()))

    assert left == documented()


def test_an_engine_deploy_after_modules_changes_nothing(deployed: Deployed) -> None:
    before = snapshot(deployed.account)

    for env, result in side_by_side(lambda env: deploy(deployed.account, env)).items():
        assert result.changed == 0, f"{env}: {result.stdout}"

    assert snapshot(deployed.account) == before


def test_a_second_deploy_with_modules_changes_nothing(deployed: Deployed) -> None:
    before = snapshot(deployed.account)

    again = side_by_side(lambda env: deploy(deployed.account, env, *MODULES))

    for env, result in again.items():
        assert result.changed == 0, f"{env}: {result.stdout}"
    assert snapshot(deployed.account) == before


def test_destroy_after_a_deploy_with_modules_leaves_nothing(deployed: Deployed) -> None:
    side_by_side(
        lambda env: deployed.account.run_playbook("destroy", env=env, timeout=TIMEOUT).ok()
    )

    assert snapshot(deployed.account) == deployed.empty
