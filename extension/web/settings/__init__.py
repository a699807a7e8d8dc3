"""The settings of a connection: one file per page, all under one blueprint.

Every page reads one part of the settings document, lets `entities.editing*` make the next document of what was typed,
and saves it with the state that it was made from: what somebody else saved meanwhile is never overwritten.
"""

from extension.web.settings import (
    accounts,
    changes,
    documents,
    fields,
    file,
    letters,
    modules,
    policies,
    statuses,
    taxes,
)
from extension.web.settings.desk import pages

__all__ = [
    "accounts",
    "changes",
    "documents",
    "fields",
    "file",
    "letters",
    "modules",
    "pages",
    "policies",
    "statuses",
    "taxes",
]
