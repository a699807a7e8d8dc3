"""What a person does at the services' own pages, between leaving the portal and coming back to it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.test import Client

from tests.system.live_books import ZOHO_URL, Books
from tests.web.visitor import SITE, Answer, Visitor

TOM = "5725767000000411015"  # a salesperson of the sandbox's company
BOOKS = "Harbour Office Supplies (sandbox)"


def accepted(books: Books, left: Answer, **chosen: str) -> str:
    """The page that the service leads back to, after a yes. `chosen`: user at Zoho, tenant at Xero."""
    assert left.status == 303, left.text
    url = urlsplit(left.leads_to)
    app = books.services.zoho_app if left.leads_to.startswith(ZOHO_URL) else books.services.xero_app
    answer = Client(app).get(f"{url.path}?{url.query}&{urlencode({'auto': '1', **chosen})}")
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(SITE)
    return answer.headers["Location"].removeprefix(SITE)


def refused(left: Answer) -> str:
    """The page that the service leads back to, after a no."""
    asked = dict(parse_qsl(urlsplit(left.leads_to).query))
    back = urlencode({"error": "access_denied", "state": asked["state"]})
    return f"{asked['redirect_uri'].removeprefix(SITE)}?{back}"


def asked_for(left: Answer) -> dict[str, str]:
    """What the service was asked for."""
    return dict(parse_qsl(urlsplit(left.leads_to).query))


def sign_in(books: Books, visitor: Visitor, wanted: str = "/", **chosen: str) -> Answer:
    return visitor.get(accepted(books, visitor.post("/sign-in", {"next": wanted}), **chosen))
