"""Other people's clients, each doing its work in a process of its own.

A client's script prints one JSON document of what it saw. `make test` installs the clients (tests/outsiders).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import simplejson

HERE: Final = Path(__file__).resolve().parent
STRAIGHT: Final = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
"""For a client that is told the sandbox's address; a proxy of this machine is not asked."""
INSTALLED: Final = HERE.parents[1] / ".outsiders"
WAIT: Final = 120  # seconds before a client is given up

Seen = dict[str, Any]


def python(script: str, environment: Mapping[str, str], *words: str) -> Seen:
    """What a script for Python saw; with the packages of tests/outsiders/requirements.txt."""
    interpreter = INSTALLED / "python" / "bin" / "python"
    if not (INSTALLED / "python" / ".installed").exists():
        pytest.skip("the clients are not installed: make test does it")
    return _seen([str(interpreter), "-W", "ignore", str(HERE / script), *words], environment)


def node(script: str, environment: Mapping[str, str], *words: str) -> Seen:
    """What a script for Node saw; with the packages of tests/outsiders/package-lock.json."""
    program = shutil.which("node")
    if program is None or shutil.which("npm") is None:
        pytest.skip("Node is not on this machine")
    if not (INSTALLED / "node" / ".installed").exists():
        pytest.skip("the clients are not installed: make test does it")
    packages = {"NODE_PATH": str(INSTALLED / "node" / "node_modules"), "NODE_NO_WARNINGS": "1"}
    return _seen([program, str(HERE / script), *words], {**environment, **packages})


def _seen(command: list[str], environment: Mapping[str, str]) -> Seen:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=WAIT, check=False
    )
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout}"
    found: Seen = simplejson.loads(done.stdout, use_decimal=True)
    return found
