// Says that a comparison is running until its page arrives, and shows the result when it has arrived.
"use strict";

const form = document.querySelector("form[data-running]");
form.addEventListener("submit", () => {
  form.querySelector("button").disabled = true;
  form.querySelector("[data-status]").textContent = form.dataset.running;
});
addEventListener("pageshow", () => { // also when the browser goes back to this page
  form.querySelector("button").disabled = false;
  form.querySelector("[data-status]").textContent = "";
});

const result = document.getElementById("result");
if (result) {
  result.scrollIntoView();
  result.focus({ preventScroll: true });
}
