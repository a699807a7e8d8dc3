"""The dashboard and the rules of deploy/: they name only figures that we tell, and labels that these have."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from extension import health
from extension.bootstrap import LIMITS, House, Watched
from extension.config import Settings
from extension.jobs.queue import STALE
from extension.metrics.exposition import exposition
from extension.store.watched import Standing
from extension.sync.budget import fresh
from extension.sync.canonical import XERO
from tests.system.figures import Figures

DEPLOY: Final = Path(__file__).resolve().parent.parent.parent / "deploy"
RULES: Final = DEPLOY / "prometheus" / "alerts.yaml"
OF_PROMETHEUS: Final = {"job", "instance", "le"}
NAME: Final = re.compile(r"\b((?:xero2zoho|process)_\w+)")
PLACE: Final = re.compile(r"\{([^}]*)\}")
AGGREGATED: Final = re.compile(r"\b(?:by|on|without|group_left)\s*\(([^)]*)\)")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """One sample of everything that we ever tell."""
    folder = tmp_path_factory.mktemp("told")
    house = House(Settings.load(_env_file=None, instance_dir=folder / "instance", database_url=""))
    meters, now = house.meters, house.clock.now()
    meters.call("xero", "list", 200, 0.1)
    meters.run("sync", "done", 1.0)
    meters.outcomes({"invoice": {"created xero": 1}})
    meters.refreshed("xero", "done")
    meters.tick()
    meters.chore_failed("letters")
    health.note_tick(house, now)
    plain = house.watched(STALE, health.TICK)
    everything: Watched = replace(
        plain,
        connections=(Standing(1, now, '{"on":true,"every":15}', False, None, True),),
        tasks={("ready", "sync"): 1},
        holds={"ambiguous": 1},
        buckets={(1, XERO): fresh(now, LIMITS[XERO])},
        lost=frozenset({(1, XERO)}),
    )
    house.watched = lambda *_: everything  # type: ignore[method-assign]
    found = Figures(exposition(house)("")[0].decode())
    house.close()
    return found


def known(figures: Figures) -> dict[str, set[str]]:
    """Name -> its labels."""
    return {each.name: set(each.labels) for each in figures.samples}


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEPLOY / "grafana" / "xero2zoho.json").read_text())
    return found


def asked() -> Iterator[tuple[str, str]]:
    """Where it stands, and the expression."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("where", "expression"), list(asked()), ids=lambda text: text[:40])
def test_every_figure_that_is_named_is_told_with_these_labels(where: str, expression: str, told: Figures) -> None:
    names, labels = known(told), set[str]()
    found = NAME.findall(PLACE.sub("{}", expression))
    assert found, where
    for name in found:
        assert name in names, f"{where}: {name}"
        labels |= names[name]
    matched = {part.strip() for inside in PLACE.findall(expression) for part in re.findall(r"(\w+)\s*[=!]", inside)}
    grouped = {part.strip() for inside in AGGREGATED.findall(expression) for part in inside.split(",")}
    assert (matched | grouped) - {""} <= labels | OF_PROMETHEUS, where


@pytest.mark.parametrize(("where", "expression"), list(asked()), ids=lambda text: text[:40])
def test_brackets_close(where: str, expression: str) -> None:
    """All that can be said without Prometheus's own parser, which the last test asks where it is installed."""
    open_, pairs = [], {")": "(", "]": "[", "}": "{"}
    for letter in re.sub(r'"[^"]*"', '""', expression):
        if letter in pairs.values():
            open_.append(letter)
        elif letter in pairs:
            assert open_, where
            assert open_.pop() == pairs[letter], where
    assert not open_, where
    assert expression.count('"') % 2 == 0, where


def test_each_rule_says_what_is_wrong_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["alert"].startswith("Xero2zoho")
        assert rule["labels"]["severity"] in ("critical", "warning")
        said = rule["annotations"]
        assert set(said) == {"summary", "description"}
        for sentence in said.values():
            assert sentence[0].isupper() or sentence.startswith("{{")
            assert sentence.endswith(".")


def test_a_rule_mentions_only_labels_that_its_alert_has() -> None:
    for rule in rules():
        mentioned = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
        grouped = {part.strip() for inside in AGGREGATED.findall(rule["expr"]) for part in inside.split(",")}
        assert mentioned <= grouped, rule["alert"]


def test_what_is_asked_of_the_watching_is_watched() -> None:
    text = RULES.read_text()
    for figure in (
        *(
            "queue_age_seconds",
            "freshness_seconds",
            "reconnect_needed",
            "token_refreshes_total",
            "budget_left",
            "app_budget_left",
        ),
        *("last_tick_timestamp_seconds", "holds", "runs_total", "letter_age_seconds", "database_up"),
    ):
        assert f"xero2zoho_{figure}" in text


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    board = dashboard()
    assert board["schemaVersion"] >= 36
    assert board["uid"] == "xero2zoho"
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    names = {each["name"] for each in board["templating"]["list"]}
    assert names == {"datasource", "job"}
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(board["panels"]))) <= names | {"__rate_interval"}
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert panel["targets"]


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, panel["title"]
        taken |= cells


def test_the_rules_fire_when_they_should_and_only_then() -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed; names, labels and brackets were looked at")
    read = ["check", "config", "--syntax-only", "prometheus.yaml"]
    for command in (read, ["check", "rules", RULES.name], ["test", "rules", "alerts_test.yaml"]):
        done = subprocess.run([program, *command], cwd=RULES.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
