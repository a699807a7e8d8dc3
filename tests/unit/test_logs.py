"""The log: JSON lines in a private file, without anything that opens a door."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from extension import logs
from extension.remote.wire import redact


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "extension.log"
    logs.configure(path, redact)
    yield path
    logs.close()
    logging.getLogger().setLevel(logging.WARNING)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_logger_ends_here_as_json(file: Path) -> None:
    logging.getLogger("plain").info("read %d rows", 3)
    structlog.get_logger("structured").info("run", connection=1, state="done")
    plain, structured = lines(file)
    assert (plain["event"], plain["logger"], plain["level"]) == ("read 3 rows", "plain", "info")
    assert (structured["event"], structured["connection"], structured["state"]) == ("run", 1, "done")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_secret_gets_through(file: Path) -> None:
    canary = "c4n4ry5ecret"
    structlog.get_logger("a").warning(
        "asked", access_token=canary, nested={"client_secret": canary, "list": [f"Bearer {canary}"]}, n=3
    )
    logging.getLogger("b").error("Authorization: Zoho-oauthtoken %s", canary)
    try:
        raise ValueError(f"code={canary}&state=x")
    except ValueError:
        logging.getLogger("c").exception("failed")
    assert canary not in file.read_text()
    assert lines(file)[0]["n"] == 3
    assert "Traceback" in lines(file)[2]["exception"]
    assert "\n    raise ValueError" in lines(file)[2]["exception"], "a traceback keeps its lines and their indents"


def test_configuring_again_moves_to_the_new_file(file: Path, tmp_path: Path) -> None:
    logs.configure(tmp_path / "second.log", redact)
    logging.getLogger("a").info("here")
    assert not file.exists()
    assert lines(tmp_path / "second.log")[0]["event"] == "here"


def test_a_host_that_collects_logs_finds_the_same_lines_on_standard_error(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    logs.configure(None, redact)
    structlog.get_logger("a").info("asked", access_token="c4n4ry5ecret", n=1)
    said = capsys.readouterr()
    assert json.loads(said.err)["n"] == 1
    assert "c4n4ry5ecret" not in said.err
    assert said.out == ""
    assert not file.exists()
