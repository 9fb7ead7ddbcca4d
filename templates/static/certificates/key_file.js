// Reads a key file and opens it where it is protected by a passphrase (PKCS #8, RFC 5958; PBES2, RFC 8018 §6.2).
// File and passphrase stay in this page: neither is ever sent.
"use strict";
import { OCTET_STRING, INTEGER, SEQUENCE, children, fromPem, hex, read } from "./der.js";
import { importKey } from "./keys.js";

const PBES2 = "2a864886f70d01050d", PBKDF2 = "2a864886f70d01050c";
const PRFS = { "2a864886f70d0207": "SHA-1", "2a864886f70d0209": "SHA-256", "2a864886f70d020b": "SHA-512" };
const CIPHERS = { "60864801650304012a": 256, "608648016503040116": 192, "608648016503040102": 128 };

// Why a file is of no use; `word` chooses the sentence that the page shows.
export class Unusable extends Error {
  constructor(word) {
    super(word);
    this.word = word;
  }
}

async function decrypted(bytes, passphrase) {
  const [algorithm, data] = children(read(bytes).content);
  const [scheme, parameters] = children(algorithm.content);
  if (hex(scheme.content) !== PBES2) throw new Unusable("protection");
  const [derivation, encryption] = children(parameters.content);
  const [function_, given] = children(derivation.content), [cipher, iv] = children(encryption.content);
  const bits = CIPHERS[hex(cipher.content)];
  if (hex(function_.content) !== PBKDF2 || !bits) throw new Unusable("protection");
  const [salt, rounds, ...rest] = children(given.content);
  const named = rest.find((element) => element.tag === SEQUENCE);
  const hash = named ? PRFS[hex(children(named.content)[0].content)] : "SHA-1";
  if (salt.tag !== OCTET_STRING || rounds.tag !== INTEGER || !hash) throw new Unusable("protection");
  const iterations = Number.parseInt(hex(rounds.content), 16);
  const typed = new TextEncoder().encode(passphrase);
  const base = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey({ name: "PBKDF2", hash, salt: salt.content, iterations }, base,
    { name: "AES-CBC", length: bits }, false, ["decrypt"]);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv: iv.content }, key, data.content));
  } catch {
    throw new Unusable("passphrase");
  }
}

export async function privateKey(file, passphrase) {
  const found = fromPem(new Uint8Array(await file.arrayBuffer()), "PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
  if (!found) throw new Unusable("key");
  let bytes = found.bytes;
  try {
    const first = children(read(bytes).content)[0].tag;
    if (found.label === "ENCRYPTED PRIVATE KEY" || first === SEQUENCE) {
      if (!passphrase) throw new Unusable("passphrase");
      bytes = await decrypted(bytes, passphrase);
    }
    return await importKey(bytes);
  } catch (fault) {
    throw fault instanceof Unusable ? fault : new Unusable("key");
  }
}

export async function certificate(file) {
  const found = fromPem(new Uint8Array(await file.arrayBuffer()), "CERTIFICATE");
  if (!found) throw new Unusable("certificate");
  return found.bytes;
}
