"""moto with the local cloud's settings, in this process."""

import os
import tempfile
from pathlib import Path

from localcloud.environment import configure_moto
from localcloud.hosts import amis

# moto reads these at import.
_AMIS = Path(tempfile.gettempdir()) / f"torture-amis-{os.getpid()}.json"
amis.write(_AMIS)
configure_moto(os.environ, _AMIS)


def pytest_unconfigure() -> None:
    _AMIS.unlink(missing_ok=True)
