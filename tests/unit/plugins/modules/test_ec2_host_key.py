"""Host keys: learnt from the console, written for one instance, and insisted on."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from ansible_collections.cardiology.cloud.plugins.modules import ec2_host_key as module
from botocore.exceptions import ClientError

HOST = "i-0123456789abcdef0"
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDfirst"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDother"
ECDSA = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY="
RECORD = Path("/state/i-0123456789abcdef0")


def block(*keys: str, prefix: str = "", end: str = "\n") -> str:
    """A console with cloud-init's block of keys."""
    lines = [module.BEGIN, *(f"{key} root@ip-10-20-0-4" for key in keys), module.END]
    return "".join(f"{prefix}{line}{end}" for line in lines)


class TestConsoleKeys:
    def test_are_the_keys_in_cloud_inits_block(self) -> None:
        console = f"booting\r\n{block(ED25519, ECDSA)}login:"
        assert module.console_keys(console) == sorted([ED25519, ECDSA])

    def test_are_found_behind_a_log_prefix_and_with_carriage_returns(self) -> None:
        console = block(ED25519, prefix="[   12.3] cloud-init[615]: ", end="\r\n")
        assert module.console_keys(console) == [ED25519]

    def test_are_those_of_the_last_boot(self) -> None:
        assert module.console_keys(block(OTHER) + block(ED25519)) == [ED25519]

    def test_of_a_block_that_is_still_being_printed_are_not_taken(self) -> None:
        half = block(ED25519).partition(module.END)[0]
        assert module.console_keys(half) == []
        assert module.console_keys(block(OTHER) + half) == [OTHER]

    def test_outside_the_block_are_not_trusted(self) -> None:
        assert module.console_keys(f"{ED25519} planted\n{block(OTHER)}{ED25519}") == [OTHER]

    @pytest.mark.parametrize("console", ["", "no keys here", module.END, module.BEGIN])
    def test_are_none_where_there_is_no_block(self, console: str) -> None:
        assert module.console_keys(console) == []


class TestKnownHosts:
    def test_names_the_instance_and_never_an_address(self) -> None:
        text = module.known_hosts_text(HOST, [ED25519, ECDSA])
        assert text == f"{HOST} {ED25519}\n{HOST} {ECDSA}\n"

    def test_is_read_back_as_it_was_written(self) -> None:
        assert module.find_keys(module.known_hosts_text(HOST, [ED25519])) == [ED25519]

    def test_is_for_its_owner_only(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / HOST
        module.write(path, "x\n")
        assert path.read_text() == "x\n"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert list(path.parent.iterdir()) == [path]


class TestAnAnswer:
    def test_with_a_trusted_key_is_accepted(self) -> None:
        module.check_answer([ED25519], [ED25519, ECDSA], HOST, "198.18.0.1", RECORD)

    def test_with_another_key_is_refused_with_the_instance_and_the_fix(self) -> None:
        with pytest.raises(module.HostKeyError) as error:
            module.check_answer([ED25519], [OTHER], HOST, "198.18.0.1", RECORD)
        for part in (HOST, "198.18.0.1", f"remove {RECORD} and run again"):
            assert part in str(error.value)


class TestARecord:
    def test_that_the_console_contradicts_is_refused(self) -> None:
        with pytest.raises(module.HostKeyError, match=HOST):
            module.check_record([ED25519], [OTHER], HOST, RECORD)

    @pytest.mark.parametrize("console", [[], [ED25519], [ED25519, ECDSA]])
    def test_stands_where_the_console_agrees_or_is_silent(self, console: list[str]) -> None:
        module.check_record([ED25519], console, HOST, RECORD)

    def test_need_not_exist(self) -> None:
        module.check_record([], [ED25519], HOST, RECORD)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(module.time, "sleep", self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeModule:
    """What `Keys` needs of an Ansible module."""

    def __init__(self, record: Path, console: list[str]) -> None:
        self.params = {
            "instance_id": HOST,
            "address": "198.18.0.1",
            "known_hosts": str(record),
            "console_timeout": 60,
            "connect_timeout": 30,
        }
        self.warnings: list[str] = []
        self._console = console

    def client(self, _service: str, **_options: object) -> FakeModule:
        return self

    def get_console_output(self, **_arguments: object) -> dict[str, str]:
        return {"Output": block(*self._console) if self._console else ""}

    def warn(self, text: str) -> None:
        self.warnings.append(text)


class Console(FakeModule):
    """EC2 whose answers about the console come from a list; an exception in it is raised."""

    def __init__(self, record: Path, *answers: str | Exception) -> None:
        super().__init__(record, [])
        self.asked: list[bool] = []
        self._answers = list(answers)

    def get_console_output(self, **arguments: object) -> dict[str, str]:
        self.asked.append("Latest" in arguments)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"Output": answer}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetConsoleOutput")


class TestTheConsole:
    def test_is_asked_once_for_its_latest_output(self, tmp_path: Path) -> None:
        fake = Console(tmp_path / HOST, block(ED25519))
        assert module.Keys(fake).console() == [ED25519]
        assert fake.asked == [True]

    def test_that_cannot_show_the_latest_is_never_asked_for_it_again(self, tmp_path: Path) -> None:
        fake = Console(tmp_path / HOST, refusal("UnsupportedOperation"), "", block(ED25519))
        keys = module.Keys(fake)
        assert [keys.console(), keys.console()] == [[], [ED25519]]
        assert fake.asked == [True, False, False]

    @pytest.mark.parametrize("before", [[], [refusal("UnsupportedOperation")]])
    def test_that_may_not_be_read_is_an_error(
        self, tmp_path: Path, before: list[Exception]
    ) -> None:
        fake = Console(tmp_path / HOST, *before, refusal("UnauthorizedOperation"))
        with pytest.raises(ClientError, match="UnauthorizedOperation"):
            module.Keys(fake).console()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def answers(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    monkeypatch.setattr(module, "scan", lambda _address: list(keys))


class TestEstablishing:
    def test_trusts_the_console_over_the_answer(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        answers(monkeypatch, ED25519)
        fake = FakeModule(tmp_path / HOST, [ED25519, ECDSA])
        assert module.Keys(fake).establish() == (sorted([ED25519, ECDSA]), "console")

    def test_refuses_an_answer_that_the_console_does_not_show(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        answers(monkeypatch, OTHER)
        with pytest.raises(module.HostKeyError, match="not the one on record"):
            module.Keys(FakeModule(tmp_path / HOST, [ED25519])).establish()

    def test_does_not_wait_for_the_console_when_keys_are_on_record(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        answers(monkeypatch, ED25519)
        (tmp_path / HOST).write_text(module.known_hosts_text(HOST, [ED25519]))
        keys = module.Keys(FakeModule(tmp_path / HOST, []))
        assert keys.establish() == ([ED25519], "record")
        assert clock.now == 0

    def test_refuses_a_record_and_an_answer_that_the_console_contradicts(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        answers(monkeypatch, ED25519)
        (tmp_path / HOST).write_text(module.known_hosts_text(HOST, [ED25519]))
        with pytest.raises(module.HostKeyError, match="its console shows"):
            module.Keys(FakeModule(tmp_path / HOST, [OTHER])).establish()

    def test_pins_the_first_answer_with_a_warning_when_the_console_stays_silent(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        answers(monkeypatch, ED25519)
        fake = FakeModule(tmp_path / HOST, [])
        assert module.Keys(fake).establish() == ([ED25519], "first answer")
        assert 50 < clock.now <= 60
        assert HOST in fake.warnings[0]

    def test_gives_up_on_a_silent_host_and_says_what_to_do(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        answers(monkeypatch)
        with pytest.raises(module.HostKeyError, match=r"run the playbooks deploy\.yml"):
            module.Keys(FakeModule(tmp_path / HOST, [ED25519])).establish()
        assert 20 < clock.now <= 30
