"""How to talk to the services: one transport, and per service an adapter of `sync.ports.Remote`.

Every quirk of Zoho and Xero stays in this room. Nothing here reads the environment, remembers anything between runs
but what the ports hold, or opens a connection except through `transport`.
"""
