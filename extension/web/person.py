"""Who somebody is, as far as a page must know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Who is signed in. `installs`: holds a set-up link, manages this installation. `organisation`: of Zoho CRM."""

    name: str
    email: str = ""
    user: str = ""
    organisation: str = ""
    manages: bool = False
    installs: bool = False
