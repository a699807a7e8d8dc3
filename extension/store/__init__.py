"""Memory: SQLAlchemy tables and Alembic migrations. SQLite by default, PostgreSQL by DATABASE_URL.

Knows `sync` and nothing else of the house. Nobody outside this room writes SQL.
"""

from extension.store.buckets import SqlBuckets
from extension.store.channels import Channel, Channels
from extension.store.connections import Change, Connection, Connections
from extension.store.crm_made import CrmMade, MadeThing
from extension.store.database import EVERYBODY, Database
from extension.store.grants import Loss, SqlGrants, losses, rotate
from extension.store.history import Line
from extension.store.holds import Held
from extension.store.inbox import Ears, Signal, SqlInbox
from extension.store.mails import Mail, Mails
from extension.store.oauth_states import OAuthState, OAuthStates
from extension.store.previews import Planned, Previews
from extension.store.proposals import Proposals, Proposed
from extension.store.seal import new_key
from extension.store.services import ServiceApp, Services
from extension.store.sessions import Sessions
from extension.store.sqlstore import SqlStore
from extension.store.tasks import Task, Tasks
from extension.store.word import Word

__all__ = [
    "EVERYBODY",
    "Change",
    "Channel",
    "Channels",
    "Connection",
    "Connections",
    "CrmMade",
    "Database",
    "Ears",
    "Held",
    "Line",
    "Loss",
    "MadeThing",
    "Mail",
    "Mails",
    "OAuthState",
    "OAuthStates",
    "Planned",
    "Previews",
    "Proposals",
    "Proposed",
    "ServiceApp",
    "Services",
    "Sessions",
    "Signal",
    "SqlBuckets",
    "SqlGrants",
    "SqlInbox",
    "SqlStore",
    "Task",
    "Tasks",
    "Word",
    "losses",
    "new_key",
    "rotate",
]
