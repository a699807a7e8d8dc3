"""A session ends after an idle hour, and after its longest life however busy it is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from extension.store import Database, Sessions, new_key

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
IDLE, LONGEST = timedelta(hours=1), timedelta(hours=8)


def sessions(folder: Path) -> Sessions:
    database = Database(f"sqlite:///{folder / 'x.db'}", [new_key()])
    database.upgrade()
    return Sessions(database)


def test_a_visit_within_the_hour_prolongs_it(tmp_path: Path) -> None:
    kept = sessions(tmp_path)
    token = kept.start({"who": "a"}, NOW, IDLE.total_seconds(), longest=LONGEST)
    assert kept.visit(token, NOW + timedelta(minutes=50), IDLE) is not None
    assert kept.visit(token, NOW + timedelta(minutes=100), IDLE) is not None
    assert kept.visit(token, NOW + timedelta(minutes=161), IDLE) is None


def test_nothing_prolongs_it_past_its_longest_life(tmp_path: Path) -> None:
    kept = sessions(tmp_path)
    token = kept.start({"who": "a"}, NOW, IDLE.total_seconds(), longest=LONGEST)
    for minutes in range(30, 480, 30):
        assert kept.visit(token, NOW + timedelta(minutes=minutes), IDLE) is not None
    assert kept.visit(token, NOW + LONGEST, IDLE) is None


def test_a_token_without_a_longest_life_is_not_prolonged(tmp_path: Path) -> None:
    kept = sessions(tmp_path)
    token = kept.start({"who": "a"}, NOW, 3600)
    assert kept.visit(token, NOW + timedelta(minutes=59), IDLE) is not None
    assert kept.visit(token, NOW + timedelta(minutes=61), IDLE) is None
