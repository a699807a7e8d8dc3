// Stands in for Zoho's ZohoEmbededAppSDK.min.js, which no package carries: own code, the same global and the same wire
// messages (facts/widget.md 2.3), as far as an extension's panels need them. Like the original it believes every
// message that reaches it, so that a page without a guard of its own is as open here as it would be there.

window.ZOHO = (() => {
  const asked = new URLSearchParams(location.search);
  const parentOrigin = asked.get("serviceOrigin");
  const appOrigin = encodeURIComponent(location.origin + location.pathname);
  const listeners = new Map();
  const promises = new Map();
  let number = 100;
  let context = null;
  let ready = null;

  const post = (message) => window.parent.postMessage({ type: "SDK.EVENT", ...message, appOrigin }, parentOrigin);

  function call(eventName, data) {
    return new Promise((resolve, reject) => {
      const promiseid = `Promise${number += 1}`;
      promises.set(promiseid, { resolve, reject });
      post({ eventName, uniqueID: context?.uniqueID, time: Date.now(), promiseid, data });
    });
  }

  function settle({ promiseid, data }, how) {
    promises.get(promiseid)?.[how](data);
    promises.delete(promiseid);
  }

  function hear({ data: message }, begun) {
    if (message?.type !== "FRAMEWORK.EVENT") return;
    if (message.eventName === "SET_CONTEXT") {
      context = message.data;
      call("ZDK_EVENT", { action: "get_zdk_url" }).catch(() => null).then(begun); // init waits for this answer, too
    } else if (message.eventName === "EVENT_RESPONSE") settle(message, "resolve");
    else if (message.eventName === "EVENT_RESPONSE_FAILURE") settle(message, "reject");
    else for (const listener of listeners.get(message.eventName) ?? []) listener(message.data);
  }

  function init() {
    ready ??= new Promise((begun) => {
      window.addEventListener("message", (event) => hear(event, begun));
      post({ eventName: "REGISTER" });
    });
    return ready;
  }

  const crm = (data) => call("CRM_EVENT", { ...data, sdkVersion: "1" });
  const ui = (action, data) => crm({ action, ...(data && { data }), category: "UI" });
  return {
    embeddedApp: { init, on: (name, listener) => listeners.set(name, [...(listeners.get(name) ?? []), listener]) },
    CRM: {
      API: { getRecord: ({ Entity, RecordID }) => crm({ category: "READ", APIData: { Entity, RecordID } }) },
      CONFIG: {
        getCurrentUser: () => crm({ category: "CONFIG", type: "CURRENT_USER" }),
        getOrgInfo: () => crm({ category: "CONFIG", type: "ORG" }),
        getUserPreference: () => crm({ category: "CONFIG", type: "USER_PREFERENCE" }),
      },
      UI: {
        Resize: ({ width, height }) => ui("RESIZE", { width, height }),
        Popup: { close: () => ui({ popup: "CLOSE" }), closeReload: () => ui({ popup: "CLOSE_RELOAD" }) },
        Record: { open: ({ Entity, RecordID, Target }) => ui({ record: "OPEN" }, { Entity, RecordID, target: Target }) },
      },
    },
  };
})();
