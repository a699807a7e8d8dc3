// What is on the screen: words, elements, and one view at a time. Text from records is only ever text, never markup.

let words = {};

export async function learn() {
  words = await (await fetch(new URL("../translations/en.json", import.meta.url))).json();
}

export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const knows = (key) => key in words;

// h("p", {class: "muted"}, "text", element): null and false are left out.
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

// `key`: keeps the focus where it is when the view is drawn again.
export const button = (label, press, kind = "", key = null) =>
  h("button", { type: "button", class: kind, "data-key": key, onclick: press }, label);

export const link = (label, href, kind = "") =>
  h("a", { href, class: kind, target: "_blank", rel: "noopener noreferrer" }, label, h("span", { class: "unseen" }, ` ${say("new_tab")}`));

export function table(caption, columns, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption),
      h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.map(([head, ...cells]) =>
        h("tr", {}, h("th", { scope: "row" }, head), cells.map((cell) => h("td", {}, cell)))))));
}

let person = null; // [name, signOut] of whoever is signed in

export function signedIn(...who) {
  person = who.length ? who : null;
}

const view = () => document.getElementById("view");
let shown = "";

// Another view takes the place of the one before. Of a new kind (`name`), its heading gets the focus; the same again
// leaves the focus where it is, as far as that is still there.
export function show(name, { title, badge, tone, actions = [] }, ...body) {
  const focused = document.activeElement?.dataset?.key;
  view().replaceChildren(
    h("header", {}, h("h1", { tabindex: "-1" }, title), badge && h("p", { class: `badge ${tone ?? ""}` }, badge)),
    h("div", { class: "body" }, body),
    actions.length || person ? h("footer", {}, actions, person && whose(...person)) : "",
  );
  view().removeAttribute("aria-busy");
  const again = focused && view().querySelector(`[data-key="${CSS.escape(focused)}"]`);
  if (again) again.focus();
  else if (shown && shown !== name) view().querySelector("h1").focus();
  shown = name;
}

const whose = (name, out) =>
  h("p", { class: "whose muted" }, `${say("signed_in", { name })} `, button(say("sign_out"), out, "link", "sign-out"));

// Heard by those who do not see; what everybody must see is in the view.
export function tell(text) {
  document.getElementById("status").textContent = text;
}

export const notice = (tone, text, hint = "") =>
  h("div", { class: `notice ${tone}`, role: tone === "bad" ? "alert" : null },
    h("p", {}, h("strong", {}, text)), hint && h("p", {}, hint));

export function moment(text) {
  const at = new Date(text);
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(at);
}

export function money({ currency, amount }) {
  const [whole, cents = ""] = String(amount).split("."); // an amount is text, and never becomes a binary number
  return `${currency} ${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${cents && `.${cents}`}`;
}
