"""Find and merge duplicates: one record takes the place of another, whose id is gone (facts/zoho.md 5.2, 22)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sandbox.zoho.catalogue import Catalogue
from sandbox.zoho.schema import Module
from sandbox.zoho.store import Record, Store
from sandbox.zoho.writes import Act, Writer, computed, settled

MERGED = ("Accounts", "Contacts", "Leads", "Deals", "Vendors")
OWN = frozenset({"Owner", "Created_By", "Modified_By", "Tag"})


def merge(
    store: Store,
    catalogue: Catalogue,
    writer: Writer,
    module: Module,
    pair: tuple[int, int],
    act: Act,
    taken: Collection[str] = (),
    *,
    told: bool,
) -> None:
    """`pair`: who goes, and who stays. What is blank there is filled, and what is to be `taken`
    from the other replaced; everything that named the one names the other.

    `told`: the one that went is in the list of deleted records, and the time of what named it moves. Neither is
    documented, so a client must be right either way.
    """
    gone, stays = pair
    table = store.tables[module.api_name]
    if module.api_name not in MERGED:
        raise ValueError(f"in the CRM {', '.join(MERGED)} are merged, not {module.api_name}")
    if gone not in table.live or stays not in table.live or gone == stays:
        raise ValueError('merge needs the id of another record of that module: {"into": id}')
    lost = table.live[gone]
    if told:
        writer.delete(module, gone, act)
    else:
        table.delete(gone, lost.modified, act.user)
        del table.deleted[gone]
    kept = table.live[stays]
    blank = {name: value for name, value in lost.values.items() if name not in OWN and kept.values.get(name) is None}
    chosen = {name: lost.values.get(name) for name in taken}
    values = settled(computed(module, {**kept.values, **blank, **chosen}, kept.lines))
    writer.keep(module, replace(kept, values=values), act)
    for holder, record, names in list(_naming(store, catalogue, module, gone)):
        moved = replace(record, values={**record.values, **dict.fromkeys(names, stays)})
        writer.keep(holder, moved, act, quietly=not told)


def _naming(store: Store, catalogue: Catalogue, module: Module, id_: int) -> Iterator[tuple[Module, Record, list[str]]]:
    """Every record that names this one, with the fields that do."""
    for holder in catalogue.modules():
        fields = [name for name, target in holder.lookups.items() if target == module.api_name]
        for record in store.tables[holder.api_name].live.values() if fields else ():
            if names := [name for name in fields if record.values.get(name) == id_]:
                yield holder, record, names
