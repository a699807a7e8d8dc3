"""One installation beside a running sandbox, driven by its commands alone, and the services' own state beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import simplejson
from flask import Flask

from app import create_app
from extension.bootstrap import EXTENSION, House
from extension.config import Settings
from extension.console.demonstration import QUERIES, WRITES, variables
from sandbox.world import World
from tests import memories


@dataclass(frozen=True)
class Ran:
    """How one command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return simplejson.loads(self.out, use_decimal=True)


@dataclass
class Installation:
    """`flask ...` with these settings."""

    folder: Path
    world: World
    given: dict[str, Any] = field(default_factory=dict)
    _apps: list[Flask] = field(default_factory=list)

    def settings(self, **more: Any) -> Settings:
        named = {name.lower(): value for name, value in variables(self.world.zoho_url, self.world.xero_url).items()}
        quick = {"settle_seconds": 0.5, "overlap_seconds": 2.0}
        kept = {"instance_dir": self.folder, "database_url": self.address}
        return Settings.load(_env_file=None, **{**named, **quick, **kept, **self.given, **more})

    @property
    def address(self) -> str:
        """DATABASE_URL, for processes of their own, too."""
        return str(self.given["database_url"]) if "database_url" in self.given else memories.address(self.folder)

    def flask(self, *words: str, **more: Any) -> Ran:
        """One command in a process of its own, as far as state goes."""
        app = create_app(self.settings(**more))
        self._apps.append(app)
        result = app.test_cli_runner().invoke(args=list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def house(self, **more: Any) -> House:
        """The rooms themselves, for what no command does."""
        app = create_app(self.settings(**more))
        self._apps.append(app)
        made = app.extensions[EXTENSION]()
        assert isinstance(made, House)
        return made

    def close(self) -> None:
        for app in self._apps:
            app.extensions[EXTENSION]().close()

    # -------------------------------------------------- the services' side

    def writes(self) -> int:
        """Calls so far that change something in a service."""
        services = (self.world.zoho, self.world.xero)
        calls = [call for service in services for call in service.journal.since(0)]
        return sum(call.method in WRITES and not any(part in call.path for part in QUERIES) for call in calls)

    def rows(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        kept = ("Organisations", "Connections", "Users")
        xero = {kind: rows for kind, rows in self.world.xero.dump().items() if kind not in kept}
        return {"zoho": self.world.zoho.dump(), "xero": xero}
