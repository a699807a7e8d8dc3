"""What can go wrong, as a small tree of our own.

    SyncError
     x RemoteError(side, call, status, request_id)
       + Refused            certainly no effect: safe to decide again
         - Throttled(until) . Duplicate(key, holder) . Invalid(fields) . Missing . Locked . Stale
       + Unknown            no answer: may have taken effect, the intent stays open
       + Unauthorised       reconnect needed; the connection pauses, nothing is lost
     x SafetyStop(reason, plan)
     x Cannot(reason)       this record cannot be planned as it stands: becomes a Hold
     x Stopped              a person paused or cancelled the run
     x LeaseLost . Busy . BadInput

Every error has a stable `code`, a sentence that a bookkeeper understands, and `hint`: what to do next.
Nothing in here may carry a token, a secret or a whole request.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


class SyncError(Exception):
    """Anything that this project raises on purpose."""

    code = "error"
    hint = ""

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        if hint is not None:
            self.hint = hint


class BadInput(SyncError):
    """A wrong option, an unknown entity, a half-configured map: nothing was changed."""

    code = "bad_input"


class Busy(SyncError):
    """Another run holds this connection's lease."""

    code = "busy"
    hint = "Wait for the run under way to finish, or look at `flask history`."


class LeaseLost(SyncError):
    """This worker was paused past its lease; somebody else writes now. It must not write any more."""

    code = "lease_lost"


class Stopped(SyncError):
    """A person paused or cancelled the run, heard between two batches: what was settled stays settled. Or it only makes
    room for a while ("waiting"): its next turn goes on with the same run."""

    code = "cancelled"  # or "paused", or "waiting"
    hint = "Run again: it goes on where it stopped."


class RemoteError(SyncError):
    """A call to one of the services failed."""

    code = "remote"

    def __init__(
        self,
        message: str,
        *,
        side: str = "",
        call: str = "",
        status: int | None = None,
        request_id: str | None = None,
        code: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.side, self.call, self.status, self.request_id = side, call, status, request_id


class Unknown(RemoteError):
    """No answer, or a server error on a write: the call may have taken effect."""

    code = "unknown_outcome"
    hint = "Nothing to do: the next run finds out what happened before it writes again."


class Unauthorised(RemoteError):
    """The service no longer accepts our grant."""

    code = "unauthorised"
    hint = "Connect this service again."


class Refused(RemoteError):
    """The service said no, without effect."""

    code = "refused"


class Throttled(Refused):
    """Too many calls. `until` is aware UTC; nobody sleeps, the run ends and goes on later."""

    code = "throttled"
    hint = "Nothing to do: it goes on by itself."

    def __init__(self, message: str, *, until: datetime | None = None, problem: str = "", **kw: Any) -> None:
        super().__init__(message, **kw)
        self.until, self.problem = until, problem


class Duplicate(Refused):
    """A unique key is taken. `holder` is the id of the record that holds it, where the service says so."""

    code = "duplicate"

    def __init__(self, message: str, *, key: str = "", holder: str | None = None, **kw: Any) -> None:
        super().__init__(message, **kw)
        self.key, self.holder = key, holder


class Invalid(Refused):
    """The content was refused. `fields` maps native field names to the service's own words."""

    code = "invalid"

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None, **kw: Any) -> None:
        super().__init__(message, **kw)
        self.fields = dict(fields or {})


class Missing(Refused):
    """The record does not exist (any more)."""

    code = "missing"


class Locked(Refused):
    """The record cannot be changed now: paid, archived, locked period, in approval."""

    code = "locked"


class Stale(Refused):
    """The record changed since we read it."""

    code = "stale"


class SafetyStop(SyncError):
    """The plan looks like an accident; a person must approve it. `plan` is a model.Plan (or None)."""

    code = "safety_stop"
    hint = "Look at the plan (`flask plan`), then approve it (`flask sync --yes`)."

    def __init__(self, reason: str, message: str, plan: object = None, *, hint: str | None = None) -> None:
        super().__init__(message, code=reason, hint=hint)
        self.reason, self.plan = reason, plan


class Cannot(SyncError):
    """A record that cannot travel as it stands, found before anything was sent: it becomes a Hold. `values`: what
    both sides say of a field, the CRM first, where that is why."""

    def __init__(
        self, reason: str, message: str, hint: str = "", *, values: Mapping[str, tuple[Any, Any]] | None = None
    ) -> None:
        super().__init__(message, code=reason, hint=hint)
        self.reason, self.values = reason, dict(values or {})
