"""Every peer at work, each in its own packages, on a handful of records: that it brings them all and is counted.

`make bench-peers` installs the packages; without them a test skips.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.peers.environments import installed
from bench.peers.racing import Failed, Field, Track
from bench.peers.roster import PEERS, Peer

pytestmark = pytest.mark.slow

TINY = Field(parties=210, invoices=120, turns=1)


@pytest.fixture(scope="module")
def track() -> Iterator[Track]:
    with Track(TINY) as made:
        yield made


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_brings_every_record_and_the_run_after_it_next_to_none(track: Track, peer: Peer) -> None:
    if not installed(peer):
        pytest.skip("its packages are not installed: make bench-peers does it")
    warmed = track.turn(peer)
    counted = track.turn(peer)
    first, again = counted
    assert first.records == TINY.of(peer.side) > 0
    assert again.records <= 2, "a bookmark that is inclusive reads the latest of each stream again"
    assert min(first.wall, first.cpu, first.peak, first.served) > 0
    assert again.calls >= 1
    assert first.calls <= warmed[0].calls, "remembered answers are counted as calls, too"
    assert first.calls >= 2


def test_who_does_not_bring_everything_has_failed(track: Track, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = PEERS[0]
    monkeypatch.setattr(track, "_size", Field(parties=211, invoices=120, turns=1))
    with pytest.raises(Failed, match="brought 330 of 331 records"):
        track.turn(ours)
    broken = Peer("broken", ours.side, "broken", "nowhere.fetch", "", "nothing")
    with pytest.raises(Failed, match=r"No module named .bench\.peers\.nowhere"):
        track.turn(broken)
