"""A run prints its target, uses only one cloud, and prints the next command."""

from __future__ import annotations

from typing import Any

from .snapshot import snapshot


def test_a_playbook_begins_with_cloud_account_region_and_environment(account: Any) -> None:
    result = account.run_playbook("status")

    where = f"Cloud {account.env['AWS_ENDPOINT_URL']}, role tests, account {account.account_id}"
    header = f"{where}, region us-west-2, environment dev"
    assert header in result.stdout
    # The next command includes every input of this one.
    assert f"-e ssh_private_key_file={account.key_file()}" in result.stdout.partition("Deploy: ")[2]


def test_endpoints_of_two_clouds_are_refused(account: Any) -> None:
    before = snapshot(account)

    result = account.run_playbook(
        "deploy", environ={"AWS_ENDPOINT_URL_S3_CONTROL": "http://127.0.0.1:9"}
    )

    assert result.rc != 0
    assert "The endpoints disagree: AWS_ENDPOINT_URL_S3_CONTROL is http://127.0.0.1:9, and" in (
        result.stdout
    )
    assert snapshot(account) == before


def test_a_secret_key_that_is_a_word_changes_no_plan(account: Any) -> None:
    """Ansible masks such a word in everything that a module returns."""
    environ = {"AWS_SECRET_ACCESS_KEY": "test"}

    first = account.run_playbook("deploy", "-e", "project=test-lim", environ=environ)
    again = account.run_playbook("deploy", "-e", "project=test-lim", environ=environ)

    assert first.rc == 0, first.stdout
    assert "test-lim-dev-dashboard" in first.stdout
    assert (again.rc, again.changed) == (0, 0), again.stdout
    status = account.run_playbook("status", "-e", "project=test-lim", environ=environ)
    assert status.rc == 0, status.stdout
    assert "test-lim" in status.stdout
    assert "********" not in status.stdout
