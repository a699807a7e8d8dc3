"""Keys that nobody set: made once, kept in the instance folder with mode 0600, never shown.

A file appears whole or not at all, so two processes that start at once agree on one key; a file that others on this
machine can read is refused, for what it protected is no longer protected.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from extension.sync.errors import BadInput

OTHERS = stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP


@dataclass(frozen=True)
class KeyFile:
    """One key a line, newest first."""

    path: Path
    new: Callable[[], str]

    def read(self) -> tuple[str, ...]:
        """The keys; the first use makes one."""
        try:
            if not self.path.exists():
                self._make()
            self._check()
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise BadInput(
                f"{self.path} cannot be read or made ({error.strerror}).",
                hint="Let this program write to the folder, or set INSTANCE_DIR to one that it may write to.",
            ) from None
        keys = tuple(line.strip() for line in lines if line.strip())
        if not keys:
            raise BadInput(f"{self.path} holds no key.", hint="Put the key back from a backup.")
        return keys

    def add(self) -> tuple[str, ...]:
        """A new key before those at hand, durable before anything is sealed with it."""
        keys = (self.new(), *self.read())
        os.replace(self._written(keys), self.path)
        return keys

    def _make(self) -> None:
        private_folder(self.path.parent)
        draft = self._written((self.new(),))
        try:
            os.link(draft, self.path)  # fails where another process was first: its key is the one
        except FileExistsError:
            pass
        finally:
            draft.unlink()

    def _written(self, keys: tuple[str, ...]) -> Path:
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("".join(f"{key}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        return draft

    def _check(self) -> None:
        if self.path.stat().st_mode & OTHERS:
            raise BadInput(
                f"{self.path} can be read or changed by others on this machine, so it is not used.",
                code="key_exposed",
                hint=f"Take that away with `chmod 600 {self.path}`, then make a new key with `flask keys rotate`.",
            )


def private_folder(path: Path) -> None:
    """Makes a folder that only we can look into; one that exists stays as it is."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"The folder {path} cannot be made ({error.strerror}).",
            hint="Set INSTANCE_DIR to a folder that this program may write to.",
        ) from None
