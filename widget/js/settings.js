// The portal's own pages inside the CRM, for administrators: asked for as fragments with this panel's session. Every
// link and form in them is followed here; there is no second version of any screen.

import { credentials, Problem } from "./api.js";
import { dress, opened } from "./crm.js";
import { enter, outside, safely } from "./entry.js";
import { button, h, learn, notice, say, show, tell } from "./view.js";

const TABS = { dashboard: "", sync: "sync", schedule: "schedule", attention: "attention" };
let portal; // the portal's script, which makes its pages live
let home = "";
let at = "";
let latest = 0; // what was pressed later is shown, whichever answer comes first
let underway = 0;

async function start() {
  await learn();
  try {
    await opened({ waits: false });
  } catch {
    return outside();
  }
  await dress();
  portal = await import(new URL("../../static/portal.js", import.meta.url));
  portal.through({ ask, renew: () => underway || safely(() => go(at)) }); // never in place of what was pressed
  return enter(begin);
}

async function begin({ person, connection }) {
  if (!person?.manages) return show("settings", { title: "xero2zoho" }, notice("warn", say("settings.managers")));
  home = `/c/${connection.id}/`;
  const tabs = Object.entries(TABS).map(([name, path]) => button(say(`settings.${name}`), () => safely(() => go(home + path)), "", name));
  show("settings", { title: `xero2zoho: ${connection.name}` });
  document.querySelector(".body").replaceWith(
    h("nav", { class: "tabs", "aria-label": say("settings.tabs") }, tabs), h("div", { id: "page" }));
  const page = document.getElementById("page");
  page.addEventListener("click", follow);
  page.addEventListener("submit", send);
  await go(home);
}

function ask(address, options = {}) {
  const headers = { "X-Fragment": "1", ...credentials(), ...options.headers };
  return fetch(address, { ...options, headers, credentials: "same-origin", cache: "no-store" });
}

async function go(address, options) {
  const page = document.getElementById("page");
  const turn = ++latest;
  underway += 1;
  page.setAttribute("aria-busy", "true");
  let answer, html;
  try {
    answer = await ask(address, options);
    html = await answer.text();
  } catch {
    throw new Problem(0, { code: "offline" });
  } finally {
    underway -= 1;
    if (!underway) page.removeAttribute("aria-busy");
  }
  if (answer.status === 401 || new URL(answer.url).pathname === "/sign-in") throw new Problem(401);
  if (turn !== latest) return;
  at = answer.url;
  const holder = document.createElement("template");
  holder.innerHTML = html; // our server's own page, under a policy that runs no script of it
  page.replaceChildren(holder.content);
  portal.enhance(page);
  mark(new URL(at).pathname);
}

function mark(path) {
  for (const tab of document.querySelectorAll(".tabs button")) {
    const mine = home + TABS[tab.dataset.key];
    if (path === mine || (mine !== home && path.startsWith(`${mine}/`))) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  const heading = document.querySelector("#page h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
  tell(say("settings.loaded", { page: heading?.textContent.trim() ?? "" }));
}

const ours = (url) => url.origin === location.origin && url.pathname.startsWith("/c/");

function follow(event) {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href, at);
  if (!ours(url) || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  safely(() => go(url));
}

function send(event) {
  const form = event.target;
  const url = new URL(form.getAttribute("action") ?? at, at);
  if (event.defaultPrevented || !ours(url)) return;
  event.preventDefault();
  const given = new FormData(form, event.submitter);
  const plain = form.enctype !== "multipart/form-data";
  if (form.method === "get") {
    url.search = new URLSearchParams(given);
    safely(() => go(url));
  } else {
    safely(() => go(url, { method: "POST", body: plain ? new URLSearchParams(given) : given }));
  }
}

start();
