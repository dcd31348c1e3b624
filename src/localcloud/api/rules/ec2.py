"""EC2 quotas, and the format of ids.

Source: Amazon EC2 API Reference, "Error codes"; Amazon VPC User Guide, "Amazon VPC quotas".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.api.errors import Refused

#: The default quota of Elastic IPs per region.
_ADDRESSES = 5

_HEX = "([0-9a-f]{8}|[0-9a-f]{17})"
#: The id format and error code by parameter name. For most other types, EC2 reports a malformed id
#: as not found.
_FORMS = {
    **dict.fromkeys(
        ("GroupId", "GroupIds", "SecurityGroupId", "SecurityGroupIds"),
        (re.compile(f"(sg|pg)-{_HEX}"), "InvalidGroupId.Malformed"),
    ),
    **dict.fromkeys(
        ("InstanceId", "InstanceIds"),
        (re.compile(f"m?i-{_HEX}"), "InvalidInstanceID.Malformed"),
    ),
}


def every(_response: Any, parameters: Mapping[str, Any]) -> None:
    """The rules for every request."""
    for name, value in _strings(parameters):
        form, code = _FORMS.get(name, (None, ""))
        if form and not form.fullmatch(value):
            raise Refused(code, f'Invalid id: "{value}"')


def allocate(response: Any, _parameters: Mapping[str, Any]) -> None:
    """AllocateAddress."""
    if len(response.ec2_backend.addresses) >= _ADDRESSES:
        raise Refused("AddressLimitExceeded", "The maximum number of addresses has been reached.")


def _strings(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every string in a request, with the name of its parameter."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _strings(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item, name)


RULES = {"": every, "AllocateAddress": allocate}
