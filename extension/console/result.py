"""One command's outcome, for people and for programs, and the one place where errors become words and exit codes.

With `--json` standard output carries one JSON document and nothing else; amounts keep every digit.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import simplejson
import structlog
from flask import current_app
from flask.cli import with_appcontext

from extension.bootstrap import House, house_of
from extension.config import BadSettings
from extension.console import exits
from extension.console.progress import Watch, watching
from extension.console.screen import Screen
from extension.sync.canonical import Placeholder
from extension.sync.errors import SyncError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Result:
    """`document` for programs, `show` for people."""

    status: int
    document: Mapping[str, Any]
    show: Callable[[Screen], None]
    afterwards: Callable[[], None] = lambda: None  # what goes on after it was told, such as serving


@dataclass(frozen=True)
class Desk:
    """What every command has at hand: the installation, and a place to say what it is doing."""

    house: House
    aside: Screen
    as_json: bool

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        with watching(self.aside) as watch:
            yield watch


def dumps(document: object) -> str:
    """One JSON document."""
    return str(simplejson.dumps(document, use_decimal=True, default=_plain, ensure_ascii=False, indent=2))


def _plain(value: object) -> object:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Placeholder():
            return f"new:{value.token}"
        case Mapping():
            return dict(value)
        case set() | frozenset():
            return sorted(value)
        case Path():
            return str(value)
    raise TypeError(f"{type(value).__name__} is nothing for a JSON document")


def reports(function: Callable[..., Result]) -> Callable[..., None]:
    """Makes a command of a function that is given a Desk and its options and returns a Result."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
    @with_appcontext
    @functools.wraps(function)
    def command(*, as_json: bool, **options: Any) -> None:
        aside = Screen(stderr=True)
        try:
            result = function(Desk(house_of(current_app), aside, as_json), **options)
        except (SyncError, BadSettings) as error:
            result = _refused(error)
        except KeyboardInterrupt:
            aside.line("Stopped. Nothing is lost: the same command goes on where this one stopped.")
            raise click.exceptions.Exit(exits.ATTENTION) from None
        except click.exceptions.Exit:
            raise
        except click.ClickException:
            raise
        except Exception:
            result = _unexpected()
        _tell(result, aside if "error" in result.document else Screen(), as_json)
        result.afterwards()
        raise click.exceptions.Exit(result.status)

    return command


def _tell(result: Result, screen: Screen, as_json: bool) -> None:
    if as_json:
        click.echo(dumps(result.document))  # which flushes: a program may wait for it while this one serves
    else:
        result.show(screen)


def _refused(error: SyncError | BadSettings) -> Result:
    if isinstance(error, BadSettings):
        hint = "Correct it in the environment or in .env."
        return problem("settings", str(error), hint, exits.of_error(error))
    log.info("refused", reason=error.code, message=error.message)
    return problem(error.code, error.message, error.hint, exits.of_error(error))


def problem(code: str, message: str, hint: str, status: int) -> Result:
    """What went wrong and what to do next."""

    def show(screen: Screen) -> None:
        screen.line(message, "red")
        if hint:
            screen.line(hint)

    return Result(status, {"error": {"code": code, "message": message, "hint": hint}}, show)


def _unexpected() -> Result:
    """A fault of ours: the traceback goes to the log, a person gets a sentence."""
    try:
        path = house_of(current_app).log_file
        log.exception("unexpected")
    except (SyncError, BadSettings, OSError):
        raise
    return problem(
        "unexpected",
        "Something went wrong that this program did not expect. What was settled until then stays settled.",
        f"The details are in {path}.",
        exits.ATTENTION,
    )
