"""Addresses are lent once, whoever asks, and come back."""

from pathlib import Path

import pytest

from localcloud import leases
from localcloud.leases import PUBLIC, UPLINKS, Leases


def test_clouds_never_share_an_address(tmp_path: Path) -> None:
    clouds = [Leases(tmp_path, "5700"), Leases(tmp_path, "5701")]

    public = [cloud.public_address() for cloud in clouds for _time in range(50)]
    uplinks = [cloud.uplink() for cloud in clouds for _time in range(50)]

    assert len(set(public)) == len(set(uplinks)) == 100


def test_an_address_that_is_lent_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = iter([7, 7, 7, 8])
    monkeypatch.setattr(leases.random, "randrange", lambda *_bounds: next(draws))

    assert Leases(tmp_path, "5700").public_address() == "198.18.0.7"
    assert Leases(tmp_path, "5701").public_address() == "198.18.0.8"


def test_addresses_are_in_their_ranges(tmp_path: Path) -> None:
    lender = Leases(tmp_path, "5700")
    link = lender.uplink()

    assert link.prefixlen == 30
    assert link.subnet_of(UPLINKS)
    assert lender.public_address().startswith(str(PUBLIC.network_address)[:7])
    assert not PUBLIC.overlaps(UPLINKS)


def test_release_gives_back_ones_own_only(tmp_path: Path) -> None:
    mine, theirs = Leases(tmp_path, "570"), Leases(tmp_path, "5700")
    mine.public_address()
    kept = theirs.public_address()

    mine.release_all()

    assert [lease.name for lease in tmp_path.iterdir()] == [kept]


def test_one_address_goes_back_alone(tmp_path: Path) -> None:
    lender = Leases(tmp_path, "5700")
    kept, link = lender.public_address(), lender.uplink()

    lender.release(link.network_address)

    assert [lease.name for lease in tmp_path.iterdir()] == [kept]


def test_release_where_nothing_was_ever_lent(tmp_path: Path) -> None:
    Leases(tmp_path / "none", "5700").release_all()
