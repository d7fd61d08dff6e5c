// Comfort on the Evaluate pages: answers arrive without leaving the page, files are dropped, lines are found.
"use strict";

/** Sends a form and puts the answer in the place of the page's content; what was open stays open. */
async function swap(form, submitter) {
  const main = document.querySelector("main");
  const open = [...main.querySelectorAll("details[open][id]")].map((each) => each.id);
  const tab = main.querySelector("[role=tab][aria-selected=true]")?.id;
  const lines = main.querySelector(".lines")?.scrollTop ?? 0;
  main.setAttribute("aria-busy", "true");
  submitter.disabled = true;
  const address = new URL(submitter.formAction || form.action, location.href);
  const body = new FormData(form);
  if (submitter.name) body.append(submitter.name, submitter.value);
  let page, failed, moved;
  try {
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "text/html" } });
    page = new DOMParser().parseFromString(await response.text(), "text/html");
    moved = response.redirected && response.url;
    failed = response.ok ? null : page.querySelector("main .lead")?.textContent ?? response.statusText;
  } catch {
    failed = "The service cannot be reached.";
  }
  main.removeAttribute("aria-busy");
  if (failed) { // what was entered stays on the page
    submitter.disabled = false;
    report(form, failed);
    return;
  }
  const top = scrollY;
  document.title = page.title;
  main.replaceChildren(...page.querySelector("main").childNodes);
  if (moved) history.replaceState(null, "", moved); // the form selected other rulebooks
  for (const part of [".site-head > .page", ".site-foot > .page"]) {
    document.querySelector(part).replaceChildren(...page.querySelector(part).childNodes);
  }
  for (const id of open) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  enhanceAll(document);
  if (tab && document.getElementById(tab)) document.getElementById(tab).click();
  const list = main.querySelector(".lines");
  if (list) list.scrollTop = lines;
  const place = document.getElementById(address.hash.slice(1)) ?? document.getElementById("problems");
  if (place) {
    scrollTo({ top });
    const { top: above, bottom } = place.getBoundingClientRect();
    if (above < 0 || bottom > innerHeight) place.scrollIntoView({ block: "start" });
    (place.querySelector("summary") ?? place).focus({ preventScroll: true });
  } else {
    scrollTo({ top: 0 });
    main.focus({ preventScroll: true });
  }
}

/** Says above a form why it could not be sent. */
function report(form, reason) {
  document.getElementById("not-sent")?.remove();
  const notice = document.createElement("div");
  notice.id = "not-sent";
  notice.className = "notice notice-critical";
  notice.setAttribute("role", "alert");
  notice.textContent = `${reason} Nothing was lost: try again later.`;
  form.prepend(notice);
  notice.scrollIntoView({ block: "center" });
}

/** Forms with data-swap are sent without leaving the page; a button for another page leads there. */
function swappingForm(form) {
  form.addEventListener("submit", (event) => {
    const submitter = event.submitter ?? form.querySelector("button");
    const address = new URL(submitter.formAction || form.action, location.href);
    const here = address.pathname === location.pathname && address.search === location.search;
    if (!here || submitter.disabled) return;
    event.preventDefault();
    swap(form, submitter);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      form.querySelector("[name=do][value=evaluate]").click();
    } else if (event.target.matches("[type=search]")) {
      event.preventDefault();
    } else if (event.target.matches("input:not([type=file])")) {
      const button = event.target.closest("section, .card")?.querySelector("button.primary");
      if (!button) return;
      event.preventDefault();
      button.click();
    }
  });
}

/** A file that is chosen or dropped becomes the text of the record, so that one can see it first. */
function fileField(input) {
  const area = document.getElementById(input.dataset.fileFor);
  const read = async (file) => {
    area.value = await file.text();
    input.value = "";
    area.focus();
  };
  input.addEventListener("change", () => { if (input.files.length) read(input.files[0]); });
  area.addEventListener("dragover", (event) => event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    read(event.dataTransfer.files[0]);
  });
}

/** A link to a line shows it in the list of lines, also if another tab is open. */
function lineLink(link) {
  link.addEventListener("click", (event) => {
    const line = document.getElementById(link.hash.slice(1));
    const panel = line?.closest("[role=tabpanel]");
    if (!line) return;
    event.preventDefault();
    if (panel?.hidden) document.getElementById(`${panel.id}-tab`).click();
    for (const each of document.querySelectorAll(".lines .target")) each.classList.remove("target");
    line.classList.add("target");
    line.scrollIntoView({ block: "center" });
  });
}

/** The place of a change fills in the value that is there now. */
function placeField(select) {
  select.addEventListener("change", () => {
    const field = document.getElementById("value");
    field.value = select.selectedOptions[0].text.split(" = ")[1] ?? "";
    field.select();
  });
}

enhancers.push((root) => {
  enhance(root, "form[data-swap]", swappingForm);
  enhance(root, "[data-file-for]", fileField);
  enhance(root, ".line-link", lineLink);
  enhance(root, "#place", placeField);
  enhance(root, "[data-keys]", (hint) => { hint.hidden = false; });
});
enhanceAll(document);
