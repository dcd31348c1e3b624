"""An input name that does not exist is refused, with the name that was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible import context
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.context_objects import CLIArgs
from ansible_collections.cardiology.cloud.plugins.plugin_utils import environments
from ansible_collections.cardiology.cloud.plugins.plugin_utils import inputs as subject


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("enviroment", "There is no input 'enviroment': did you mean env?"),
        ("buget_limit_usd", "There is no input 'buget_limit_usd': did you mean budget_limit_usd?"),
        ("epochs", "There is no input 'epochs': did you mean training_epochs?"),
        ("Region", "There is no input 'Region': did you mean region?"),
        ("training_host_o", "There is no input 'training_host_o': did you mean training_host_os?"),
        ("epocs", "There is no input 'epocs': did you mean training_epochs?"),
        ("zzz", "There is no input 'zzz'."),
    ],
)
def test_a_name_that_does_not_exist_is_refused(name: str, sentence: str) -> None:
    assert subject.refusals([name], strict=True) == [sentence]


@pytest.mark.parametrize(
    "name", ["env", "run_id", "destroy_data", "pytorch_version", "status_runs", "ansible_user"]
)
def test_inputs_role_options_and_variables_of_ansible_are_accepted(name: str) -> None:
    if name == "pytorch_version":
        name = min(n for n in subject.known_names() if n.startswith("pytorch_"))

    assert subject.refusals([name], strict=True) == []


def test_beside_variables_of_others_only_a_misspelled_input_is_refused() -> None:
    names = ["my_team", "enviromnent", "database_url", "alowed_cidrs"]

    assert subject.refusals(names, strict=False) == [
        "There is no input 'enviromnent': did you mean env?",
        "There is no input 'alowed_cidrs': did you mean allowed_cidrs?",
    ]


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`command_line(tags=["x"])`: as ansible-playbook was called."""

    def call(**options: Any) -> None:
        given = {
            "args": [str(environments.ROOT / "playbooks/deploy.yml")],
            "tags": ["all"],
            **options,
        }
        monkeypatch.setattr(context, "CLIARGS", CLIArgs(given))
        monkeypatch.setattr(subject, "load_extra_vars", lambda _loader: options.get("e", {}))
        monkeypatch.setattr(subject, "chosen", lambda _loader: options.get("region", "us-west-2"))

    return call


def test_tags_are_refused_since_the_playbooks_have_none(command_line: Any) -> None:
    command_line(tags=["network"], skip_tags=["budget"])

    assert subject.command_line_faults(DataLoader()) == [
        "These playbooks have no tags: run the command without --tags network.",
        "These playbooks have no tags: run the command without --skip-tags budget.",
    ]


def test_a_playbook_of_somebody_else_may_have_tags_and_variables(command_line: Any) -> None:
    command_line(args=["/srv/site.yml"], tags=["network"], e={"my_team": "x"})

    assert subject.command_line_faults(DataLoader()) == []


def test_a_region_that_does_not_exist_is_refused_before_aws_is_asked(command_line: Any) -> None:
    command_line(region="us-wst-2")

    assert subject.command_line_faults(DataLoader()) == [
        "region must be an AWS region, not 'us-wst-2': did you mean us-west-2?"
    ]


def test_a_word_without_a_name_is_refused(command_line: Any) -> None:
    command_line(e={"owner": "my", subject.WITHOUT_NAME: "team"})

    [sentence] = subject.command_line_faults(DataLoader())
    assert sentence.startswith("-e 'team' has no name: write -e name=value, and quote a value")

    command_line(args=["/srv/site.yml"], e={subject.WITHOUT_NAME: "team"})
    assert subject.command_line_faults(DataLoader()) == []


def test_a_file_of_inputs_that_cannot_be_read_is_named(command_line: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text("env: dev\n owner: [", encoding="utf-8")
    error = AnsibleError("no such thing")

    for extra_vars, sentence in (
        (["env=dev", "@none.yml"], "-e @none.yml: there is no such file."),
        ([f"@{broken}"], f"{broken} is not valid: "),
        (['{"env": '], "A value of -e cannot be read: no such thing"),
    ):
        command_line(extra_vars=extra_vars)
        assert subject.unreadable(DataLoader(), error).startswith(sentence)
