"""What any file of ours must be: small, named after what it knows, finished, and at home on any machine.

A file over 400 lines does more than one thing: split it by what it knows, not by its length.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = ("extension", "sandbox", "tests", "bench", "widget")
TEXTS = (*CODE, "docs", "deploy", ".ci")
SUFFIXES = {".py", ".js", ".html", ".css", ".md", ".toml", ".in", ".json", ".yml", ".ini", ".mako", ""}
LONGEST = 400

# Such a name says nothing about what the file knows, so everything ends up in it.
EMPTY_NAME = re.compile(r"utils?|helpers?|managers?|common|misc")

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
HOMES = re.compile(r"(?<![\w.}])/(home|Users|root)/\w|[A-Z]:\\Users")


def files(folders: tuple[str, ...], suffixes: set[str]) -> Iterator[Path]:
    for path in [*ROOT.iterdir(), *(p for folder in folders for p in (ROOT / folder).rglob("*"))]:
        generated = "__pycache__" in path.parts or "vendor" in path.parts or path.name.startswith("requirements")
        if path.is_file() and path.suffix in suffixes and not generated and path.name != ".env":
            yield path


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def matches(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{place(path)}:{number} {line.strip()[:80]}"
        for path in files(TEXTS, SUFFIXES)
        if path != Path(__file__).resolve()  # which must spell out what it looks for
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_is_longer_than_one_thing() -> None:
    lengths = {place(p): len(p.read_text().splitlines()) for p in files(CODE, {".py", ".js", ".html", ".css"})}
    assert len(lengths) > 20, "the packages were not found"
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


def test_every_file_is_named_after_what_it_knows() -> None:
    code = files(CODE, {".py", ".js", ".html", ".css"})
    assert not [
        place(p) for p in code if any(EMPTY_NAME.fullmatch(part) for part in (p.stem, *p.relative_to(ROOT).parts))
    ]


def test_nothing_is_left_for_later() -> None:
    assert not matches(UNFINISHED)


def test_no_file_names_the_machine_it_was_written_on() -> None:
    here = re.compile("|".join([HOMES.pattern, re.escape(str(ROOT))]))
    assert not matches(here)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(UNFINISHED, "# TODO: later"), (HOMES, "path = '/home/someone/x'"), (HOMES, r"C:\Users\x")],
)
def test_the_patterns_see_what_they_look_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)
