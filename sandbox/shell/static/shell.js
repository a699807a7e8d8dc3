// The CRM's side of the widget protocol (facts/widget.md 2.3): a frame with the widget in it, and answers to what the
// widget asks. Every message seen is in `window.crm.log`, for whoever wants to know what was said.

const known = JSON.parse(document.getElementById("known").textContent);
const dialog = document.getElementById("widget");
window.crm = { log: [], frame: null };

class Frame {
  constructor(place, address, pageLoad, size) {
    const url = new URL(address);
    url.searchParams.set("serviceOrigin", location.origin);
    url.searchParams.set("frameName", "widget_frame");
    Object.assign(this, { origin: url.origin, pageLoad, unique: `w-${crypto.randomUUID()}` });
    this.element = document.createElement("iframe");
    this.element.title = "Widget";
    this.element.name = "widget_frame";
    this.resize(size);
    this.element.src = url.href;
    this.hear = (event) => this.onMessage(event);
    addEventListener("message", this.hear);
    place.append(this.element);
  }

  resize(size) {
    if (size?.width) this.element.style.width = `${parseInt(size.width, 10)}px`;
    if (size?.height) this.element.style.height = `${parseInt(size.height, 10)}px`;
  }

  send(eventName, data, extra = {}) {
    this.element.contentWindow?.postMessage({ type: "FRAMEWORK.EVENT", eventName, data, ...extra }, this.origin);
  }

  async onMessage({ source, origin, data: message }) {
    if (source !== this.element.contentWindow || origin !== this.origin || message?.type !== "SDK.EVENT") return;
    window.crm.log.push(message);
    if (message.eventName === "REGISTER") {
      this.send("SET_CONTEXT", { uniqueID: this.unique, locale: "en", localeResource: {}, model: {}, connectors: [] });
      if (this.pageLoad) this.send("PageLoad", this.pageLoad);
    } else if (message.promiseid) {
      try {
        this.send("EVENT_RESPONSE", await this.answer(message), { promiseid: message.promiseid });
      } catch (refused) {
        this.send("EVENT_RESPONSE_FAILURE", refused?.code ? refused : { code: "ERROR", message: String(refused) }, { promiseid: message.promiseid });
      }
    }
  }

  async answer({ eventName, data }) {
    if (eventName === "ZDK_EVENT") throw { code: "NOT_SUPPORTED", action: data.action };
    const what = data.category === "CONFIG" ? data.type : data.category;
    switch (what) {
      case "CURRENT_USER": return { users: [known.user] };
      case "ORG": return { org: [known.org] };
      case "USER_PREFERENCE": return { mode: known.mode };
      case "READ": return { data: [await (await fetch(`/crm/tab/-/record/${data.APIData.Entity}/${data.APIData.RecordID}`)).json()] };
      case "UI": return this.screen(data);
    }
    throw { code: "UNSUPPORTED", category: data.category };
  }

  screen({ action, data }) {
    if (action === "RESIZE") this.resize(data);
    else if (action.popup) this.close(action.popup === "CLOSE_RELOAD");
    else if (action.record === "OPEN") open(`/crm/tab/${data.Entity}/${data.RecordID}`, data.target ?? "_self");
    return true;
  }

  close(reload = false) {
    removeEventListener("message", this.hear);
    this.element.remove();
    window.crm.frame = null;
    if (dialog.open) dialog.close();
    if (reload) location.reload();
  }
}

function press(button) {
  const ticked = [...document.querySelectorAll("input[name=record]:checked")].map((box) => box.value);
  const ids = button.dataset.id ? [button.dataset.id] : ticked;
  if (!ids.length) return alert("Select a record first.");
  const shut = document.createElement("button");
  shut.textContent = "Close";
  const bar = document.createElement("div");
  bar.className = "bar";
  bar.append(shut);
  dialog.replaceChildren(bar);
  dialog.showModal();
  const pageLoad = { Entity: button.dataset.entity, EntityId: ids, ButtonPosition: button.dataset.position };
  const frame = new Frame(dialog, button.dataset.widget, pageLoad, { width: 600, height: 420 });
  shut.addEventListener("click", () => frame.close());
  dialog.addEventListener("cancel", () => frame.close(), { once: true });
  window.crm.frame = frame;
}

for (const button of document.querySelectorAll("button[data-widget]")) button.addEventListener("click", () => press(button));
const page = document.getElementById("page");
if (page) window.crm.frame = new Frame(page, page.dataset.widget, null, {});
