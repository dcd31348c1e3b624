"""Public addresses that really lead somewhere on this machine, each given out once.

moto draws automatic ones from a real AWS range and elastic ones from 127.0.0.0/8.
"""

from moto.ec2.models import elastic_ip_addresses, elastic_network_interfaces

from localcloud.leases import Leases
from localcloud.moto_patches.seams import Seam

SEAMS = (
    Seam(elastic_network_interfaces, "random_public_ip", ""),
    Seam(elastic_ip_addresses, "random_ip", ""),
)


def apply(leases: Leases) -> None:
    """Draw public addresses from `leases`."""
    for seam in SEAMS:
        # A new function each time: a seam marks what it puts in place.
        seam.replace(lambda original: lambda: leases.public_address())
