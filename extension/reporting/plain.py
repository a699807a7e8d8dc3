"""Values of plans as plain JSON, which forms, pages and tables can keep. Money stays Decimal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from extension.sync.canonical import Placeholder


def plain(value: Any) -> Any:
    """The same, however deep; a twin that does not exist yet is `new:entity:side:id`."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Placeholder():
            return f"new:{value.token}"
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case set() | frozenset():
            return sorted(plain(each) for each in value)
    return value
