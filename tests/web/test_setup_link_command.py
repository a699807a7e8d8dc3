"""`flask setup-link`: an address that works in the portal."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Flask

from extension.web.visit import Person
from tests.web.visitor import SITE, Visitor


def test_the_link_signs_one_person_in(portal: Flask, visitor: Callable[[Person | None], Visitor]) -> None:
    ran = portal.test_cli_runner().invoke(args=["setup-link", "--json"])
    assert ran.exit_code == 0, ran.output
    link = json.loads(ran.stdout)["link"]
    assert link.startswith(f"{SITE}/setup/")
    nobody = visitor(None)
    assert nobody.post(link.removeprefix(SITE)).leads_to == "/"
    assert nobody.get("/set-up/services").status == 200
    assert visitor(None).post(link.removeprefix(SITE)).status == 404


def test_people_read_what_it_is(portal: Flask) -> None:
    ran = portal.test_cli_runner().invoke(args=["setup-link"])
    assert ran.exit_code == 0
    assert "works once" in ran.stdout
    assert f"{SITE}/setup/" in ran.stdout
