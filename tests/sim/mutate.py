"""Break the engine one rule at a time and see whether the simulation notices.

    python -m tests.sim.mutate [number ...]      STORIES=6000 in the environment for more

Each mutation is one textual change in a copy of extension/sync. A promise must be seen broken: in a story of its own
(`test_promises`, `test_scopes`, `test_named`, `test_meetings`, `test_words`, `test_stopping`, `test_visits`, `seeds`)
or in one of the many seeded ones. Else the rule is named in `SECOND_WALLS` with the wall that stands behind it. Exit status 1 when a rule could go without notice.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.sim.mutation import Mutation
from tests.sim.mutations_of_bills import BILLS
from tests.sim.mutations_of_words import WALLS_OF_WORDS, WORDS

ROOT = Path(__file__).resolve().parents[2]
STORIES = os.environ.get("STORIES", "4000")


MUTATIONS = (
    *WORDS,
    *BILLS,
    Mutation(
        "creates are settled before anything is planned",
        "recover.py",
        "            if creates:\n                self._settle(call, creates)",
        "            if creates:\n                self._drop(creates)",
    ),
    Mutation(
        "updates are attributed after a lost answer",
        "recover.py",
        "                    tx.update_link(link)\n                    self._tell",
        "                    self._tell",
    ),
    Mutation(
        "'not found' is doubted for the settle delay",
        "recover.py",
        "return now - (call.last_sent or now) > self.settle",
        "return True",
    ),
    Mutation(
        "a repeated call keeps its own last_sent",
        "recover.py",
        "tx.touch_call(call.id, call.first_sent or now, now)",
        "pass",
    ),
    Mutation(
        "a found create's base is what was sent",
        "bases.py",
        "own[name] = value if found else stored[name]",
        "own[name] = stored[name]",
    ),
    Mutation("the overlap is read again", "observe.py", "state.watermark - self.overlap", "state.watermark"),
    Mutation(
        "the watermark is the side's own clock",
        "observe.py",
        "            started = remote.clock()",
        "            started = self.clock.now()",
    ),
    Mutation(
        "the watermark is taken before the first page",
        "observe.py",
        "            resume.started,\n            None,\n            resume.started if",
        "            remote.clock() or resume.started,\n            None,\n            resume.started if",
    ),
    Mutation(
        "a lagging index's older row is ignored",
        "observe.py",
        "            elif row.modified < last and not stale_view:\n                continue",
        "            elif row.modified < last and not stale_view:\n                believe.append(row)",
    ),
    Mutation(
        "a row of the same tick is asked for by itself",
        "observe.py",
        "                if not self._settled(old, row) or (not row.partial and self._differs(side, row, old)):\n                    ask.append(row.id)",
        "                pass",
    ),
    Mutation(
        "a gone record that reappears is asked for by itself",
        "observe.py",
        "                ask.append(row.id)  # restored, or a lagging index: ask the record itself",
        "                believe.append(row)",
    ),
    Mutation(
        "a partial row is read whole",
        "observe.py",
        "            elif row.partial or row.modified < last:\n                ask.append(row.id)",
        "            elif row.partial:\n                continue",
    ),
    Mutation(
        "a tombstone is confirmed by the record itself",
        "observe.py",
        "            self.rows_by_id(side, feed, ask[start : start + CONFIRM])\n",
        "            with self.store.write(self.epoch) as tx:\n                tx.mark_gone(side, feed, ask, self.clock.now())\n",
    ),
    Mutation(
        "a resumed walk is followed by a fresh one",
        "observe.py",
        "        if resumed:\n            self._walk(side, feed, full=False)",
        "        if False:\n            self._walk(side, feed, full=False)",
    ),
    Mutation(
        "resume keeps when the walk started",
        "observe.py",
        "            resume = replace(resume, position=page.position)",
        "            resume = replace(resume, position=page.position, started=remote.clock() or resume.started)",
    ),
    Mutation(
        "after an update only the patch moves",
        "bases.py",
        "        base[side][name] = stored.get(name)\n",
        "        base[side].update({k: v for k, v in stored.items() if k != 'lines'})\n",
    ),
    Mutation(
        "the base takes what came back, not what was sent",
        "bases.py",
        "        base[side][name] = stored.get(name)\n",
        "        base[side][name] = value\n",
    ),
    Mutation(
        "the source's base is what was read",
        "bases.py",
        "        base[source][name] = intent.read.get(name)\n",
        "        pass\n",
    ),
    Mutation(
        "after a create only the sent fields are base",
        "bases.py",
        "        {side: own, source: dict(intent.read)},",
        "        {side: {**stored, **own}, source: dict(intent.read)},",
    ),
    Mutation(
        "one base per side",
        "merge.py",
        "        return name in self.records[side].fields and self._base(side, name) != self._value(side, name)",
        "        return name in self.records[side].fields and self._base(ZOHO, name) != self._value(side, name)",
    ),
    Mutation(
        "values meet through projection",
        "merge.py",
        "        return _attempt(lambda: self.entity.project(to, name, source.fields.get(name), source, self.resolver))",
        "        return source.fields.get(name), None",
    ),
    Mutation(
        "the first merge leaves a base open",
        "merge.py",
        "            base[_traveller(entity, rule, records, resolver)].pop(name, None)",
        "            pass",
    ),
    Mutation(
        "what Xero decides travels after an adoption",
        "merge.py",
        "            base[XERO].pop(name, None)",
        "            pass",
    ),
    Mutation(
        "a person's edit beats news of a create",
        "merge.py",
        "            return XERO if unset[ZOHO] else ZOHO\n        if unset",
        "            return ZOHO if unset[ZOHO] else XERO\n        if unset",
    ),
    Mutation(
        "a taken key is never created again",
        "match.py",
        "        if holders:\n            blocked",
        "        if False:\n            blocked",
    ),
    Mutation(
        "twins are held",
        "match.py",
        "        elif len(sides) == 2:\n            self._twins(members, members)\n        elif primary:\n            self._twins(primary, members)",
        "        else:\n            pass",
    ),
    Mutation(
        "what appeared since the plan is not created",
        "compose.py",
        "        return any(\n            r.side == part.side",
        "        return False and any(\n            r.side == part.side",
    ),
    Mutation(
        "an open create blocks what may be its result",
        "plan.py",
        "            if r.where in self.snap.blocked or (since is not None and (r.first_seen is None or r.first_seen >= since)):",
        "            if r.where in self.snap.blocked:",
    ),
    Mutation(
        "an open create blocks its source",
        "plan.py",
        "            if r.where in self.snap.blocked or (since is not None and (r.first_seen is None or r.first_seen >= since)):",
        "            if since is not None and (r.first_seen is None or r.first_seen >= since):",
    ),
    Mutation(
        "an unknown outcome keeps its intents",
        "apply.py",
        "        except RemoteError as lost:\n            self._lost(call, jobs, lost)",
        "        except RemoteError as lost:\n            self._close(call)\n            self._lost(call, jobs, lost)",
    ),
    Mutation(
        "a refused batch is halved",
        "apply.py",
        "        if len(writes) == 1:\n            return self.settler.settle(replace(call, intents=()), jobs, [why])",
        "        if True:\n            return self.settler.settle(replace(call, intents=()), jobs, [why] * len(jobs))",
    ),
    Mutation(
        "link and intent in one transaction",
        "settle.py",
        "            tx.close_intents([i.id for i in call.intents])\n        stale",
        "        stale",
    ),
    Mutation("an edit beats a deletion", "plan.py", "        edited = any(", "        edited = False and any("),
    Mutation(
        "arrays are read again before they are written",
        "compose.py",
        "            self._still(job.part.read)\n            if job.part.read is not None",
        "            True\n            if job.part.read is not None",
    ),
    Mutation(
        "a parent of an in-scope document is in scope",
        "judge.py",
        "        return frozenset(found)",
        "        return frozenset()",
    ),
    Mutation(
        "lines move one by one in the bases",
        "line_bases.py",
        '        own.update({k: line.get(k) for k in (names if entry.get("id") else line) if k not in OWN})',
        "        own.update({k: line.get(k) for k in line if k not in OWN})",
    ),
    Mutation(
        "a line without a pair is paired by content first",
        "lines.py",
        "    fresh = pair_lines(m.entity, loose, (), m.records, m.resolver, by_position=first)",
        "    fresh = ()",
    ),
    Mutation(
        "what moved since the plan is dropped",
        "compose.py",
        "            if now is None or now.digest != record.digest or now.state != record.state:",
        "            if False:",
    ),
    Mutation(
        "Duplicate looks at the holder",
        "settle.py",
        "        elif isinstance(why, Duplicate) and self._holder(job, why, feed):",
        "        elif False:",
    ),
    Mutation(
        "a record demanded while held waits",
        "judge.py",
        '        raise Cannot("waiting"',
        '        return None\n        raise Cannot("waiting"',
    ),
    Mutation(
        "records of an open call are left alone",
        "plan.py",
        "        if any(r.where in self.snap.blocked for r in records.values()) or link.id in self.snap.blocked_links:",
        "        if False:",
    ),
    Mutation(
        "a line that arrived without an answer is ours",
        "bases.py",
        "        link = _attributed_lines(link, intent, name, value or [], stored.get(name) or [])",
        "        pass",
    ),
    Mutation(
        "lines that are kept back keep their pairs",
        "merge.py",
        "        if not merged.patch:  # else",
        "        self.out.pairs = merged.pairs\n        if not merged.patch:  # else",
    ),
    Mutation(
        "a refused parent that only a document demands is held",
        "snapshot.py",
        "store.rejections(sorted(snap.records))",
        "store.rejections(snap.focus)",
    ),
    Mutation(
        "what is prepared is made anew after a visit",
        "apply.py",
        "                if self.between():",
        "                if self.between() and not left:",
    ),
    Mutation(
        "what a visitor settled is told as settled",
        "engine.py",
        "        if self.planned and self.seen != self.visits:",
        "        if False:",
    ),
    Mutation(
        "a parent that is out of step is read",
        "named.py",
        "parents if self.parents else self._out_of_step(parents)",
        "parents if self.parents else ()",
    ),
    Mutation(
        "a throttled first run is no approval",
        "engine.py",
        'if report.state == "done" and self.named is None:',
        'if report.state in ("done", "limited") and self.named is None:',
    ),
    Mutation(
        "a press on one record approves that record alone",
        "engine.py",
        'if report.state == "done" and self.named is None:',
        'if report.state == "done":',
    ),
    Mutation(
        "approvals are kept until a pass came to its end",
        "gate.py",
        "        approvals = self.store.approvals()\n        if self.scope",
        "        approvals = self.store.approvals()\n        self.close(found)\n        if self.scope",
    ),
    Mutation(
        "follow-ups wait for nobody",
        "gate.py",
        "    return _followup(action) and not _emptied(",
        "    return False and not _emptied(",
    ),
    Mutation(
        "a feed that was empty may hold what we created",
        "gate.py",
        "if state.scan_rows == 0 else state",
        "if False else state",
    ),
    Mutation(
        "a fetch sends nothing",
        "engine.py",
        "        if self.writes:\n            Recovery(",
        "        if not self.scope.dry_run:\n            Recovery(",
    ),
)

SECOND_WALLS: dict[str, str] = {
    **WALLS_OF_WORDS,
    "records of an open call are left alone": "compose leaves alone every row with an open write",
}


PARTS = ("promises", "scopes", "meetings", "words", "stopping", "named", "visits")
ALARMS = (
    (
        *("pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=line"),
        *(f"tests/sim/test_{part}.py" for part in PARTS),
        *(f"tests/sim/test_stories.py::test_a_story_{each}" for each in ("that_once_broke_one", "of_bills")),
    ),
    ("tests.sim.story", STORIES),
)


def check(number: int, mutation: Mutation) -> bool:
    """True when a promise was seen broken: by a story of its own, else by the seeded ones."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        shutil.copytree(ROOT / "extension" / "sync", here / "extension" / "sync")
        (here / "extension" / "__init__.py").write_text("")
        shutil.copytree(ROOT / "tests" / "sim", here / "tests" / "sim")
        file = here / "extension" / "sync" / mutation.file
        text = file.read_text()
        if text.count(mutation.old) != 1:
            print(
                f"{number:3} BROKEN    {mutation.rule}: the text to change stands {text.count(mutation.old)} times",
                flush=True,
            )
            return False
        file.write_text(text.replace(mutation.old, mutation.new))
        told = next((line for alarm in ALARMS if (line := _alarm(here, alarm))), "")
        wall = SECOND_WALLS.get(mutation.rule)
        word = "noticed" if told else f"SURVIVED ({wall})" if wall else "SURVIVED"
        print(f"{number:3} {word:9} {mutation.rule} | {told[:110]}", flush=True)
        return bool(told) or wall is not None


def _alarm(here: Path, alarm: tuple[str, ...]) -> str:
    """What it says when it goes off; nothing when it stays silent."""
    run = subprocess.run([sys.executable, "-m", *alarm], cwd=here, capture_output=True, text=True, check=False)
    said = (run.stdout + run.stderr[-300:]).strip().splitlines()
    if run.returncode == 0:
        return ""
    return next((line for line in said if line.startswith(("FAILED", "seed", "ERROR"))), said[-1] if said else "died")


def main() -> int:
    chosen = {int(a) for a in sys.argv[1:]}
    work = [(n, m) for n, m in enumerate(MUTATIONS) if not chosen or n in chosen]
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = list(pool.map(lambda item: check(*item), work))
    print(f"{sum(results)} of {len(results)} rules noticed or behind a second wall")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
