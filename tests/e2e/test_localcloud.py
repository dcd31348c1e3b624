"""The local cloud with real machines, as seen by an AWS client and in the shell."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import boto3
import pytest

from localcloud.hosts import preflight, rules
from localcloud.hosts.network import Network
from localcloud.hosts.reap import reap
from localcloud.leases import Leases
from localcloud.shell import CommandError
from localcloud.state import base_directory


def free_ports(count: int) -> list[int]:
    """Unused ports, so that other clouds and other checkouts' tests are not affected."""
    with ExitStack() as taken:
        sockets = [taken.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


PORT, OTHER_PORT = free_ports(2)
MACHINE = f"e2e-{PORT}"
LOCALCLOUD = [sys.executable, "-m", "localcloud.cli"]
ROLE = "tester"

pytestmark = pytest.mark.skipif(
    preflight.problem() is not None, reason=f"no hosts here: {preflight.problem()}"
)


def sh(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def localcloud(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    source = Path(__file__).parents[2] / "src"
    return subprocess.run(
        [*LOCALCLOUD, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(source), **environment},
    )


def eventually(what: Callable[[], Any], seconds: float = 600) -> Any:
    """The first true result of `what`; a failure shows its last error or value."""
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            last = what()
            if last:
                return last
        except (AssertionError, OSError) as error:
            last = error
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {last}")


class Cloud:
    """A client of one local cloud that has a VPC, a subnet, a key pair and a role."""

    def __init__(self, port: int, scratch: Path) -> None:
        self.port, self.scratch = port, scratch
        self._host_keys: dict[str, list[str]] = {}
        options = {
            "endpoint_url": f"http://127.0.0.1:{port}",
            "region_name": "us-west-2",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }
        self.options = options
        self.ec2 = boto3.client("ec2", **options)
        images = self.ec2.describe_images(Owners=["136693071363"])["Images"]
        self.image = max(images, key=lambda one: one["CreationDate"])["ImageId"]
        self.vpc = self.ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.77.1.0/24")["Subnet"]
        self.subnet = subnet["SubnetId"]
        self.ec2.modify_subnet_attribute(SubnetId=self.subnet, MapPublicIpOnLaunch={"Value": True})
        self.key = scratch / f"key-{port}"
        pair = self.ec2.create_key_pair(KeyName="test", KeyType="ed25519")
        self.key.write_text(pair["KeyMaterial"])
        self.key.chmod(0o600)
        iam = boto3.client("iam", **options)
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")
        iam.create_instance_profile(InstanceProfileName=ROLE)
        iam.add_role_to_instance_profile(InstanceProfileName=ROLE, RoleName=ROLE)

    def launch(self, count: int = 1, **options: Any) -> list[str]:
        wanted = {
            "ImageId": self.image,
            "InstanceType": "t3.micro",
            "KeyName": "test",
            "SubnetId": self.subnet,
            "MinCount": count,
            "MaxCount": count,
            **options,
        }
        return [one["InstanceId"] for one in self.ec2.run_instances(**wanted)["Instances"]]

    def instance(self, instance_id: str) -> dict[str, Any]:
        answer = self.ec2.describe_instances(InstanceIds=[instance_id])
        found: dict[str, Any] = answer["Reservations"][0]["Instances"][0]
        return found

    def state(self, instance_id: str) -> str:
        return str(self.instance(instance_id)["State"]["Name"])

    def ssh(self, instance_id: str, command: str, user: str = "admin") -> str:
        """Run a command over SSH; the host key must match the one on the instance's console."""
        address = self.instance(instance_id)["PublicIpAddress"]
        known = self.scratch / f"known-{instance_id}"
        if instance_id not in self._host_keys:
            self._host_keys[instance_id] = eventually(lambda: self.host_keys(instance_id))
        known.write_text("".join(f"{address} {key}\n" for key in self._host_keys[instance_id]))
        return ssh(f"{user}@{address}", self.key, known, command)

    def host_keys(self, instance_id: str) -> list[str]:
        """The host keys that cloud-init printed on the console."""
        text = self.ec2.get_console_output(InstanceId=instance_id).get("Output", "")
        block = re.search(r"-----BEGIN SSH HOST KEY KEYS-----(.*?)-----END", text, re.DOTALL)
        lines = block[1].strip().splitlines() if block else []
        return [" ".join(line.split()[:2]) for line in lines]

    def boot_id(self, instance_id: str) -> str:
        return self.ssh(instance_id, "cat /proc/sys/kernel/random/boot_id")


def ssh(login: str, key: Path, known: Path, command: str) -> str:
    options = {
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": str(known),
        "StrictHostKeyChecking": "yes",
        "ConnectTimeout": "60",
        "BatchMode": "yes",
        "LogLevel": "ERROR",
    }
    flags = [f"-o{name}={value}" for name, value in options.items()]
    line = ["ssh", "-i", str(key), *flags, login, command]

    def attempt() -> subprocess.CompletedProcess[str] | None:
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        # 255 comes from ssh itself: the machine is booting. Other codes come from the command.
        assert done.returncode != 255, done.stderr
        return done

    done = eventually(attempt)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return str(done.stdout).strip()


# Runs in the guest after ssh has disconnected.
SOON = "(sleep 0.3; sudo {}) >/dev/null 2>&1 &"


def traces(port: int | str) -> list[str]:
    """Everything that is left of a cloud's machines on this machine."""
    found = sh("podman", "ps", "--all", "--format", "{{.Names}}").split()
    found += [line.split()[0] for line in sh("ip", "netns", "list").splitlines()]
    found += [line.split()[2] for line in sh("nft", "list", "tables").splitlines()]
    found += [line for line in sh("ps", "-eo", "args").splitlines() if "conmon" in line]
    found += Path("/proc/mounts").read_text().splitlines()
    leases = Path("/run/localcloud/leases")
    held = [lease.name for lease in leases.iterdir() if lease.read_text() == str(port)]
    mark = re.compile(rf"lc-{port}\.|localcloud_{port}$")
    return [one for one in found if mark.search(one)] + held


def uplinks(port: int) -> set[str]:
    """The names of a cloud's links on the host."""
    table = sh("nft", "list", "set", "ip", f"localcloud_{port}", "uplinks")
    return set(re.findall(r"lcu[0-9a-f]{4}", table))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheels")
    (directory / "here.txt").write_text("a wheel")
    return directory


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Iterator[Cloud]:
    localcloud("image")
    done = localcloud("up", "--port", str(PORT), PIP_FIND_LINKS=str(wheels))
    assert done.returncode == 0, done.stderr
    try:
        yield Cloud(PORT, tmp_path_factory.mktemp("cloud"))
    finally:
        assert localcloud("down", "--port", str(PORT)).returncode == 0
        # `down` keeps the log of a server that failed or was killed; here this was intended.
        for port in (PORT, OTHER_PORT):
            shutil.rmtree(base_directory() / str(port), ignore_errors=True)
    assert traces(PORT) == []


@pytest.fixture(scope="module")
def host(cloud: Cloud) -> str:
    """An instance launched as the product does it."""
    return cloud.launch(
        IamInstanceProfile={"Name": ROLE},
        MetadataOptions={"HttpTokens": "required", "InstanceMetadataTags": "enabled"},
        UserData="#!/bin/sh\necho from-user-data >/var/tmp/proof\n",
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "the-host"}]}
        ],
    )[0]


def test_up_is_idempotent(cloud: Cloud) -> None:
    done = localcloud("up", "--port", str(PORT))

    assert done.returncode == 0
    assert "already up" in done.stderr


def test_the_api_says_running_when_the_machine_runs(cloud: Cloud, host: str) -> None:
    assert cloud.state(host) == "running"
    assert f"lc-{PORT}.{host}" in sh("podman", "ps", "--format", "{{.Names}}").split()


def test_one_logs_in_with_the_key_pair_and_the_host_key_of_the_console(
    cloud: Cloud, host: str
) -> None:
    private = cloud.instance(host)["PrivateIpAddress"]

    assert cloud.ssh(host, "hostname -I").split() == [private]
    assert cloud.ssh(host, "sudo id -un") == "root"


def test_the_machine_boots_completely(cloud: Cloud, host: str) -> None:
    assert cloud.ssh(host, "systemctl is-system-running --wait; systemctl --failed -q") == "running"


def test_the_login_user_is_the_image_publishers(cloud: Cloud) -> None:
    images = cloud.ec2.describe_images(Owners=["099720109477"])["Images"]
    (instance,) = cloud.launch(ImageId=images[0]["ImageId"])

    assert cloud.ssh(instance, "id -un; sudo id -un", user="ubuntu").split() == ["ubuntu", "root"]
    cloud.ec2.terminate_instances(InstanceIds=[instance])


def test_user_data_has_run(cloud: Cloud, host: str) -> None:
    cloud.ssh(host, "cloud-init status --wait >/dev/null")

    assert cloud.ssh(host, "cat /var/tmp/proof") == "from-user-data"


METADATA = "http://169.254.169.254/latest"
WITH_TOKEN = (
    f"T=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {METADATA}/api/token); "
    f'curl -sf -H "X-aws-ec2-metadata-token: $T" {METADATA}'
)


def test_metadata_need_a_token(cloud: Cloud, host: str) -> None:
    code = f"curl -s -o /dev/null -w '%{{http_code}}' {METADATA}/meta-data/instance-id"

    assert cloud.ssh(host, code) == "401"
    assert cloud.ssh(host, f"{WITH_TOKEN}/meta-data/instance-id") == host


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("placement/region", "us-west-2"),
        ("tags/instance/Name", "the-host"),
        ("public-keys/", "0=test"),
        ("iam/security-credentials/", ROLE),
    ],
)
def test_metadata_describe_the_instance(cloud: Cloud, host: str, path: str, value: str) -> None:
    assert cloud.ssh(host, f"{WITH_TOKEN}/meta-data/{path}") == value


def test_role_credentials_are_the_roles(cloud: Cloud, host: str) -> None:
    document = cloud.ssh(host, f"{WITH_TOKEN}/meta-data/iam/security-credentials/{ROLE}")
    credentials = json.loads(document)
    sts = boto3.client(
        "sts",
        endpoint_url=cloud.options["endpoint_url"],
        region_name="us-west-2",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["Token"],
    )

    assert sts.get_caller_identity()["Arn"].endswith(f":assumed-role/{ROLE}/{host}")


def test_the_apis_are_where_logins_and_units_are_told(cloud: Cloud, host: str) -> None:
    unit = "sudo systemd-run --quiet --pipe --wait printenv AWS_ENDPOINT_URL"

    assert "ListAllMyBucketsResult" in cloud.ssh(host, 'curl -s "$AWS_ENDPOINT_URL/"')
    assert cloud.ssh(host, unit) == cloud.ssh(host, "printenv AWS_ENDPOINT_URL")


def test_wheel_directories_of_the_machine_are_in_the_guest(
    cloud: Cloud, host: str, wheels: Path
) -> None:
    assert cloud.ssh(host, f"sudo cat {wheels}/here.txt") == "a wheel"
    assert f"find-links = {wheels}" in cloud.ssh(host, "cat /etc/pip.conf")
    assert "Read-only" in cloud.ssh(host, f"sudo touch {wheels}/new 2>&1 || true")


def test_a_guest_cannot_call_the_machine_it_runs_on(cloud: Cloud, host: str) -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        port = listener.getsockname()[1]
        route = sh("ip", "route", "get", cloud.instance(host)["PublicIpAddress"])
        ours = re.search(r"src (\S+)", route)
        assert ours

        tried = cloud.ssh(host, f"curl -s --max-time 2 telnet://{ours[1]}:{port} || echo $?")

    assert tried == "28"  # curl: timed out


def test_link_local_addresses_stay_in_the_vpc(cloud: Cloud, host: str) -> None:
    rules = sh(
        *("ip", "netns", "exec", f"lc-{PORT}.{cloud.vpc}"), "nft", "list", "chain", "ip",
        "localcloud", "forward",
    )  # fmt: skip

    assert "ip daddr 169.254.0.0/16 drop" in rules
    assert "169.254.169.254 dev lo" in cloud.ssh(host, "ip route get 169.254.169.254")


def test_a_spot_notice_reaches_the_guest(cloud: Cloud, host: str) -> None:
    path = f"{WITH_TOKEN}/meta-data/spot/instance-action"
    assert cloud.ssh(host, f"{path} || echo none") == "none"
    url = f"http://127.0.0.1:{PORT}/localcloud/spot-notice?instance_id={host}&seconds=120"

    urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=120).close()

    assert json.loads(cloud.ssh(host, path))["action"] == "terminate"


def test_an_elastic_address_leads_to_its_instance(cloud: Cloud) -> None:
    (instance,) = cloud.launch()
    before = cloud.instance(instance)["PublicIpAddress"]
    address = cloud.ec2.allocate_address(Domain="vpc")

    cloud.ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance)

    assert cloud.instance(instance)["PublicIpAddress"] == address["PublicIp"] != before
    assert cloud.ssh(instance, "id -un") == "admin"
    cloud.ec2.terminate_instances(InstanceIds=[instance])


def test_several_instances_start_side_by_side(cloud: Cloud) -> None:
    instances = cloud.launch(3)

    try:
        assert [cloud.state(one) for one in instances] == ["running"] * 3
        log = Path(f"/run/localcloud/{PORT}/server.log").read_text()
        threads = {re.search(rf"(guests_\d+) {one} runs", log)[1] for one in instances}  # type: ignore[index]
        assert len(threads) == 3, "started one after the other"
        names = [cloud.ssh(one, "hostname") for one in instances]
        assert len(set(names)) == 3
    finally:
        cloud.ec2.terminate_instances(InstanceIds=instances)
    assert [cloud.state(one) for one in instances] == ["terminated"] * 3


def test_life_of_an_instance(cloud: Cloud) -> None:
    """One machine for stop, start and both kinds of reboot; each step continues the last one."""
    (instance,) = cloud.launch()
    cloud.ssh(instance, "cloud-init status --wait >/dev/null; echo kept >state; sync")
    boots = [cloud.boot_id(instance)]

    cloud.ec2.stop_instances(InstanceIds=[instance])
    assert cloud.state(instance) == "stopped"
    assert "PublicIpAddress" not in cloud.instance(instance)

    cloud.ec2.start_instances(InstanceIds=[instance])
    assert cloud.state(instance) == "running"
    assert cloud.ssh(instance, "cat state") == "kept"
    boots.append(cloud.boot_id(instance))

    cloud.ec2.reboot_instances(InstanceIds=[instance])
    eventually(lambda: cloud.boot_id(instance) not in boots)
    boots.append(cloud.boot_id(instance))

    cloud.ssh(instance, SOON.format("systemctl reboot"))
    eventually(lambda: cloud.boot_id(instance) not in boots)
    assert cloud.state(instance) == "running"

    cloud.ssh(instance, SOON.format("systemctl poweroff"))
    eventually(lambda: cloud.state(instance) == "stopped")
    reason = cloud.instance(instance)["StateReason"]
    assert reason["Code"] == "Client.InstanceInitiatedShutdown"

    cloud.ec2.start_instances(InstanceIds=[instance])
    assert cloud.ssh(instance, "cat state") == "kept"
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    assert cloud.state(instance) == "terminated"
    assert instance not in sh("podman", "ps", "--all", "--format", "{{.Names}}")
    assert instance not in sh("ip", "netns", "list")


def test_shutdown_in_the_guest_terminates_where_the_instance_says_so(cloud: Cloud) -> None:
    (instance,) = cloud.launch(InstanceInitiatedShutdownBehavior="terminate")

    cloud.ssh(instance, SOON.format("shutdown now"))

    eventually(lambda: cloud.state(instance) == "terminated")
    eventually(lambda: instance not in sh("ip", "netns", "list"))
    assert cloud.instance(instance)["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"


def test_a_machine_that_cannot_start_is_terminated_with_the_reason(cloud: Cloud) -> None:
    vpc = cloud.ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    subnet = cloud.ec2.create_subnet(VpcId=vpc, CidrBlock="10.78.1.0/24")["Subnet"]["SubnetId"]
    sh("ip", "netns", "add", f"lc-{PORT}.{vpc}")  # blocks the VPC's router

    (instance,) = cloud.launch(SubnetId=subnet)

    assert cloud.state(instance) == "terminated"
    reason = cloud.instance(instance)["StateReason"]
    assert reason["Code"] == "Server.InternalError"
    assert f"lc-{PORT}.{vpc}" in reason["Message"]

    (instance,) = cloud.launch(SubnetId=subnet)
    assert cloud.state(instance) == "running", "what was half-made is out of the way"
    cloud.ec2.terminate_instances(InstanceIds=[instance])


def test_a_router_that_fails_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = f"router-{os.getpid()}"
    network = Network(scope, Leases(base_directory() / "leases", scope))
    table, vpc = rules.table(scope), IPv4Network("10.79.0.0/16")
    tried: list[str] = []

    def broken(_scope: str, uplink: str, _link: IPv4Network) -> str:
        tried.append(uplink)
        return "no rule at all\n"

    try:
        with monkeypatch.context() as patch:
            patch.setattr(rules, "host_uplink", broken)
            for _time in range(2):
                with pytest.raises(CommandError, match="syntax error"):
                    network.router("vpc-1", vpc)
        assert traces(scope) == []
        left = sh("ip", "route") + sh("ip", "-br", "link")
        assert len(tried) == 2
        assert not [link for link in tried if link in left]

        network.router("vpc-1", vpc)

        assert sh("nft", "list", "table", "ip", table).count("masquerade") == 1
    finally:
        reap(scope)


def test_clouds_with_the_same_addresses_live_side_by_side(cloud: Cloud, host: str) -> None:
    try:
        assert localcloud("up", "--port", str(OTHER_PORT)).returncode == 0
        other = Cloud(OTHER_PORT, cloud.scratch)
        private = cloud.instance(host)["PrivateIpAddress"]
        (twin,) = other.launch(
            PrivateIpAddress=private,
            MetadataOptions={"HttpTokens": "required"},
        )

        mine, theirs = f"{WITH_TOKEN}/meta-data/instance-id", f"{WITH_TOKEN}/meta-data/instance-id"
        assert other.ssh(twin, mine) == twin
        assert cloud.ssh(host, theirs) == host

        assert localcloud("down", "--port", str(OTHER_PORT)).returncode == 0
        assert cloud.ssh(host, "id -un") == "admin"
    finally:
        localcloud("down", "--port", str(OTHER_PORT))
    assert traces(OTHER_PORT) == []


@pytest.mark.parametrize("successor", ["up", "up --hosts none", "down"])
def test_nothing_is_left_of_a_server_that_was_killed(
    tmp_path: Path, cloud: Cloud, successor: str
) -> None:
    try:
        assert localcloud("up", "--port", str(OTHER_PORT)).returncode == 0
        Cloud(OTHER_PORT, tmp_path).launch(2)
        assert len(traces(OTHER_PORT)) > 4
        links = uplinks(OTHER_PORT)
        assert len(links) == 1
        info = json.loads(Path(f"/run/localcloud/{OTHER_PORT}/server.json").read_text())
        os.kill(info["pid"], 9)

        done = localcloud(*successor.split(), "--port", str(OTHER_PORT))

        assert done.returncode == 0, done.stderr
        assert traces(OTHER_PORT) == []
        left = sh("ip", "route") + sh("ip", "-br", "link")
        assert not [link for link in links if link in left]
    finally:
        localcloud("down", "--port", str(OTHER_PORT))


def test_a_plain_machine_comes_and_goes(tmp_path: Path, cloud: Cloud) -> None:
    public = tmp_path / "key.pub"
    public.write_text(sh("ssh-keygen", "-y", "-f", str(cloud.key)))
    try:
        done = localcloud("machine", "create", f"--name={MACHINE}", f"--authorized-key={public}")
        assert done.returncode == 0, done.stderr
        login = json.loads(done.stdout)
        known = tmp_path / "known"
        known.write_text("".join(f"{login['address']} {key}\n" for key in login["host_keys"]))
        assert ssh(f"admin@{login['address']}", cloud.key, known, "id -un; hostname").split() == [
            "admin",
            MACHINE,
        ]
    finally:
        first = localcloud("machine", "destroy", f"--name={MACHINE}")
        again = localcloud("machine", "destroy", f"--name={MACHINE}")
    assert (first.returncode, again.returncode) == (0, 0)
    assert f"lc-machine-{MACHINE}." not in sh("ip", "netns", "list")
