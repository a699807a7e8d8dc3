"""The portal: Flask pages over the house, and nothing that a page would have to decide.

A view reads the request, calls one function and shows what came of it. Who may see what is decided in `access`, how a
page is protected in `security`, how values are spelt in `words`. Nothing in this room talks to a service or to SQL.
"""
