"""Finding the browser of the browser tests, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import chromium


def test_the_one_that_is_named_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "my-chromium"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    assert chromium.find() == str(program)


def test_without_one_the_reason_names_it_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.find() is None
    assert chromium.main() == 0
    assert "Chromium" in capsys.readouterr().err


def test_one_that_was_named_wrongly_is_not_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/no/such/program")
    assert chromium.find() is None
    assert not chromium.install()
