"""A whole installation behind a browser: both services, the portal, its workers and a mail server, on real sockets.

One clock moves all of it. The services are seeded once for a worker and put back; an installation is a folder.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any

import simplejson
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app import create_app
from extension.bootstrap import House
from extension.config import Settings
from extension.console.demonstration import variables
from extension.serving import Serving
from extension.store import Mail
from extension.web import visit
from extension.web.visit import Person
from sandbox.world import NEXT_DOOR, World
from sandbox.zoho.organisation import NEIGHBOURS, USERS, User
from sandbox.zoho.settings import ZohoSettings

HARBOUR = ZohoSettings().org_id
QUAYSIDE = str(NEXT_DOOR["org_id"])


def _who(user: User, organisation: str) -> Person:
    manages = user.profile == "Administrator"
    return Person(user.full_name, user.email, str(user.id), organisation, manages=manages)


INSTALLER = Person("Set-up", manages=True, installs=True)
ADMINISTRATOR, SALESPERSON = (_who(user, HARBOUR) for user in USERS[:2])
STRANGER = _who(NEIGHBOURS[0], QUAYSIDE)
"""An administrator of the company next door."""

PATIENCE = 60.0
"""Seconds for anything that a machine does in one, so that nothing fails because a machine is slow; what does not come
true at all is told that much later."""

QUICK = {"settle_seconds": 0.5, "overlap_seconds": 2.0}


@dataclass(frozen=True)
class Moment:
    """Both services and an installation, as they were."""

    zoho: object
    xero: object
    folder: Path | None = None


def moment(world: World, folder: Path | None = None) -> Moment:
    return Moment(world.zoho.freeze(), world.xero.freeze(), folder)


def put_back(world: World, to: Moment) -> None:
    world.zoho.thaw(to.zoho)
    world.xero.thaw(to.xero)
    for service in (world.zoho, world.xero):
        service.faults.clear()
        service.journal.clear()


@dataclass
class Post:
    """A mail server that keeps what it gets."""

    received: list[EmailMessage] = field(default_factory=list)
    refusing: bool = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refusing:
            return "451 Try again later"
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=modern)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        return "250 OK"


class _Mail(Controller):
    """A mail server on a socket that listens already: a port that was only looked up may be somebody else's by then."""

    def __init__(self, post: Post, listening: socket.socket) -> None:
        super().__init__(post, hostname="127.0.0.1", port=listening.getsockname()[1], ready_timeout=PATIENCE)
        self._listening = listening

    def _create_server(self) -> Coroutine[Any, Any, asyncio.AbstractServer]:
        made: Coroutine[Any, Any, asyncio.AbstractServer] = self.loop.create_server(
            self._factory_invoker, sock=self._listening
        )
        return made


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Quiet: what goes wrong is in the portal's own log."""


@dataclass
class Portal:
    """One installation that is being served."""

    world: World
    house: House
    app: Flask
    url: str
    post: Post
    work: Serving

    def look_at_the_clock(self) -> None:
        """What the tick does every few seconds, now."""
        self.work.tick()
        self.work.queue.wake()

    def wait_for_work(self, seconds: float = 2 * PATIENCE) -> None:
        """Until every task has ended. Where a service lets us wait, the clock of both moves on instead of us."""
        house, ends = self.house, time.monotonic() + seconds
        connections = house.connections.list()
        while tasks := [task for each in connections for task in house.tasks.open(each.id) if task.state != "paused"]:
            assert time.monotonic() < ends, tasks
            until = min((task.not_before for task in tasks if task.not_before), default=None)
            if until is not None and all(task.state == "waiting" for task in tasks):
                self.world.clock.advance(max(0.0, (until - house.clock.now()).total_seconds()) + 0.1)
                self.work.queue.wake()
            time.sleep(0.05)  # other threads work; nothing tells when the last of them is done

    def ticket(self, who: Person) -> str:
        """What the cookie of somebody holds who is signed in."""
        held, now = {"person": asdict(who)}, self.house.clock.now()
        return self.house.sessions.start(held, now, visit.IDLE.total_seconds(), longest=visit.LONGEST)

    def letter(self, about: str, seconds: float = PATIENCE) -> EmailMessage:
        """The one with this in its subject; the tick of the process may be the one that sends it, long before."""
        ends = time.monotonic() + seconds
        while True:
            for each in tuple(self.post.received):
                if about in each["Subject"]:
                    return each
            assert time.monotonic() < ends, [(mail.subject, mail.state, mail.problem) for mail in self.mails()]
            self.look_at_the_clock()
            time.sleep(0.1)  # the letter comes over a socket, from the thread of a tick

    def mails(self) -> list[Mail]:
        """The outbox."""
        return [mail for each in self.house.connections.list() for mail in self.house.mails.recent(each.id, 10)]

    def faults(self) -> list[dict[str, Any]]:
        """What the portal logged as an error."""
        if not self.house.log_file.exists():
            return []
        lines = map(simplejson.loads, self.house.log_file.read_text().splitlines())
        return [line for line in lines if line.get("level") in ("error", "critical")]

    @property
    def origins(self) -> tuple[str, ...]:
        """Everything that a page may ask for, or lead to without leaving the sandbox."""
        return self.url, *self.world.crm_origins, self.world.xero_url


@contextmanager
def serving(world: World, folder: Path, **given: Any) -> Iterator[Portal]:
    """The portal over an instance folder, until the end of the block."""
    with ExitStack() as closing:
        post = Post()
        mail = _Mail(post, closing.enter_context(socket.create_server(("127.0.0.1", 0))))
        mail.start()
        closing.callback(mail.stop)
        listening = closing.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listening.getsockname()[1]
        url = f"http://localhost:{port}"
        named = {name.lower(): value for name, value in variables(world.zoho_url, world.xero_url).items()}
        mine = {"instance_dir": folder, "public_url": url, "smtp_url": f"smtp://127.0.0.1:{mail.port}"}
        mine |= {
            "widget_frame_ancestors": " ".join(world.crm_origins),
            "widget_sdk_url": f"{world.shell_url}-/static/sdk.js",
        }
        world.installed.point(url)
        settings = Settings.load(_env_file=None, **{**named, **QUICK, **mine, **given})
        house = House(settings, clock=world.clock)
        house.open_log()
        closing.callback(house.close)
        app = create_app(house=house)
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet, fd=listening.fileno())
        closing.enter_context(_running(server))
        work = Serving(app, house, workers=1)
        work.start()
        closing.callback(work.stop)
        yield Portal(world, house, app, url, post, work)


@contextmanager
def _running(server: BaseWSGIServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def copied(of: Moment, folder: Path) -> Path:
    """An installation as it was at that moment, to go on from."""
    if of.folder is not None:
        shutil.copytree(of.folder, folder)
    return folder
