"""moto with the local cloud's strict settings, for every unit test in this process."""

import os
import tempfile
from pathlib import Path

from localcloud.environment import configure_moto
from localcloud.hosts import amis

# moto reads these at import, and a conftest.py in any subdirectory may import it.
_AMIS = Path(tempfile.gettempdir()) / f"unit-amis-{os.getpid()}.json"
amis.write(_AMIS)
configure_moto(os.environ, _AMIS)


def pytest_unconfigure() -> None:
    _AMIS.unlink(missing_ok=True)
