"""The Debian apt sources of this machine, from which the guest image is built."""

import re
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import LocalCloudError

SUITE = "bookworm"

# The mirror of a newer Debian has Debian 12 too. Code names only: other distributions also have
# a "stable".
_RELEASES = (SUITE, "trixie", "forky", "duke", "sid")
_SUITE = re.compile(rf"(?:{'|'.join(_RELEASES)})(?P<part>-updates|-security|-backports|/updates)?")


@dataclass(frozen=True)
class Sources:
    """Sources in deb822 format (`.sources`), and the suite that the image is built from."""

    text: str
    suite: str = SUITE
    suffix: str = ".sources"


def debian_sources(etc: Path = Path("/etc/apt")) -> Sources:
    """This machine's sources for Debian 12; on a newer Debian, Debian 12 from the same mirror.

    Third-party sources are ignored. Raises LocalCloudError if there is no Debian source.
    """
    stanzas: list[str] = []
    for file in sorted([etc / "sources.list", *(etc / "sources.list.d").glob("*")]):
        if file.suffix == ".sources":
            stanzas += _deb822(file.read_text(encoding="utf-8"))
        elif file.suffix == ".list" and file.is_file():
            stanzas += _one_line(file.read_text(encoding="utf-8"))
    if not stanzas:
        raise LocalCloudError(
            f"hosts run Debian 12, built from this machine's own apt sources, and {etc} has no "
            f"source of Debian ({_system(etc)}): use a machine with Debian 12 or newer, or do "
            "without hosts: --hosts none (`make demo HOSTS=none`)"
        )
    # Two releases on one mirror result in the same stanza.
    return Sources("\n\n".join(dict.fromkeys(stanzas)) + "\n")


def _system(etc: Path) -> str:
    """The name of this machine's operating system."""
    release = etc.parent / "os-release"
    text = release.read_text(encoding="utf-8") if release.exists() else ""
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)', text, re.MULTILINE)
    return f"this is {found[1]}" if found else "this is not Debian"


def _deb822(text: str) -> list[str]:
    """The Debian stanzas of a .sources file, without comments."""
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    stanzas = []
    for stanza in re.split(r"\n\s*\n", plain):
        suites = _debian_12(_field(stanza, "Suites").split(), _field(stanza, "Components").split())
        enabled = _field(stanza, "Enabled").lower() not in ("no", "false")
        if suites and enabled and "deb" in _field(stanza, "Types").split():
            stanzas.append(_pattern("Suites").sub(f"Suites: {suites}", stanza).strip())
    return stanzas


def _field(stanza: str, name: str) -> str:
    found = _pattern(name).search(stanza)
    return found.group(1) if found else ""


def _pattern(name: str) -> re.Pattern[str]:
    """A pattern for a field, including continuation lines."""
    return re.compile(rf"^{name}:[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE)


def _one_line(text: str) -> list[str]:
    """The Debian lines `deb [options] uri suite components`, as stanzas."""
    stanzas = []
    for line in text.splitlines():
        found = re.match(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<rest>.*)", line)
        if not found:
            continue
        suite, *components = found["rest"].split("#")[0].split()
        suites = _debian_12([suite], components)
        if not suites:
            continue
        stanza = [
            "Types: deb",
            f"URIs: {found['uri']}",
            f"Suites: {suites}",
            f"Components: {' '.join(components)}",
        ]
        stanzas.append("\n".join([*stanza, *_trust(found["options"] or "")]))
    return stanzas


def _trust(options: str) -> list[str]:
    """The fields for the options of a line that set how the archive is trusted."""
    names = {"signed-by": "Signed-By", "trusted": "Trusted"}
    pairs = (option.split("=", 1) for option in options.split() if "=" in option)
    return [f"{names[name]}: {value}" for name, value in pairs if name in names]


def _debian_12(suites: list[str], components: list[str]) -> str:
    """The matching Debian 12 suites; empty unless all suites are Debian's.

    Debian's archives have a component called main. Backports are left out: the image uses nothing
    from them, and those of an older release may be gone from the mirror.
    """
    found = [_SUITE.fullmatch(suite) for suite in suites]
    if "main" not in components:
        return ""
    parts = [one["part"] or "" for one in found if one]
    if len(parts) < len(suites):
        return ""
    return " ".join(dict.fromkeys(SUITE + part for part in parts if part != "-backports"))
