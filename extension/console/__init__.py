"""What the commands say and ask: exit codes, screens, progress, and one file per group of commands.

Knows `bootstrap` and what may be shown of it; neither HTTP nor SQL. A command returns a `Result`; whether people or a
program read it is decided in one place.
"""
