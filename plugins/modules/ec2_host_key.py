#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record an instance's SSH host keys from its console, and verify that SSH answers with them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_host_key
short_description: Record an EC2 instance's SSH host keys and wait until it answers with them
version_added: 0.1.0
description:
  - Reads the host keys that cloud-init prints on the instance's console, which is available only
    through EC2, and writes them to a C(known_hosts) file for this instance, under the instance id.
  - If the console shows no keys in time, the keys of the first SSH answer are pinned, with a
    warning.
  - Waits until SSH answers, and fails if it answers with another key than the recorded one.
options:
  instance_id:
    description: The instance id. Use it as SSH's C(HostKeyAlias), since addresses are reused.
    type: str
    required: true
  address:
    description: The address at which this machine reaches the instance.
    type: str
    required: true
  known_hosts:
    description: The file to write, one for each instance. Keys already in it are the recorded keys.
    type: path
    required: true
  console_timeout:
    description: Seconds to wait for the keys on the console if none are recorded.
    type: int
    default: 180
  connect_timeout:
    description: Seconds to wait until SSH answers.
    type: int
    default: 300
attributes:
  check_mode:
    description: Reads and checks the keys, but does not write the file.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
author: cardiology.cloud contributors (@cardiology-cloud)
requirements: [ssh-keyscan]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Record the host's keys
  cardiology.cloud.ec2_host_key:
    instance_id: i-0123456789abcdef0
    address: 203.0.113.7
    known_hosts: ~/.local/state/cardiology-cloud/known_hosts/i-0123456789abcdef0
"""

RETURN = r"""
keys:
  description: The recorded keys, as key type and key.
  returned: success
  type: list
  elements: str
source:
  description: Where they come from. C(record) is the file as written by an earlier run.
  returned: success
  type: str
  sample: console
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import (
    CLIENT_CONFIG,
    absent,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    FAILURES,
    sentence,
)

try:
    from botocore.config import Config
except ImportError:
    pass  # AnsibleAWSModule reports it

BEGIN = "-----BEGIN SSH HOST KEY KEYS-----"
END = "-----END SSH HOST KEY KEYS-----"
KEY = re.compile(r"\b(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) (AAAA[A-Za-z0-9+/]+=*)")
POLL_SECONDS = 2.0


class HostKeyError(Exception):
    """A key cannot be read or must not be trusted; the text explains why and what to do."""


def console_keys(output: str) -> list[str]:
    """The keys in cloud-init's last complete block on a console, which is from the latest boot."""
    end = output.rfind(END)
    begin = output.rfind(BEGIN, 0, max(end, 0))
    return find_keys(output[begin:end]) if begin >= 0 else []


def find_keys(text: str) -> list[str]:
    """`type key` of every public key in a text, sorted and unique."""
    return sorted({f"{kind} {key}" for kind, key in KEY.findall(text)})


def known_hosts_text(instance_id: str, keys: list[str]) -> str:
    """The content of a known_hosts file for one instance."""
    return "".join(f"{instance_id} {key}\n" for key in keys)


def check_record(
    recorded: list[str], console: list[str], instance_id: str, known_hosts: Path
) -> None:
    """Raise HostKeyError if the recorded keys contradict the console."""
    if recorded and console and not set(recorded) & set(console):
        raise HostKeyError(
            f"The host key on record for {instance_id} is not the one that its console shows. "
            f"If you know why, remove {known_hosts} and run again."
        )


def check_answer(
    trusted: list[str], answered: list[str], instance_id: str, address: str, known_hosts: Path
) -> None:
    """Raise HostKeyError if SSH answered with an untrusted key."""
    if not set(trusted) & set(answered):
        raise HostKeyError(
            f"The SSH host key of {instance_id} at {address} is not the one on record: something "
            f"else may be answering in its place, so nothing was sent to it. If you know why the "
            f"key changed, remove {known_hosts} and run again."
        )


def poll(question: Callable[[], list[str]], seconds: float) -> list[str]:
    """Call `question` until it returns keys or the time is up; always at least once."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer or time.monotonic() + POLL_SECONDS > deadline:
            return answer
        time.sleep(POLL_SECONDS)


def scan(address: str) -> list[str]:
    """The keys that SSH answers with now; empty if it does not answer."""
    command = ["ssh-keyscan", "-T", "5", "-t", "ed25519,ecdsa,rsa", address]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return find_keys(done.stdout)


def write(path: Path, text: str) -> None:
    """Replace a file atomically, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)


class Keys:
    """The host keys of one instance: recorded, on the console, and in SSH's answer."""

    def __init__(self, module: AnsibleAWSModule) -> None:
        self._module = module
        self._ec2 = module.client("ec2", config=Config(**CLIENT_CONFIG))
        self.instance_id = module.params["instance_id"]
        self.address = module.params["address"]
        self.known_hosts = Path(module.params["known_hosts"])
        self._latest = {"Latest": True}

    def console(self) -> list[str]:
        """The keys on the console now; only newer instance types support the latest output."""
        answer = absent(self._console_output, "UnsupportedOperation") if self._latest else None
        if answer is None:
            self._latest = {}
            answer = self._console_output()
        return console_keys(answer.get("Output") or "")

    def _console_output(self) -> dict[str, Any]:
        return dict(self._ec2.get_console_output(InstanceId=self.instance_id, **self._latest))

    def establish(self) -> tuple[list[str], str]:
        """The trusted keys and their source, after SSH has answered with one of them."""
        exists = self.known_hosts.exists()
        recorded = find_keys(self.known_hosts.read_text()) if exists else []
        wait = 0 if recorded else self._module.params["console_timeout"]
        console = poll(self.console, wait)
        check_record(recorded, console, self.instance_id, self.known_hosts)
        answered = poll(lambda: scan(self.address), self._module.params["connect_timeout"])
        if not answered:
            raise HostKeyError(
                f"SSH on {self.instance_id} did not answer at {self.address} within "
                f"{self._module.params['connect_timeout']} s. Your address may have changed since "
                "the last deploy: run the playbooks deploy.yml and train.yml again."
            )
        if trusted := recorded or console:
            check_answer(trusted, answered, self.instance_id, self.address, self.known_hosts)
            return trusted, "record" if recorded else "console"
        self._module.warn(
            f"The console of {self.instance_id} shows no host key: the key that answered first "
            f"is pinned in {self.known_hosts}, and any other is refused from now on."
        )
        return answered, "first answer"


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "instance_id": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "known_hosts": {"type": "path", "required": True, "no_log": False},
            "console_timeout": {"type": "int", "default": 180},
            "connect_timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    module.get_bin_path("ssh-keyscan", required=True)
    try:
        keys = Keys(module)
        trusted, source = keys.establish()
        changed = source != "record"
        if changed and not module.check_mode:
            write(keys.known_hosts, known_hosts_text(keys.instance_id, trusted))
    except HostKeyError as error:
        module.fail_json(msg=str(error))
    except FAILURES as error:
        module.fail_json(msg=sentence(error))
    except OSError as error:
        module.fail_json(msg=f"{module.params['known_hosts']} cannot be used: {error}.")
    module.exit_json(changed=changed, keys=trusted, source=source)


if __name__ == "__main__":
    main()
