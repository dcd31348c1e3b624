"""The server's own start."""

from __future__ import annotations

import subprocess
import sys


def test_moto_is_not_imported_before_it_is_configured() -> None:
    """Whoever imports it earlier gives the cloud moto's own images and manners."""
    program = (
        "import sys, localcloud.server; print([m for m in sys.modules if m.startswith('moto')])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stdout + done.stderr
