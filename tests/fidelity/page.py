"""docs/sandbox.md: each behaviour with what speaks for it, the tests that show it, and who confirms it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final

from tests.fidelity.marks import Marked, showing
from tests.fidelity.services import BEHAVIOURS
from tests.fidelity.table import NAMES, ROOT, Behaviour

PAGE: Final = ROOT / "docs" / "sandbox.md"
NOBODY: Final = "no outsider"
HEAD: Final = """# The sandbox

<!-- Written by `make fidelity` from tests/fidelity and from the marks of the tests. -->

Nobody can run this project's tests against a live Zoho CRM or Xero, so it carries its own: `flask sandbox` starts both,
with the services' own addresses below two ports, and a small company in them. Any client that can be pointed at another
host can talk to them, with client id and secret `sandbox`.

A stand-in is worth what speaks for it. Below is every behaviour that it must have, by the number that the tests carry
(`@pytest.mark.behaviour`). A test of that number fails when the rule is taken out of the sandbox: `make mutate` takes
out one at a time and sees that it does.

- **Evidence**: M measured with the vendor's own code · R recorded from the live service · O the service's own document,
  specification or code · T somebody else's statement · U nobody could verify it.
- **Settings**: what is not verified, or differs from one organisation to the next, is a switch of the sandbox
  (`POST /__admin/switches`), and the synchronisation is tested under all its values.
- **Outsiders**: who confirms it beside us, with no code of ours in between: a vendor's client at work, or a recording of
  the live service that the sandbox answers alike. The services' official descriptions judge every request and every answer
  of every test beside that (`tests/judges`).
"""


def page() -> str:
    return "\n".join((HEAD, *(line for name, rows in BEHAVIOURS.items() for line in _service(name, rows))))


def _service(name: str, behaviours: Iterable[Behaviour]) -> Iterator[str]:
    yield f"## {NAMES[name]}"
    yield ""
    yield "| no. | behaviour | evidence | tests | settings | outsiders |"
    yield "|---|---|---|---|---|---|"
    for each in behaviours:
        tests = showing(each.service, each.number)
        cells = (each.title, each.evidence, _tests(tests), _code(each.settings), _outsiders(tests))
        yield f"| {each.number} | " + " | ".join(cell.replace("|", "\\|") or "–" for cell in cells) + " |"
    yield ""


def _tests(tests: Iterable[Marked]) -> str:
    """Every file once, with a link, and its tests."""
    places = [test.node.split("::") for test in tests]
    return "<br>".join(
        f"[{PurePosixPath(path).name}](../{path}): " + ", ".join(".".join(rest).replace("_", " ") for _, *rest in group)
        for path, group in ((path, list(group)) for path, group in groupby(places, key=lambda place: place[0]))
    ).replace("test ", "")


def _outsiders(tests: Iterable[Marked]) -> str:
    found = sorted({outsider for test in tests for outsider in test.outsiders})
    return ", ".join(found) or NOBODY


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
