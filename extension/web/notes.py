"""What a page may say after a change: fixed sentences, named in the address by their word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NOTES: Final[Mapping[str, str]] = {
    "saved": "Saved.",
    "mapping_saved": "Saved. The mapping changed: the next run reads everything again, and asks for approval first if "
    "the mapping alone would change records.",
    "fields_fetched": "The fields of both services are up to date.",
    "unchanged": "Nothing was changed.",
    "signed_out": "You are signed out.",
    "connected": "Connected.",
    "reconnected": "Connected again; settings and history stayed.",
    "disconnected": "Disconnected. History stays; nothing is synchronised any more.",
    "disconnected_untold": "Disconnected. A service could not be told: take this app's access away there, too.",
    "consented": "Consent given.",
    "looked": "Looked again: this is what both organisations have now.",
    "set_up": "Done: what was missing is in the CRM, and mapped.",
    "taken_away": "Taken away from the CRM, and out of the mapping.",
    "signals_on": "Zoho CRM tells us of changes from now on.",
    "signals_off": "Zoho CRM tells us of no changes any more. The schedule finds them.",
    "begun_again": "Forgotten. Begin again with both services.",
    "paused": "Paused. Nothing is synchronised until you go on.",
    "resumed": "Going on.",
    "asked": "On its way.",
    "pausing": "It pauses as soon as the step under way is safely recorded.",
    "cancelling": "It stops as soon as the step under way is safely recorded.",
    "approved": "{n} approved.",
    "decided": "{n} decided. The next synchronisation acts on it.",
    "undone": "Taken back.",
    "linked": "{n} pairs accepted. Nothing was written to either service.",
    "retrying": "{n} will be tried again by the next synchronisation.",
    "rolled_back": "Rolled back. The change and its undoing are both in the list.",
    "imported": "Imported.",
    "fetched": "The data of both sides is being fetched.",
    "under_way": "A run was under way already: here it is. Nothing new was begun.",
    "first_preview": "The first synchronisation begins with a preview. Nothing is written before you approve it.",
    "letter": "On its way. Look below in a moment what became of it.",
    "letter_already": "A letter was asked for within this minute already. Look below what became of it.",
    "dismissed": "Kept apart. They are not proposed again.",
}
