"""Packages of each peer in an environment of its own: made once, and again when its requirements change."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.fresh import ROOT
from bench.peers.roster import Peer

FOLDER: Final = ROOT / ".peers"
STAMP: Final = ".installed"
"""A copy of the requirements that the environment was made from."""
LAST: Final = 3  # lines of what an installer said, when it failed


class NotInstalled(Exception):
    """The message is what the installer said."""


def python_of(peer: Peer) -> Path:
    """The interpreter that runs this peer."""
    return Path(sys.executable) if peer.ours else FOLDER / peer.packages / "bin" / "python"


def installed(peer: Peer) -> bool:
    """Whether nothing needs to be done for it."""
    stamp = FOLDER / peer.packages / STAMP
    return peer.ours or (stamp.exists() and stamp.read_bytes() == peer.requirements.read_bytes())


def install(peer: Peer) -> None:
    """Makes its environment, from hashed requirements. Raises NotInstalled."""
    folder = FOLDER / peer.packages
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    quietly = ["--disable-pip-version-check", "--no-input", "install", "-qq", "--require-hashes", "-r"]
    _run([str(python_of(peer)), "-m", "pip", *quietly, str(peer.requirements)])
    shutil.copyfile(peer.requirements, folder / STAMP)


def _run(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-LAST:]
        raise NotInstalled(" ".join(line.strip() for line in said) or f"{words[0]} ended with {done.returncode}")
