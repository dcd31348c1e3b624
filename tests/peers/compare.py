#!/usr/bin/env python3
"""Run moto's own tests against the local cloud and against plain moto.

Prints each test that fails on the local cloud only. There the local cloud must refuse what AWS
refuses: a value outside the service's model, or what EXPECTED lists with its reason. Anything else
is a request that works on plain moto and not here, and the exit status is 1.

The tests come with moto's source distribution; this project does not contain them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT))
from tests.cloud import free_port, inherited, local_cloud  # noqa: E402

PYTHON = ROOT / ".venv-audit/peers/bin/python"
SERVICES = (
    *("budgets", "cloudtrail", "cloudwatch", "ec2", "iam", "kms", "logs"),
    *("resourcegroupstaggingapi", "s3", "sns", "ssm", "sts"),
)

#: By a text of the failure why AWS refuses the request too.
BY_TEXT = {
    "validation error": "outside the model of the service",
    "Member must": "outside the model of the service",
    "InvalidAMIID.NotFound": "there is no such image: plain moto launches any",
    "The image id": "there is no such image: plain moto launches any",
    "InvalidInstanceID.Malformed": "not the id of an instance",
    "InvalidGroupId.Malformed": "not the id of a security group",
    "assert 'ValidationException' ==": "outside the model of the service",
}

#: By the name of a test why AWS refuses its request too, or answers as the local cloud does.
EXPECTED = {
    "test_launch_template_create": "CloudFormation adds tags of its own",
    "test_create_volume_with_multi_attach_enabled_fails": "there is no volume type sc2",
    "test_create_fleet_dryrun": "ExcessCapacityTerminationPolicy is termination, not terminate",
    "test_get_tag_values_cloudwatch": "an alarm action must be an ARN",
    "test_put_parameter_invalid_type": "the values in the order of the model",
    "test_get_parameter_history_should_throw_exception": "the sentence without a full stop",
    "test_create_alarm": "an alarm action must be an ARN",
    "test_put_metric_alarm": "an alarm action must be of the alarm's own region",
    "test_delete_alarm": "an alarm action must be an ARN",
    "test_enable_disable_alarm_actions": "an alarm action must be an ARN",
    "test_get_event_selectors_empty": "a new trail records management events",
    "test_get_insight_selectors": "InsightNotEnabledException for a trail without Insights",
    "test_describe_metric_filters_happy": "a metric filter needs its log group",
    "test_describe_metric_filters_multiple_happy": "a metric filter needs its log group",
    "test_lifecycle_delete": "a lifecycle rule needs an action",
    "test_lifecycle_empty_configuration": "a lifecycle rule needs an action",
    "test_lifecycle_multi": "a lifecycle rule needs an action",
    "test_lifecycle_with_nvt": "30 days until a noncurrent version moves to ONEZONE_IA",
    "test_create_and_retrieve_replication": "a replication rule needs a Filter or a Prefix",
    "test_create_replication_without_versioning": "the rule is read before the bucket",
    "test_log_file_is_created": "access logs arrive hours later, and here never",
    "test_streaming_upload_from_file_to_presigned_url": "a GET for a URL signed for PUT",
}


def main() -> int:
    """Compare; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--service", action="append", choices=SERVICES, help="only this one")
    services = parser.parse_args().service or SERVICES
    work = ROOT / ".cache/peers"
    work.mkdir(parents=True, exist_ok=True)
    suite = source(work) / "tests"
    with local_cloud() as cloud, plain_moto() as plain, ThreadPoolExecutor() as pool:
        names = {"local cloud": cloud.port, "plain moto": plain}
        running = {
            name: pool.submit(outcomes, port, suite, services, work / f"{port}.xml")
            for name, port in names.items()
        }
        here, there = (future.result() for future in running.values())
    only_here = {test: text for test, text in here.items() if text and not there.get(test)}
    print(f"{len(here)} tests, {sum(map(bool, there.values()))} fail on plain moto too")
    unexplained = [test for test, text in only_here.items() if not report(test, text)]
    print(f"{len(only_here)} fail on the local cloud only, {len(unexplained)} without a reason")
    return 1 if unexplained else 0


def source(work: Path) -> Path:
    """The directory of moto's source distribution, in the version that the local cloud uses."""
    name = f"moto-{version('moto')}"
    if not (work / name).is_dir():
        pip = [BIN / "python", "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run(
            [*pip, "--no-binary", "moto", "--dest", work, name.replace("-", "==")], check=True
        )
        with tarfile.open(work / f"{name}.tar.gz") as archive:
            archive.extractall(work, filter="data")
    return work / name


def outcomes(port: int, suite: Path, services: tuple[str, ...], result: Path) -> dict[str, str]:
    """By test "" if it passed or was skipped, else why it failed."""
    endpoint = f"http://127.0.0.1:{port}"
    environ = {
        **inherited(),
        "TEST_SERVER_MODE": "true",
        "TEST_SERVER_MODE_ENDPOINT": endpoint,
        "MOTO_PORT": str(port),
        "AWS_ACCESS_KEY_ID": "localcloud",
        "AWS_SECRET_ACCESS_KEY": "localcloud",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    folders = [f"tests/test_{service}" for service in services]
    options = ["-q", "-p", "no:cacheprovider", "--tb=short", f"--junit-xml={result}"]
    subprocess.run(
        [PYTHON, "-m", "pytest", *options, *folders],
        cwd=suite.parent,
        env=environ,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    found = {}
    for case in ET.parse(result).iter("testcase"):
        failures = [*case.iter("failure"), *case.iter("error")]
        name = f"{case.get('classname')}::{case.get('name')}"
        found[name] = "\n".join(f"{f.get('message')}\n{f.text}" for f in failures)
    if not found:
        sys.exit(f"pytest ran no test against {endpoint}: see {result}")
    return found


def report(test: str, text: str) -> str:
    """Print a test that fails here only; the reason, "" if there is none."""
    name = test.rpartition("::")[2]
    reason = next((why for start, why in EXPECTED.items() if name.startswith(start)), "")
    reason = reason or next((why for part, why in BY_TEXT.items() if part in text), "")
    first = reason or text.splitlines()[0]
    print(f"  {'ok' if reason else '!!'} {test}: {first}", flush=True)
    return reason


@contextmanager
def plain_moto() -> Iterator[int]:
    """moto's own server; its port."""
    port = free_port()
    with subprocess.Popen(
        [BIN / "moto_server", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            while server.poll() is None and not answers(port):
                time.sleep(0.5)
            yield port
        finally:
            server.terminate()


def answers(port: int) -> bool:
    """Whether a server is ready there."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=60).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
