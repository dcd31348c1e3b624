"""The machine's own apt sources, as far as they are Debian's: the guests' image is made of them."""

import re
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import LocalCloudError

SUITE = "bookworm"

# A newer machine's mirror has Debian 12 too. Code names only: others call theirs "stable" too.
_RELEASES = (SUITE, "trixie", "forky", "duke", "sid")
_SUITE = re.compile(rf"(?:{'|'.join(_RELEASES)})(?P<part>-updates|-security|-backports|/updates)?")


@dataclass(frozen=True)
class Sources:
    """Sources in deb822 form (`.sources`), and the suite that the image is made of."""

    text: str
    suite: str = SUITE
    suffix: str = ".sources"


def debian_sources(etc: Path = Path("/etc/apt")) -> Sources:
    """Debian 12's sources of this machine, or of its mirror where the machine is a newer Debian.

    Third-party sources stay out. Raises LocalCloudError when there is no Debian source at all.
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
    # Two releases of one mirror come to the same stanza.
    return Sources("\n\n".join(dict.fromkeys(stanzas)) + "\n")


def _deb822(text: str) -> list[str]:
    """The stanzas of a .sources file that are Debian's, without comments."""
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
    """A field, with its value's further lines."""
    return re.compile(rf"^{name}:[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE)


def _one_line(text: str) -> list[str]:
    """The lines `deb [options] uri suite components` that are Debian's, as stanzas."""
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
    """The fields for those options of a line that say whose word the archive is taken on."""
    names = {"signed-by": "Signed-By", "trusted": "Trusted"}
    pairs = (option.split("=", 1) for option in options.split() if "=" in option)
    return [f"{names[name]}: {value}" for name, value in pairs if name in names]


def _debian_12(suites: list[str], components: list[str]) -> str:
    """The suites as Debian 12's own; nothing unless all are Debian's.

    Debian's archives have a component called main. Backports stay out: the image has nothing from
    them, and an older release's may be gone from the mirror.
    """
    found = [_SUITE.fullmatch(suite) for suite in suites]
    if "main" not in components:
        return ""
    parts = [one["part"] or "" for one in found if one]
    if len(parts) < len(suites):
        return ""
    return " ".join(dict.fromkeys(SUITE + part for part in parts if part != "-backports"))
