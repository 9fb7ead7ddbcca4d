// The keys of this browser: made by WebCrypto so that nobody can take them out, kept in IndexedDB beside their certificates.
"use strict";
import { hex } from "./der.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" }, SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("motcua-certificates", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys", { keyPath: "thumbprint" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function inStore(mode, act) {
  const opened = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = opened.transaction("keys", mode);
      const asked = act(transaction.objectStore("keys"));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    opened.close();
  }
}

export const all = () => inStore("readonly", (store) => store.getAll());
export const keep = (entry) => inStore("readwrite", (store) => store.put(entry));
export const forget = (thumbprint) => inStore("readwrite", (store) => store.delete(thumbprint));

// Makes a key pair whose private half stays in the browser; it is kept before anything is sent.
export async function make() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const spki = await crypto.subtle.exportKey("spki", pair.publicKey);
  const thumbprint = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", spki)));
  await keep({ thumbprint, privateKey: pair.privateKey, made: Date.now() });
  return { thumbprint, publicKey: pair.publicKey, sign: signer(pair.privateKey) };
}

export const signer = (privateKey) => async (bytes) =>
  new Uint8Array(await crypto.subtle.sign(SIGNATURE, privateKey, bytes));

export const importKey = (pkcs8) => crypto.subtle.importKey("pkcs8", pkcs8, CURVE, false, ["sign"]);
