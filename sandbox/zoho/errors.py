"""Zoho's refusals, with the exact texts of facts/zoho.md 3 and the official examples.

`ApiError` ends a whole call; `RowError` is the outcome of one row of `data`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NEWER_DETAILS = frozenset({"duplicate_record", "more_records"})


class ApiError(Exception):
    """A call that is refused as a whole."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        *,
        in_data: bool = False,
    ) -> None:
        super().__init__(code)
        self.status = status
        self._item = {"code": code, "details": dict(details or {}), "message": message, "status": "error"}
        self._in_data = in_data

    def body(self) -> dict[str, Any]:
        return {"data": [self._item]} if self._in_data else self._item


class RowError(Exception):
    """One row that is refused; `path` leads from the row to the field, for v8's json_path."""

    def __init__(self, code: str, message: str, field: str = "", path: str = "", **details: Any) -> None:
        super().__init__(f"{code}: {message} ({field})" if field else f"{code}: {message}")
        self.code = code
        self.message = message
        self.field = field
        self.path = path or (f".{field}" if field else "")
        self.details = details

    def item(self, index: int, version: str) -> dict[str, Any]:
        """The row's place in the answer; v2 knows no json_path (facts/zoho.md 3.5)."""
        details = dict(self.details)
        if self.field:
            details["api_name"] = self.field
        if version == "v2":
            details = {name: value for name, value in details.items() if name not in NEWER_DETAILS}
        elif self.field:
            details["json_path"] = f"$.data[{index}]{self.path}"
        return {"code": self.code, "details": details, "message": self.message, "status": "error"}


def invalid_data(field: str, path: str = "", message: str = "invalid data", **details: Any) -> RowError:
    return RowError("INVALID_DATA", message, field, path, **details)


def mandatory(field: str, path: str = "") -> RowError:
    return RowError("MANDATORY_NOT_FOUND", "required field not found", field, path)


def unknown_id(field: str = "id", path: str = "") -> RowError:
    which = "id given" if field == "id" else "related id given"
    return RowError("INVALID_DATA", f"the {which} seems to be invalid", field, path)


def bad_param(name: str, **details: Any) -> ApiError:
    return ApiError(400, "INVALID_DATA", "invalid data", {"param_name": name, **details})


def missing_param(name: str) -> ApiError:
    return ApiError(400, "REQUIRED_PARAM_MISSING", "required param is missing", {"param_name": name})


def limit_exceeded(name: str, limit: int) -> ApiError:
    return ApiError(400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": limit, "param_name": name})


def too_many_rows(limit: int) -> ApiError:
    message = "count of records in your request exceeds the limit"
    return ApiError(400, "LIMIT_EXCEEDED", message, {"maximum_length": limit, "api_name": "data"}, in_data=True)


def bad_body(expected: str = "jsonobject", name: str = "body") -> ApiError:
    return ApiError(400, "INVALID_DATA", name, {"expected_data_type": expected})


def bad_time(header: str) -> ApiError:
    return ApiError(400, "INVALID_DATA", "invalid data", {"expected_data_type": "datetime", "api_name": header})


def invalid_module() -> ApiError:
    return ApiError(400, "INVALID_MODULE", "the module name given seems to be invalid", {"resource_path_index": 0})


def no_such_url() -> ApiError:
    return ApiError(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")


def wrong_method() -> ApiError:
    return ApiError(400, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one")


def invalid_host() -> ApiError:
    """From v2.1 on the API is where `api_domain` says, and nowhere else (facts/zoho.md 3.1)."""
    return ApiError(400, "INVALID_HOST", "The host given seems to be invalid")


def unauthenticated() -> ApiError:
    return ApiError(401, "AUTHENTICATION_FAILURE", "Authentication failed")


def invalid_token() -> ApiError:
    return ApiError(401, "INVALID_TOKEN", "invalid oauth token")


def scope_mismatch() -> ApiError:
    return ApiError(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")


def too_many_requests() -> ApiError:
    return ApiError(429, "TOO_MANY_REQUESTS", "You have made too many requests. Please try again after some time.")


def rate_limit_exceeded() -> ApiError:
    return ApiError(429, "RATE_LIMIT_EXCEEDED", "You have made too many requests. Please try again after some time.")


def internal_error() -> ApiError:
    return ApiError(500, "INTERNAL_ERROR", "Internal Server Error")
