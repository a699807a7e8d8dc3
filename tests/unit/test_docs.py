"""The pages say what there is: every command with its options, every setting, every exit code."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from extension.cli import COMMANDS
from extension.config import Settings
from extension.doctor.examinations import EXAMINATIONS

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "commands.md").read_text()
README = (ROOT / "README.md").read_text()
UNDOCUMENTED = {"--json", "--connection"}  # told once, for all of them
FOR_TESTS = {"SPECS_DIR", "RECORDED_DIR"}


def leaves(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        return [leaf for word, each in command.commands.items() for leaf in leaves(each, f"{name} {word}")]
    return [(name, command)]


ALL = [leaf for command in COMMANDS for leaf in leaves(command, str(command.name))]


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_command_is_documented_with_its_options(name: str, command: click.Command) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}")]
    assert rows
    assert f"`{name}`" in README
    options = {option for param in command.params for option in param.opts} - UNDOCUMENTED
    assert options <= set(re.findall(r"--[a-z-]+", " ".join(rows)))
    assert all(param.help for param in command.params if isinstance(param, click.Option))
    assert "--json" in {option for param in command.params for option in param.opts}


def test_every_setting_is_documented() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", PAGE))
    assert {name.upper() for name in Settings.model_fields} - FOR_TESTS <= named


def test_every_examination_of_the_doctor_is_documented() -> None:
    rows = re.findall(r"^\| ([A-Z][^|]*) \|", PAGE, re.MULTILINE)
    assert {each.check for each in EXAMINATIONS} <= set(rows)


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
