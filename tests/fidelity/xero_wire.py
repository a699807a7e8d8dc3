"""Rules of the local Xero taken out: keys that make a call safe to repeat, unknown ids, webhooks (5.2, 11, 18, 19)."""

from __future__ import annotations

from typing import Final

from tests.fidelity.table import Mutation

WIRE: Final = (
    Mutation(
        11,
        "a key's answer is repeated",
        "xero/gateway.py",
        "    if kept is not None:\n        return kept",
        "    if kept is not None and kept.status != 200:\n        return kept",
    ),
    Mutation(
        11,
        "errors are repeated, too",
        "xero/gateway.py",
        "    state.memory.remember(key, fingerprint, now, reply)",
        "    if reply.status == 200:\n        state.memory.remember(key, fingerprint, now, reply)",
    ),
    Mutation(
        11,
        "a key is forgotten",
        "xero/idempotency.py",
        "        if found is None or now - found.at > LIFE:",
        "        if found is None:",
    ),
    Mutation(
        11,
        "a key lives six minutes",
        "xero/idempotency.py",
        "LIFE = timedelta(minutes=6)",
        "LIFE = timedelta(minutes=7)",
    ),
    Mutation(
        11,
        "another request is refused",
        "xero/idempotency.py",
        "        if found.fingerprint != fingerprint:",
        "        if False:",
    ),
    Mutation(
        11,
        "the verb is part of the request",
        "xero/idempotency.py",
        "tenant_id.encode(), method.encode(), url",
        "tenant_id.encode(), url",
    ),
    Mutation(
        11,
        "the address is part of the request",
        "xero/idempotency.py",
        "method.encode(), url.encode(), body",
        "method.encode(), body",
    ),
    Mutation(
        11, "the organisation is part of the request", "xero/idempotency.py", "[tenant_id.encode(), method", "[method"
    ),
    Mutation(11, "a key has an end", "xero/idempotency.py", "        if len(key) > LONGEST_KEY:", "        if False:"),
    Mutation(11, "128 characters are not too many", "xero/idempotency.py", "LONGEST_KEY = 128", "LONGEST_KEY = 127"),
    Mutation(11, "reads know no keys", "xero/gateway.py", " if asked.method in KEYED else None", ""),
    Mutation(
        18,
        "an unknown id has no body",
        "xero/answers.py",
        "        case Missing():\n            return Reply(404, content_type=HTML)",
        '        case Missing():\n            return Reply(404, b"Not found", content_type=HTML)',
    ),
    Mutation(
        18,
        "an unknown id is no JSON",
        "xero/answers.py",
        "        case Missing():\n            return Reply(404, content_type=HTML)",
        "        case Missing():\n            return Reply(404)",
    ),
    Mutation(
        18,
        "an unknown id is no empty list",
        "xero/handlers.py",
        "    row = kind.find(visit.desk.ledger, visit.asked.path[1])\n    if row is None:\n        raise Missing(visit.asked.path[1])",
        "    row = kind.find(visit.desk.ledger, visit.asked.path[1])\n    if row is None:\n        raise Invalid(visit.asked.path[1])",
    ),
    Mutation(
        19,
        "the whole body is signed",
        "xero/webhooks.py",
        "hmac.new(key.encode(), body, sha256)",
        "hmac.new(key.encode(), body.strip(b'{}'), sha256)",
    ),
    Mutation(19, "signed with SHA-256", "xero/webhooks.py", "body, sha256).digest()", "body, 'sha1').digest()"),
    Mutation(
        19,
        "the intent is asked with wrong signatures, too",
        "xero/webhooks.py",
        "INTENT: Final = (True, False, True, False)",
        "INTENT: Final = (True, True, True, True)",
    ),
    Mutation(
        19,
        "the intent is asked with right signatures, too",
        "xero/webhooks.py",
        "INTENT: Final = (True, False, True, False)",
        "INTENT: Final = (False, False, False, False)",
    ),
    Mutation(
        19,
        "who fails the intent is told nothing",
        "xero/webhooks.py",
        "        status = OK if proven else UNPROVEN",
        "        status = OK",
    ),
    Mutation(
        19,
        "a request is one body",
        "xero/webhooks.py",
        "            events, left = hook.waiting[:MOST], hook.waiting[MOST:]",
        "            events, left = hook.waiting[:1], hook.waiting[1:]",
    ),
    Mutation(
        19, "sequences go on", "xero/webhooks.py", "sequence=hook.sequence + len(events))", "sequence=hook.sequence)"
    ),
    Mutation(
        19,
        "what failed is tried again at once",
        "xero/webhooks.py",
        "            if status != 200 and self.post.carry(message) != 200:  # once more at once",
        "            if status != 200:",
    ),
    Mutation(
        19,
        "then a quarter of an hour later",
        "xero/webhooks.py",
        "        return self.hook.next_try is None or self.clock.now() >= self.hook.next_try",
        "        return True",
    ),
    Mutation(
        19,
        "after a day it is switched off",
        "xero/webhooks.py",
        "            status = OFF if now - since >= PATIENCE else self.hook.status",
        "            status = self.hook.status",
    ),
    Mutation(
        19,
        "what waited is sent when it works again",
        "xero/webhooks.py",
        "            waiting = tuple(event for event in self.hook.waiting if _when(event) >= oldest)",
        "            waiting = ()",
    ),
    Mutation(19, "events live a month", "xero/webhooks.py", " if _when(event) >= oldest)", ")"),
    Mutation(19, "a yes has no body", "post.py", " or answer.read(1))", ")"),
    Mutation(
        19, "a yes has no cookie", "post.py", '(answer.getheader("Set-Cookie") or answer.read(1))', "answer.read(1)"
    ),
    Mutation(19, "a yes comes in time", "post.py", "timeout=SECONDS)", "timeout=60)"),
    Mutation(
        19,
        "items and orders are not told",
        "xero/webhooks.py",
        '{"Contacts": "CONTACT", "Invoices": "INVOICE"}',
        '{"Contacts": "CONTACT", "Invoices": "INVOICE", "Items": "ITEM"}',
    ),
    Mutation(19, "what moves no time is not told", "xero/webhooks.py", " or not change.dated", ""),
    Mutation(
        19,
        "a payment is told by a switch",
        "xero/webhooks.py",
        ' or (paid and name == "Invoices" and not payments)',
        "",
    ),
    Mutation(
        19,
        "an archived contact is an update",
        "xero/webhooks.py",
        '            kind = "CREATE" if change.old is None else "UPDATE"\n            when',
        '            kind = "CREATE" if change.old is None else "DELETE"\n            when',
    ),
    Mutation(
        19,
        "a time of an event says no zone",
        "xero/webhooks.py",
        '    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")',
        '    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"',
    ),
)
