"""The archive of the widget, as Zoho's toolkit (zet) takes and packs it, made without the toolkit.

zet wants a folder with plugin-manifest.json and app/, and puts app/ alone into the archive. The checks are those that
it makes for a CRM extension, and two that it does not: what the manifest names must exist, and a file that it would
leave out without a word is an error (facts/widget.md 1.2). The same sources make the same bytes.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from extension.sync.errors import BadInput

NAME: Final = "xero2zoho"
MANIFEST: Final = "plugin-manifest.json"
BACKEND: Final = '<meta name="backend" content="">'
PACKED: Final = frozenset(
    (
        "jpg", "jpeg", "png", "gif", "svg", "css", "woff", "woff2", "ttf", "eot", "webm", "js", "mp3", "mp4", "json",
        "txt", "md", "xml", "dre", "html",
    )
)  # fmt: skip
MOST_FILES: Final = 250
LARGEST: Final = 5 * 1024 * 1024
FILE: Final = re.compile(r"[A-Za-z0-9_$-][A-Za-z0-9_.$-]{0,249}")
FOLDER: Final = re.compile(r"[A-Za-z0-9_$-]+")
REFERENCE: Final = re.compile(r"""(?:src|href)="(?!https?:|\.\./static/)([^"#?]+)"|from "(\./[^"]+)";""")
EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that an archive can say: a build does not depend on its day


@dataclass(frozen=True)
class Package:
    """What was made. `stage`: the folder that zet would be run in."""

    stage: Path
    archive: Path
    files: Sequence[str]


def build(root: Path, out: Path, public_url: str) -> Package:
    """Stages and packs `root`/widget for a server at `public_url`. Raises BadInput, and then leaves no archive."""
    stage, archive = out / "zet" / NAME, out / f"{NAME}.zip"
    shutil.rmtree(stage, ignore_errors=True)
    archive.unlink(missing_ok=True)
    try:
        shutil.copytree(root / "widget", stage / "app")
        manifest = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise BadInput(f"The widget's sources cannot be read: {wrong}") from None
    (stage / MANIFEST).write_text(json.dumps(_for_server(manifest, public_url), indent=2) + "\n", encoding="utf-8")
    for page in (stage / "app").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(BACKEND, BACKEND.replace('""', f'"{public_url}"')), encoding="utf-8")
    if wrongs := list(problems(stage)):
        raise BadInput("The widget cannot be packed: " + "; ".join(wrongs) + ".", code="bad_widget")
    return Package(stage, archive, _pack(stage, archive))


def _for_server(manifest: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    """With the one host that the widget talks to."""
    return {**manifest, "whiteListedDomains": [public_url], "cspDomains": {"connect-src": [public_url]}}


def _pack(stage: Path, archive: Path) -> list[str]:
    names = sorted(path.relative_to(stage).as_posix() for path in (stage / "app").rglob("*") if path.is_file())
    with zipfile.ZipFile(archive, "w") as made:
        for name in names:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, (stage / name).read_bytes())
    return names


# ------------------------------------------------------------------ what can be wrong


def problems(stage: Path) -> Iterator[str]:
    """Everything that is wrong with a staged folder."""
    files = sorted(path for path in (stage / "app").rglob("*") if path.is_file())
    if not files:
        yield "app is empty"
    if len(files) > MOST_FILES:
        yield f"{len(files)} files are more than {MOST_FILES}"
    for path in files:
        yield from _of_file(path, path.relative_to(stage).as_posix())
    try:
        manifest = json.loads((stage / MANIFEST).read_text(encoding="utf-8"))
    except ValueError:
        yield f"{MANIFEST} is not JSON"
        return
    yield from _of_manifest(manifest, stage)


def _of_file(path: Path, name: str) -> Iterator[str]:
    if path.suffix.removeprefix(".") not in PACKED:
        yield f"{name} would be left out of the archive"
    if not FILE.fullmatch(path.name):
        yield f"{name} has a name that is not taken"
    if not all(map(FOLDER.fullmatch, name.split("/")[:-1])):
        yield f"{name} is in a folder whose name is not taken"
    if path.stat().st_size > LARGEST:
        yield f"{name} is larger than 5 MB"
    if path.suffix in (".html", ".js"):
        for found in REFERENCE.finditer(path.read_text(encoding="utf-8")):
            if not (path.parent / (found[1] or found[2])).is_file():
                yield f"{name} refers to {found[1] or found[2]}, which is not there"


def _of_manifest(manifest: Any, stage: Path) -> Iterator[str]:
    """The rules that zet keeps for other services too, so that a stricter zet finds nothing either (1.4)."""
    if not isinstance(manifest, dict) or manifest.get("service") != "CRM":
        yield f"{MANIFEST} must say that the service is CRM"
        return
    for code in manifest.get("locale", []):
        if not (stage / "app" / "translations" / f"{code}.json").is_file():
            yield f"translations/{code}.json is missing"
    domains = [*manifest.get("whiteListedDomains", []), *manifest.get("cspDomains", {}).get("connect-src", [])]
    yield from (f"“{each}” is no address" for each in domains if not _address(each))
    modules = manifest.get("modules", {})
    if "connectors" not in modules or not modules.get("widgets"):
        yield f"{MANIFEST} must list widgets and connectors"
    for widget in modules.get("widgets", []):
        if not widget.get("location"):
            yield f"the widget “{widget.get('name')}” has no location"
        for key in ("url", "logo"):
            if not (stage / str(widget.get(key, "-")).lstrip("/")).is_file():
                yield f"the widget “{widget.get('name')}” names {widget.get(key)}, which is not there"


def _address(text: object) -> bool:
    found = urlsplit(str(text))
    return found.scheme in ("http", "https") and bool(found.hostname)
