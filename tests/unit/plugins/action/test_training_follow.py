"""What a person reads while a run goes on, and when it fails."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.cardiology.cloud.plugins.action import training_follow as plugin

TRAINING = {
    "phase": "training",
    "split": "held_out_states",
    "seed": 2,
    "epoch": 40,
    "epochs": 200,
    "loss": 0.61234,
    "accuracy": 0.7,
    "steps_done": 1040,
    "steps_total": 2000,
    "eta_seconds": 74.6,
    "updated_at": "t1",
}
DONE = {**TRAINING, "phase": "done", "message": "the model is published"}


class TestALine:
    def test_says_how_far_training_is(self) -> None:
        assert plugin.describe(TRAINING) == (
            "training   held-out states, seed 2  epoch  40/200  loss 0.612  "
            "accuracy 0.700   52 %  1:15 left"
        )

    def test_leaves_out_what_is_not_known_yet(self) -> None:
        unknown = {**TRAINING, "loss": None, "eta_seconds": None, "steps_total": None}
        line = plugin.describe(unknown)
        assert "accuracy 0.700" in line
        assert not any(word in line for word in ("loss", "left", "%", "None"))

    @pytest.mark.parametrize(
        ("progress", "line"),
        [
            ({"phase": "loading", "message": "the data set"}, "loading    the data set"),
            ({"phase": "training", "message": "2983 counties"}, "training   2983 counties"),
            ({"phase": "done", "message": ""}, "done"),
            ({}, "starting"),
        ],
    )
    def test_gives_the_job_s_own_words_in_other_phases(
        self, progress: dict[str, Any], line: str
    ) -> None:
        assert plugin.describe(progress) == line


class TestTheLines:
    """Nobody can ask a host so often that no epoch and no phase goes by unseen."""

    def test_of_a_phase_begin_with_the_last_epoch_if_it_went_by_unseen(self) -> None:
        lines = ["training   held-out states, seed 2  epoch  40/200", "done       the model"]
        for before in ({}, {**TRAINING, "epoch": 39}, {**TRAINING, "split": "random"}):
            printed = plugin.lines(before, DONE)
            assert [shown[: len(line)] for shown, line in zip(printed, lines, strict=True)] == lines

    def test_of_a_phase_do_not_repeat_an_epoch(self) -> None:
        assert plugin.lines(TRAINING, DONE) == ["done       the model is published"]
        assert len(plugin.lines(DONE, {**DONE, "message": "again"})) == 1

    def test_of_an_epoch_or_before_the_first_are_one(self) -> None:
        assert plugin.lines({}, TRAINING) == [plugin.describe(TRAINING)]
        assert plugin.lines({}, {"phase": "loading", "epoch": None}) == ["loading"]


class TestAFailure:
    def test_is_told_in_the_job_s_own_words(self) -> None:
        answer = {"result": {"error": "no data set in the bucket."}, "unit_result": "exit-code"}
        assert plugin.failure("r1", answer) == (
            "Training run r1 failed: no data set in the bucket."
        )

    def test_without_a_result_is_told_in_systemd_s(self) -> None:
        assert "unit ended with 'signal'" in plugin.failure("r1", {"unit_result": "signal"})

    def test_by_lack_of_memory_names_the_fix(self) -> None:
        assert "larger training_instance_type" in plugin.failure("r1", {"unit_result": "oom-kill"})


class Connection:
    """Counts how often it is made anew."""

    _shell = SimpleNamespace(tmpdir="/tmp/of-the-connection")

    def __init__(self) -> None:
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1


class Follower(plugin.ActionModule):
    """An action whose host answers from a list; an exception in it is raised."""

    def __init__(self, answers: list[Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self._connection = Connection()

    def _execute_module(self, module_args: dict[str, Any], **_options: Any) -> dict[str, Any]:
        self.asked.append(module_args["since"])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines that are printed; no time passes."""
    lines: list[str] = []
    monkeypatch.setattr(plugin.Display, "display", lambda _self, text, **_o: lines.append(text))
    monkeypatch.setattr(plugin.Display, "warning", lambda _self, text, **_o: lines.append(text))
    monkeypatch.setattr(plugin.time, "sleep", lambda _seconds: None)
    return lines


ARGS = {"run_id": "r1", "run_dir": "/run", "unit": "u", "interval": 2, "timeout": 60}


def news(updated_at: str, active: bool = True) -> dict[str, Any]:
    return {"active": active, "progress": {**TRAINING, "updated_at": updated_at}}


class TestTheOutcome:
    """`ended` tells a run that failed from one whose end nobody saw, which keeps its host."""

    @staticmethod
    def outcome(status: str) -> dict[str, Any]:
        follower = Follower([{**news("t1", active=False), "result": {"status": status}}])
        follower._task = SimpleNamespace(args=ARGS, check_mode=False, async_val=0)
        return follower.run()

    def test_of_a_run_that_succeeded_is_its_result(self, screen: list[str]) -> None:
        outcome = self.outcome("succeeded")
        assert (outcome["ended"], outcome["result"]) == (True, {"status": "succeeded"})
        assert not outcome.get("failed")

    def test_of_a_run_that_failed_is_an_end_too(self, screen: list[str]) -> None:
        outcome = self.outcome("failed")
        assert (outcome["ended"], outcome["failed"]) == (True, True)


class TestFollowing:
    def test_prints_each_news_once_and_ends_with_the_unit(self, screen: list[str]) -> None:
        follower = Follower([news("t1"), news("t1"), news("t2"), news("t2", active=False)])
        assert not follower._follow(ARGS, {})["active"]
        assert len(screen) == 2
        assert follower.asked == ["", "t1", "t1", "t2"]

    def test_goes_on_when_the_connection_is_lost_for_a_while(self, screen: list[str]) -> None:
        lost = AnsibleConnectionFailure("gone")
        follower = Follower([news("t1"), lost, lost, news("t2", active=False)])
        assert follower._follow(ARGS, {})["progress"]["updated_at"] == "t2"
        assert follower._connection.resets == 2

    def test_gives_up_on_a_host_that_stays_away(self, screen: list[str]) -> None:
        follower = Follower([AnsibleConnectionFailure("gone")] * plugin.RECONNECT_TRIES)
        with pytest.raises(AnsibleConnectionFailure):
            follower._follow(ARGS, {})

    def test_ends_in_an_error_when_the_time_is_up(self, screen: list[str]) -> None:
        with pytest.raises(AnsibleActionFail, match="still going after 0:00"):
            Follower([news("t1")])._follow({**ARGS, "timeout": 0}, {})
