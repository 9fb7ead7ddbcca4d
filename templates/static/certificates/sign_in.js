// Signs a challenge of the provider with a key of this browser or of a file, and sends the signature: never a key.
"use strict";
import { base64, base64url } from "./der.js";
import * as keys from "./keys.js";
import { Unusable, certificate, privateKey } from "./key_file.js";

const page = document.getElementById("certificate-sign-in");
const form = document.getElementById("proof-form");
const status = document.getElementById("certificate-status");
const files = document.getElementById("file-form");
const words = page.dataset;

function say(sentence) {
  status.textContent = sentence;
}

async function challenge() {
  const headers = { "X-CSRFToken": form.elements.namedItem("csrf_token").value };
  const answer = await fetch(words.challengeAddress, { method: "POST", headers });
  if (!answer.ok) throw new Unusable("challenge");
  const claims = await answer.json();
  // A challenge for another site, carried here by somebody in between, is not signed.
  if (new URL(claims.aud).origin !== location.origin) throw new Unusable("challenge");
  return claims;
}

async function prove(der, sign) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  const header = { alg: "ES256", typ: "certificate-sign-in+jwt", x5c: [base64(der)], "x5t#S256": base64url(digest) };
  const encoded = [header, await challenge()].map((part) => base64url(new TextEncoder().encode(JSON.stringify(part))));
  const signature = await sign(new TextEncoder().encode(encoded.join(".")));
  form.elements.namedItem("proof").value = [...encoded, base64url(signature)].join(".");
  form.requestSubmit();
}

async function attempt(act) {
  say(words.working);
  try {
    await act();
  } catch (fault) {
    say(words[`fault${fault instanceof Unusable ? fault.word : "other"}`] ?? words.faultother);
  }
}

function offer(entry) {
  const item = document.createElement("li"), button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-primary";
  button.textContent = entry.label;
  button.addEventListener("click", () => attempt(() => prove(entry.certificate, keys.signer(entry.privateKey))));
  item.append(button);
  return item;
}

async function show() {
  const usable = (await keys.all()).filter((entry) => entry.certificate && !(entry.notAfter * 1000 < Date.now()));
  document.getElementById("own-keys").replaceChildren(...usable.map(offer));
  document.getElementById("no-own-keys").hidden = usable.length > 0;
  page.hidden = false;
}

files.addEventListener("submit", (event) => {
  event.preventDefault();
  const [key, leaf] = ["key-file", "certificate-file"].map((id) => document.getElementById(id).files[0]);
  const passphrase = document.getElementById("passphrase").value;
  attempt(async () => {
    if (!key || !leaf) throw new Unusable("missing");
    const [der, imported] = [await certificate(leaf), await privateKey(key, passphrase)];
    await prove(der, keys.signer(imported));
  });
});

if (globalThis.crypto?.subtle && globalThis.indexedDB) show().catch(() => say(words.faultother));
else say(status.dataset.browser);
