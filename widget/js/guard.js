// Loaded before Zoho's SDK, which refuses no message: its own check returns an Error where it should throw, and it
// believes whatever parent the address names. Only our parent frame, at an origin that the server allows, may speak to
// this page; what comes from anybody else is stopped before the SDK sees it. What a sign-in window of ours says never
// reaches the SDK either: it becomes an event of this page.
(() => {
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content.trim() ?? "";
  const backend = meta("backend");
  if (backend && new URL(backend).origin !== location.origin) {
    // A copy that Zoho hosts: it only leads to the server, where sessions and the API are.
    location.replace(`${backend}/widget/${document.documentElement.dataset.page}${location.search}`);
  }

  function allowed(origin, pattern) {
    if (!pattern.includes("://*.")) return origin === pattern;
    const [scheme, domain] = pattern.split("://*");
    return origin.startsWith(`${scheme}://`) && origin.endsWith(domain) && !origin.slice(scheme.length + 3).includes("/");
  }

  let origin = "";
  try {
    origin = new URL(new URLSearchParams(location.search).get("serviceOrigin")).origin;
  } catch {
    // no parent that could be named: the page was not opened by the CRM
  }
  const known = meta("crm-origins").split(/\s+/).some((pattern) => allowed(origin, pattern));
  const framed = window.parent !== window && known;
  let popup = null;

  addEventListener("message", (event) => {
    if (framed && event.source === window.parent && event.origin === origin) return;
    event.stopImmediatePropagation();
    if (popup && event.source === popup && event.origin === location.origin) {
      dispatchEvent(new CustomEvent("popup", { detail: event.data }));
    }
  }, true);

  window.guard = Object.freeze({ framed, expect: (opened) => { popup = opened; } });
})();
