"""The least that a Singer target can be: records upserted into SQLite, a thousand at once, and the state kept.

Ours, because what is measured is the tap; a target that does more costs more. Prints how many records there were.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any, Final

from bench.peers.gauge import peak_memory

AT_ONCE: Final = 1_000
TABLE: Final = "CREATE TABLE IF NOT EXISTS record (n INTEGER PRIMARY KEY, stream, id, body, UNIQUE (stream, id))"
UPSERT: Final = "INSERT INTO record (stream, id, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"


class Target:
    """`folder`: where the database lies, and what the next turn wants to know."""

    def __init__(self, folder: Path) -> None:
        self.records = 0
        self._folder = folder
        self._keys: dict[str, str] = {}
        self._waiting: list[tuple[str, str, str]] = []
        self._database = sqlite3.connect(folder / "target.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(TABLE)

    def take(self, line: str) -> None:
        message: dict[str, Any] = json.loads(line)
        match message["type"]:
            case "SCHEMA":
                (self._keys[message["stream"]],) = message["key_properties"]
            case "RECORD":
                stream, record = message["stream"], message["record"]
                self._waiting.append((stream, record[self._keys[stream]], json.dumps(record)))
                self.records += 1
                if len(self._waiting) >= AT_ONCE:
                    self.write()
            case "STATE":
                (self._folder / "state.line").write_text(line, encoding="utf-8")

    def write(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany(UPSERT, self._waiting)
        self._database.execute("COMMIT")
        self._waiting.clear()


def main() -> None:
    folder = Path(sys.argv[1])
    target = Target(folder)
    for line in sys.stdin:
        target.take(line)
    target.write()
    (folder / "target.peak").write_text(str(peak_memory()), encoding="utf-8")
    print(target.records)


if __name__ == "__main__":
    main()
