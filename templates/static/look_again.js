// Looks again by itself while portals are still being told, ever more seldom; the page's own link does the same.
"use strict";
(async () => {
  const told = document.getElementById("told");
  for (let wait = 1000; told.hasAttribute("data-waiting") && wait < 60000; wait *= 2) {
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) continue;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("told");
    if (!fresh || fresh.textContent === told.textContent) continue;
    told.replaceChildren(...fresh.childNodes);
    told.toggleAttribute("data-waiting", fresh.hasAttribute("data-waiting"));
  }
})();
