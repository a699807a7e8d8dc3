"""A company of any size whose pages are made when they are asked for, so that the services hold none of it.

What a row looks like comes from the sandbox behind it: it renders its own rows once for each question, and those are
given again under other ids, names and numbers. Accounts of the CRM and sales invoices of Xero are endless; everything
else, and whatever is asked since a time, is the sandbox's own. The CRM's page tokens end where the real ones do, with
its own refusal (facts/zoho.md 3.4), and queries find ids in their order.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlencode

import simplejson

from bench.company import ACCOUNT, FIRST_ID, INVOICE, LINE, LINES, crm_id, number, xero_id
from sandbox.zoho.paging import MAX_RECORDS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Answer = tuple[str, list[tuple[str, str]], bytes]
Given = dict[str, list[str]]

ACCOUNTS: Final = "/crm/v8/Accounts"
QUERIES: Final = "/crm/v8/coql"
INVOICES: Final = "/api.xro/2.0/Invoices"
OK: Final = "200 OK"
PLAIN: Final = [("Content-Type", "application/json;charset=UTF-8")]
QUERY: Final = re.compile(r"from Accounts where id > (\d+) order by id asc limit (\d+)")
BEFORE: Final = FIRST_ID + ACCOUNT * 1_000_000_000
"""The number of an account is its id less this."""


@dataclass(frozen=True)
class Mould:
    """One question's page as the sandbox answers it: the texts of its rows, and all the rest."""

    headers: list[tuple[str, str]]
    rows: Sequence[str]
    rest: dict[str, Any]

    def page(self, name: str, rows: Iterable[str], **rest: Any) -> Answer:
        """Rows under the name that the service gives them."""
        around = simplejson.dumps({**self.rest, **rest}, use_decimal=True)
        body = f'{around[:-1]}, "{name}": [{",".join(rows)}]}}'
        return OK, self.headers, body.encode()


class Endless:
    """Stands before a service's app. `rows`: how many there are; `token_rows`: how far page tokens lead."""

    def __init__(
        self,
        app: WSGIApplication,
        rows: int,
        told: Callable[[WSGIEnvironment, Answer], None],
        token_rows: int = MAX_RECORDS,
    ) -> None:
        self._app, self._rows, self._told, self._token_rows = app, rows, told, token_rows
        self._moulds: dict[str, Mould] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._made(environ)
        if answer is None:
            return self._app(environ, start_response)
        self._told(environ, answer)
        status, headers, body = answer
        start_response(status, headers)
        return [body]

    def _made(self, environ: WSGIEnvironment) -> Answer | None:
        given = parse_qs(environ.get("QUERY_STRING", ""))
        asked = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if "HTTP_IF_MODIFIED_SINCE" in environ:
            return None
        if asked == ("GET", ACCOUNTS):
            return self._accounts(environ, given)
        if asked == ("POST", QUERIES):
            return self._queried(environ)
        if asked == ("GET", INVOICES) and "page" in given:
            return self._invoices(environ, given)
        return None

    # -------------------------------------------------- the CRM

    def _accounts(self, environ: WSGIEnvironment, given: Given) -> Answer:
        mould = self._mould(environ, "data", {"fields": given["fields"][0], "per_page": "200"})
        if "ids" in given:
            numbers: Iterable[int] = (int(each) - BEFORE for each in given["ids"][0].split(","))
            return mould.page("data", [_account(mould, n) for n in numbers if 0 <= n < self._rows])
        first, most = int(given.get("page_token", ["0"])[0]), int(given["per_page"][0])
        if first >= self._token_rows:
            return _refused("PAGINATION_LIMIT_EXCEEDED", "You can only get upto 100000 records using page_token param")
        last = min(first + most, self._rows)
        more = last < self._rows
        info = {**mould.rest["info"], "count": last - first, "more_records": more}
        info["next_page_token"] = str(last) if more else None
        return mould.page("data", [_account(mould, n) for n in range(first, last)], info=info)

    def _queried(self, environ: WSGIEnvironment) -> Answer | None:
        """Ids alone, of the one query that goes on after an id; any other is the sandbox's."""
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        found = QUERY.search(simplejson.loads(body)["select_query"])
        if found is None:
            return None
        first, most = max(0, int(found[1]) - BEFORE + 1), int(found[2])
        last = min(first + most, self._rows)
        if first >= last:
            return "204 NO CONTENT", [], b""
        mould = self._mould(environ, "data", {"fields": "Modified_Time", "per_page": "200"}, ACCOUNTS)
        info = {"count": last - first, "more_records": last < self._rows}
        return mould.page("data", [_account(mould, n) for n in range(first, last)], info=info)

    # -------------------------------------------------- Xero

    def _invoices(self, environ: WSGIEnvironment, given: Given) -> Answer:
        page, most = int(given["page"][0]), int(given["pageSize"][0])
        kept = {name: values[0] for name, values in given.items()}
        mould = self._mould(environ, "Invoices", {**kept, "page": "1"})
        first = (page - 1) * most
        last = min(first + most, self._rows)
        pages = {"page": page, "pageSize": most, "pageCount": -(-self._rows // most), "itemCount": self._rows}
        return mould.page("Invoices", [_invoice(mould, n) for n in range(first, last)], pagination=pages)

    # -------------------------------------------------- the sandbox

    def _mould(self, environ: WSGIEnvironment, name: str, given: dict[str, str], path: str = "") -> Mould:
        """The sandbox's own answer to this question, asked once."""
        question = f"{path or environ['PATH_INFO']}?{urlencode(sorted(given.items()))}"
        if question not in self._moulds:
            plainly = {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"}
            asked = {**environ, **plainly, "PATH_INFO": path or environ["PATH_INFO"], "QUERY_STRING": urlencode(given)}
            if name == "data":
                asked["QUERY_STRING"] += "&sort_by=id&sort_order=asc"
            begun: list[Any] = []

            def start(status: str, headers: list[tuple[str, str]], trouble: object = None) -> Any:
                begun[:] = [status, headers]
                return lambda _: None

            body = b"".join(self._app(asked, start))
            if not begun[0].startswith("200"):
                raise ValueError(f"{begun[0]} {question}: {body[:200]!r}")
            found = simplejson.loads(body, use_decimal=True)
            rows = [simplejson.dumps(row, use_decimal=True) for row in found.pop(name)]
            headers = [(key, value) for key, value in begun[1] if key.lower() != "content-length"]
            self._moulds[question] = Mould(headers, rows, found)
        return self._moulds[question]


def _account(mould: Mould, n: int) -> str:
    """The n-th account, by the mould of one of the sandbox's."""
    like = n % len(mould.rows)
    text = mould.rows[like].replace(crm_id(ACCOUNT, like), crm_id(ACCOUNT, n))
    text = text.replace(f"Company {like:06d}", f"Company {n:06d}")
    return text.replace(xero_id(ACCOUNT, like), _id(ACCOUNT, n))


def _invoice(mould: Mould, n: int) -> str:
    """The n-th invoice in the order of ids, with lines of its own."""
    like = n % len(mould.rows)
    text = mould.rows[like]
    told = re.search(r'"InvoiceNumber": "INV-(\d+)"', text)
    assert told is not None
    was = int(told[1]) - int(number(0).removeprefix("INV-"))
    text = text.replace(f'"{number(was)}"', f'"{number(n)}"').replace(xero_id(INVOICE, was), _id(INVOICE, n))
    for place in range(LINES):
        text = text.replace(xero_id(LINE, was * LINES + place), _id(LINE, n * LINES + place))
    return text


def _id(kind: int, n: int) -> str:
    """In the order of the numbers, because a walk goes by id."""
    return f"{n:08x}-0000-4000-9000-{kind:012x}"


def _refused(code: str, message: str) -> Answer:
    details = {"param_name": "page_token"}
    body = simplejson.dumps({"code": code, "details": details, "message": message, "status": "error"})
    return "400 BAD REQUEST", PLAIN, body.encode()
