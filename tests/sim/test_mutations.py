"""The list of mutations fits the engine as it stands. That each is noticed is a slow test, in `test_slow.py`."""

from __future__ import annotations

from tests.sim import mutate


def test_every_mutation_still_has_its_text() -> None:
    """A rule that was reworded would silently go without its mutation."""
    for mutation in mutate.MUTATIONS:
        text = (mutate.ROOT / "extension" / "sync" / mutation.file).read_text()
        assert text.count(mutation.old) == 1, (
            f"{mutation.rule}: the text to change stands {text.count(mutation.old)} times"
        )


def test_every_second_wall_stands_behind_a_rule() -> None:
    assert set(mutate.SECOND_WALLS) <= {mutation.rule for mutation in mutate.MUTATIONS}
