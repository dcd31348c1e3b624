"""What `ansible-playbook` prints with our callback, run for real on the control machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.cardiology.cloud.plugins.callback import console

ROOT = Path(__file__).parents[4]
LONG = "a sentence of many words " * 5

PLAY = f"""
- name: Try it
  hosts: localhost
  gather_facts: false
  tasks:
    - name: In a role | Look around
      ansible.builtin.command: "true"
      changed_when: false
    - name: "Install | Change something"
      ansible.builtin.command: "true"
      changed_when: true
    - name: Wait
      ansible.builtin.command: sleep {{{{ seconds | default(0) }}}}
      changed_when: false
    - name: Show the plan
      cardiology.cloud.report:
        lines: [{{text: "+ one", style: create, hang: 2}}, "{LONG}end"]
        data: {{plan: {{empty: "{{{{ empty | default(false) | bool }}}}"}}}}
    - name: Fail and pass it on
      when: fail | default(false) | bool
      block:
        - name: Break
          ansible.builtin.fail:
            msg: "The disk is full.\\nFree some of it."
      rescue:
        - name: Pass it on
          ansible.builtin.fail:
            msg: "{{{{ ansible_failed_result.msg }}}}"
"""


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("play") / "try.yml"
    path.write_text(PLAY)
    return path


def run(play: Path, *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "COLUMNS"))}
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("ansible-playbook")),
            str(play),
            *("-i", "localhost,", "-c", "local"),
            *("-e", f"ansible_python_interpreter={sys.executable}"),
            *args,
        ],
        cwd=ROOT,
        env={**kept, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )


def test_people_see_reports_and_changes_and_no_task_that_is_merely_ok(play: Path) -> None:
    done = run(play)

    assert done.returncode == 0, done.stderr
    # A slow machine makes waits.
    assert [line for line in done.stdout.splitlines() if "..." not in line] == [
        "",
        "Try it",
        "  changed: [localhost] Change something",
        "+ one",
        f"{LONG}end",
        "",
        "localhost : ok=4 changed=1 unreachable=0 failed=0 skipped=1",
    ]


def test_words_are_wrapped_at_the_columns_of_the_terminal(play: Path) -> None:
    lines = run(play, COLUMNS="40").stdout.splitlines()

    wrapped = lines[lines.index("+ one") + 1 : -2]
    assert " ".join(" ".join(wrapped).split()) == f"{LONG}end"
    assert len(wrapped) > 3
    assert all(len(line) <= 40 for line in wrapped)
    assert all(line.startswith("  ") for line in wrapped[1:])


def test_verbose_shows_every_task_and_the_report_below_its_header(play: Path) -> None:
    told = run(play, "-v").stdout

    assert "TASK [In a role | Look around]" in told
    header, report = told.index("TASK [Show the plan]"), told.index("+ one")
    assert header < report


def test_an_error_that_a_rescue_passes_on_is_printed_once(play: Path) -> None:
    done = run(play, "-e", "fail=true")

    assert done.returncode == 2
    assert (done.stdout + done.stderr).count("The disk is full.") == 1
    assert "Error: The disk is full.\n  Free some of it.\n  Task: Break\n" in done.stdout


def test_output_json_is_one_document_with_the_data_of_the_reports(play: Path) -> None:
    done = run(play, "-e", "output=json", "-e", "fail=true")

    assert json.loads(done.stdout) == {
        "playbook": "try.yml",
        "check": False,
        "plan": {"empty": False},
        "failed": True,
        "errors": [
            {
                "host": "localhost",
                "task": "Break",
                "message": "The disk is full.\nFree some of it.",
            }
        ],
    }
    assert "Error: The disk is full." in done.stderr


def test_a_json_callback_of_others_stays_valid_and_has_the_lines(play: Path) -> None:
    done = run(play, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json")

    tasks = json.loads(done.stdout)["plays"][0]["tasks"]
    [report] = [t["hosts"]["localhost"] for t in tasks if t["task"]["name"] == "Show the plan"]
    assert report["lines"][0]["text"] == "+ one"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["-e", "empty=true"], 0),
        (["-e", "empty=false"], 2),
        (["-e", "empty=false", "-e", "fail=true"], 1),
    ],
)
def test_the_exit_code_of_a_plan_says_whether_there_is_something_to_do(
    play: Path, args: list[str], code: int
) -> None:
    done = run(play, "--check", "-e", "plan_exit_code=true", *args)

    assert done.returncode == code, done.stdout + done.stderr


def test_a_long_wait_names_the_task_every_ten_seconds(play: Path) -> None:
    assert "  ... Wait (10 s)" in run(play, "-e", "seconds=12").stdout.splitlines()


def test_the_name_of_a_task_is_shown_without_its_role_and_file() -> None:
    assert console.short("cardiology.cloud.pytorch : Install | Add torch") == "Add torch"
    assert console.short("Add torch") == "Add torch"


def test_after_an_interrupt_it_says_what_is_still_active(tmp_path: Path) -> None:
    play = tmp_path / "long.yml"
    play.write_text(
        """
- name: Take long
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Say so
      cardiology.cloud.report:
        lines: [ready]
        interrupt: [The run is still active., "  stop    it"]
    - name: Take long
      ansible.builtin.shell: touch {{ began }}; sleep 60
      changed_when: false
"""
    )
    began = tmp_path / "began"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "COLUMNS"))}
    output = tmp_path / "output"
    # Into a file: what the interrupted task has started may hold a pipe open.
    with (
        output.open("w") as stream,
        subprocess.Popen(
            [
                str(Path(sys.executable).with_name("ansible-playbook")),
                str(play),
                *("-i", "localhost,", "-c", "local", "-e", f"began={began}"),
                # Not the Python that Ansible would find: it may be a shim that starts nothing.
                *("-e", f"ansible_python_interpreter={sys.executable}"),
            ],
            cwd=ROOT,
            env={**kept, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as playbook,
    ):
        # Ansible itself hangs where a worker is killed while it hands in a result: the task waits.
        while not began.exists():
            assert playbook.poll() is None, output.read_text()
            time.sleep(0.2)
        os.killpg(playbook.pid, signal.SIGINT)
        playbook.wait(timeout=600)

    assert playbook.returncode != 0
    assert output.read_text().splitlines()[-2:] == ["The run is still active.", "  stop    it"]
