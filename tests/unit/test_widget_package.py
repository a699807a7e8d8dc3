"""The archive of the widget: what is in it, and everything that keeps it from being made."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extension.config import ROOT
from extension.console.widget_package import MANIFEST, build
from extension.sync.errors import BadInput

SERVER = "https://sync.example.com"
Change = Callable[[Path], object]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy to break."""
    shutil.copytree(ROOT / "widget", tmp_path / "src" / "widget")
    shutil.copy(ROOT / MANIFEST, tmp_path / "src")
    return tmp_path / "src"


def test_the_archive_holds_every_source_and_nothing_else(sources: Path, tmp_path: Path) -> None:
    made = build(sources, tmp_path / "out", SERVER)
    with zipfile.ZipFile(made.archive) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        page = archive.read("app/button.html").decode()
    expected = {f"app/{p.relative_to(sources / 'widget').as_posix()}" for p in (sources / "widget").rglob("*.*")}
    assert names == sorted(expected)
    assert f'<meta name="backend" content="{SERVER}">' in page
    assert json.loads((made.stage / MANIFEST).read_text())["whiteListedDomains"] == [SERVER]


def test_the_same_sources_make_the_same_bytes(sources: Path, tmp_path: Path) -> None:
    first = build(sources, tmp_path / "one", SERVER).archive.read_bytes()
    assert build(sources, tmp_path / "two", SERVER).archive.read_bytes() == first


def _manifest(**changes: Any) -> Change:
    def change(root: Path) -> None:
        found = json.loads((root / MANIFEST).read_text())
        (root / MANIFEST).write_text(json.dumps({**found, **changes}))

    return change


def _widget(**changes: Any) -> Change:
    first = {"name": "Sync", "location": "crm.settings", "url": "/app/button.html", "logo": "/app/img/logo.svg"}
    return _manifest(modules={"widgets": [{**first, **changes}], "connectors": []})


def _file(name: str, content: bytes = b"x") -> Change:
    def change(root: Path) -> None:
        (root / "widget" / name).parent.mkdir(exist_ok=True)
        (root / "widget" / name).write_bytes(content)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_file("js/panel.js.map"), "would be left out of the archive"),
        (_file("js/more.mjs"), "would be left out of the archive"),
        (_file("a name.js"), "a name that is not taken"),
        (_file(".hidden.js"), "a name that is not taken"),
        (_file("v1.2/a.js"), "a folder whose name is not taken"),
        (_file("large.js", b" " * (5 * 1024 * 1024 + 1)), "larger than 5 MB"),
        (_file("js/lost.js", b'import { a } from "./nowhere.js";'), "refers to ./nowhere.js"),
        (_file("lost.html", b'<script src="js/nowhere.js"></script>'), "refers to js/nowhere.js"),
        (_manifest(service="crm"), "the service is CRM"),
        (_manifest(locale=["en", "mi"]), "translations/mi.json is missing"),
        (_manifest(modules={"widgets": []}), "must list widgets and connectors"),
        (_widget(url="/app/gone.html"), "names /app/gone.html"),
        (_widget(logo="/app/img/gone.svg"), "names /app/img/gone.svg"),
        (_widget(location=""), "has no location"),
        (lambda root: (root / MANIFEST).write_text("{"), "cannot be read"),
        (lambda root: (root / MANIFEST).unlink(), "cannot be read"),
        (lambda root: shutil.rmtree(root / "widget"), "cannot be read"),
        (lambda root: [_file(f"n{n}.txt")(root) for n in range(250)], "are more than 250"),
    ],
)
def test_what_cannot_be_packed_is_said_and_leaves_no_archive(
    sources: Path, tmp_path: Path, change: Change, words: str
) -> None:
    build(sources, tmp_path / "out", SERVER)
    change(sources)
    with pytest.raises(BadInput) as caught:
        build(sources, tmp_path / "out", SERVER)
    assert words in caught.value.message
    assert not (tmp_path / "out" / "xero2zoho.zip").exists()
