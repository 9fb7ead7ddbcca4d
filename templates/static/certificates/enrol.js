// Makes a key of this browser and asks for its certificate; when the certificate is there, puts it beside its key.
"use strict";
import { base64, certificationRequest, fromBase64 } from "./der.js";
import * as keys from "./keys.js";

const status = document.getElementById("certificate-status");
const form = document.getElementById("enrol-form");

function say(word) {
  status.textContent = status.dataset[word];
}

async function enrol() {
  say("working");
  const made = await keys.make();
  try {
    form.elements.namedItem("request").value = base64(await certificationRequest(made.publicKey, made.sign));
    form.requestSubmit();
  } catch (fault) {
    await keys.forget(made.thumbprint);
    throw fault;
  }
}

// Puts the certificates of this page beside their keys, and marks those whose key lies here.
async function pair() {
  const mine = new Map((await keys.all()).map((entry) => [entry.thumbprint, entry]));
  for (const row of document.querySelectorAll("[data-key]")) {
    const entry = mine.get(row.dataset.key);
    if (!entry) continue;
    row.querySelector("[data-here]").hidden = false;
    if (entry.certificate) continue;
    const { label, certificate, notAfter } = row.dataset;
    await keys.keep({ ...entry, label, certificate: fromBase64(certificate), notAfter: Number(notAfter) });
  }
}

// Looks again by itself while a request waits; the page's own link does the same.
async function watch() {
  const list = document.getElementById("certificates");
  for (let wait = 500; list?.hasAttribute("data-waiting") && wait < 60000; wait *= 1.5) {
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) continue;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("certificates");
    if (!fresh || fresh.hasAttribute("data-waiting")) continue;
    list.replaceChildren(...fresh.childNodes);
    list.removeAttribute("data-waiting");
    say("done");
    await pair();
  }
}

if (!globalThis.crypto?.subtle || !globalThis.indexedDB) say("browser");
else {
  document.getElementById("make-key")?.addEventListener("click", (event) => {
    event.preventDefault();
    enrol().catch(() => say("fault"));
  });
  pair().then(watch).catch(() => say("fault"));
}
