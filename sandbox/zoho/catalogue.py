"""The modules as the switches leave them: which fields exist, are unique or mandatory at this moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sandbox.zoho.custom import Customisation
from sandbox.zoho.errors import invalid_module
from sandbox.zoho.metadata import APPLICATION, BY_NAME, CURRENCY, MODULES
from sandbox.zoho.schema import Field, Module, adding, changed, without
from sandbox.zoho.settings import Switches


class Catalogue:
    """Answers with the modules in force; cheap to ask, since it only rebuilds when a switch moved."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self.custom = Customisation()
        self._built_for: tuple[object, ...] | None = None
        self._modules: dict[str, Module] = {}

    def module(self, name: str) -> Module:
        """The module of that name, or INVALID_MODULE."""
        found = self._current().get(name)
        if found is None:
            raise invalid_module()
        return found

    def modules(self) -> Iterable[Module]:
        return self._current().values()

    def _current(self) -> dict[str, Module]:
        s = self._switches
        key = (
            *(s.xero_id, s.product_name_unique, s.invoice_account_mandatory, s.multi_currency, s.application_section),
            s.invoice_number_writable,
            self.custom.version,
        )
        if key != self._built_for:
            self._modules = {module.api_name: self._in_force(module) for module in MODULES}
            self._built_for = key
        return self._modules

    def _in_force(self, module: Module) -> Module:
        switches = self._switches
        if switches.application_section == "absent":
            module = without(module, *(entry.api_name for entry in module.fields if entry.section == APPLICATION))
        module = self.custom.applied(module)
        if switches.xero_id == "absent":
            module = without(module, "Xero_ID")
        elif switches.xero_id == "plain":
            module = changed(module, "Xero_ID", lambda entry: replace(entry, unique=False))
        if module.api_name == "Products" and switches.product_name_unique:
            module = changed(module, "Product_Name", lambda entry: replace(entry, unique=True))
        if module.api_name == "Invoices" and not switches.invoice_account_mandatory:
            module = changed(module, "Account_Name", lambda entry: replace(entry, mandatory=False))
        if module.api_name == "Invoices" and switches.invoice_number_writable:
            module = changed(module, "Invoice_Number", lambda entry: replace(entry, read_only=False))
        if switches.multi_currency:
            module = adding(module, *CURRENCY)
        return module


def every_field(module: Module) -> dict[str, Field]:
    """The fields a module can ever have, whatever the switches say now."""
    always = {**BY_NAME[module.api_name].by_name, **{entry.api_name: entry for entry in CURRENCY}}
    return {**always, **module.by_name}
