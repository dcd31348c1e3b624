"""Finding the code for a request: moto searches its own source directory for each one.

Both results depend only on the installed code, so they are computed once.
"""

from functools import lru_cache

from moto.core import responses
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(DomainDispatcherApplication, "get_backend_for_host", "self, host"),
    Seam(responses, "method_names_from_class", "clazz"),
)


def apply() -> None:
    """Remember the service of a host name, and the operations of a service."""
    for seam in SEAMS:
        seam.replace(lru_cache(maxsize=4096))
