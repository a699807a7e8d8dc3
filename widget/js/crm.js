// The CRM around us, through Zoho's SDK. Its promises know no time limit, so each call here has one; what it says is a
// hint for the screen and never an identity. Nobody else in this folder touches ZOHO.

const OPENING = 8000;
const ANSWER = 4000;
const SMALLEST = 420;
const TALLEST = 680;

function within(promise, limit) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("no answer from the CRM")), limit); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// What nobody has to know about: a missing answer changes nothing that matters.
function politely(promise) {
  return within(promise, ANSWER).catch(() => null);
}

// Where we were opened: {entity, ids, list}. Rejects outside the CRM. `waits`: whether a record must be named.
export async function opened({ waits }) {
  if (!window.guard.framed || !window.ZOHO) throw new Error("outside the CRM");
  const loaded = new Promise((resolve) => window.ZOHO.embeddedApp.on("PageLoad", resolve));
  await within(window.ZOHO.embeddedApp.init(), OPENING);
  if (!waits) return {};
  const page = await within(loaded, OPENING);
  const ids = [].concat(page?.EntityId ?? []).map(String).filter((id) => /^\d{1,20}$/.test(id));
  const entity = /^\w{1,60}$/.test(page?.Entity) ? page.Entity : "";
  if (!entity || !ids.length) throw new Error("no record was named");
  return { entity, ids, list: /^ListView/.test(page.ButtonPosition) || ids.length > 1 };
}

// Day or night, as chosen in the CRM; older versions leave it to the browser.
export async function dress() {
  const ask = window.ZOHO?.CRM?.CONFIG?.getUserPreference;
  const said = ask && (await politely(ask()));
  if (said?.mode === "day" || said?.mode === "night") document.documentElement.dataset.mode = said.mode;
}

// The body stretches to the window, so its last line says how much it needs.
function needed(element) {
  const [header, body, footer] = ["header", ".body", "footer"].map((name) => element.querySelector(name));
  const end = body?.lastElementChild?.getBoundingClientRect().bottom ?? 0;
  return Math.ceil(header.offsetHeight + end - body.getBoundingClientRect().top + (footer?.offsetHeight ?? 0) + 24);
}

// The dialog grows with what is shown. Settings are a page of the CRM and have their own size.
export function fit(element) {
  let last = 0;
  let timer;
  const measure = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const wanted = Math.min(TALLEST, Math.max(SMALLEST, needed(element)));
      if (Math.abs(wanted - last) < 8) return;
      last = wanted;
      politely(window.ZOHO.CRM.UI.Resize({ width: "600", height: String(wanted) }));
    }, 80);
  };
  new ResizeObserver(measure).observe(element);
  new MutationObserver(measure).observe(element, { childList: true });
}

export const close = () => politely(window.ZOHO.CRM.UI.Popup.close());
export const closeAndRefresh = () => politely(window.ZOHO.CRM.UI.Popup.closeReload());
export const openRecord = (entity, id) =>
  politely(window.ZOHO.CRM.UI.Record.open({ Entity: entity, RecordID: id, Target: "_blank" }));
