"""Whether both services tell us of changes by themselves. Nothing depends on it, so it is never more than a note."""

from __future__ import annotations

from extension.bootstrap import Connection, House
from extension.doctor.findings import Finding
from extension.listening import Listening, xero_webhook


def zoho_signals(house: House, connection: Connection) -> Finding:
    name, told = connection.name, Listening(house, connection).look()
    check = f"{name}: signals of Zoho CRM"
    if told.problem:
        hint = "`flask setup` asks for them again."
        return Finding(check, "note", told.problem, hint, "signals_not_renewed", name)
    if told.channel is None:
        hint = "" if told.impossible else "`flask setup` asks for them."
        message = told.impossible or "The CRM does not tell us of changes by itself."
        return Finding(check, "note", message, hint, "no_signals", name)
    heard = f"last heard {told.channel.heard_at:%Y-%m-%d %H:%M} UTC" if told.channel.heard_at else "not heard yet"
    message = f"Asked for until {told.channel.expires_at:%Y-%m-%d %H:%M} UTC, and renewed; {heard}."
    return Finding(check, "ok", message, connection=name)


def xero_signals(house: House) -> Finding:
    check, hook = "signals of Xero", xero_webhook(house)
    steps = f"Web Service Settings in the portal says how to register {hook.url}."
    if not hook.reachable:
        message = f"Xero cannot reach {hook.url}: it needs a public address with https."
        return Finding(check, "note", message, "", "no_signals")
    if not hook.keys:
        message = "XERO_WEBHOOK_KEYS is not set, so Xero does not tell us of changes."
        return Finding(check, "note", message, steps, "no_signals")
    if hook.asked is None and hook.heard is None:
        return Finding(check, "note", "A key is set, and Xero has never called.", steps, "no_signals")
    last = max(filter(None, (hook.asked, hook.heard)))
    what = "told us of a change" if last == hook.heard else "tried us out"
    return Finding(check, "ok", f"Xero last {what} on {last:%Y-%m-%d %H:%M} UTC.")
