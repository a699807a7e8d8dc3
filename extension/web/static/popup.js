// Hands the code to the frame that opened this window, at our own origin and nowhere else, then closes.

const code = document.getElementById("code").dataset.handOver;
if (window.opener) {
  window.opener.postMessage({ code }, location.origin);
  setTimeout(() => window.close(), 400);
}
