#!/usr/bin/env python3
"""Draw docs/images/demo.svg: the end of a real demo run.

script -qec "stty cols 100; make demo" demo.log && tools/picture.py demo.log
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

# rich comes with ansible-lint.
from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).resolve().parent.parent / "docs/images/demo.svg"
WIDTH = 104
#: The parts shown: the start of the first line, and of the line after the last.
PARTS = (("Training run ", "  changed: "), ("cardiology-optimizer ", "localhost : "))


def part(lines: list[Text], first: str, after: str) -> list[Text]:
    """The lines of the last part that starts with `first`."""
    begin = max(n for n, line in enumerate(lines) if line.plain.startswith(first))
    end = next(n for n in range(begin, len(lines)) if lines[n].plain.startswith(after))
    while not lines[end - 1].plain.strip():
        end -= 1
    return lines[begin:end]


def main() -> None:
    """Read the log of a run and write the image."""
    log = Path(sys.argv[1]).read_text(encoding="utf-8")
    lines = [Text.from_ansi(line.rstrip()) for line in log.splitlines()]
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text("$ make demo"))
    for which in PARTS:
        console.print(Text("\n…\n"))
        for line in part(lines, *which):
            console.print(line)
    picture = console.export_svg(title="make demo")
    # The image must not load anything, including fonts.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    PICTURE.write_text(picture.replace("Fira Code, ", ""), encoding="utf-8")


if __name__ == "__main__":
    main()
