"""Keys that nobody set: private, made once, and refused once others could have read them."""

from __future__ import annotations

import stat
import threading
from itertools import count
from pathlib import Path

import pytest

from extension.keyfiles import KeyFile
from extension.sync.errors import BadInput

NUMBERS = count(1)


def new() -> str:
    return f"key {next(NUMBERS)}"


def test_the_first_use_makes_a_private_key(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "instance" / "secret_key", new)
    (key,) = file.read()
    assert file.read() == (key,)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.path.parent.iterdir()] == ["secret_key"]


def test_two_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    found: list[str] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        found.append(KeyFile(tmp_path / "secret_key", new).read()[0])

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 8


def test_a_new_key_stands_before_the_old_ones(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys", new)
    old = file.read()
    added = file.add()
    assert added[1:] == old
    assert file.read() == added
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o622, 0o666])
def test_a_key_that_others_can_reach_is_refused(mode: int, tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys", new)
    (key,) = file.read()
    file.path.chmod(mode)
    with pytest.raises(BadInput, match="others on this machine") as refused:
        file.read()
    assert "chmod 600" in refused.value.hint
    assert key not in refused.value.message


def test_an_empty_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "keys").touch(0o600)
    with pytest.raises(BadInput, match="holds no key"):
        KeyFile(tmp_path / "keys", new).read()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be"):
        KeyFile(tmp_path / "file" / "keys", new).read()
