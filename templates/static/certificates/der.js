// The little of ASN.1 (X.690 DER) that a certification request needs written and a key file needs read. No key is made here.
"use strict";

export const SEQUENCE = 0x30, INTEGER = 0x02, BIT_STRING = 0x03, OCTET_STRING = 0x04, CONTEXT_0 = 0xa0;
const ECDSA_WITH_SHA256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

export function tlv(tag, ...parts) {
  const content = parts.flatMap((part) => Array.from(part));
  const length = content.length < 0x80 ? [content.length]
    : content.length < 0x100 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return [tag, ...length, ...content];
}

// Reads one element; throws on anything that is cut off or of a length this page has no use for.
export function read(bytes, at = 0) {
  let length = bytes[at + 1], start = at + 2;
  if (length & 0x80) {
    const digits = length & 0x7f;
    if (digits === 0 || digits > 3) throw new RangeError("length");
    length = 0;
    for (let step = 0; step < digits; step += 1) length = (length << 8) | bytes[start + step];
    start += digits;
  }
  if (!(start + length <= bytes.length)) throw new RangeError("cut off");
  return { tag: bytes[at], content: bytes.subarray(start, start + length), end: start + length };
}

export function children(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const element = read(bytes, at);
    found.push(element);
    at = element.end;
  }
  return found;
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export const base64url = (bytes) => base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

export const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

// Gives the content of a PEM block of one of these labels, or the bytes themselves where the file is DER.
export function fromPem(bytes, ...labels) {
  const text = new TextDecoder("latin1").decode(bytes);
  for (const label of labels) {
    const found = text.match(new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`));
    if (found) return { label, bytes: fromBase64(found[1].replace(/\s/g, "")) };
  }
  return bytes[0] === SEQUENCE ? { label: "", bytes } : null;
}

// An ECDSA signature as certificates hold it: two DER integers in place of r and s side by side (RFC 3279 §2.2.3).
function signatureAsDer(raw) {
  const half = raw.length / 2;
  const integer = (part) => {
    const digits = Array.from(part);
    while (digits.length > 1 && digits[0] === 0 && digits[1] < 0x80) digits.shift();
    return tlv(INTEGER, digits[0] & 0x80 ? [0, ...digits] : digits);
  };
  return tlv(SEQUENCE, integer(raw.subarray(0, half)), integer(raw.subarray(half)));
}

// PKCS #10 (RFC 2986) with no subject and no attributes: the provider takes both from the account.
export async function certificationRequest(publicKey, sign) {
  const key = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  const information = tlv(SEQUENCE, tlv(INTEGER, [0]), tlv(SEQUENCE), key, tlv(CONTEXT_0));
  const signature = signatureAsDer(await sign(Uint8Array.from(information)));
  return Uint8Array.from(
    tlv(SEQUENCE, information, tlv(SEQUENCE, ECDSA_WITH_SHA256), tlv(BIT_STRING, [0], signature)));
}
