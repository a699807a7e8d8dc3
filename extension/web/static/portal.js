// What a page can do beyond its forms. Every page works without this file; with it, nothing need be reloaded by hand.
//   data-live="URL"          the element's content is asked for again, unchanged answers cost a 304
//   data-confirm="Question"  a form asks first, in a dialog
//   data-all="name"          a checkbox that ticks all checkboxes of that name
//   data-submit              a select or checkbox that sends its form when changed
//   data-check               a form that sends do=check when something in it was changed; what the answer says in its
//                            elements data-said="name" is shown in those of this page
//   data-narrow-closed       <details> that starts closed on narrow screens
// Another page of ours may show parts of the portal (the panel in the CRM): it brings its own way to ask and to renew.

const PAUSE = 1500;
const LONGEST_PAUSE = 15000;
const ways = {
  ask: (address, options) => fetch(address, { ...options, credentials: "same-origin" }),
  renew: (page) => (page ? location.replace(page) : location.reload()),
};

export function through(others) {
  Object.assign(ways, others);
}

function live(region) {
  const address = region.dataset.live;
  let tag = null;
  let pause = PAUSE;

  async function ask() {
    if (!region.isConnected) return;
    if (document.hidden) return void setTimeout(ask, PAUSE);
    try {
      const answer = await ways.ask(address, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
      if (answer.redirected || answer.status === 401 || answer.status === 403) return ways.renew();
      if (answer.ok) {
        tag = answer.headers.get("ETag");
        replace(region, await answer.text());
        pause = PAUSE;
        if (answer.headers.get("X-Live-Done")) return finish(region);
      } else if (answer.status !== 304) {
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    } catch {
      pause = Math.min(pause * 2, LONGEST_PAUSE); // the server is away for a moment
    }
    setTimeout(ask, pause);
  }
  setTimeout(ask, PAUSE);
}

function replace(region, html) {
  const focused = region.contains(document.activeElement) ? document.activeElement.id : null;
  const holder = document.createElement("template");
  holder.innerHTML = html;
  region.replaceChildren(holder.content);
  enhance(region);
  if (focused) document.getElementById(focused)?.focus();
}

// The page as it is now, without the note on what began it.
function finish(region) {
  if (region.dataset.liveThen !== "reload") return;
  const here = new URL(location);
  ["note", "n"].forEach((name) => here.searchParams.delete(name));
  ways.renew(here);
}

function confirmFirst(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.confirmed) return;
    event.preventDefault();
    const pressed = event.submitter;
    const dialog = document.createElement("dialog");
    const words = document.createElement("p");
    words.id = "question";
    words.textContent = form.dataset.confirm;
    const row = document.createElement("div");
    row.className = "actions";
    const yes = button(pressed?.textContent.trim() || "Yes", "primary", () => {
      form.dataset.confirmed = "1";
      dialog.close();
      form.requestSubmit(pressed);
    });
    row.append(yes, button("Cancel", "", () => dialog.close()));
    dialog.append(words, row);
    dialog.setAttribute("aria-labelledby", "question");
    dialog.addEventListener("close", () => { dialog.remove(); pressed?.focus(); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

function button(label, kind, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = kind;
  made.textContent = label;
  made.addEventListener("click", press);
  return made;
}

function tickAll(box) {
  const among = () => box.form?.elements ?? document.querySelectorAll("input"); // also those that name their form
  const all = () => [...among()].filter((each) => each.type === "checkbox" && each.name === box.dataset.all);
  box.addEventListener("change", () => all().forEach((each) => { each.checked = box.checked; }));
}

// What scrolls sideways can be reached by Tab, for as long as there is something to scroll.
const scrolling = new ResizeObserver((seen) => seen.forEach(({ target }) => {
  if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
  else target.removeAttribute("tabindex");
}));

function checkAlong(form) {
  let asked = 0;
  form.addEventListener("change", async () => {
    const mine = ++asked;
    const sent = new URLSearchParams(new FormData(form));
    sent.set("do", "check");
    try {
      const answer = await ways.ask(form.action, { method: "POST", body: sent });
      if (!answer.ok || answer.redirected || mine !== asked) return; // a later change is on its way
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      form.querySelectorAll("[data-said]").forEach((place) => {
        const said = page.querySelector(`[data-said="${CSS.escape(place.dataset.said)}"]`);
        place.replaceChildren(...(said?.cloneNode(true).childNodes ?? []));
      });
    } catch {
      // the server is away for a moment: saving says it all the same
    }
  });
}

export function enhance(root) {
  root.querySelectorAll(".scroll").forEach((each) => scrolling.observe(each));
  root.querySelectorAll("[data-live]").forEach(live);
  root.querySelectorAll("form[data-confirm]").forEach(confirmFirst);
  root.querySelectorAll("input[data-all]").forEach(tickAll);
  root.querySelectorAll("form[data-check]").forEach(checkAlong);
  root.querySelectorAll("[data-submit]").forEach((each) => each.addEventListener("change", () => each.form.requestSubmit()));
}

if (matchMedia("(max-width: 900px)").matches) {
  document.querySelectorAll("details[data-narrow-closed]").forEach((each) => { each.open = false; });
}
enhance(document);
