"""Public addresses that are routed on this machine, each allocated once.

moto takes automatic ones from a real AWS range and Elastic IPs from 127.0.0.0/8.
"""

from moto.ec2.models import elastic_ip_addresses, elastic_network_interfaces

from localcloud.api.moto_patches.seams import Seam
from localcloud.leases import Leases

SEAMS = (
    Seam(elastic_network_interfaces, "random_public_ip", ""),
    Seam(elastic_ip_addresses, "random_ip", ""),
)


def apply(leases: Leases) -> None:
    """Allocate public addresses from `leases`."""
    for seam in SEAMS:
        # A new function each time, because a seam marks the function that it installs.
        seam.replace(lambda original: lambda: leases.public_address())
