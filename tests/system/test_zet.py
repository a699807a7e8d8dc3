"""Zoho's own toolkit takes the widget's folder, and its archive holds what ours does.

The toolkit is a package of npm. It is installed in a folder of the test, where Node is present and npm answers;
elsewhere this is skipped, and the checks of tests/unit/test_widget_package.py stand alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from extension.config import ROOT
from extension.console.widget_package import MANIFEST, Package, build

TOOLKIT = "zoho-extension-toolkit@1.0.24"
SECONDS = 240

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def zet(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("zet needs Node, which is not on this machine")
    folder = tmp_path_factory.mktemp("zet")
    words = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", TOOLKIT]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("zet could not be installed: npm did not answer in time")
    if done.returncode:
        pytest.skip(f"zet could not be installed: {done.stderr.strip().splitlines()[-1:]}")
    return str(folder / "node_modules" / ".bin" / "zet")


@pytest.fixture
def made(tmp_path: Path) -> Package:
    return build(ROOT, tmp_path, "https://sync.example.com")


def run(zet: str, word: str, stage: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([zet, word], cwd=stage, capture_output=True, text=True, timeout=SECONDS, check=False)


def contents(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist() if not name.endswith("/")}


def test_zet_takes_the_folder(zet: str, made: Package) -> None:
    done = run(zet, "validate", made.stage)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_zet_packs_the_same_files_with_the_same_bytes(zet: str, made: Package) -> None:
    done = run(zet, "pack", made.stage)
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(made.stage / "dist" / f"{made.stage.name}.zip") == contents(made.archive)


def test_zet_refuses_what_it_should(zet: str, made: Package) -> None:
    """So that its word above means something."""
    (made.stage / MANIFEST).write_text(json.dumps({"service": "NOTHING"}))
    assert run(zet, "validate", made.stage).returncode != 0
