"""What the sandbox must do as the services do: the numbered behaviours of facts/zoho.md and facts/xero.md 5.2.

Each has a row here, at least one test that carries its number, and at least one mutation: the rule taken out of the
sandbox, upon which one of those tests fails. `python -m tests.fidelity` writes docs/sandbox.md from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SANDBOX: Final = ROOT / "sandbox"
NUMBERS: Final[Mapping[str, range]] = {"zoho": range(1, 23), "xero": range(1, 22)}
NAMES: Final[Mapping[str, str]] = {"zoho": "Zoho CRM", "xero": "Xero"}


@dataclass(frozen=True)
class Behaviour:
    """One numbered behaviour of one service."""

    service: str
    number: int
    title: str
    evidence: str
    """The letters of the facts: who says so, "R, O"."""
    settings: tuple[str, ...] = ()
    """Switches of the sandbox, for what nobody has verified or what differs between organisations."""
    documented: tuple[str, ...] = ()
    """Sections of the service's facts that tell it in full."""


@dataclass(frozen=True)
class Mutation:
    """One rule taken out of the sandbox on purpose: a change of text in one of its files."""

    number: int
    """Whose tests must notice."""
    rule: str
    file: str
    """Below sandbox/, "zoho/oauth.py"."""
    old: str
    """Stands there exactly once."""
    new: str

    @property
    def path(self) -> Path:
        return SANDBOX / self.file

    def removed(self) -> str:
        """The file's text without the rule."""
        text = self.path.read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.rule}: the text to change stands {text.count(self.old)} times in {self.file}")
        return text.replace(self.old, self.new)
