// A computer waits for a phone: looks again every two seconds until the phone has answered or the time is over.
// Without it the page's own link does the same.
"use strict";
(async () => {
  const shown = document.getElementById("phone");
  while (shown.dataset.state === "waiting") {
    await new Promise((resolve) => { setTimeout(resolve, 2000); });
    const answer = await fetch(location.href).catch(() => null);
    if (!answer) continue;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("phone");
    if (!fresh || fresh.dataset.state === "waiting") continue;
    shown.replaceChildren(...fresh.childNodes);
    shown.dataset.state = fresh.dataset.state;
    shown.querySelector("button")?.focus();
  }
})();
