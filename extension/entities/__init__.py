"""What is synchronised: one file per pairing of record kinds, driven by field maps that are data of the connection.

Pure. Imports the standard library and `extension.sync` only; knows the shapes of Zoho's and Xero's rows, but
neither HTTP nor SQL. `registry.build` makes the `ports.Registry` of one connection.
"""
