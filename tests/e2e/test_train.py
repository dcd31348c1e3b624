"""A training run from end to end: run on a real host, followed, collected, stopped.

Each fixture runs one playbook after the previous fixture, in one account of their own; the tests
check the result in AWS and on the host.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .conftest import BIN, ROOT, Cloud, Result

#: Inputs that a deploy would refuse, but with which hosts can still be stopped.
MEANWHILE = (
    *("-e", "training_instance_type=t9.huge"),
    *("-e", "public_subnet_cidrs=10.20.32.0/20,10.20.48.0/20"),
)
#: Passed to every playbook, as group_vars would be when a budget action is configured.
STOPS = ("-e", "budget_action=stop_instances", "-e", "budget_alert_emails=heart@example.org")
TRAINING = ("-e", "training_epochs=60", "-e", "training_seeds=0")


@dataclass(frozen=True)
class Site:
    """An environment that hosts can be launched in."""

    cloud: Cloud
    state: Path

    def run(self, name: str, *args: str) -> Result:
        """Run a playbook that keeps its host keys under `state`."""
        environ = {"XDG_STATE_HOME": str(self.state)}
        return self.cloud.run_playbook(name, *STOPS, *args, timeout=3600, environ=environ)

    def hosts(self) -> list[dict[str, Any]]:
        """Every instance in the account that is not terminated."""
        pages = self.cloud.client("ec2").describe_instances()["Reservations"]
        hosts = [host for page in pages for host in page["Instances"]]
        return [host for host in hosts if host["State"]["Name"] != "terminated"]

    def events(self, run: str) -> list[str]:
        """The events that a run has sent so far."""
        logs = self.cloud.client("logs")
        where = {"logGroupName": "/aws/cardiology-optimizer/dev"}
        try:
            answer = logs.get_log_events(**where, logStreamName=f"training/{run}")
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [json.loads(event["message"])["event"] for event in answer["events"]]

    def known_hosts(self) -> dict[str, Path]:
        """The host key files, by instance id."""
        files = (self.state / "cardiology-cloud/known_hosts").glob("i-*")
        return {path.name: path for path in files}

    def objects(self, bucket: str, prefix: str) -> dict[str, bytes]:
        """The objects under a prefix, by key."""
        s3, name = self.cloud.client("s3"), self.cloud.bucket(bucket)
        listed = s3.list_objects_v2(Bucket=name, Prefix=prefix).get("Contents", [])
        return {
            item["Key"]: s3.get_object(Bucket=name, Key=item["Key"])["Body"].read()
            for item in listed
        }

    def on_host(self, script: str) -> str:
        """The output of a script run as root on the only running host, with host key check."""
        [host] = self.hosts()
        done = subprocess.run(
            [
                "ssh",
                *("-i", str(self.cloud.key_file())),
                *("-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"),
                *("-o", "StrictHostKeyChecking=yes", "-o", f"HostKeyAlias={host['InstanceId']}"),
                *("-o", f"UserKnownHostsFile={self.known_hosts()[host['InstanceId']]}"),
                f"admin@{host['PublicIpAddress']}",
                f"sudo sh -c {script!r}",
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def site(
    cloud: Cloud, new_account: Callable[[], Cloud], tmp_path_factory: pytest.TempPathFactory
) -> Site:
    """An empty account where hosts can run."""
    status = subprocess.run(
        [str(BIN / "localcloud"), "status", "--port", cloud.env["AWS_ENDPOINT_URL"].split(":")[-1]],
        capture_output=True,
        text=True,
        check=False,
    )
    if re.search(r"hosts.*none", status.stdout):
        pytest.skip("this machine cannot run hosts (podman), so no training can be tested")
    return Site(new_account(), tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def undeployed(site: Site) -> Result:
    """Training without an environment."""
    return site.run("train")


REFUSED = {
    '{"ingress_ports": []}': "does not allow SSH",
    '{"allowed_cidrs": [], "caller_address_url": ""}': "Nobody may connect to hosts of dev",
    '{"allowed_cidrs": ["198.51.100.0/24"]}': "does not have the rules that it should have",
    '{"training_epochs": 0}': "training_epochs must be a whole number from 1",
    '{"model_name": "my model"}': "model_name must be",
    '{"training_instance_type": "p9.huge"}': "p9.huge",
    '{"training_max_hours": 48}': "does not power hosts off 48 hours after their start",
}


@pytest.fixture(scope="module", params=REFUSED, ids=list(REFUSED.values()))
def refused(request: pytest.FixtureRequest, deployed: Site) -> tuple[str, Result]:
    """A dry run of training that cannot work, and the expected error message."""
    return REFUSED[request.param], deployed.run("train", "--check", "-e", request.param)


@pytest.fixture(scope="module")
def undeployed_ingestion(site: Site) -> Result:
    """Ingestion without an environment."""
    return site.run("ingest")


@pytest.fixture(scope="module")
def deployed(site: Site, undeployed: Result, undeployed_ingestion: Result) -> Site:
    """The environment, without data."""
    site.run("deploy").ok()
    return site


@pytest.fixture(scope="module")
def without_data(deployed: Site) -> Result:
    """Training without data."""
    return deployed.run("train")


@pytest.fixture(scope="module")
def ingested(deployed: Site, without_data: Result) -> tuple[Result, Result]:
    """Ingestion, twice."""
    return deployed.run("ingest").ok(), deployed.run("ingest").ok()


@pytest.fixture(scope="module")
def first(deployed: Site, ingested: tuple[Result, Result]) -> Result:
    """A run on a new host."""
    return deployed.run("train", *TRAINING, "-e", "run_id=e2e-first").ok()


@pytest.fixture(scope="module")
def tampered(deployed: Site, first: Result) -> Result:
    """A run in which the recorded host key differs from the host's key."""
    [path] = deployed.known_hosts().values()
    good = path.read_text()
    other = "AAAAC3NzaC1lZDI1NTE5AAAAIDtampereddtampereddtampereddtampereddtamp"
    path.write_text(re.sub(r"AAAA\S+", other, good))
    try:
        return deployed.run("train", *TRAINING)
    finally:
        path.write_text(good)


@pytest.fixture(scope="module")
def second(deployed: Site, tampered: Result) -> Result:
    """A second run, with the host kept afterwards."""
    return deployed.run("train", *TRAINING, "-e", "training_after=keep").ok()


@dataclass(frozen=True)
class Busy:
    """Runs while the host is busy with another run."""

    same_type: Result
    other_type: Result
    #: The host's id, state and type after both runs.
    left: tuple[str, str, str]


@pytest.fixture(scope="module")
def busy(deployed: Site, second: Result) -> Busy:
    """Runs while the host is busy with another run, which only sleeps."""
    unit = "/etc/systemd/system/cardiology-training@other.service"
    deployed.on_host(
        "mkdir -p /var/lib/cardiology/runs/other; "
        f"printf '[Service]\\nExecStart=/bin/sleep 600\\n' > {unit}; "
        "systemctl daemon-reload; systemctl start cardiology-training@other"
    )
    try:
        other_type = deployed.run("train", *TRAINING, "-e", "training_instance_type=c5.xlarge")
        same_type = deployed.run("train", *TRAINING, "-v")
        assert deployed.on_host("systemctl is-active cardiology-training@other") == "active\n"
        [host] = deployed.hosts()
        left = (host["InstanceId"], host["State"]["Name"], host["InstanceType"])
        return Busy(same_type, other_type, left)
    finally:
        deployed.on_host(f"systemctl stop cardiology-training@other; rm {unit}")


@pytest.fixture(scope="module")
def told(deployed: Site, second: Result) -> Result:
    """The status of an environment with a running host and two published models."""
    return deployed.run("status").ok()


@pytest.fixture(scope="module")
def unfollowed(deployed: Site, busy: Busy, told: Result) -> Result:
    """A run that takes longer than the time it is followed."""
    long = ("-e", "training_epochs=5000", "-e", "training_seeds=0")
    return deployed.run("train", *long, "-e", "training_run_timeout=1", "-e", "run_id=e2e-long")


@dataclass(frozen=True)
class Halt:
    """The number of changes by `stop.yml`, and the host's state afterwards."""

    changed: int
    state: str


@pytest.fixture(scope="module")
def halts(deployed: Site, unfollowed: Result) -> list[Halt]:
    """Stopping all hosts: as a dry run, for real, and again."""

    def stop(*args: str) -> Halt:
        changed = deployed.run("stop", *args).ok().changed
        return Halt(changed, deployed.hosts()[0]["State"]["Name"])

    return [stop("--check"), stop(*MEANWHILE), stop()]


@dataclass(frozen=True)
class End:
    """How a host was stopped, and what was read from it before."""

    state: str
    reason: str
    told: str = ""


def end(site: Site, told: str = "") -> End:
    """Wait until the host is not running any more."""
    eventually(lambda: site.hosts()[0]["State"]["Name"] == "stopped")
    [host] = site.hosts()
    return End(host["State"]["Name"], host["StateReason"]["Code"], told)


def eventually(true: Callable[[], bool]) -> None:
    """Wait until something is true, however slow the machine is."""
    patience = iter(range(3600))
    while not true():
        assert next(patience, None) is not None, "it did not happen within an hour"
        time.sleep(1)


@pytest.fixture(scope="module")
def orphaned(deployed: Site, halts: list[Halt]) -> End:
    """The end of a host whose controller is killed during a run."""
    command = deployed.cloud.command(
        *("train", *STOPS, "-e", "training_seeds=0", "-e", "training_epochs=1500"),
        *("-e", "run_id=e2e-orphaned", "-e", "training_idle_minutes=1"),
        *("-e", "idle_shutdown_after_boot=1"),
    )
    controller = subprocess.Popen(
        command,
        cwd=ROOT,
        env=deployed.cloud.variables({"XDG_STATE_HOME": str(deployed.state)}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    eventually(lambda: "started" in deployed.events("e2e-orphaned"))
    assert controller.poll() is None
    os.killpg(controller.pid, signal.SIGKILL)
    controller.wait()
    return end(deployed)


@pytest.fixture(scope="module")
def overdue(deployed: Site, orphaned: End) -> End:
    """The end of a host that was started by hand, is at work, and whose time is up."""
    [host] = deployed.hosts()
    deployed.cloud.client("ec2").start_instances(InstanceIds=[host["InstanceId"]])
    eventually(lambda: deployed.hosts()[0]["State"]["Name"] == "running")
    eventually(lambda: answers(deployed))
    timer = "systemctl show max-hours.timer --property=TimersMonotonic --value"
    told = deployed.on_host(
        f"{timer}; systemctl disable --quiet --now idle-shutdown.timer; "
        "systemd-run --quiet --unit=cardiology-training@overdue sleep infinity; "
        # As the timer does when its time has come.
        "systemctl start --no-block max-hours.service"
    )
    return end(deployed, told)


def answers(site: Site) -> bool:
    """Whether SSH answers."""
    try:
        return site.on_host("echo yes") == "yes\n"
    except AssertionError:
        return False


@pytest.fixture(scope="module")
def failed(deployed: Site, overdue: End) -> Result:
    """A run that fails, on a host that is terminated afterwards."""
    return deployed.run(
        "train",
        *("-e", "training_run_dataset_version=no-such-version"),
        *("-e", "training_after=terminate"),
    )


class TestBeforeAnythingIsThere:
    def test_training_without_an_environment_names_the_fix(self, undeployed: Result) -> None:
        assert undeployed.rc != 0
        assert "environment dev is not deployed" in flat(undeployed)
        assert "ansible-playbook playbooks/deploy.yml -e env=dev" in flat(undeployed)

    def test_ingestion_without_an_environment_names_the_fix(
        self, undeployed_ingestion: Result
    ) -> None:
        assert undeployed_ingestion.rc != 0
        assert "ansible-playbook playbooks/deploy.yml -e env=dev" in flat(undeployed_ingestion)

    def test_training_without_data_names_the_fix_and_launches_nothing(
        self, deployed: Site, without_data: Result
    ) -> None:
        assert without_data.rc != 0
        assert "ansible-playbook playbooks/ingest.yml -e env=dev" in flat(without_data)
        assert without_data.changed == 0


class TestWhatCannotWork:
    def test_is_refused_in_a_dry_run_too_before_a_host_is_launched(
        self, deployed: Site, refused: tuple[str, Result]
    ) -> None:
        sentence, result = refused
        assert result.rc != 0
        assert sentence in flat(result)
        assert deployed.hosts() == []


class TestIngestion:
    def test_stores_raw_files_and_the_data_set(
        self, deployed: Site, ingested: tuple[Result, Result]
    ) -> None:
        latest = json.loads(deployed.objects("processed-data", "latest.json")["latest.json"])
        assert latest
        assert deployed.objects("raw-data", "")
        assert "synthetic data) is new" in ingested[0].stdout

    def test_of_the_same_data_changes_nothing(self, ingested: tuple[Result, Result]) -> None:
        assert (ingested[0].changed, ingested[1].changed) == (1, 0)
        assert "nothing was uploaded" in ingested[1].stdout


class TestARunOnANewHost:
    def test_publishes_a_model_with_a_right_manifest(self, deployed: Site, first: Result) -> None:
        prefix = "models/graphsage/e2e-first/"
        objects = deployed.objects("model-artifacts", prefix)
        manifest = json.loads(objects[f"{prefix}manifest.json"])
        assert manifest["files"]
        for file in manifest["files"]:
            assert hashlib.sha256(objects[file["key"]]).hexdigest() == file["sha256"]
        assert re.fullmatch("[0-9a-f]{64}", manifest["code_sha256"])
        assert manifest["host"]["instance_id"] == deployed.hosts()[0]["InstanceId"]

    def test_stops_the_host_at_the_end(self, deployed: Site, first: Result) -> None:
        assert [host["State"]["Name"] for host in deployed.hosts()] == ["stopped"]

    def test_sends_metrics(self, deployed: Site, first: Result) -> None:
        listed = deployed.cloud.client("cloudwatch").list_metrics(
            Namespace="cardiology-optimizer/dev"
        )["Metrics"]
        assert "TestAccuracy" in {metric["MetricName"] for metric in listed}

    def test_writes_log_events(self, deployed: Site, first: Result) -> None:
        events = deployed.cloud.client("logs").get_log_events(
            logGroupName="/aws/cardiology-optimizer/dev", logStreamName="training/e2e-first"
        )["events"]
        assert events

    def test_is_stopped_by_aws_when_the_budget_is_spent(
        self, deployed: Site, first: Result
    ) -> None:
        [host] = deployed.hosts()
        [action] = deployed.cloud.client("budgets").describe_budget_actions_for_budget(
            AccountId=deployed.cloud.account_id, BudgetName="cardiology-optimizer-dev-monthly"
        )["Actions"]
        stop = action["Definition"]["SsmActionDefinition"]

        assert stop["ActionSubType"] == "STOP_EC2_INSTANCES"
        assert stop["InstanceIds"] == [host["InstanceId"]]
        assert action["ExecutionRoleArn"].endswith("/cardiology-optimizer-dev-budget-action")

    def test_is_followed_live(self, first: Result) -> None:
        # A fast machine trains between two looks at the run; the last epoch is always printed.
        assert re.search(
            r"training +[\w -]+, seed 0  epoch +60/60  "
            r"loss \d\.\d+  accuracy 0\.\d+  100 %  0:00 left",
            first.stdout,
        )

    def test_reports_accuracy_beside_the_baselines_on_both_splits(self, first: Result) -> None:
        assert re.search(r"accuracy +random split +held-out states", first.stdout)
        for model in ("GraphSAGE", "logistic regression", "majority class"):
            assert re.search(rf"{model}( +0\.\d+ ± \d\.\d+){{2}}", first.stdout)
        assert f"s3://{'cardiology-optimizer'}" in first.stdout

    def test_has_the_host_s_keys_from_its_console(self, deployed: Site, first: Result) -> None:
        [(instance_id, path)] = deployed.known_hosts().items()
        console = deployed.cloud.client("ec2").get_console_output(InstanceId=instance_id)["Output"]
        assert path.read_text().split()[2] in console
        assert "answered first" not in first.stdout

    def test_launches_as_the_launch_template_says(self, deployed: Site, first: Result) -> None:
        [host] = deployed.hosts()
        tags = {tag["Key"]: tag["Value"] for tag in host["Tags"]}
        assert tags["Name"] == "cardiology-optimizer-dev-training"
        assert tags["ManagedBy"] == "cardiology.cloud"
        assert tags["Environment"] == "dev"
        [volume] = deployed.cloud.client("ec2").describe_volumes(
            VolumeIds=[device["Ebs"]["VolumeId"] for device in host["BlockDeviceMappings"]]
        )["Volumes"]
        assert (volume["Encrypted"], volume["VolumeType"], volume["Size"]) == (True, "gp3", 30)


class TestAHostThatAnswersWithAnotherKey:
    def test_is_refused_with_its_id_and_the_fix(self, deployed: Site, tampered: Result) -> None:
        [(instance_id, path)] = deployed.known_hosts().items()
        assert tampered.rc != 0
        assert f"{instance_id}" in flat(tampered)
        assert f"remove {path} and run again" in flat(tampered)

    def test_is_sent_nothing_and_put_back(self, tampered: Result) -> None:
        assert "Configure the host" not in tampered.stdout
        assert re.search(r"host +i-\w+ \S+ is stopped", tampered.stdout)


class TestASecondRun:
    def test_uses_the_same_host(self, deployed: Site, first: Result, second: Result) -> None:
        [host] = deployed.hosts()
        assert host["InstanceId"] in first.stdout
        assert f"host      {host['InstanceId']}" in second.stdout

    def test_installs_nothing_again(self, second: Result) -> None:
        assert "installing torch" not in second.stdout

    def test_keeps_the_first_model(self, deployed: Site, second: Result) -> None:
        manifests = [
            key
            for key in deployed.objects("model-artifacts", "models/graphsage/")
            if key.endswith("manifest.json")
        ]
        assert len(manifests) == 2

    def test_leaves_a_kept_host_running_in_the_inventory(
        self, deployed: Site, second: Result
    ) -> None:
        [host] = deployed.hosts()
        assert host["State"]["Name"] == "running"
        graph = subprocess.run(
            [str(BIN / "ansible-inventory"), "--list"],
            cwd=ROOT,
            env={**os.environ, **deployed.cloud.env},
            capture_output=True,
            text=True,
            check=True,
        )
        groups = json.loads(graph.stdout)
        assert groups["dev"]["hosts"] == groups["training"]["hosts"] == [host["InstanceId"]]

    def test_leaves_no_credentials_on_the_host(self, deployed: Site, second: Result) -> None:
        secret = re.escape(deployed.cloud.env["AWS_SECRET_ACCESS_KEY"])
        pattern = rf"aws_secret_access_key|aws_session_token|AKIA[A-Z0-9]|{secret}"
        places = "/etc/cardiology /etc/systemd/system /var/lib/cardiology /root /home"
        found = deployed.on_host(f'grep -rilE "{pattern}" {places} || true')
        assert found == ""

    def test_keeps_the_role_s_credentials_from_other_users(
        self, deployed: Site, second: Result
    ) -> None:
        ask = (
            "curl -s -X PUT -H X-aws-ec2-metadata-token-ttl-seconds:60 -o /dev/null "
            "-w %{http_code} http://169.254.169.254/latest/api/token"
        )
        users = "root cardiology admin nobody"
        answers = deployed.on_host(f"for u in {users}; do runuser -u $u -- {ask}; echo; done")
        assert answers.split() == ["200", "200", "000", "000"]

    def test_is_closed_since_its_boot(self, deployed: Site, second: Result) -> None:
        # The role only loads the rules; the unit is active if they were loaded at boot.
        assert deployed.on_host("systemctl is-active nftables.service") == "active\n"
        listening = deployed.on_host("ss -Hltun").splitlines()
        addresses = {line.split()[4] for line in listening}
        # 169.254.169.254 are the servers of the local cloud in the network of its guest.
        local = ("127.", "169.254.")
        assert {address for address in addresses if not address.startswith(local)} == {
            "0.0.0.0:22",
            "[::]:22",
        }

    @pytest.mark.parametrize("unit", ["cardiology-training@.service", "idle-shutdown.service"])
    def test_runs_units_that_may_do_little(self, deployed: Site, second: Result, unit: str) -> None:
        exposure = deployed.on_host(f"systemd-analyze security --no-pager {unit}").splitlines()[-1]
        assert float(exposure.split()[-3]) <= 2.0, exposure

    def test_ran_as_its_own_user_by_the_host_s_role(self, deployed: Site, second: Result) -> None:
        owners = deployed.on_host("stat -c %U /var/lib/cardiology/runs/*/result.json")
        assert set(owners.split()) == {"cardiology"}


class TestStatus:
    def test_tells_of_the_host_and_what_it_costs(self, deployed: Site, told: Result) -> None:
        [host] = deployed.hosts()
        assert re.search(rf"{host['InstanceId']}  running +t3.medium +30 GB", told.stdout)
        assert re.search(r"Per hour now: \$0\.0\d+ \(1 host running\)", told.stdout)
        assert f"log in: ssh -i {deployed.cloud.key_file()} admin@" in told.stdout

    def test_tells_of_every_run_with_its_accuracies(self, deployed: Site, told: Result) -> None:
        key = "models/graphsage/e2e-first/metrics.json"
        metrics = json.loads(deployed.objects("model-artifacts", key)[key])
        random = metrics["accuracy"]["random"]
        assert "synthetic data" in told.stdout
        assert (
            f"random split: GraphSAGE {random['graphsage']['mean']:.3f}, "
            f"logistic regression {random['logistic_regression']['mean']:.3f}"
        ) in told.stdout
        assert told.stdout.count("accuracy, held-out states: GraphSAGE") == 2

    def test_changes_nothing(self, told: Result) -> None:
        assert told.changed == 0


class TestAHostAtWork:
    def test_is_left_alone_and_running(self, busy: Busy) -> None:
        assert busy.same_type.rc != 0
        assert "is busy with cardiology-training@other.service" in flat(busy.same_type)
        assert busy.left[1] == "running"

    def test_is_not_changed(self, busy: Busy) -> None:
        assert "Install Python" not in busy.same_type.stdout

    def test_is_not_stopped_for_another_type(self, busy: Busy) -> None:
        host, state, instance_type = busy.left
        assert busy.other_type.rc != 0
        assert f"{host} is running as t3.medium" in flat(busy.other_type)
        assert "playbooks/stop.yml" in flat(busy.other_type)
        assert (state, instance_type) == ("running", "t3.medium")


class TestARunThatIsNoLongerFollowed:
    def test_goes_on_on_its_host(self, deployed: Site, unfollowed: Result) -> None:
        unit = "cardiology-training@e2e-long"
        assert deployed.on_host(f"systemctl is-active {unit}") == "active\n"

    def test_is_an_error_that_names_the_host_and_how_to_stop_it(
        self, deployed: Site, unfollowed: Result
    ) -> None:
        [host] = deployed.hosts()
        assert unfollowed.rc != 0
        assert "How training run e2e-long ends is not known" in flat(unfollowed)
        assert (
            f"{host['InstanceId']} (t3.medium) is still running, "
            "because it is at work on cardiology-training@e2e-long.service"
        ) in flat(unfollowed)
        assert "ansible-playbook playbooks/stop.yml -e env=dev" in flat(unfollowed)


class TestStop:
    def test_only_says_so_in_a_dry_run(self, halts: list[Halt]) -> None:
        assert halts[0] == Halt(changed=1, state="running")

    def test_stops_the_host(self, halts: list[Halt]) -> None:
        assert halts[1] == Halt(changed=1, state="stopped")

    def test_changes_nothing_where_all_is_stopped(self, halts: list[Halt]) -> None:
        assert halts[2] == Halt(changed=0, state="stopped")


class TestAHostWithoutAController:
    """Each way to stop is tested with the others broken."""

    def test_powers_off_after_its_run(self, deployed: Site, orphaned: End) -> None:
        assert orphaned == End("stopped", "Client.InstanceInitiatedShutdown")
        assert deployed.objects("model-artifacts", "models/graphsage/e2e-orphaned/manifest.json")

    def test_powers_off_when_its_time_is_up_though_it_is_busy(self, overdue: End) -> None:
        assert (overdue.state, overdue.reason) == ("stopped", "Client.InstanceInitiatedShutdown")
        assert "OnActiveUSec=1d" in overdue.told


class TestARunThatFails:
    def test_says_why_in_one_sentence_after_the_journal(self, failed: Result) -> None:
        assert failed.rc != 0
        assert re.search(r"Training run \S+ failed: .*no-such-version", flat(failed))
        assert re.search(r"^  \| .*no-such-version", failed.stdout, re.MULTILINE)

    def test_still_puts_the_host_back(self, deployed: Site, failed: Result) -> None:
        assert deployed.hosts() == []
        assert deployed.known_hosts() == {}


def flat(result: Result) -> str:
    """The output with every line break and indentation replaced by one space."""
    return " ".join(result.stdout.split())
