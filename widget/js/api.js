// The server: who is signed in, and every question to /api. The session is a cookie of this frame's own partition;
// where the browser keeps none, the token in this variable stands in for it, for as long as the panel is open.

const API = new URL("../../api/", import.meta.url);
const POPUP = "popup,width=520,height=680";
let token = "";
let csrf = "";
const tags = new Map(); // path -> [ETag, what it stood for]

// What the server refused, in its words. `status` 0: it could not be reached.
export class Problem extends Error {
  constructor(status, { title = "", detail = "", code = "", hint = "" } = {}) {
    super(detail || title);
    Object.assign(this, { status, title, detail, code, hint });
  }
}

export function credentials() {
  return { ...(token && { Authorization: `Bearer ${token}` }), ...(csrf && { "X-CSRF-Token": csrf }) };
}

async function ask(method, path, body) {
  const kept = method === "GET" ? tags.get(path) : undefined;
  const headers = { Accept: "application/json", ...credentials() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (kept) headers["If-None-Match"] = kept[0];
  let answer;
  try {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    answer = await fetch(new URL(path, API), { method, headers, body: sent, credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new Problem(0, { code: "offline" });
  }
  if (answer.status === 304) return kept[1];
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, found);
  if (method === "GET" && answer.headers.get("ETag")) tags.set(path, [answer.headers.get("ETag"), found]);
  return found;
}

export const get = (path) => ask("GET", path);
export const post = (path, body = {}) => ask("POST", path, body);

// ---- who is signed in

function remember(session) {
  token = session.token ?? token; // told once, when the session begins
  csrf = session.csrf ?? "";
  tags.clear();
  return session;
}

export async function session() {
  try {
    return remember(await get("session"));
  } catch (problem) {
    if (problem.status === 401) return null;
    throw problem;
  }
}

export async function signOut() {
  await ask("DELETE", "session").catch(() => null);
  token = csrf = "";
  tags.clear();
}

const spelt = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

let listening = new AbortController();

// One attempt to sign in. Made before the button is pressed, since a browser opens windows only in the press itself;
// the verifier never leaves this frame, so a code alone is worth nothing to whoever else may see it.
export class Attempt {
  static async prepare() {
    const verifier = spelt(crypto.getRandomValues(new Uint8Array(32)));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    return new Attempt(verifier, spelt(new Uint8Array(digest)));
  }

  constructor(verifier, challenge) {
    this.verifier = verifier;
    this.start = new URL(`../auth/zoho/start?challenge=${challenge}`, API);
  }

  // Opens the window; false where the browser forbids it. `heard` gets the code that the window hands over.
  open(heard) {
    const popup = window.open(this.start, "_blank", POPUP);
    window.guard.expect(popup);
    listening.abort(); // a window that was opened before is not waited for any more
    listening = new AbortController();
    addEventListener("popup", ({ detail }) => {
      if (typeof detail?.code === "string") heard(detail.code);
    }, { signal: listening.signal });
    return popup !== null;
  }

  async finish(code) {
    return remember(await post("session", { code, verifier: this.verifier }));
  }
}

// ---- a run

const PAUSES = [400, 600, 900, 1300, 2000];

// Asks until the run is over; `tell` hears of every answer that is new.
export async function follow(run, tell) {
  let seen = null;
  for (let turn = 0; ; turn += 1) {
    try {
      const found = await get(`runs/${run}`);
      if (found !== seen) tell(found);
      seen = found;
      if (!["waiting", "working", "paused"].includes(found.state)) return found;
    } catch (problem) {
      if (![0, 429, 502, 503].includes(problem.status) || turn > 200) throw problem;
    }
    const pause = PAUSES[Math.min(turn, PAUSES.length - 1)];
    await new Promise((resolve) => setTimeout(resolve, document.hidden ? 4000 : pause));
  }
}
