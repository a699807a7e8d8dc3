"""Builds the folder that Catalyst AppSail runs: the application, its start file, and its packages.

AppSail installs nothing (facts/widget.md 4.1), so every package is put beside the code: for its machine, whatever
machine this runs on, and checked against the hash in requirements.txt. Run it with the Python that the stack names,
by which pip decides what is needed. Of a package that has no wheel one is made here; it must be pure Python.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CODE = ("app.py", "gunicorn.conf.py", "plugin-manifest.json", "extension", "widget", "sandbox")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
OURS = re.compile(r"manylinux\w+_x86_64")
STACK = re.compile(r"python_3_(\d+)")


def main() -> None:
    config = json.loads((HERE / "app-config.json").read_text(encoding="utf-8"))
    version = python(config["stack"])
    if version != f"3.{sys.version_info.minor}":
        raise SystemExit(
            f"Run this with Python {version}, which app-config.json names, and not 3.{sys.version_info.minor}."
        )
    build(HERE / config["build_path"], version)


def python(stack: str) -> str:
    """The version of Python that a stack of AppSail runs."""
    found = STACK.fullmatch(stack)
    if found is None:
        raise SystemExit(f"app-config.json names {stack}, which is no Python of AppSail.")
    return f"3.{found[1]}"


def build(target: Path, version: str) -> None:
    """Anew each time, so that nothing of an earlier version stays."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in CODE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target / name)
    shutil.copy2(HERE / "serve.py", target / "serve.py")
    packages = target / "site-packages"
    subprocess.run(install(packages, version), check=True)
    if foreign := elsewhere(packages):
        raise SystemExit(f"These packages were built for this machine, and AppSail's is another: {', '.join(foreign)}.")


def install(folder: Path, version: str) -> list[str]:
    """pip's words: everything that is listed and nothing else, for the machine that will run it."""
    words = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    words += ["--target", str(folder), "--no-deps", "--require-hashes", "--no-compile", "--prefer-binary"]
    words += ["--implementation", "cp", "--python-version", version]
    for platform in PLATFORMS:
        words += ["--platform", platform]
    return [*words, "--requirement", str(ROOT / "requirements.txt")]


def elsewhere(packages: Path) -> list[str]:
    """Packages whose own words say that they run on neither every machine nor AppSail's."""
    found = []
    for words in sorted(packages.glob("*.dist-info/WHEEL")):
        tags = re.findall(r"^Tag: \S+-(\S+)$", words.read_text(encoding="utf-8"), re.MULTILINE)
        if not any(tag == "any" or OURS.fullmatch(tag) for tag in tags):
            found.append(words.parent.name.removesuffix(".dist-info"))
    return found


if __name__ == "__main__":
    main()
