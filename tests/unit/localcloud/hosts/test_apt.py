"""The image is made of Debian's own sources, whatever else the machine has."""

from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.hosts.apt import debian_sources

DEB822 = """\
# made by the installer
Types: deb
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://packages.example.org/apt
Suites: stable
Components: main

Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
Components: main
"""
ONE_LINE = """\
# deb http://old.example.org bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror/debian bookworm main contrib
deb http://mirror/security bookworm-security main # security
deb https://apt.example.org/cloud cloud-sdk-bookworm main
deb-src http://mirror/debian bookworm main
"""


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("")
    return tmp_path


def test_third_party_stanzas_stay_out(etc: Path) -> None:
    (etc / "sources.list.d" / "debian.sources").write_text(DEB822)

    text = debian_sources(etc).text

    assert text.count("Types:") == 1
    assert "Suites: bookworm bookworm-updates" in text
    assert "#" not in text


def test_one_line_sources_become_stanzas(etc: Path) -> None:
    (etc / "sources.list").write_text(ONE_LINE)

    text = debian_sources(etc).text

    assert text.count("Types: deb\n") == text.count("Types:") == 2
    assert "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg" in text
    assert "Suites: bookworm-security" in text
    assert "Components: main contrib" in text


def test_a_newer_debians_mirror_has_debian_12_too(etc: Path) -> None:
    newer = DEB822.replace("bookworm", "trixie")
    security = "deb http://mirror/security trixie-security main\n"
    (etc / "sources.list.d" / "debian.sources").write_text(newer)
    (etc / "sources.list").write_text(security + security.replace("trixie", "sid"))

    text = debian_sources(etc).text

    assert "URIs: http://deb.debian.org/debian\nSuites: bookworm bookworm-updates\n" in text
    assert text.count("URIs: http://mirror/security\nSuites: bookworm-security\n") == 1
    assert text.count("Types:") == 2
    assert "trixie" not in text


def test_suites_may_be_on_lines_of_their_own(etc: Path) -> None:
    stanza = DEB822.replace("bookworm bookworm-updates", "\n trixie\n trixie-updates")
    (etc / "sources.list.d" / "debian.sources").write_text(stanza)

    assert "\nSuites: bookworm bookworm-updates\nComponents: main\n" in debian_sources(etc).text


def test_backports_stay_out(etc: Path) -> None:
    mirror = "deb http://mirror/debian"
    (etc / "sources.list").write_text(
        f"{mirror} trixie main\n{mirror} trixie-backports main\n{mirror} bookworm-backports main\n"
    )

    assert debian_sources(etc).text.count("Types:") == 1
    assert "backports" not in debian_sources(etc).text


@pytest.mark.parametrize("suite", ["bullseye", "stable", "jammy", "trixie-extra", "xtrixie"])
def test_what_is_not_debians_or_older_stays_out(etc: Path, suite: str) -> None:
    (etc / "sources.list").write_text(
        f"deb http://mirror/debian {suite} main\ndeb http://mirror/debian bookworm main\n"
    )

    assert debian_sources(etc).text.count("Types:") == 1
    assert suite not in debian_sources(etc).text.split()


def test_an_archive_that_the_machine_trusts_without_a_signature_stays_trusted(etc: Path) -> None:
    (etc / "sources.list").write_text("deb [trusted=yes arch=amd64] http://mirror bookworm main\n")

    assert debian_sources(etc).text.endswith("Components: main\nTrusted: yes\n")


def test_the_names_of_files_decide_their_order(etc: Path) -> None:
    for name in ("b", "c", "a"):
        line = f"deb http://{name}/debian bookworm main\n"
        (etc / "sources.list.d" / f"{name}.list").write_text(line)

    text = debian_sources(etc).text

    assert text.index("//a/") < text.index("//b/") < text.index("//c/")


def test_no_debian_source_is_one_clear_sentence(etc: Path) -> None:
    with pytest.raises(LocalCloudError, match="no source of Debian"):
        debian_sources(etc)
