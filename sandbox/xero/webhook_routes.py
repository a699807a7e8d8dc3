"""/__admin/webhook: what a person does in Xero's developer portal to have events sent to an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import simplejson
from flask import Blueprint, Response, request

from sandbox.server import ADMIN

if TYPE_CHECKING:
    from sandbox.xero.service import XeroService


def webhook_blueprint(service: XeroService) -> Blueprint:
    """Register, look, try again, take away. Registering waits for the address's answers."""
    routes = Blueprint("sandbox_webhook", __name__, url_prefix=f"{ADMIN}/webhook")

    @routes.errorhandler(ValueError)
    def _refused(error: ValueError) -> Response:
        return _json({"error": str(error)}, 400)

    @routes.get("")
    def look() -> Response:
        hook = service.webhooks.hook
        return _json({"url": hook.url, "status": hook.status, "waiting": len(hook.waiting)})

    @routes.post("")
    def register() -> Response:
        wish = simplejson.loads(request.get_data() or b"{}")
        status = service.webhooks.register(str(wish.get("url") or ""), str(wish.get("key") or ""))
        return _json({"status": status})

    @routes.post("/retry")
    def retry() -> Response:
        service.webhooks.retry()
        return _json({})

    @routes.delete("")
    def remove() -> Response:
        service.webhooks.forget()
        return _json({})

    return routes


def _json(answer: object, status: int = 200) -> Response:
    return Response(simplejson.dumps(answer), status=status, content_type="application/json")
