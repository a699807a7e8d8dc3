// The way in, the same for both panels: only inside the CRM, only for somebody who signed in with Zoho. What goes
// wrong on the way, or later, is said in one place.

import { Attempt, session, signOut } from "./api.js";
import { button, h, knows, notice, say, show, signedIn, tell } from "./view.js";

let within = () => {};

// Runs `open` with the session of whoever is signed in, now or after signing in.
export async function enter(open) {
  within = open;
  await safely(async () => {
    const found = await session();
    if (found) await go(found);
    else await signIn();
  });
}

async function go(found) {
  signedIn(found.person.name, () => safely(async () => {
    await signOut();
    await signIn();
  }));
  await within(found);
}

// Does something that may fail; a session that ended leads to signing in, anything else to a view that says it.
export async function safely(deed) {
  try {
    await deed();
  } catch (problem) {
    if (problem.status === 401) await signIn("sign_in.ended").catch(trouble);
    else trouble(problem);
  }
}

export function outside() {
  show("outside", { title: say("outside") }, h("p", {}, say("outside.text")));
}

export function trouble(problem) {
  const offline = problem.code === "offline";
  const title = say(offline ? "offline" : "trouble");
  const said = offline ? say("offline.text") : problem.message || say("trouble");
  show("trouble", { title, actions: [button(say("again"), () => enter(within), "primary")] }, notice("bad", said, problem.hint));
  if (!("status" in problem)) console.error(problem);
}

async function signIn(why = "") {
  signedIn();
  const attempt = await Attempt.prepare();
  const finish = (code) => safely(async () => go(await attempt.finish(code)));
  const draw = (said, tone, body = []) => {
    const press = () => {
      const opened = attempt.open(finish);
      draw(say(opened ? "sign_in.waiting" : "sign_in.blocked"), opened ? "info" : "warn", opened ? typed(finish) : []);
    };
    const action = button(say("sign_in.action"), press, "primary", "sign-in");
    show("sign-in", { title: say("sign_in"), actions: [action] }, h("p", {}, say("sign_in.text")), said && notice(tone, said), body);
    tell(said);
  };
  draw(knows(why) ? say(why) : "", "warn");
}

// Where the window cannot speak to this panel, a person carries the code over.
function typed(finish) {
  const field = h("input", { id: "code", maxlength: "20", autocomplete: "one-time-code", autocapitalize: "characters", spellcheck: "false" });
  const send = (event) => {
    event.preventDefault();
    const code = field.value.replace(/[\s-]/g, "").toUpperCase();
    if (code) finish(code);
  };
  return h("form", { onsubmit: send }, h("label", { for: "code" }, say("sign_in.code")),
    h("div", { class: "row" }, field, h("button", { type: "submit" }, say("sign_in.use_code"))));
}
