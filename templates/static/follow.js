// Looks again by itself while something is still pending, often at first and ever more seldom; the page's own link does the same.
"use strict";
(async () => {
  const shown = document.getElementById("follow");
  for (let wait = 250; shown.hasAttribute("data-waiting"); wait = Math.min(wait * 1.25, 15000)) {
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) continue;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("follow");
    if (!fresh) return location.reload();
    if (fresh.textContent !== shown.textContent) shown.replaceChildren(...fresh.childNodes);
    shown.toggleAttribute("data-waiting", fresh.hasAttribute("data-waiting"));
  }
})();
