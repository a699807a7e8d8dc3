"""The documents of the API. Amounts are text of a decimal, times ISO 8601 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ZohoId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
State = Literal[
    "not_added", "never_synced", "in_step", "differs", "working", "needs_attention", "disconnected", "paused"
]
Decision = Literal["take", "link", "create", "ignore", "keep", "retire", "recreate", "send", "round", "retry"]


class Sent(BaseModel):
    """What a page sends: nothing but what is known is taken."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str


class Redeem(Sent):
    """The code of the sign-in window, and the verifier that never left the panel."""

    code: Annotated[str, StringConstraints(min_length=8, max_length=12)]
    verifier: Annotated[str, StringConstraints(min_length=43, max_length=128)]


class Who(BaseModel):
    name: str
    manages: bool


class Of(BaseModel):
    id: int
    name: str


class Session(BaseModel):
    """`token` is told once, for browsers that keep no cookie in a frame."""

    token: str | None = None
    csrf: str
    expires: datetime
    person: Who
    connection: Of


class InXero(BaseModel):
    id: str
    number: str
    url: str | None
    status: str


class Money(BaseModel):
    currency: str
    amount: str


class Difference(BaseModel):
    field: str
    label: str
    zoho: Any
    xero: Any


class Way(BaseModel):
    """Something that a person can decide; sent back as it is."""

    decision: Decision
    label: str
    field: str | None = None
    side: Literal["zoho", "xero"] | None = None
    twin: str | None = None


class Held(BaseModel):
    reason: str
    heading: str
    message: str
    hint: str
    values: dict[str, list[Any]] = Field(default_factory=dict)
    ways: list[Way] = Field(default_factory=list)


class Run(BaseModel):
    """A run that was asked for: how far it is, and what came of it."""

    id: int
    kind: str
    state: Literal["waiting", "working", "paused", "done", "failed", "cancelled"]
    step: str
    progress: dict[str, Any]
    result: dict[str, Any]


class Past(BaseModel):
    at: datetime
    outcome: str
    message: str


class Record(BaseModel):
    """One record, as far as it is remembered."""

    state: State
    title: str
    entity: str
    zoho_id: str
    xero: InXero | None
    amount_due: Money | None
    days_overdue: int | None = Field(description="Days since the due date, in Xero's time zone. null: not overdue.")
    last_sync: datetime | None
    differences: list[Difference]
    holds: list[Held]
    task: Run | None
    history: list[Past]


class Sync(Sent):
    """`add_to_xero`: ticks the box of the record in the CRM first."""

    add_to_xero: bool = False


class Check(Sent):
    """Reads the record on both sides and writes nothing."""


class Selection(Sent):
    ids: Annotated[list[ZohoId], Field(min_length=1, max_length=100)]


class Decide(Sent):
    decision: Decision
    field: Annotated[str, StringConstraints(max_length=100)] | None = None
    side: Literal["zoho", "xero"] | None = None
    twin: Annotated[str, StringConstraints(max_length=100)] | None = None


class Asked(BaseModel):
    task: Run | None
