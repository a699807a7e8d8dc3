"""Rules of the local Zoho CRM taken out: what follows from a write (5.2, 14-16, 22)."""

from __future__ import annotations

from typing import Final

from tests.fidelity.table import Mutation

FOLLOWING: Final = (
    Mutation(
        14,
        "who calls is who modified",
        "zoho/writes.py",
        "lines=lines, modified=stamp, modified_by=act.user, touched=now)",
        "lines=lines, modified=stamp, touched=now)",
    ),
    Mutation(
        14,
        "who calls is who created",
        "zoho/writes.py",
        "Record(record_id, values, stamp, stamp, act.user, act.user, lines, touched=now)",
        "Record(record_id, values, stamp, stamp, self._organisation.users[0].id, self._organisation.users[0].id, lines, touched=now)",
    ),
    Mutation(
        14,
        "an update of nothing may move Modified_Time",
        "zoho/writes.py",
        "if not self._switches.unchanged_put_bumps and values",
        "if values",
    ),
    Mutation(
        14,
        "an update of nothing may move nothing",
        "zoho/writes.py",
        "if not self._switches.unchanged_put_bumps and values",
        "if False and values",
    ),
    Mutation(
        15,
        "without a trigger everything runs",
        "zoho/batches.py",
        'triggers=triggers is None or "workflow" in triggers)',
        'triggers=triggers is not None and "workflow" in triggers)',
    ),
    Mutation(
        15,
        "an empty trigger runs nothing",
        "zoho/batches.py",
        'triggers=triggers is None or "workflow" in triggers)',
        "triggers=True)",
    ),
    Mutation(
        15,
        "a workflow edits the record again",
        "zoho/writes.py",
        "        if changes and act.triggers:",
        "        if False:",
    ),
    Mutation(
        15,
        "the answer tells the state before it",
        "zoho/writes.py",
        "            self.update(module, record.id, changes, behind)",
        "            return self.update(module, record.id, changes, behind)",
    ),
    Mutation(
        16,
        "a record that moved is not written",
        "zoho/writes.py",
        "if act.unmodified_since is not None and old.modified > act.unmodified_since:",
        "if False:",
    ),
    Mutation(
        16,
        "the same second is not later",
        "zoho/writes.py",
        "old.modified > act.unmodified_since:",
        "old.modified >= act.unmodified_since:",
    ),
    Mutation(
        16,
        "alone it is a 412",
        "zoho/batches.py",
        '        if all(item["code"] == "ALREADY_MODIFIED" for item in failed):',
        "        if False:",
    ),
    Mutation(
        16,
        "the refusal tells when it moved",
        "zoho/batches.py",
        '"details": details})\n            except RowError',
        '"details": {}})\n            except RowError',
    ),
    Mutation(
        16, "v2 knows no such lock", "zoho/http.py", 'if header is None or self.version == "v2":', "if header is None:"
    ),
    Mutation(15, "a workflow edits a second later", "zoho/writes.py", "triggers=False, later=1)", "triggers=False)"),
    Mutation(
        22,
        "a merge takes one id away",
        "zoho/merges.py",
        "        writer.delete(module, gone, act)\n",
        "        pass\n",
    ),
    Mutation(
        22,
        "those that went may be told of",
        "zoho/routes_deeds.py",
        '    told = service.switch.merge == "told"',
        "    told = False",
    ),
    Mutation(
        22,
        "those that went may go without a word",
        "zoho/routes_deeds.py",
        '    told = service.switch.merge == "told"',
        "    told = True",
    ),
    Mutation(
        22,
        "what is blank is filled",
        "zoho/merges.py",
        "{**kept.values, **blank, **chosen}",
        "{**kept.values, **chosen}",
    ),
    Mutation(
        22,
        "what was chosen is taken over",
        "zoho/merges.py",
        "{**kept.values, **blank, **chosen}",
        "{**kept.values, **blank}",
    ),
    Mutation(22, "what named the one names the other", "zoho/merges.py", "**dict.fromkeys(names, stays)}", "}"),
    Mutation(
        22,
        "two at most are merged into one",
        "zoho/routes_deeds.py",
        "    if len(rows) > MOST_MERGED:",
        "    if False:",
    ),
    Mutation(
        22,
        "nobody is merged twice",
        "zoho/routes_deeds.py",
        "        if child in found or child == master:",
        "        if child == master:",
    ),
    Mutation(22, "some modules are merged", "zoho/routes_deeds.py", "    if module not in MERGED:", "    if False:"),
    Mutation(
        22,
        "a lead makes an account",
        "zoho/conversions.py",
        '        account = self._existing("Accounts", wish) or self._company(lead, act)',
        '        account = self._existing("Accounts", wish)',
    ),
    Mutation(
        22,
        "a lead joins the account that is named",
        "zoho/conversions.py",
        '        account = self._existing("Accounts", wish) or self._company(lead, act)',
        "        account = self._company(lead, act)",
    ),
    Mutation(
        22,
        "a lead joins the contact that is named",
        "zoho/conversions.py",
        '        contact = self._existing("Contacts", wish)',
        "        contact = None",
    ),
    Mutation(
        22, "a lead makes a deal", "zoho/conversions.py", "        if isinstance(deal, Mapping):", "        if False:"
    ),
    Mutation(
        22,
        "the lead is gone",
        "zoho/conversions.py",
        "        table.delete(lead.id, lead.modified, act.user)\n        del table.deleted[lead.id]\n",
        "",
    ),
    Mutation(22, "the lead is no deletion", "zoho/conversions.py", "        del table.deleted[lead.id]\n", ""),
    Mutation(
        22,
        "a conversion that fails leaves nothing behind",
        "zoho/conversions.py",
        "            self._store.thaw(before)\n",
        "",
    ),
    Mutation(22, "nor is it told", "zoho/conversions.py", "            self._channels.say_only(unsaid)\n", ""),
    Mutation(22, "a quiet merge leaves no trace", "zoho/merges.py", "        del table.deleted[gone]\n", ""),
    Mutation(
        22,
        "what is there stays",
        "zoho/merges.py",
        "{**kept.values, **blank, **chosen}",
        "{**kept.values, **lost.values}",
    ),
    Mutation(
        22,
        "a known company takes a lead in",
        "zoho/conversions.py",
        "        if found:\n            return found[0]\n",
        "",
    ),
)
