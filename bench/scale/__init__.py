"""Many organisations, many workers: real `flask worker` processes on a PostgreSQL that is thrown away afterwards.

What is behind docs/scale.md. The services answer as late as real ones do, but cost next to nothing, so that what is
measured is ours.
"""
