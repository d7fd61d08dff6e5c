// Comfort for pages that also work without JavaScript. Nothing is stored, and nothing leaves this service.
"use strict";

/** Calls `setUp` for each element with a selector within `root`, once. */
function enhance(root, selector, setUp) {
  for (const element of root.querySelectorAll(selector)) {
    if (element.dataset.enhanced) continue;
    element.dataset.enhanced = "yes";
    setUp(element);
  }
}

/** On a narrow screen the navigation scrolls: show the entry of this page. */
function scrollToCurrent(link) {
  const list = link.closest("ul");
  list.scrollLeft += link.getBoundingClientRect().left - list.getBoundingClientRect().left
    - (list.clientWidth - link.offsetWidth) / 2;
}

/** A button that copies the code of its figure. */
function copyButton(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.closest("figure").querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  });
}

/** Sections as tabs: arrow keys, Home and End move between them. */
function tabs(container) {
  const panels = [...container.children].filter((child) => child.classList.contains("tab"));
  const list = document.createElement("div");
  list.className = "tab-list";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", container.getAttribute("aria-label"));
  container.removeAttribute("aria-label");
  const buttons = panels.map((panel) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", id: `${panel.id}-tab`, textContent: panel.querySelector(".tab-title").textContent });
    button.setAttribute("role", "tab");
    button.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", button.id);
    list.append(button);
    return button;
  });
  const select = (index) => {
    buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(at === index));
      button.tabIndex = at === index ? 0 : -1;
      panels[at].hidden = at !== index;
    });
  };
  list.addEventListener("click", (event) => {
    const index = buttons.indexOf(event.target.closest("[role=tab]"));
    if (index >= 0) select(index);
  });
  list.addEventListener("keydown", (event) => {
    const now = buttons.indexOf(document.activeElement);
    const last = buttons.length - 1;
    const next = { ArrowRight: now === last ? 0 : now + 1, ArrowLeft: now === 0 ? last : now - 1, Home: 0, End: last }[event.key];
    if (next === undefined || now < 0) return;
    event.preventDefault();
    select(next);
    buttons[next].focus();
  });
  container.prepend(list);
  container.classList.add("enhanced");
  const wanted = panels.findIndex((panel) => panel.querySelector(":target") || `#${panel.id}` === location.hash);
  const chosen = wanted >= 0 ? wanted : panels.findIndex((panel) => "selected" in panel.dataset);
  select(Math.max(chosen, 0));
}

/** A search box that filters the rows of a table, or the items marked with data-filtered-by. */
function search(box) {
  box.hidden = false;
  const input = box.querySelector("input");
  const output = box.querySelector("output");
  const targets = [...document.querySelectorAll(`[data-filtered-by="${box.dataset.search}"]`)];
  const rows = targets.flatMap((target) => [...(target.tBodies ? target.tBodies[0].rows : target.children)]);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown += 1;
    }
    for (const target of targets) {
      const group = target.closest("[data-filter-group]");
      if (group) group.hidden = [...target.children].every((row) => row.hidden);
    }
    output.textContent = words.length ? `${shown} of ${rows.length}` : "";
  });
}

/** Opens the disclosures around the element that the address names. */
function revealTarget() {
  if (location.hash.length < 2) return;
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let around = target.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  target.scrollIntoView();
}

/** What sets up content; scripts of pages add theirs. */
const enhancers = [
  (root) => {
    enhance(root, ".site-nav [aria-current]", scrollToCurrent);
    enhance(root, "[data-copy]", copyButton);
    enhance(root, "[data-tabs]", tabs);
    enhance(root, "[data-search]", search);
    enhance(root, "[data-submit-on-change]", (field) => field.addEventListener("change", () => field.form.requestSubmit()));
  },
];

/** Sets up everything within `root`; call it again for content that arrives later. */
function enhanceAll(root) {
  for (const setUp of enhancers) setUp(root);
}

enhanceAll(document);
revealTarget();
window.addEventListener("hashchange", revealTarget);
