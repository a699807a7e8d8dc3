"""The window in which somebody inside the CRM signs in with Zoho, and what it hands back.

A frame may not keep what a window of its own gets as a cookie: the window gives a code to the frame that opened it, at
our own origin and nowhere else. The code is worth something only with the verifier that never left the frame. Where
Zoho's pages cut the tie between the two, a person types the code over.
"""

from __future__ import annotations

import re
from typing import Final

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue

from extension.signing_in import Visiting
from extension.sync.canonical import ZOHO
from extension.web import access, inside, round_trip, show
from extension.web.limits import SIGN_IN, limiter

pages = access.Pages("popup", __name__)

CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of a sha256


@pages.get("/auth/zoho/start", needs="open")
@limiter.limit(SIGN_IN)
def start() -> ResponseReturnValue:
    """To Zoho, which says who this is."""
    challenge = request.args.get("challenge", "")
    if not CHALLENGE.fullmatch(challenge):
        return show.page(
            "trouble.html", 400, heading="Open this from the CRM", message="Press “Sign in” in the panel.", hint=""
        )
    way = Visiting(access.house())
    return round_trip.leave(ZOHO, "widget", way.url, way.consent, challenge=challenge)


def arrived(came: round_trip.Back) -> Response:
    """Zoho has said who it is: the code for the frame that waits."""
    house = access.house()
    found, grant = Visiting(house, came.consent).arrive(came.query)
    code = inside.code_for(house, found, grant, str(came.about["challenge"]))
    return make_response(show.page("popup.html", code=code, name=found.name))
