"""Rules of the local Xero taken out: who is let in, and how often (5.2, 1-4)."""

from __future__ import annotations

from typing import Final

from tests.fidelity.table import Mutation

ACCESS: Final = (
    Mutation(1, "a token runs out", "xero/gateway.py", "    if access.expires <= now:", "    if False:"),
    Mutation(
        1,
        "what ran out says when",
        "xero/gateway.py",
        "TokenExpired: token expired at {access.expires.strftime('%m/%d/%Y %H:%M:%S')}",
        "AuthenticationUnsuccessful",
    ),
    Mutation(
        1,
        "nobody's token is refused by its own words",
        "xero/gateway.py",
        "    if access is None:\n        raise Denied(401, UNSUCCESSFUL)",
        "    if access is None:\n        raise Denied(401, 'TokenExpired')",
    ),
    Mutation(
        1,
        "an organisation must be connected",
        "xero/gateway.py",
        "    if tenant_id not in service.state.identity.connections:",
        "    if tenant_id not in service.state.ledgers:",
    ),
    Mutation(
        1,
        "403 is spelt in small letters",
        "xero/answers.py",
        '{"title": "Forbidden", "status": 403, "detail": refusal.detail, "instance": correlation}',
        '{"Title": "Forbidden", "Status": 403, "Detail": refusal.detail, "Instance": correlation}',
    ),
    Mutation(
        1,
        "401 is spelt in capitals",
        "xero/answers.py",
        '{"Title": "Unauthorized", "Status": 401, "Detail": refusal.detail, "Instance": correlation}',
        '{"title": "Unauthorized", "status": 401, "detail": refusal.detail, "instance": correlation}',
    ),
    Mutation(
        1,
        "who connects again keeps the connection",
        "xero/identity.py",
        "            old = self.connections.get(tenant_id)\n            if old is None:",
        "            if True:",
    ),
    Mutation(
        2,
        "a refresh token is rotated",
        "xero/identity.py",
        "            text = self.ids.secret()\n            self.refresh[text]",
        "            text = next(iter(self.refresh), None) or self.ids.secret()\n            self.refresh[text]",
    ),
    Mutation(
        2,
        "the one before has half an hour",
        "xero/identity.py",
        "        if old.rotated is not None and now - old.rotated > GRACE:",
        "        if old.rotated is not None and now - old.rotated > 2 * GRACE:",
    ),
    Mutation(
        2,
        "a lost answer may be asked for again",
        "xero/identity.py",
        "        if old.rotated is not None and now - old.rotated > GRACE:",
        "        if old.rotated is not None:",
    ),
    Mutation(
        2,
        "a refresh token ends",
        "xero/identity.py",
        "        if old is None or old.expires <= now:",
        "        if old is None:",
    ),
    Mutation(
        2,
        "a refresh token lives sixty days",
        "xero/identity.py",
        "REFRESH_LIFE = timedelta(days=60)",
        "REFRESH_LIFE = timedelta(days=61)",
    ),
    Mutation(
        2,
        "an access token lives half an hour",
        "xero/identity.py",
        "ACCESS_LIFE = timedelta(minutes=30)",
        "ACCESS_LIFE = timedelta(minutes=60)",
    ),
    Mutation(
        2,
        "only offline_access brings a refresh token",
        "xero/identity.py",
        '        if "offline_access" in scopes:',
        "        if True:",
    ),
    Mutation(
        2, "revoking ends the connections, too", "xero/identity.py", "        self.connections.clear()", "        pass"
    ),
    Mutation(
        3, "a code works once", "xero/identity.py", "code = self.codes.pop(text, None)", "code = self.codes.get(text)"
    ),
    Mutation(3, "a code ends", "xero/identity.py", " or code.expires <= now or", " or"),
    Mutation(
        3,
        "a code lives five minutes",
        "xero/identity.py",
        "CODE_LIFE = timedelta(minutes=5)",
        "CODE_LIFE = timedelta(minutes=6)",
    ),
    Mutation(
        3, "the redirect address is the very same", "xero/identity.py", " or code.redirect_uri != redirect_uri:", ":"
    ),
    Mutation(
        3,
        "a verifier belongs to its challenge",
        "xero/identity.py",
        " and challenge_of(verifier) == code.challenge)",
        ")",
    ),
    Mutation(
        3,
        "plain http goes to localhost alone",
        "xero/identity_routes.py",
        'and uri.hostname == "localhost")',
        "and uri.hostname)",
    ),
    Mutation(
        3, "a new app gets no broad scopes", "xero/identity_routes.py", "if scope not in KNOWN_SCOPES]", "if not scope]"
    ),
    Mutation(
        3,
        "a client may sign in by Basic",
        "xero/identity_routes.py",
        '    if scheme.lower() == "basic":',
        "    if False:",
    ),
    Mutation(
        3,
        "a client has a secret",
        "xero/identity_routes.py",
        "    if given != (service.settings.client_id, service.settings.client_secret):",
        "    if given[0] != service.settings.client_id:",
    ),
    Mutation(
        3,
        "a route wants its scope",
        "xero/gateway.py",
        "        if not route.allowed(asked.method, access.scopes):",
        "        if False:",
    ),
    Mutation(3, "reading is not writing", "xero/routes.py", "        if method in READ:", "        if True:"),
    Mutation(3, "a scope that is missing is named", "xero/answers.py", "    if refusal.scope_error:", "    if False:"),
    Mutation(
        4,
        "a minute has so many calls",
        "xero/limits.py",
        "        if len(usage.minute) >= switches.minute_limit:",
        "        if False:",
    ),
    Mutation(
        4, "the minute rolls", "xero/limits.py", "(usage.minute, now - MINUTE)", "(usage.minute, now.replace(second=0))"
    ),
    Mutation(
        4,
        "a day has so many calls",
        "xero/limits.py",
        "        if len(usage.day) >= switches.day_limit:",
        "        if False:",
    ),
    Mutation(
        4,
        "so many calls at once",
        "xero/limits.py",
        "            if in_flight > switches.concurrent_limit:",
        "            if False:",
    ),
    Mutation(
        4,
        "the app has a minute of its own",
        "xero/limits.py",
        "        if len(self.app) >= switches.app_minute_limit:",
        "        if False:",
    ),
    Mutation(
        4,
        "what remains is told truthfully",
        "xero/limits.py",
        "str(max(0, switches.minute_limit - len(usage.minute)))",
        "str(switches.minute_limit)",
    ),
    Mutation(
        4,
        "a breach says how long",
        "xero/answers.py",
        '        headers["Retry-After"] = str(retry_after)',
        "        pass",
    ),
    Mutation(
        4,
        "a 429 has no body",
        "xero/answers.py",
        "    return Reply(429, content_type=None, headers=headers)",
        '    return Reply(429, b"{}", headers=headers)',
    ),
    Mutation(
        4,
        "a replay counts",
        "xero/gateway.py",
        "    try:\n        state.limits.count(tenant_id, now, switches, in_flight)",
        '    try:\n        if asked.headers.get("Idempotency-Key") not in state.memory.kept:\n            state.limits.count(tenant_id, now, switches, in_flight)',
    ),
)
