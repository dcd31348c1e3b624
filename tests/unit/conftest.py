"""moto as strict as the local cloud runs it, for every unit test in this process."""

import os
import tempfile
from pathlib import Path

from localcloud import amis
from localcloud.environment import configure_moto

# moto reads these when it is imported, which the conftest of any folder below may do.
_AMIS = Path(tempfile.gettempdir()) / f"unit-amis-{os.getpid()}.json"
amis.write(_AMIS)
configure_moto(os.environ, _AMIS)


def pytest_unconfigure() -> None:
    _AMIS.unlink(missing_ok=True)
