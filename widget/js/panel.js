// The panel behind the button "Sync to Xero": one record, or those that were selected in a list. Every press is one
// question to the server; what is shown afterwards is what the server says then.

import { follow, get, post } from "./api.js";
import { closeAndRefresh, close, dress, fit, opened, openRecord } from "./crm.js";
import { enter, outside, safely } from "./entry.js";
import { showRecord, showWork } from "./record.js";
import { button, h, learn, notice, say, show, table, tell } from "./view.js";

const MOST = 100;
const AT_ONCE = 4;
const COMPARED = ["in_step", "differs"]; // what is remembered of these may be out of date; without a title, nothing is

let where = null;
let latest = 0; // what began later may draw, what began earlier may not any more

async function start() {
  await learn();
  try {
    where = await opened({ waits: true });
  } catch {
    return outside();
  }
  await dress();
  fit(document.getElementById("view"));
  return enter((session) => (where.list ? selection() : record(session)));
}

// ---- one record

async function record(session) {
  const path = `records/${where.entity}/${where.ids[0]}`;
  const portal = session.person?.manages && session.connection ? `../c/${session.connection.id}/connection` : "";
  const deeds = {
    look: () => safely(() => look()),
    sync: (body) => safely(() => work("sync", body)),
    check: () => safely(() => work("check")),
    decide: (way) => safely(() => decide(way)),
    refresh: closeAndRefresh,
    portal: portal && new URL(portal, document.baseURI).href,
  };

  async function look(more = {}) {
    const turn = ++latest;
    const state = await get(path);
    if (turn !== latest) return null;
    if (state.task && state.state === "working") await watch(state.task.id, state);
    else showRecord(state, deeds, more);
    return state;
  }

  // Reads both sides without taking the screen away: what is remembered (`before`) stands there until more is known.
  async function compare(before) {
    const turn = ++latest;
    showRecord(before, deeds, { busy: say("checking") });
    const { task } = await post(`${path}/check`);
    const run = await follow(task.id, () => {});
    if (turn !== latest) return;
    await look(failed(run));
  }

  async function work(kind, body) {
    const turn = ++latest;
    const { task } = await post(`${path}/${kind}`, body);
    if (turn === latest) await watch(task.id, await get(path), kind);
  }

  async function decide(way) {
    const turn = ++latest;
    const { task } = await post(`${path}/decide`, way);
    if (turn !== latest) return;
    if (task) await watch(task.id, await get(path));
    else await work("sync", {});
  }

  async function watch(id, state, kind = "sync") {
    const turn = latest;
    const run = await follow(id, (found) => {
      if (turn === latest) showWork(state.title, found, close);
      tell(found.step);
    });
    if (turn !== latest) return;
    const now = await look(failed(run));
    tell(now ? say(now.state) : "");
    if (now?.state === "in_step" && run.state === "done") finished(now, kind);
  }

  function finished(state, kind) {
    const said = say(kind === "sync" ? "synced" : "checked");
    showRecord(state, deeds, { said: ["good", said], fresh: kind === "sync" });
    tell(said);
  }

  const turn = ++latest;
  const state = await get(path);
  if (turn !== latest) return;
  if (state.state === "working" && state.task) await watch(state.task.id, state);
  else if (COMPARED.includes(state.state) || !state.title) await compare(state);
  else showRecord(state, deeds);
}

// What a run could not do, as a notice.
function failed(run) {
  const { problem, hint } = run.result ?? {};
  return problem ? { said: ["bad", problem, hint ?? ""] } : {};
}

// ---- what was selected in a list

async function selection() {
  const { entity, ids } = where;
  const count = (key) => say(ids.length === 1 ? `${key}.one` : key, { n: ids.length });
  const title = count("selection");
  if (ids.length > MOST) {
    const actions = [button(say("close"), close, "primary")];
    return show("selection", { title, actions }, notice("warn", say("selection.too_many", { n: MOST })));
  }
  const sync = () => safely(async () => {
    const { task } = await post(`records/${entity}/sync`, { ids });
    const run = await follow(task.id, (found) => {
      showWork(title, found, close);
      tell(found.step);
    });
    await results(title, run, sync);
  });
  const actions = [button(count("selection.action"), sync, "primary")];
  return show("selection", { title, actions }, h("p", {}, say("selection.text")));
}

async function results(title, run, again) {
  const states = await states_of(where.ids);
  const well = states.filter(({ state }) => state === "in_step").length;
  const said = say("selection.done", { n: well, of: states.length });
  const rows = states.map((state) => [
    state.title,
    say(state.state),
    state.holds?.[0]?.heading ?? "",
    button(say("open_record"), () => openRecord(where.entity, state.zoho_id), "link"),
  ]);
  const columns = ["record", "outcome", "reason", "open_record"].map((name) => say(name));
  const actions = [button(say("refresh"), closeAndRefresh, "primary"), button(say("again"), again)];
  const wrong = failed(run).said;
  show("results", { title, actions }, wrong && notice(...wrong), notice(well === states.length ? "good" : "warn", said),
    table(say("selection.results"), columns, rows));
  tell(said);
}

// A few at a time, in the order of the list.
async function states_of(ids) {
  const found = new Array(ids.length);
  let next = 0;
  const one = async () => {
    while (next < ids.length) {
      const place = next++;
      found[place] = await get(`records/${where.entity}/${ids[place]}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return found;
}

start();
