"""What a person does in the CRM's own screens, behind the API's back.

A person is held to the fields' rules and the service's arithmetic, not to scopes, credits or batches. Nothing is
archived, voided or paid here: those are statuses that a person edits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.zoho.catalogue import Catalogue
from sandbox.zoho.conversions import Conversions
from sandbox.zoho.errors import ApiError, RowError
from sandbox.zoho.merges import merge
from sandbox.zoho.schema import Module
from sandbox.zoho.store import Store
from sandbox.zoho.values import record_id
from sandbox.zoho.writes import Act, Writer

DEEDS = ("create", "edit", "delete", "restore", "purge", "merge", "convert")


class People:
    """Carries out a person's wish; whoever is refused gets a ValueError with the reason."""

    def __init__(self, store: Store, catalogue: Catalogue, writer: Writer, conversions: Conversions, user: int) -> None:
        self._store = store
        self._catalogue = catalogue
        self._writer = writer
        self._conversions = conversions
        self._user = user

    def do(self, deed: str, kind: str, target: str | None, changes: Mapping[str, Any], now: int) -> str:
        """One deed; answers with the record's id. `changes` may carry "$user", who does it; of a merge they say `into`
        which record, and whether that happens `quietly` (see `merges`)."""
        if deed not in DEEDS:
            raise ValueError(f"in the CRM a person can {', '.join(DEEDS)}, not {deed}")
        user = record_id(changes.get("$user")) or self._user
        act = Act(user, "v8")
        try:
            return str(self._carry_out(deed, self._catalogue.module(kind), record_id(target), changes, act, now))
        except ApiError as error:
            raise ValueError(f"there is no module {kind}") from error
        except RowError as error:
            raise ValueError(str(error)) from error

    def _carry_out(
        self, deed: str, module: Module, target: int | None, changes: Mapping[str, Any], act: Act, now: int
    ) -> int:
        if deed == "create":
            return self._writer.create(module, changes, act).id
        if target is None:
            raise ValueError(f"{deed} needs the record's id")
        if deed == "edit":
            return self._writer.update(module, target, changes, act).id
        if deed == "delete":
            self._writer.delete(module, target, act)
        elif deed == "restore":
            self._writer.restore(module, target, act)
        elif deed == "merge":
            pair = target, record_id(changes.get("into")) or 0
            told = changes.get("quietly") is not True
            merge(self._store, self._catalogue, self._writer, module, pair, act, told=told)
        elif deed == "convert":
            more = {name: value for name, value in changes.items() if name != "$user"}
            return self._conversions.convert(module, target, more, act)
        else:
            table = self._store.tables[module.api_name]
            if target in table.live:
                self._writer.delete(module, target, act)
            table.purge(target, now)
        return target
