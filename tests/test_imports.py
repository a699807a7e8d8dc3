"""The arrows of the house (design section 3), held by reading every import.

`web`, `cli` (`console`) -> `bootstrap` -> `jobs`, `notify`, `remote`, `store`; `remote` -> `entities` -> `sync`;
`store`, `jobs`, `notify` -> `sync`. The sandbox imports nothing of the product. A failure names the file, the line
and the import: move the code to the room that may know both, or pass the thing in from `bootstrap`. Widening a row
of the table below is a change of the design.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"extension", "sandbox", "tests", "bench", "app"}

# Room -> what of this project it may import beside itself. "sync.model" means that module alone.
ARROWS: dict[str, set[str]] = {
    "sync": set(),
    "entities": {"sync.model", "sync.canonical", "sync.actions", "sync.ports", "sync.errors"},  # values, no verbs
    "remote": {"entities", "sync"},
    "store": {"sync"},
    "jobs": {"sync"},
    "notify": {"sync"},
    "reporting": {"sync"},
    "config": set(),
    "logs": set(),
    "keyfiles": {"sync.errors"},
    "organisations": {"remote", "entities", "sync.canonical"},
    "theming": {"remote", "entities", "sync"},
    "memory": {"config", "keyfiles", "store", "sync"},
    "bootstrap": {
        "config",
        "memory",
        "meters",
        "keyfiles",
        "logs",
        "organisations",
        "theming",
        "jobs",
        "notify",
        "remote",
        "store",
        "entities",
        "sync",
    }
    | {"sandbox"},
    "connecting": {"bootstrap", "organisations", "entities", "sync"},
    "standing_in": {"bootstrap", "entities", "sync"},
    "preparing": {"bootstrap", "listening", "remote", "standing_in", "entities", "sync"},
    "caring": {"bootstrap", "connecting", "listening", "remote", "sync"},
    "doctor": {"bootstrap", "health", "jobs", "listening", "remote", "entities", "sync"},
    "signing_in": {"bootstrap", "remote", "sync"},
    "scheduling": {"bootstrap", "jobs", "organisations", "sync"},
    "trying": {"bootstrap", "entities", "sync"},
    "proposing": {"bootstrap", "reporting", "sync"},
    "recording": {"bootstrap", "reporting", "entities", "sync"},
    "performing": {
        "bootstrap",
        "doctor",
        "heeding",
        "jobs",
        "logs",
        "proposing",
        "recording",
        "reporting",
        "scheduling",
        "entities",
        "sync",
    },
    "mailing": {"bootstrap", "jobs", "notify", "reporting", "sync"},
    "meters": set(),
    "health": {"bootstrap", "sync"},
    "metrics": {"bootstrap", "config", "health", "jobs", "meters", "sync"},
    "moving": {"bootstrap", "health", "jobs", "sync"},
    "heeding": {"bootstrap", "jobs", "scheduling", "entities", "sync"},
    "listening": {"bootstrap", "config", "remote", "entities", "sync"},
    "hearing": {"bootstrap", "listening", "remote", "entities", "sync"},
    "slices": {"bootstrap", "jobs", "serving"},
    "serving": {
        "bootstrap",
        "config",
        "health",
        "heeding",
        "listening",
        "jobs",
        "keyfiles",
        "logs",
        "performing",
        "scheduling",
        "mailing",
        "sync",
    },
    "web": {
        "bootstrap",
        "mailing",
        "connecting",
        "preparing",
        "caring",
        "signing_in",
        "scheduling",
        "performing",
        "recording",
        "reporting",
        "trying",
        "doctor",
        "slices",
        "metrics",
        "hearing",
        "listening",
        "config",
        "entities",
        "sync",
    },
    "console": {
        "bootstrap",
        "connecting",
        "listening",
        "metrics",
        "moving",
        "preparing",
        "serving",
        "reporting",
        "doctor",
        "config",
        "entities",
        "sync",
        "sandbox",
    },
    "cli": {"console"},
}

STDLIB_ONLY = {"sync", "entities", "reporting"}

# A room that talks to one part of the outside world does not know the others.
FOREIGN: dict[str, set[str]] = {
    "remote": {"flask", "apiflask", "sqlalchemy", "alembic"},
    "store": {"flask", "apiflask", "requests", "urllib3", "xero_python", "zcrmsdk"},
    "jobs": {"requests", "urllib3", "xero_python", "zcrmsdk"},
    "notify": {"flask", "sqlalchemy", "requests", "urllib3", "xero_python", "zcrmsdk"},
    "web": {"requests", "urllib3", "sqlalchemy", "alembic", "xero_python", "zcrmsdk"},
    "console": {"requests", "urllib3", "sqlalchemy", "alembic", "xero_python", "zcrmsdk"},
    "cli": {"requests", "urllib3", "sqlalchemy", "alembic", "xero_python", "zcrmsdk"},
}


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module a file names, with its line; `from a import b` counts as both a and a.b."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(level=0, module=str(module), names=names):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)
            case ast.ImportFrom():
                yield node.lineno, "(relative)"
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield node.lineno, module


def reads_environment(tree: ast.AST) -> Iterator[int]:
    """The lines that read what only `config` may read."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv"):
                yield node.lineno
            case ast.ImportFrom(module="os", names=names) if {a.name for a in names} & {
                "environ",
                "environb",
                "getenv",
            }:
                yield node.lineno


def room_of(file: str) -> tuple[str, str]:
    """`extension/sync/model.py` is in ("extension", "sync"), `sandbox/clock.py` in ("sandbox", "clock")."""
    package, _, rest = file.removesuffix(".py").partition("/")
    return package, rest.partition("/")[0]


def allowed(room: str, module: str) -> bool:
    """May this room of `extension` import this module?"""
    top, _, inside = module.partition(".")
    if top == "extension":
        target = inside.partition(".")[0]
        if target in ("", room):
            return True
        return any(inside == arrow or inside.startswith(arrow + ".") for arrow in ARROWS[room])
    if top in OURS:
        return top in ARROWS[room]
    if room in STDLIB_ONLY:
        return top in sys.stdlib_module_names
    return top not in FOREIGN.get(room, set())


def violations(file: str, source: str) -> list[str]:
    """What one file does against the arrows, in words."""
    package, room = room_of(file)
    tree = ast.parse(source)
    found = []
    if package == "sandbox":
        outside = {"extension", "tests", "bench", "app"}
        found += [f"{file}:{line} imports {m}" for line, m in imported(tree) if m.partition(".")[0] in outside]
    elif room != "__init__":
        if room not in ARROWS:
            return [f"{file} stands in no room of the house"]
        found += [f"{file}:{line} imports {m}" for line, m in imported(tree) if not allowed(room, m)]
        if room != "config":
            found += [f"{file}:{line} reads the environment" for line in reads_environment(tree)]
    return found


def sources(package: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", ["extension", "sandbox"])
def test_every_import_follows_the_arrows(package: str) -> None:
    files = sources(package)
    assert len(files) > 5, f"{package}/ was not found"
    broken = [line for file in files for line in violations(file, (ROOT / file).read_text())]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("extension/sync/engine.py", "import requests"),
        ("extension/sync/engine.py", "def f():\n    from sqlalchemy import select"),
        ("extension/sync/engine.py", "from extension.entities import account"),
        ("extension/sync/engine.py", "from . import model"),
        ("extension/sync/engine.py", "import importlib\nimportlib.import_module('extension.store')"),
        ("extension/entities/account.py", "from extension.sync import engine"),
        ("extension/entities/account.py", "from extension.sync.engine import Engine"),
        ("extension/entities/account.py", "import simplejson"),
        ("extension/remote/zoho/records.py", "from extension.store import tables"),
        ("extension/remote/zoho/records.py", "import sqlalchemy"),
        ("extension/store/tables.py", "from extension.remote import transport"),
        ("extension/store/tables.py", "from extension.entities import registry"),
        ("extension/jobs/tick.py", "from extension.bootstrap import build"),
        ("extension/bootstrap.py", "from extension.web import create"),
        ("extension/web/portal.py", "from extension.store import tables"),
        ("extension/web/portal.py", "import sandbox.clock"),
        ("extension/store/tables.py", "import sandbox"),
        ("extension/remote/oauth.py", "import os\nx = os.environ['A']"),
        ("extension/cli.py", "from os import getenv"),
        ("extension/somewhere.py", ""),
        ("sandbox/zoho/service.py", "from extension.sync import model"),
    ],
)
def test_a_forbidden_import_is_seen(file: str, source: str) -> None:
    assert violations(file, source)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("extension/sync/engine.py", "import json\nfrom extension.sync import model, ports"),
        ("extension/entities/account.py", "from extension.sync.model import Field\nfrom extension.sync import errors"),
        ("extension/remote/xero/records.py", "import requests\nfrom extension.entities import registry"),
        ("extension/bootstrap.py", "from extension.store import tables\nimport extension.config"),
        ("extension/console/worlds.py", "from extension import bootstrap\nimport sandbox.world"),
        ("extension/config.py", "import os\nos.environ"),
        ("sandbox/zoho/service.py", "import flask\nfrom sandbox.clock import Clock"),
    ],
)
def test_an_arrow_of_the_house_is_free(file: str, source: str) -> None:
    assert violations(file, source) == []
