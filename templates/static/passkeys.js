// Makes and uses passkeys (Web Authentication Level 3). A form with data-passkey gets the browser's answer in its field
// "credential" and is sent; what is said to the person stands on the form, in the page's language.
"use strict";
(() => {
  const forms = document.querySelectorAll("form[data-passkey]");
  const able = Boolean(globalThis.PublicKeyCredential && navigator.credentials);
  let waiting = null; // the autofill that waits in the background; a button ends it, since there is one ceremony at a time

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // Browsers of before 2025 know passkeys but not their JSON (§5.1.8 to §5.1.10).
  function read(options) {
    const known = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));
    const read = { ...options, challenge: bytes(options.challenge) };
    if (options.user) return { ...read, user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: known(options.excludeCredentials) };
    return { ...read, allowCredentials: known(options.allowCredentials) };
  }

  function written(credential) {
    if (credential.toJSON) return credential;
    const { id, type, authenticatorAttachment, response: given } = credential;
    const response = { transports: given.getTransports?.() ?? [] };
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (given[name]) response[name] = text(given[name]);
    }
    return { id, rawId: text(credential.rawId), type, authenticatorAttachment, response, clientExtensionResults: {} };
  }

  function say(form, words) {
    form.querySelector("[data-said]").textContent = words;
  }

  function ask(form, more) {
    const options = JSON.parse(form.dataset.options);
    const { parseCreationOptionsFromJSON: creation, parseRequestOptionsFromJSON: request } = PublicKeyCredential;
    if (form.dataset.passkey === "create") {
      return navigator.credentials.create({ publicKey: creation ? PublicKeyCredential.parseCreationOptionsFromJSON(options) : read(options) });
    }
    return navigator.credentials.get({ publicKey: request ? PublicKeyCredential.parseRequestOptionsFromJSON(options) : read(options), ...more });
  }

  function send(form, credential) {
    form.elements.namedItem("credential").value = JSON.stringify(written(credential));
    form.submit();
  }

  async function press(form) {
    waiting?.abort();
    say(form, form.dataset.working);
    try {
      send(form, await ask(form, {}));
    } catch (error) {
      const { stopped, present, failed } = form.dataset;
      say(form, { NotAllowedError: stopped, AbortError: stopped, InvalidStateError: present }[error.name] ?? failed);
    }
  }

  // Passkeys among the suggestions of the name's field: nothing is shown until the person looks there.
  async function suggest(form) {
    if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
    waiting = new AbortController();
    const credential = await ask(form, { mediation: "conditional", signal: waiting.signal }).catch(() => null);
    if (credential) send(form, credential);
  }

  for (const form of forms) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (able) press(form); else say(form, form.dataset.unable);
    });
    if (!able) say(form, form.dataset.unable);
    else if ("suggest" in form.dataset) suggest(form);
    // One that was removed here is forgotten by the device too, so that it is not offered again (§5.1.10.1).
    if (able && form.dataset.unknown) PublicKeyCredential.signalUnknownCredential?.(JSON.parse(form.dataset.unknown)).catch(() => {});
  }
})();
