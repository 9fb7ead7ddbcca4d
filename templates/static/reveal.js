// Offers to show a password while it is typed. Without JavaScript the field simply stays hidden.
"use strict";
for (const field of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-link reveal";
  button.textContent = field.dataset.reveal;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-controls", field.id);
  button.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  field.after(button);
  // What was shown is hidden again before it is sent, so that the browser keeps it as a password.
  field.form.addEventListener("submit", () => { field.type = "password"; });
}
