"""A local Xero: OAuth, connections and the Accounting API over books kept in memory.

Behaviour follows the recordings and pages collected in facts/xero.md (cited by section as "3.7"); what nobody has
verified is a switch in `settings.py`. Rows are kept with exact decimals and aware times and are spelt as Xero spells
them only on the way out.
"""

from sandbox.xero.app import create_app
from sandbox.xero.service import XeroService
from sandbox.xero.settings import Settings, Switches

__all__ = ["Settings", "Switches", "XeroService", "create_app"]
