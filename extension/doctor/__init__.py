"""Is everything in place, before anything is written? What is looked at, what was found, and what to do about it.

Looks and never writes. `installation` and `services` ask what a run needs at all; `examinations` lists what is asked of
each connection, as pure functions over `facts`: what both organisations say of their set-up now, what the settings say,
and what is remembered of the documents. `looking` gathers it.
"""
