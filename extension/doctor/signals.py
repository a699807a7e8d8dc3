"""Whether both services tell us of changes by themselves. Nothing depends on it, so it is never more than a note."""

from __future__ import annotations

from extension.bootstrap import Connection, House
from extension.doctor.findings import Finding
from extension.listening import Listening, xero_webhook


def zoho_signals(house: House, connection: Connection) -> Finding:
    check, name, told = "Signals of Zoho CRM", connection.name, Listening(house, connection).look()
    if told.problem:
        hint = "The set-up of the CRM asks for them again."
        return Finding(check, "note", told.problem, hint, "signals_not_renewed", name, 0, "crm_fields", "flask setup")
    if told.channel is None and told.impossible:
        return Finding(check, "note", told.impossible, "", "no_signals", name)
    if told.channel is None:
        message, hint = "The CRM does not tell us of changes by itself.", "The set-up of the CRM asks for them."
        return Finding(check, "note", message, hint, "no_signals", name, 0, "crm_fields", "flask setup")
    heard = f"last heard {told.channel.heard_at:%Y-%m-%d %H:%M} UTC" if told.channel.heard_at else "not heard yet"
    message = f"Asked for until {told.channel.expires_at:%Y-%m-%d %H:%M} UTC, and renewed; {heard}."
    return Finding(check, "ok", message, connection=name)


def xero_signals(house: House) -> Finding:
    check, hook = "Signals of Xero", xero_webhook(house)
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
