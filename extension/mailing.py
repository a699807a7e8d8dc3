"""Which letters are due, and to whom: a report after a run that somebody wants to hear of, a word when access is lost.

A letter goes to the address of its connection, else to that of the installation; without either nothing is written.
It is put into the outbox with a key of what it tells of, so whoever sees the same event twice writes one letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from extension.bootstrap import SERVICES, Connection, House, Loss, Task
from extension.jobs.queue import Ended
from extension.notify import letters, post
from extension.notify.mail import Letter, Postbox, check, send
from extension.reporting.ways_out import reason
from extension.sync.canonical import chunks
from extension.sync.errors import BadInput

log = structlog.get_logger(__name__)

ADDRESSEE: Final = "notify_email"  # the installation's note
WHAT: Final[Mapping[str, str]] = {
    "fetch": "Data fetch",
    "preview": "Preview",
    "sync": "Synchronisation",
    "audit": "Audit",
}
ENDS: Final[Mapping[str, str]] = {
    "done": "is done",
    "planned": "is done",
    "stopped": "needs your approval",
    "failed": "failed",
    "cancelled": "was cancelled",
}
OUTCOMES: Final[Mapping[str, str]] = {
    "created zoho": "created in Zoho CRM",
    "created xero": "created in Xero",
    "updated zoho": "updated in Zoho CRM",
    "updated xero": "updated in Xero",
    "linked": "linked",
    "retired zoho": "retired in Zoho CRM",
    "retired xero": "retired in Xero",
    "failed zoho": "failed in Zoho CRM",
    "failed xero": "failed in Xero",
}
PLANNED: Final[Mapping[str, str]] = {
    "create zoho": "to create in Zoho CRM",
    "create xero": "to create in Xero",
    "update zoho": "to update in Zoho CRM",
    "update xero": "to update in Xero",
    "adopt": "to link",
    "retire zoho": "to retire in Zoho CRM",
    "retire xero": "to retire in Xero",
}
READ: Final[Mapping[str, str]] = {"zoho": "in Zoho CRM", "xero": "in Xero", "linked": "linked"}
LOSSES: Final[Mapping[str, str]] = {  # what `Authority` keeps of the reason
    "disconnected": "Somebody disconnected this app in {service}, or took its access to the organisation away.",
}
LOST: Final = "{service} has ended our access to this organisation."
LOSS: Final = "lost:"  # what the key of a letter that tells of a lost access begins with
AT_ONCE: Final = 100  # lost accesses whose connections are read together
MOST_REASONS: Final = 10


def addressee(house: House, connection: Connection) -> str:
    """Whom to write to; "" where nobody wants letters."""
    given = (connection.settings.get("notify") or {}).get("email") or house.services.note(ADDRESSEE) or ""
    try:
        return check(str(given)) if given else ""
    except BadInput:  # screens refuse it; this one came by an import or an edit by hand
        log.warning("addressee is no address", connection=connection.id)
        return ""


def page(house: House, connection: Connection, path: str = "") -> str:
    """The address of a page of a connection."""
    return f"{house.settings.public_url}/c/{connection.id}/{path}"


# ------------------------------------------------------------------ after a run


def report(house: House, task: Task, ended: Ended) -> bool:
    """Puts a report into the outbox, if the task has come to its end and somebody wants one."""
    if not task.email or ended.state not in ("done", "failed", "cancelled"):
        return False
    connection = house.connections.get(task.connection_id)
    to = addressee(house, connection)
    if not to:
        return False
    letter = letters.report(facts(house, connection, task, ended))
    now = house.clock.now()
    return house.mails.put(connection.id, to, letter.subject, letter.text, letter.html, f"task:{task.id}", now)


def facts(house: House, connection: Connection, task: Task, ended: Ended) -> letters.Report:
    result = ended.result
    state = str(result.get("state", ended.state))
    local = house.clock.now().astimezone(house.zone(connection))
    return letters.Report(
        connection=connection.name,
        what=WHAT[task.kind],
        ended=ENDS.get(state, "has ended"),
        well=state in ("done", "planned", "stopped"),
        asked_by="the schedule" if task.asked_by == "schedule" else task.asked_by,
        when=f"{local:%A}, {local.day} {local:%B %Y, %H:%M}",
        **_what_came_of_it(result),
        problem=str(result.get("problem", "")),
        hint=str(result.get("hint", "")),
        waiting=int(result.get("holds", 0)),
        attention=[
            letters.Attention(reason(why["reason"]).heading, why["n"], _attention(house, connection, why["reason"]))
            for why in result.get("reasons", [])[:MOST_REASONS]
        ],
        attention_link=page(house, connection, "attention"),
        link=page(house, connection, f"tasks/{task.id}"),
    )


def _what_came_of_it(result: Mapping[str, Any]) -> dict[str, Any]:
    """What was done; or, where nothing may be written, what would be done, or what was read."""
    if "records" in result:
        return {"heading": "What was read", "nothing": "", "modules": list(_modules(result["records"], READ))}
    if "planned" in result:
        found = list(_modules(result["planned"], PLANNED))
        return {"heading": "What a run would do", "nothing": "Nothing: both sides are in step.", "modules": found}
    found = list(_modules(result.get("counts", {}), OUTCOMES))
    nothing = "" if result.get("state") == "stopped" else "There was nothing to do: both sides were as they were left."
    return {"heading": "What was done", "nothing": nothing, "modules": found}


def _modules(counts: Mapping[str, Mapping[str, int]], words: Mapping[str, str]) -> Iterator[letters.Module]:
    for name, found in counts.items():
        outcomes = [(said, found[kind]) for kind, said in words.items() if found.get(kind)]
        if outcomes:
            yield letters.Module(name.replace("_", " ").capitalize() + "s", outcomes)


def _attention(house: House, connection: Connection, why: str) -> str:
    return page(house, connection, f"attention?reason={why}")


# ------------------------------------------------------------------ when access is lost


def look_for_losses(house: House, now: datetime) -> None:
    """One letter for each access that a service ended, however often anybody looks."""
    lost = house.losses(LOSS)
    anybody = bool(house.services.note(ADDRESSEE)) if lost else False
    for some in chunks(lost, AT_ONCE):
        known = {each.id: each for each in house.connections.these([loss.connection_id for loss in some])}
        for loss in some:
            if anybody or (known[loss.connection_id].settings.get("notify") or {}).get("email"):
                tell_of_loss(house, known[loss.connection_id], loss, now)


def tell_of_loss(house: House, connection: Connection, lost: Loss, now: datetime) -> bool:
    wanted = (connection.settings.get("notify") or {}).get("on_loss", True)
    to = addressee(house, connection) if wanted else ""
    if not to:
        return False
    service = SERVICES[lost.side]
    words = LOSSES.get(lost.reason, LOST).format(service=service)
    letter = letters.loss(letters.Loss(connection.name, service, words, page(house, connection, "set-up")))
    key = f"{LOSS}{lost.side}:{lost.generation}"
    return house.mails.put(connection.id, to, letter.subject, letter.text, letter.html, key, now)


# ------------------------------------------------------------------ to try it out


def try_out(house: House, connection: Connection, asked_by: str) -> bool:
    """A letter to the address that is set, at most one a minute. Raises BadInput where none is set."""
    to = addressee(house, connection)
    if not to:
        raise BadInput(
            "No address is set.", code="no_addressee", hint="Enter the notification e-mail under Policies first."
        )
    letter, now = letters.trial(letters.Trial(connection.name, asked_by, page(house, connection))), house.clock.now()
    key = f"trial:{now:%Y-%m-%dT%H:%M}"
    return house.mails.put(connection.id, to, letter.subject, letter.text, letter.html, key, now)


# ------------------------------------------------------------------ sending


def deliver(house: House, now: datetime) -> None:
    """Sends what waits. Without SMTP_URL letters wait, and pages say so."""
    url = house.settings.smtp_url.get_secret_value()
    if not url:
        return
    postbox = Postbox.of(url, urlsplit(house.settings.public_url).hostname or "localhost")

    def hand_in(letter: Letter) -> None:
        send(letter, postbox, now)

    post.deliver(house.mails, hand_in, now)
