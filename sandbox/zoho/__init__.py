"""A local Zoho CRM: API v8 and v2 over one store, with its accounts server on the same port.

Its behaviour follows facts/zoho.md sections 3 and 5; what is unverified there ([U]) is a switch here.
"""
