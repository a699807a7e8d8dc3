"""One side of one connection on the transport: base address, token, budget, words for errors, that side's clock.

A 401 is answered by one fresh token and the same request again: it certainly had no effect, whatever it was.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from extension.remote.oauth import Authority
from extension.remote.transport import Answer, Listen, Request, Transport, refusal
from extension.sync.errors import Unauthorised

UNAUTHORISED: Final = 401


class Line:
    """Sends one side's requests. `scheme` is what stands before the token."""

    def __init__(
        self,
        transport: Transport,
        authority: Authority,
        *,
        scheme: str,
        listen: Listen,
        account: str,
        background: bool,
    ) -> None:
        self.side = authority.side
        self._transport, self._authority = transport, authority
        self._scheme, self._listen = scheme, listen
        self._account, self._background = account, background
        self._at: datetime | None = None

    @property
    def clock(self) -> datetime | None:
        """That side's own time when it last answered."""
        return self._at

    def base(self) -> str:
        return self._authority.api_url().rstrip("/")

    def ask(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        write: bool = False,
        accept: Iterable[int] = (),
        counted: bool = True,
    ) -> Answer:
        """One answered request. `path` is relative to the API's address; `counted`: on the organisation's budget."""
        accepted = frozenset(accept)
        base, token = self._authority.way_in()
        request = Request(
            side=self.side,
            kind=kind,
            method=method,
            url=base.rstrip("/") + path,
            params=params,
            headers=headers or {},
            body=body,
            write=write,
            account=self._account if counted else "",
            background=self._background,
            accept=accepted | {UNAUTHORISED},
        )
        answer = self._send(request, token)
        said = None
        if answer.status == UNAUTHORISED:
            said = self._listen(answer)
            if not said.scope:  # a fresh token would not reach further, and Zoho counts them
                answer = self._send(request, self._authority.access_token(rejected=token))
                said = self._listen(answer) if answer.status == UNAUTHORISED else None
        self._at = answer.at
        if said is not None and UNAUTHORISED not in accepted:
            raise refusal(answer, said)
        return answer

    def _send(self, request: Request, token: str) -> Answer:
        headers = {**request.headers, "Authorization": f"{self._scheme} {token}"}
        try:
            return self._transport.send(dataclasses.replace(request, headers=headers), self._listen)
        except Unauthorised as gone:
            if gone.code == "disconnected":  # somebody removed us inside the service: no refresh mends that
                self._authority.broken("disconnected")
            raise
