"""Rules of the local Zoho CRM taken out: what it says by itself, and what goes wrong (5.2, 17-19)."""

from __future__ import annotations

from typing import Final

from tests.fidelity.table import Mutation

WIRE: Final = (
    Mutation(
        17,
        "an end that is missing or wrong is an hour",
        "zoho/channels.py",
        "        return now + HOUR\n",
        "        return now + WEEK\n",
    ),
    Mutation(
        17,
        "more than a week is an hour",
        "zoho/channels.py",
        "not now < asked.timestamp() <= now + WEEK",
        "not now < asked.timestamp()",
    ),
    Mutation(
        17,
        "a week is granted",
        "zoho/channels.py",
        "not now < asked.timestamp() <= now + WEEK",
        "not now < asked.timestamp() <= now + HOUR",
    ),
    Mutation(
        17,
        "a channel ends",
        "zoho/channels.py",
        "for number, each in self._channels.items() if each.expires > now}",
        "for number, each in self._channels.items()}",
    ),
    Mutation(
        17, "a token has at most 50 characters", "zoho/channels.py", "or len(token) > LONGEST_TOKEN)", "or False)"
    ),
    Mutation(
        17, "calls go to https alone", "zoho/channels.py", 'not (url.startswith("https://") or is_here(url))', "False"
    ),
    Mutation(
        17,
        "an operation is insert, update or delete",
        "zoho/channels.py",
        '{"create": "insert", "edit": "update", "delete": "delete"}',
        '{"create": "create", "edit": "edit", "delete": "delete"}',
    ),
    Mutation(
        17,
        "the address names v2 whatever version subscribed",
        "zoho/channels.py",
        'OLD_API: Final = "https://www.zohoapis.com/crm/v2/"',
        'OLD_API: Final = "https://www.zohoapis.com/crm/v8/"',
    ),
    Mutation(
        17,
        "one call tells of all records of a request",
        "zoho/channels.py",
        "                    self._send(channel, *event, list(dict.fromkeys(ids)), now)",
        "                    [self._send(channel, *event, [each], now) for each in ids]",
    ),
    Mutation(
        17,
        "a call carries the token",
        "zoho/channels.py",
        '            "token": channel.token,\n        }\n\n    def detail',
        '            "token": None,\n        }\n\n    def detail',
    ),
    Mutation(
        17,
        "one hears of what one asked for",
        "zoho/channels.py",
        "                if event in channel.events:",
        "                if True:",
    ),
    Mutation(
        17, "one's own edits are told", "zoho/writes.py", '        self._tell(module, "update", record.id, act)\n', ""
    ),
    Mutation(17, "deletions are told", "zoho/writes.py", '        self._tell(module, "delete", record_id, act)\n', ""),
    Mutation(
        17,
        "there may be a limit of channels",
        "zoho/channels.py",
        "if limit and made.id not in self._channels and len(self._channels) >= limit:",
        "if False:",
    ),
    Mutation(
        17,
        "`trigger: []` may keep back the news",
        "zoho/channels.py",
        "if not (each.quiet and self._switches.trigger_silences_channels)]",
        "]",
    ),
    Mutation(
        17,
        "the channel's number may be a number",
        "zoho/channels.py",
        'int(channel.id) if self._switches.channel_id_sent == "number" else channel.id',
        "channel.id",
    ),
    Mutation(
        17,
        "PATCH may take one form only",
        "zoho/routes_channels.py",
        '    if ("watch" in body) != (takes == "list") and takes != "either":',
        "    if False:",
    ),
    Mutation(
        17,
        "a call may come twice",
        "post.py",
        "                self._deliver(message)\n                self._deliver(message)\n",
        "                self._deliver(message)\n",
    ),
    Mutation(
        17,
        "a call may be lost",
        "post.py",
        "                self._note(message, LOST)",
        "                self._deliver(message)",
    ),
    Mutation(
        17,
        "a call may come late",
        "post.py",
        "                timer = threading.Timer(self.seconds, self._deliver, (message,))",
        "                timer = threading.Timer(0, self._deliver, (message,))",
    ),
    Mutation(17, "calls may come out of order", "post.py", "in reversed(held) if backwards else held:", "in held:"),
    Mutation(
        18,
        "credits end",
        "zoho/limits.py",
        "            if credit and self._used + cost > credit:",
        "            if False:",
    ),
    Mutation(
        18,
        "calls at once are limited",
        "zoho/limits.py",
        "            if most and self._in_flight > most:",
        "            if False:",
    ),
    Mutation(
        18,
        "the credits left are told from half on",
        "zoho/limits.py",
        "if credit and self._used * 2 >= credit else None",
        "if credit else None",
    ),
    Mutation(
        18,
        "the credits left are told",
        "zoho/http.py",
        '            response.headers["X-API-CREDITS-REMAINING"] = str(remaining)',
        "            pass",
    ),
    Mutation(18, "a write costs by its rows", "zoho/http.py", "max(1, math.ceil(len(rows) / ROWS_PER_CREDIT))", "1"),
    Mutation(
        18, "a credit comes back after a day", "zoho/limits.py", "self._spent[0][0] <= now - DAY_SECONDS:", "False:"
    ),
    Mutation(
        18,
        "a refusal is a 429",
        "zoho/errors.py",
        'ApiError(429, "TOO_MANY_REQUESTS"',
        'ApiError(400, "TOO_MANY_REQUESTS"',
    ),
    Mutation(
        18,
        "nobody says when to come again",
        "zoho/app.py",
        "    answer = _refused(too_many_requests())\n",
        '    answer = _refused(too_many_requests())\n    answer.headers["Retry-After"] = "1"\n',
    ),
    Mutation(
        18,
        "a fault of the credits says that none are left",
        "zoho/app.py",
        '        answer.headers["X-API-CREDITS-REMAINING"] = "0"\n',
        "        pass\n",
    ),
    Mutation(
        19,
        "a 500 is in the CRM's own words",
        "zoho/app.py",
        "_refused(internal_error()) if status == 500 else gateway_page(status)",
        "gateway_page(status)",
    ),
    Mutation(
        19,
        "a 502 is a page",
        "zoho/app.py",
        "_refused(internal_error()) if status == 500 else gateway_page(status)",
        "_refused(internal_error())",
    ),
    Mutation(
        19,
        "a lost answer had its effect",
        "strikes.py",
        '        case "cut_before":\n            raise CutConnection',
        '        case "cut_before" | "cut_after":\n            raise CutConnection',
    ),
    Mutation(
        19,
        "a cut before has no effect",
        "strikes.py",
        '        case "cut_after" | "lose_refresh":',
        '        case "cut_before" | "cut_after" | "lose_refresh":',
    ),
    Mutation(
        19,
        "an answer can fail after the effect",
        "strikes.py",
        '        case "status_before":\n            return',
        '        case "status_before" | "status_after":\n            return',
    ),
    Mutation(
        19,
        "a body can end early",
        "strikes.py",
        "    answer.set_data(whole[: len(whole) // 2 if keep is None else keep])\n",
        "",
    ),
    Mutation(19, "a body can break on the wire", "strikes.py", "    if not honest:", "    if False:"),
    Mutation(19, "a body can drip", "strikes.py", '        case "drip":', '        case "dripping":'),
    Mutation(
        19,
        "a token can be revoked in mid-run",
        "zoho/service.py",
        "                self.accounts.expire(token)",
        "                pass",
    ),
    Mutation(
        19,
        "a grant can be revoked in mid-run",
        "zoho/service.py",
        "                self.accounts.withdraw()",
        "                pass",
    ),
    Mutation(
        17,
        "v2 may answer a subscription otherwise",
        "zoho/routes_channels.py",
        'int(caller.service.switch.v2_watch_status) if caller.version == "v2" else 201',
        "201",
    ),
)
