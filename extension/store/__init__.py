"""Memory: SQLAlchemy tables and Alembic migrations. SQLite by default, PostgreSQL by DATABASE_URL.

Knows `sync` and nothing else of the house. Nobody outside this room writes SQL.
"""

from extension.store.buckets import SqlBuckets
from extension.store.connections import Change, Connection, Connections
from extension.store.database import Database
from extension.store.grants import SqlGrants, rotate
from extension.store.history import Line
from extension.store.inbox import Signal, SqlInbox
from extension.store.oauth_states import OAuthState, OAuthStates
from extension.store.seal import new_key
from extension.store.sessions import Sessions
from extension.store.sqlstore import SqlStore

__all__ = [
    "Change",
    "Connection",
    "Connections",
    "Database",
    "Line",
    "OAuthState",
    "OAuthStates",
    "Sessions",
    "Signal",
    "SqlBuckets",
    "SqlGrants",
    "SqlInbox",
    "SqlStore",
    "new_key",
    "rotate",
]
