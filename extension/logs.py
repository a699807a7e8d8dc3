"""The log: JSON lines in the instance folder, or on standard error where somebody else collects them.

Screens and commands tell people what matters to them; nothing of the log goes to standard output. Every text passes
through `hide`, which is the same that stands between the services and our error messages, and a value under a name
that sounds like a secret is not written at all. Whoever performs something says what it is `about`, and every line
until its end carries these ids.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final, TextIO

import structlog

Event = MutableMapping[str, Any]
Hide = Callable[[str], str]

HIDDEN: Final = "[hidden]"
LARGEST, KEPT = 5 * 1024 * 1024, 3
SECRET_NAME: Final = re.compile(
    r"token|secret|password|authorization|cookie|verifier|_key$|^key$|^code$", re.IGNORECASE
)
_INDENT: Final = re.compile(r"\s*")


class PrivateFile(RotatingFileHandler):
    """A rotating file that only we can read."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(descriptor, "a", encoding="utf-8")


class Collected(logging.StreamHandler[TextIO]):
    """Standard error, for a host that collects what its programs say there."""


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """What this thread logs inside carries these ids (connection, task, run, request); afterwards what it carried
    before. A thread that is started inside does so as far as it is handed the context (`remote.pool` does)."""
    with structlog.contextvars.bound_contextvars(**ids):
        yield


def redaction(hide: Hide) -> Callable[[Any, str, Event], Event]:
    """A processor that lets no secret through, however deep it lies."""

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return "\n".join(_line(line, hide) for line in value.splitlines()) if "\n" in value else hide(value)
        if isinstance(value, dict):
            return {k: HIDDEN if SECRET_NAME.search(str(k)) else clean(v) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [clean(v) for v in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return hide(str(value))

    def process(_: Any, __: str, event: Event) -> Event:
        found = clean(dict(event))
        assert isinstance(found, dict)
        return found

    return process


def _line(line: str, hide: Hide) -> str:
    """One line of a traceback keeps its indent."""
    indent = _INDENT.match(line)
    return (indent.group() if indent else "") + hide(line)


def close() -> None:
    """Nothing of ours is written any more."""
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, PrivateFile | Collected)]:
        root.removeHandler(handler)
        handler.close()


def configure(path: Path | None, hide: Hide, *, level: int = logging.INFO) -> None:
    """Everything that any logger says goes to this file; None: to standard error. Called again, it moves."""
    shared: list[Callable[..., Any]] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler: logging.Handler = Collected()
    if path is not None:
        handler = PrivateFile(path, maxBytes=LARGEST, backupCount=KEPT, delay=True)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redaction(hide),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    close()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    for chatty in ("urllib3", "alembic", "werkzeug", "apscheduler", "procrastinate"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
