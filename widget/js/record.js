// One record in every state that it can be in. Draws what the server says and decides nothing; `deeds` are what a
// person can do about it.

import { button, h, knows, link, moment, money, notice, say, show, table } from "./view.js";

const TONES = { in_step: "good", differs: "warn", working: "info", needs_attention: "warn", disconnected: "bad", paused: "warn" };
const SYNCS = { not_added: { add_to_xero: true }, never_synced: {}, in_step: {}, differs: {}, needs_attention: {} };

// `said`: a notice above all, as [tone, text, hint]; `busy`: something is being read, and what stands here may change;
// `fresh`: the record in the CRM was changed behind its page.
export function showRecord(state, deeds, { said = null, busy = "", fresh = false } = {}) {
  const name = state.state;
  const body = [
    said && notice(...said),
    (busy || !said) && h("p", { class: "muted" }, busy || say(`${name}.text`)),
    name === "disconnected" && !deeds.portal && h("p", {}, say("disconnected.ask")),
    state.xero && facts(state),
    state.differences?.length > 0 && differences(state.differences),
    (state.holds ?? []).map((hold) => reason(hold, deeds)),
    state.history?.length > 0 && history(state.history),
  ];
  const head = { title: state.title || say("untitled"), badge: say(name), tone: TONES[name], actions: actions(state, deeds, fresh) };
  show(`record ${name}`, head, body);
}

// While a run is under way. `run` is what the server says of it.
export function showWork(title, run, close) {
  const share = run.progress?.done;
  const bar = h("progress", { max: "100", value: share === null || share === undefined ? null : Math.round(share * 100), "aria-label": say("working") });
  const actions = [button(say("close"), close, "", "close")];
  show("working", { title: title || say("untitled"), badge: say("working"), tone: "info", actions }, h("p", {}, run.step), bar, h("p", { class: "muted" }, say("working.text")));
}

// ---- the parts

function actions(state, deeds, fresh) {
  const name = state.state;
  const look = button(say("look_again"), deeds.look, name in SYNCS ? "" : "primary", "look");
  if (!(name in SYNCS)) return [deeds.portal && link(say(`${name}.action`), deeds.portal, "button primary"), deeds.portal ? secondary(look) : look].filter(Boolean);
  const sync = button(say(`${name}.action`), () => deeds.sync(SYNCS[name]), fresh ? "" : "primary", "sync");
  const check = name !== "not_added" && button(say("check"), deeds.check, "", "check");
  return [fresh && button(say("refresh"), deeds.refresh, "primary", "refresh"), sync, check].filter(Boolean);
}

function secondary(made) {
  made.className = "";
  return made;
}

function facts({ entity, xero, amount_due: due, days_overdue: days, last_sync: last }) {
  const pairs = [
    [say("number"), xero.url ? link(xero.number || say("open_xero"), xero.url) : xero.number],
    [say("status"), status(entity, xero.status)],
    [say("due"), due && [money(due), days && h("p", { class: "overdue" }, say(days === 1 ? "overdue.one" : "overdue", { n: days }))]],
    [say("last_sync"), last ? moment(last) : say("never")],
  ];
  return h("dl", {}, pairs.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function differences(rows) {
  const cells = rows.map(({ label, field, zoho, xero }) => [label || field, spelt(zoho), spelt(xero)]);
  return table(say("differences"), [say("field"), say("in_crm"), say("in_xero")], cells);
}

function reason(hold, deeds) {
  const values = Object.entries(hold.values ?? {}).map(([field, [zoho, xero]]) => [named(field), spelt(zoho), spelt(xero)]);
  const offered = (hold.ways ?? []).filter(({ decision }) => decision !== "retry"); // which the main button does
  const ways = offered.map(({ label, ...way }) => button(label, () => deeds.decide(way)));
  return h("section", { class: "hold" },
    h("h2", {}, hold.heading), h("p", {}, hold.message), hold.hint && h("p", { class: "muted" }, hold.hint),
    values.length > 0 && table(say("values"), [say("field"), say("in_crm"), say("in_xero")], values),
    ways.length > 0 && h("div", { class: "row" }, ways));
}

function history(entries) {
  const lines = entries.slice(0, 5).map(({ at, outcome, message }) =>
    h("li", {}, h("time", { datetime: at }, moment(at)), h("span", {}, message || outcome)));
  return h("details", {}, h("summary", {}, say("history")), h("ol", {}, lines));
}

const status = (entity, code) => say([`status.${entity}.${code}`, `status.${code}`].find(knows) ?? code);
const named = (field) => field.charAt(0).toUpperCase() + field.slice(1).replace(/_/g, " ");
const spelt = (value) => (value === null || value === undefined || value === "" ? say("empty") : String(value));
