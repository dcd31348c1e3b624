# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EC2 key pair: the caller's public SSH key, which EC2 installs on new hosts."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent
from ...engine.model import UNKNOWN, Facts, Found, Kind, Resource, Right, Target
from ...engine.sentences import EstateError
from ...engine.tags import tags_of
from ...inputs import Inputs
from ..ec2 import set_tags, tag_specification


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """The key of `ssh_private_key_file`; apply creates the file if it is missing."""
    properties = {
        "public_key": facts.public_key or UNKNOWN,
        "tags": inputs.named_tags(inputs.stem),
    }
    return [Resource("key_pair", "main", inputs.stem, properties)]


def read(cloud: Cloud) -> list[Found]:
    """The key pairs with our name or tags."""
    result = []
    for pair in _all(cloud):
        tags = tags_of(pair.get("Tags"))
        if pair["KeyName"] == cloud.inputs.stem or cloud.ours(tags):
            properties = {"public_key": without_comment(pair.get("PublicKey", "")), "tags": tags}
            result.append(Found("key_pair", pair["KeyName"], pair["KeyName"], properties))
    return result


def _all(cloud: Cloud) -> list[dict[str, Any]]:
    """All key pairs; EC2 does not paginate this call."""
    return list(cloud.client("ec2").describe_key_pairs(IncludePublicKey=True)["KeyPairs"])


def without_comment(public_key: str) -> str:
    """`<type> <base64>`: EC2 replaces the comment with the key's name."""
    return " ".join(public_key.split()[:2])


def public_key(private_key_file: Path) -> str:
    """The public key of a key file, without its comment; "" if there is no such file."""
    if not private_key_file.is_file():
        return ""
    # Derived from the private key, since the `.pub` file next to it may belong to another key.
    asked = _ssh_keygen("-y", "-P", "", "-f", str(private_key_file))
    beside = private_key_file.with_name(private_key_file.name + ".pub")
    if asked.returncode == 0:
        return without_comment(asked.stdout)
    # The public key cannot be derived from a private key with a passphrase.
    return without_comment(beside.read_text()) if beside.is_file() else ""


def make_key_file(private_key_file: Path, comment: str) -> None:
    """Create a key (ed25519, no passphrase, mode 0600). An existing file is left as it is."""
    if private_key_file.exists():
        return
    # An existing directory keeps its mode: it may be shared, such as /tmp.
    private_key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = _ssh_keygen("-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(private_key_file))
    if made.returncode != 0:
        raise EstateError(
            f"The key file {private_key_file} cannot be made: {made.stderr.strip() or 'no reason'}."
        )


def _ssh_keygen(*arguments: str) -> subprocess.CompletedProcess[str]:
    # No stdin, since ssh-keygen prompts before it overwrites a file.
    return subprocess.run(
        ["ssh-keygen", *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def _material(cloud: Cloud, wanted: str, name: str) -> str:
    """The public key to import; if the plan does not know it yet, the key is created now."""
    if wanted != UNKNOWN:
        return wanted
    path = Path(cloud.inputs.ssh_private_key_file).expanduser()
    make_key_file(path, name)
    material = public_key(path)
    if not material:
        raise EstateError(f"The key file {path} does not tell its public half.")
    return material


def create(cloud: Cloud, resource: Resource) -> str:
    """Import the public key to EC2; create the key file first if it is missing."""
    _import(cloud, resource.name, resource.properties["public_key"], resource.properties["tags"])
    return resource.name


def _import(cloud: Cloud, name: str, wanted: str, tags: dict[str, str]) -> None:
    cloud.client("ec2").import_key_pair(
        KeyName=name,
        PublicKeyMaterial=_material(cloud, wanted, name).encode(),
        TagSpecifications=tag_specification("key-pair", tags),
    )


def _set_public_key(cloud: Cloud, target: Target) -> None:
    """Delete and import again, as EC2 cannot change a key pair; hosts keep the key they have."""
    wanted, tags = target.properties["public_key"], target.properties["tags"]
    _delete(cloud, target.name)
    # "Duplicate" means our own import, whose response was lost.
    absent(lambda: _import(cloud, target.name, wanted, tags), "InvalidKeyPair.Duplicate")


def _set_tags(cloud: Cloud, target: Target) -> None:
    [pair] = [pair for pair in _all(cloud) if pair["KeyName"] == target.name]
    set_tags(cloud, replace(target, id=pair["KeyPairId"]))


def _delete(cloud: Cloud, name: str) -> None:
    absent(lambda: cloud.client("ec2").delete_key_pair(KeyName=name), "InvalidKeyPair.NotFound")


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the key pair in EC2. The key file stays, as it may be used elsewhere too."""
    _delete(cloud, found.name)


KIND = Kind(
    "key_pair",
    "compute",
    desired,
    read,
    permissions=(
        Right("LookAtHosts", "DescribeKeyPairs"),
        Right("MakeForHosts", "ImportKeyPair", "key-pair"),
        Right("ChangeAndRemoveHosts", "DeleteKeyPair", "key-pair"),
    ),
    price=FREE,
    create=create,
    setters={"tags": _set_tags, "public_key": _set_public_key},
    created_with=frozenset({"public_key", "tags"}),
    delete=delete,
)
