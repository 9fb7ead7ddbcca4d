// A form that was just sent is not sent again by a second press: many people press twice. What a code or a link does once is
// done by the first; without JavaScript the second is answered like any that comes too late.
"use strict";
const PAUSE = 1500;
document.addEventListener("submit", (event) => {
  const form = event.target, now = Date.now();
  if (event.defaultPrevented) return;
  if (now - Number(form.dataset.sent || 0) < PAUSE) event.preventDefault();
  else form.dataset.sent = String(now);
});
