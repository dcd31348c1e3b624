"""moto as the local cloud runs it, in this process."""

import os
import tempfile
from pathlib import Path

from localcloud import amis
from localcloud.environment import configure_moto

# moto reads these when it is imported.
_AMIS = Path(tempfile.gettempdir()) / f"torture-amis-{os.getpid()}.json"
amis.write(_AMIS)
configure_moto(os.environ, _AMIS)


def pytest_unconfigure() -> None:
    _AMIS.unlink(missing_ok=True)
