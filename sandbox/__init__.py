"""A local Zoho CRM and a local Xero that anyone can run with no credentials.

Everything lives in memory and listens on loopback. Imports nothing of extension/: the two sides of a test must
not share a mistake.
"""
