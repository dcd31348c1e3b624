"""The machine's own apt sources, as far as they are Debian's: the guests' image is made of them."""

import re
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import LocalCloudError

SUITE = "bookworm"


@dataclass(frozen=True)
class Sources:
    """Sources in deb822 form (`.sources`), and the suite that the image is made of."""

    text: str
    suite: str = SUITE
    suffix: str = ".sources"


def debian_sources(etc: Path = Path("/etc/apt")) -> Sources:
    """Debian 12's sources of this machine.

    Third-party sources stay out. Raises LocalCloudError when there is no Debian 12 source at all.
    """
    stanzas: list[str] = []
    for file in sorted([etc / "sources.list", *(etc / "sources.list.d").glob("*")]):
        if file.suffix == ".sources":
            stanzas += _deb822(file.read_text(encoding="utf-8"))
        elif file.suffix == ".list" and file.is_file():
            stanzas += _one_line(file.read_text(encoding="utf-8"))
    if not stanzas:
        raise LocalCloudError(
            f"the machine image is Debian 12: no apt source for {SUITE} in {etc}, add one"
        )
    return Sources("\n\n".join(stanzas) + "\n")


def _deb822(text: str) -> list[str]:
    """The stanzas of a .sources file that are Debian's, without comments."""
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return [
        stanza.strip()
        for stanza in re.split(r"\n\s*\n", plain)
        if _is_debian(_field(stanza, "Suites").split(), _field(stanza, "Components").split())
        and "deb" in _field(stanza, "Types").split()
        and _field(stanza, "Enabled").lower() not in ("no", "false")
    ]


def _field(stanza: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*(?:\n[ \t].*)*)", stanza, re.MULTILINE | re.IGNORECASE)
    return found.group(1) if found else ""


def _one_line(text: str) -> list[str]:
    """The lines `deb [options] uri suite components` that are Debian's, as stanzas."""
    stanzas = []
    for line in text.splitlines():
        found = re.match(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<rest>.*)", line)
        if not found:
            continue
        suite, *components = found["rest"].split("#")[0].split()
        if not _is_debian([suite], components):
            continue
        signed = re.search(r"signed-by=(\S+)", found["options"] or "")
        stanza = [
            "Types: deb",
            f"URIs: {found['uri']}",
            f"Suites: {suite}",
            f"Components: {' '.join(components)}",
        ]
        stanzas.append("\n".join([*stanza, f"Signed-By: {signed[1]}"] if signed else stanza))
    return stanzas


def _is_debian(suites: list[str], components: list[str]) -> bool:
    """Debian's own archives have these suites, and a component called main."""
    ours = re.compile(rf"{SUITE}(-updates|-security|-backports)?$|{SUITE}/updates$")
    return bool(suites) and all(ours.match(suite) for suite in suites) and "main" in components
