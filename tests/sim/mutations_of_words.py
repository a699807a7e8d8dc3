"""Mutations of what people decide, stop and approve."""

from __future__ import annotations

from tests.sim.mutation import Mutation

WORDS = (
    Mutation(
        "the side that a person takes counts",
        "merge.py",
        "        winner = said or self._winner(rule, changed)",
        "        winner = self._winner(rule, changed)",
    ),
    Mutation(
        "a line comes back where the side that edited it was taken",
        "lines.py",
        "                    if m.takes == side:\n                        continue",
        "                    pass",
    ),
    Mutation(
        "what a write goes over is told whatever became of the answer",
        "apply.py",
        "            lost=_lost(job),\n",
        "",
    ),
    Mutation(
        "a write without an answer that arrived is told",
        "recover.py",
        "                    self._tell_arrived(tx, intent, links[0], link, found[0])\n",
        "",
    ),
    Mutation(
        "a word is used up with its write",
        "settle.py",
        "                    tx.undecide((record.entity, ZOHO, link.ids[ZOHO]), word)",
        "                    pass",
    ),
    Mutation(
        "a word about what is no conflict any more is forgotten",
        "plan.py",
        "for word in sorted(words) if not merge.waits_for(word)]",
        "for word in sorted(words) if False]",
    ),
    Mutation(
        "a person says that what looks like it is something else",
        "compose.py",
        "                or _apart(job)\n                or not",
        "                or not",
    ),
    Mutation(
        "what a person set apart is not found among its namesakes",
        "recover.py",
        "            mine = self._new(call, mine)\n        if _keyless",
        "            pass\n        if _keyless",
    ),
    Mutation(
        "who is gone is made anew when a person says so",
        "plan.py",
        '        elif verb == "recreate":',
        "        elif False:",
    ),
    Mutation(
        "a word that was followed is forgotten",
        "plan.py",
        "            if over(decision, link, ends):",
        "            if False:",
    ),
    Mutation(
        "what was marked is looked at once",
        "plan.py",
        'self._skip(alive[0], "put_away", park=True)',
        'self._skip(alive[0], "put_away")',
    ),
    Mutation(
        "a yes lets no emptied side through",
        "gate.py",
        "        if self.scope.approve and stopped and not _emptied(found):",
        "        if self.scope.approve and stopped:",
    ),
    Mutation(
        "the first run of each module waits for a person",
        "gate.py",
        "first_run=frozenset(self.entities) - self.store.let_through(),",
        "first_run=frozenset() if self.store.let_through() else frozenset(self.entities),",
    ),
)

WALLS_OF_WORDS: dict[str, str] = {
    "a word is used up with its write": "the next plan finds no conflict and forgets the word",
}
