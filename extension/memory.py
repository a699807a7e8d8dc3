"""What an installation remembers: its secrets, its database, and everything that is kept in it.

The half of the house that needs no service. Nothing is opened before it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from extension.config import Settings
from extension.keyfiles import KeyFile, private_folder
from extension.store import (
    Channels,
    Connection,
    Connections,
    CrmMade,
    Database,
    Ears,
    Loss,
    Mails,
    OAuthStates,
    Previews,
    Proposals,
    Services,
    Sessions,
    SqlBuckets,
    SqlGrants,
    SqlInbox,
    SqlStore,
    Tasks,
    Word,
    losses,
    new_key,
    rotate,
)
from extension.store.changes import Changes
from extension.store.channels import Channel, channels_of
from extension.store.figures import Figures
from extension.store.glances import Glance, glances
from extension.store.inventory import Listed, inventory, named
from extension.store.itemless import itemless
from extension.store.moving import Told, move
from extension.store.newest import Named, newest
from extension.store.observed import observed
from extension.store.passing import PassingGrants
from extension.store.past import Past
from extension.store.pruning import QUIET_KEPT, TASKS_KEPT, Pruning, aged
from extension.store.server import Server, server
from extension.store.watched import Watched, watched
from extension.sync.canonical import Side
from extension.sync.model import Record
from extension.sync.ports import Clock

SETUP_LINK: Final = timedelta(days=1)


class Memory:
    """The memory of one installation."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        self._open = ExitStack()
        self._looked: dict[int, datetime | None] = {}  # connection -> up to when its runs were looked through

    def close(self) -> None:
        self._open.close()

    # -------------------------------------------------- secrets

    @property
    def secret_key(self) -> str:
        """What signs sessions: SECRET_KEY, or one of our own."""
        given = self.settings.secret_key.get_secret_value()
        return given or KeyFile(self.settings.instance_dir / "secret_key", new_key).read()[0]

    @property
    def key_file(self) -> KeyFile | None:
        """Where the keys that protect grants lie; None where ENCRYPTION_KEYS gives them."""
        given = self.settings.encryption_keys
        return None if given else KeyFile(self.settings.instance_dir / "encryption_keys", new_key)

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        file = self.key_file
        return file.read() if file else tuple(key.get_secret_value() for key in self.settings.encryption_keys)

    def rotate_keys(self) -> tuple[bool, int]:
        """Seals every grant with the newest key. Returns whether a key was made for it, and how many were sealed."""
        file = self.key_file
        keys = file.add() if file else self.encryption_keys
        return file is not None, rotate(self.database, keys)

    @cached_property
    def database(self) -> Database:
        """SQLite prepares itself; PostgreSQL, which others may be using, waits for `flask db upgrade`."""
        if not self.settings.database_url.get_secret_value():
            private_folder(self.settings.instance_dir)
        made = Database(self.settings.database_address, self.encryption_keys)
        self._open.callback(made.dispose)
        if made.engine.dialect.name == "sqlite" and not made.is_current():
            made.upgrade()
        return made

    def move(self, address: str, silence: timedelta, told: Told) -> Mapping[str, int]:
        """Copies everything into another, empty database, which the next start may be told to use. `silence`: who shows
        no sign of life for so long does not work."""
        target, now = Database(address, self.encryption_keys), self.clock.now()
        try:
            return move(self.database, target, now - silence, now, told)
        finally:
            target.dispose()

    # -------------------------------------------------- of the installation

    @cached_property
    def connections(self) -> Connections:
        return Connections(self.database)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self.database)

    @cached_property
    def oauth_states(self) -> OAuthStates:
        return OAuthStates(self.database)

    @cached_property
    def tasks(self) -> Tasks:
        return Tasks(self.database)

    @cached_property
    def previews(self) -> Previews:
        return Previews(self.database)

    @cached_property
    def proposals(self) -> Proposals:
        return Proposals(self.database)

    @cached_property
    def mails(self) -> Mails:
        return Mails(self.database)

    @cached_property
    def services(self) -> Services:
        return Services(self.database)

    @cached_property
    def buckets(self) -> SqlBuckets:
        """Calls left, shared by every worker."""
        return SqlBuckets(self.database)

    @cached_property
    def ears(self) -> Ears:
        """What the services tell us."""
        return Ears(self.database)

    def passing(self, session: str) -> PassingGrants:
        """Consents that this session gave and that no connection keeps yet."""
        return PassingGrants(self.database, session, self.clock)

    def needs_setup(self) -> bool:
        """Whether nothing is connected: then nobody can sign in but by a set-up link."""
        return not self.connections.some(0, 1)

    def setup_link(self) -> str:
        """The address that signs one person in to set this installation up, once, within a day."""
        token = self.sessions.start({"setup_link": True}, self.clock.now(), SETUP_LINK.total_seconds())
        return f"{self.settings.public_url}/setup/{token}"

    def use_setup_link(self, token: str) -> bool:
        """Uses it up. False: it was used, is too old, or none of ours."""
        holder = self.sessions.take(token, self.clock.now())
        return bool(holder and holder.get("setup_link"))

    # -------------------------------------------------- of one connection

    def grants(self, connection_id: int) -> SqlGrants:
        return SqlGrants(self.database, connection_id)

    def store(self, connection: Connection) -> SqlStore:
        return SqlStore(self.database, connection.id)

    def past(self, connection: Connection) -> Past:
        """What was done in a connection, as pages ask for it."""
        return Past(self.database, connection.id)

    def crm_made(self, connection: Connection) -> CrmMade:
        """What the set-up made in this connection's CRM."""
        return CrmMade(self.database, connection.id)

    def channels(self, connection: Connection) -> Channels:
        """By which this connection's CRM tells us what changed."""
        return Channels(self.database, connection.id)

    def channels_of(self, connections: Sequence[Connection]) -> Mapping[int, Sequence[Channel]]:
        """The channels of each of these that have any."""
        return channels_of(self.database, [connection.id for connection in connections])

    def inbox(self, connection: Connection) -> SqlInbox:
        """What the services told us of this connection, and nobody has looked at yet."""
        return SqlInbox(self.database, connection.id)

    def figures(self, connection: Connection) -> Figures:
        """Outcomes of each day, and money in step."""
        return Figures(self.database, connection.id)

    def losses(self, told: str) -> Sequence[Loss]:
        """Every access that a service ended, that nobody gave again, and of which no letter with such a key tells."""
        return losses(self.database, told)

    def glances(self, connections: Sequence[int]) -> Mapping[int, Glance]:
        """How each of these stands."""
        return glances(self.database, connections)

    def watched(self, stale: timedelta, *notes: str) -> Watched:
        """How the installation stands, for whoever watches over it. `stale`: the silence after which a worker is lost;
        `notes`: which of the installation's."""
        return watched(self.database, self.clock.now(), stale, notes)

    def server(self) -> Server:
        """What the database says of itself."""
        return server(self.database)

    def to_prune(self, connections: Sequence[Connection]) -> Sequence[Connection]:
        """Those of these that may have something to forget."""
        now, numbers = self.clock.now(), [connection.id for connection in connections]
        old = aged(self.database, numbers, now - TASKS_KEPT, now - QUIET_KEPT)

        def may(connection: Connection) -> bool:
            has, looked = old[connection.id], self._looked.get(connection.id)
            quiet = has.run is not None and (looked is None or has.run > looked)
            return quiet or has.task is not None or bool(connection.settings.get("keep_days"))

        return [connection for connection in connections if may(connection)]

    def prune(self, connection: Connection) -> int:
        """Forgets tasks that ended and runs that changed nothing long ago, and what is older than its history is to
        be kept; None: all history is. Returns how many entries."""
        days, now = connection.settings.get("keep_days"), self.clock.now()
        pruning = Pruning(self.database, connection.id)
        self._looked[connection.id] = pruning.quiet_runs(now - QUIET_KEPT, self._looked.get(connection.id))
        if not isinstance(days, int) or days < 1:
            pruning.ended_tasks(now - TASKS_KEPT)
            return 0
        before = now - timedelta(days=days)
        pruning.ended_tasks(max(before, now - TASKS_KEPT))
        self.mails.prune(connection.id, before)
        return pruning.prune(before, now)

    def waiting(self, connection: Connection) -> int:
        """How many records need somebody's attention."""
        return self.store(connection).held_records()

    @contextmanager
    def word(self, connection: Connection) -> Iterator[Word]:
        """What a person decides, approves or asks for again; a run under way hears it in its next pass."""
        with self.database.writing(connection.id) as transaction:
            yield Word(transaction, connection.id)

    def changes(self, connection: Connection) -> Changes:
        """Who changed which setting, when."""
        return Changes(self.database, connection.id)

    def newest(self, connection: Connection, entity: str, side: Side, words: str = "") -> list[Named]:
        """The records of one side that were changed last, or that are called so."""
        return newest(self.database, connection.id, entity, side, words)

    def itemless(self, connection: Connection, entities: Sequence[str]) -> bool:
        """Whether a document of the CRM has a line whose product stands for no item, as far as they were read."""
        return itemless(self.database, connection.id, entities)

    def inventory(self, connection: Connection, entity: str) -> Iterator[Listed]:
        """Every live record of one entity."""
        return inventory(self.database, connection.id, entity)

    def observed(
        self, connection: Connection, entity: str, side: Side, *, gone: bool = False
    ) -> Iterator[tuple[Record, str | None]]:
        """Every observed record of one entity and side, with the id of its counterpart."""
        return observed(self.database, connection.id, entity, side, gone=gone)

    def named(self, connection: Connection, entity: str, side: Side, words: str, limit: int) -> list[Listed]:
        """Live records of one side that are called so."""
        return named(self.database, connection.id, entity, side, words, limit)
