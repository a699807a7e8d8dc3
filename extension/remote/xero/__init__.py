"""Xero: xero-python builds the requests, our transport sends them."""
