"""What the panels inside the CRM ask the server: JSON in, JSON out, problems by RFC 9457.

Described by OpenAPI, made from these very functions (docs/openapi.json; a test fails when the two drift apart). The
server reads records itself: no amount, role or organisation is ever taken from a page.
"""
