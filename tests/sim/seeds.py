"""Stories that broke a promise, and what was wrong. They are told in every run of the tests.

A seed means the story that `story.py` makes of it now. When `story.py` changes, a seed is only one more story: what
must stay found has a test of its own as well. `EARLY` were found by an earlier form of it; their sentences say what
each of them notices today, if that rule is removed.
"""

from __future__ import annotations

FOUND: dict[int, str] = {
    1: "A firm whose name Xero cuts was refused as taken, and planned again for ever: nothing would pair the two.",
    1169: "A person was written into a firm's row while a write to that row had no answer yet.",
    1424: "Two records looked like what an interrupted run had made; it took neither and made a third.",
    1667: "The same as 1, with the people of that firm.",
    3581: "An order waited for a held item, and a run later for a linked one of the same code: as they were read.",
    3641: "An unticked firm that only an order demanded was refused, and tried again in every pass.",
    11073: "The same as 3581.",
    14460: "The same as 3581.",
    31138: "The same as 3581.",
}

EARLY: dict[int, str] = {
    405: "An order is written though its firm is held.",
    2024: "Beside two firms of one name a third one is created.",
    5719: "A value that the service respelled is taken for an edit.",
    6483: "What was typed while the index lagged is never read.",
    7214: "Nothing today: it is kept for what it may still tell.",
    22487: "Nothing today; once, a person whose create had no answer was written into its firm twice.",
    33894: "The harness took an edit in the window that Xero's missing lock leaves open for a lost one.",
}

BILLS: dict[int, str] = {
    39: "Somebody enters a paper of the number that ours had, and it is taken for ours.",
}
"""In a world where the number of an order is its firm's own, and nothing refuses a second one."""
