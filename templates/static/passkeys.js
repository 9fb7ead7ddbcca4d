// Makes and uses passkeys (Web Authentication Level 3). A form with data-passkey gets the browser's answer in its field
// "credential" and is sent; what is said to the person stands on the form, in the page's language.
"use strict";
(() => {
  const forms = document.querySelectorAll("form[data-passkey]");
  const able = Boolean(globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON && navigator.credentials);
  let waiting = null; // the autofill that waits in the background; a button ends it, since there is one ceremony at a time

  function say(form, words) {
    form.querySelector("[data-said]").textContent = words;
  }

  function ask(form, more) {
    const options = JSON.parse(form.dataset.options);
    if (form.dataset.passkey === "create") {
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    }
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options), ...more });
  }

  function send(form, credential) {
    form.elements.namedItem("credential").value = JSON.stringify(credential);
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
  }
})();
