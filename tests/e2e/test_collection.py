"""The README's section "In your own project", run as printed: installed from the tarball."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ..cloud import inherited
from .conftest import BIN, ROOT, Cloud

SECTION = re.compile(r"^## In your own project$(.*?)^## ", re.MULTILINE | re.DOTALL)
#: A fenced block, with the file name at the end of the paragraph before it, if any.
BLOCK = re.compile(r"(?:`(\S+\.yml)`:\n\n)?```(sh|yaml)\n(.*?)```", re.DOTALL)


class Project:
    """The directory, home and account of a user who has only the tarball."""

    def __init__(self, directory: Path, cloud: Cloud) -> None:
        self.directory, self.cloud = directory, cloud
        self.environ = {**inherited(), **cloud.env, "HOME": str(directory)}
        self.environ["PATH"] = f"{BIN}:{self.environ['PATH']}"
        # The section's exports apply to all of its commands.
        self.exports = ""

    def sh(self, script: str) -> str:
        """Run commands in the directory; returns their output."""
        done = subprocess.run(
            ["bash", "-euc", self.exports + script],
            cwd=self.directory,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=1800,
        )
        assert done.returncode == 0, done.stdout
        self.exports += "".join(f"{line}\n" for line in script.splitlines() if "export " in line)
        return done.stdout


@pytest.fixture(scope="module")
def printed(new_account: object, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The output of each block of commands, by its last line."""
    project = Project(tmp_path_factory.mktemp("project"), new_account())  # type: ignore[operator]
    subprocess.run(
        [BIN / "ansible-galaxy", "collection", "build", "--output-path", project.directory],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=600,
    )
    section = SECTION.search((ROOT / "README.md").read_text())
    assert section is not None
    output = {}
    for name, kind, text in BLOCK.findall(section.group(1)):
        if kind == "yaml":
            (project.directory / name).write_text(text)
            continue
        # amazon.aws comes with the package `ansible`.
        script = text.replace("collection install ", "collection install --no-deps ")
        output[text.splitlines()[-1]] = project.sh(script)
    output["owner"] = (
        project.cloud.client("ec2")
        .describe_vpcs(Filters=[{"Name": "tag:Project", "Values": ["cardiology-optimizer"]}])[
            "Vpcs"
        ][0]["Tags"]
        .__repr__()
    )
    budgets = project.cloud.client("budgets").describe_budgets(AccountId=project.cloud.account_id)
    output["limit"] = budgets["Budgets"][0]["BudgetLimit"]["Amount"]
    return output


def test_own_values_take_precedence_over_those_of_the_collection(printed: dict[str, str]) -> None:
    assert float(printed["limit"]) == 77
    assert "my-team" in printed["owner"]


def test_the_playbooks_work_by_their_full_names(printed: dict[str, str]) -> None:
    status = printed["ansible-playbook -i inventory.yml cardiology.cloud.status -e env=dev"]

    assert "Verified: everything matches the plan." in status
    assert "cardiology-optimizer dev" in status


def test_the_role_works_in_a_playbook_of_the_user(printed: dict[str, str]) -> None:
    plan = printed["ansible-playbook -i inventory.yml site.yml -e env=dev"]

    assert "Nothing to do" in plan
