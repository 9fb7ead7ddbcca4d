// Lets a file be dropped anywhere on the page instead of being chosen; without it the field itself takes the drop.
"use strict";
(() => {
  const field = document.querySelector("input.drop-target[required], input.drop-target");
  if (!field) return;
  const stop = (event) => {
    event.preventDefault();
    field.classList.toggle("drop-over", event.type === "dragover");
  };
  for (const name of ["dragover", "dragleave"]) document.addEventListener(name, stop);
  document.addEventListener("drop", (event) => {
    stop(event);
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    field.focus();
  });
})();
