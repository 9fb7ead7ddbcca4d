// Offers to print the page. Without JavaScript the browser's own menu does it.
"use strict";
for (const place of document.querySelectorAll("[data-words]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-primary";
  button.textContent = place.dataset.words;
  button.addEventListener("click", () => window.print());
  place.append(button);
}
