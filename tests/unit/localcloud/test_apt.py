"""The image is made of Debian's own sources, whatever else the machine has."""

from pathlib import Path

import pytest

from localcloud.apt import debian_sources
from localcloud.errors import LocalCloudError

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
"""  # noqa: E501


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


def test_the_order_of_files_does_not_change_the_image(etc: Path) -> None:
    for name in ("b.sources", "a.sources"):
        (etc / "sources.list.d" / name).write_text(DEB822)

    assert debian_sources(etc) == debian_sources(etc)


def test_no_debian_source_is_one_clear_sentence(etc: Path) -> None:
    with pytest.raises(LocalCloudError, match="no apt source for bookworm"):
        debian_sources(etc)
