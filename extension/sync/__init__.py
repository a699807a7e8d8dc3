"""The shared sync module: observe, plan, apply.

Standard library only. Knows neither Zoho, Xero, HTTP nor SQL: services are `ports.Remote`,
memory is `ports.Store`, what is synchronised is `ports.Registry`. docs/sync.md tells why it works.
"""
