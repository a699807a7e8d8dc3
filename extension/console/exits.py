"""Exit codes, as scripts rely on them.

0 done and in step. 1 something needs attention: holds, a stop, differences. 2 usage or configuration.
3 a service or the network failed, or let us do no more for now: run again later.
"""

from __future__ import annotations

from typing import Final

from extension.config import BadSettings
from extension.sync.actions import Report
from extension.sync.errors import BadInput, RemoteError, SyncError

DONE: Final = 0
ATTENTION: Final = 1
USAGE: Final = 2
REMOTE: Final = 3

# The services answer, and what is wrong is ours to put right.
OUR_SETTINGS: Final = frozenset({"bad_client", "not_connected", "not_allowed", "token_refused"})
OUR_MACHINE: Final = ("database", "secret", "key")


def of_error(error: SyncError | BadSettings) -> int:
    """What went wrong on purpose."""
    match error:
        case BadSettings() | BadInput():
            return USAGE
        case RemoteError():
            return USAGE if error.code in OUR_SETTINGS else REMOTE
    return USAGE if error.code.startswith(OUR_MACHINE) else ATTENTION


def of_report(report: Report) -> int:
    """How a run that writes, or would, ended."""
    match report.state:
        case "failed":
            return USAGE if report.code in OUR_SETTINGS else REMOTE
        case "limited":
            return REMOTE
        case "stopped" | "cancelled":
            return ATTENTION
    return ATTENTION if report.stops or report.holds or report.plan.work else DONE


def of_fetch(report: Report) -> int:
    """Observing is done whatever the plan would be."""
    return DONE if report.state in ("planned", "done") else of_report(report)


def of_audit(report: Report) -> int:
    """Both sides are in step when nothing is left but what a person must decide."""
    if report.state in ("planned", "done"):
        return ATTENTION if report.plan.actions else DONE
    return of_report(report)
