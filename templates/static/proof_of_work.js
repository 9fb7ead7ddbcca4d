// The browser's half of a proof of work: finds a number such that SHA-256 of "nonce:number" begins with so many zero bits.
// It works while the person types; a form sent too early waits for it. Without it the page offers a code instead.
"use strict";
(() => {
  const form = document.querySelector("form[data-nonce]");
  if (!form || !globalThis.crypto?.subtle) return;
  const { nonce, bits } = form.dataset;
  const answer = form.elements.namedItem("number");
  const status = document.getElementById("working");
  const encoder = new TextEncoder();
  let waiting = null;

  async function isSolution(number) {
    const digest = new DataView(await crypto.subtle.digest("SHA-256", encoder.encode(`${nonce}:${number}`)));
    return digest.getUint32(0) >>> (32 - Number(bits)) === 0;
  }

  async function solve() {
    for (let first = 0; ; first += 256) {
      const found = await Promise.all(Array.from({ length: 256 }, (_, step) => isSolution(first + step)));
      const place = found.indexOf(true);
      if (place >= 0) return first + place;
      // Let the person type and the page draw in between.
      await new Promise((resolve) => { setTimeout(resolve); });
    }
  }

  window.addEventListener("load", async () => {
    answer.value = String(await solve());
    status.textContent = "";
    if (waiting) form.requestSubmit(waiting);
  });

  form.addEventListener("submit", (event) => {
    // Asking for a code, or going back, needs no proof.
    if (answer.value || event.submitter?.name === "ask") return;
    event.preventDefault();
    waiting = event.submitter;
    status.textContent = status.dataset.working;
  });
})();
