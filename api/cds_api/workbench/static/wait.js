// Loads the page again when the work that it waits for has ended.
"use strict";

const waiting = document.querySelector("[data-wait-for]");

async function look() {
  try {
    const response = await fetch(waiting.dataset.waitFor, { headers: { Accept: "application/json" } });
    if (response.ok && !(await response.json()).running) {
      location.reload();
      return;
    }
  } catch {
    // The service may be restarting: look again.
  }
  setTimeout(look, 1500);
}

setTimeout(look, 1500);
