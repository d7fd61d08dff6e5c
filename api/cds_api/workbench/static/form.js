// Comfort for the form of a record: rows are added and removed in place, and a term brings its unit.
"use strict";

/** Numbers the rows of a section again, with the names of their fields. */
function renumber(entries) {
  [...entries.children].forEach((row, index) => {
    row.querySelector("[data-number]").textContent = index + 1;
    for (const field of row.querySelectorAll("[name]")) {
      field.name = field.name.replace(/\.\d+\./, `.${index}.`);
      const label = row.querySelector(`label[for="${field.id}"]`);
      field.id = field.name.replaceAll("/", "-");
      label.htmlFor = field.id;
    }
  });
}

/** Sets up the rows of a section; the last row stays, blank, when it is removed. */
function entries(container) {
  const blank = container.lastElementChild?.cloneNode(true);
  const clear = (row) => {
    for (const field of row.querySelectorAll("input")) {
      field.value = "";
      field.removeAttribute("aria-invalid");
    }
    for (const field of row.querySelectorAll("select")) field.selectedIndex = 0;
    for (const problem of row.querySelectorAll(".field-problem")) problem.remove();
  };
  const show = () => { for (const button of container.querySelectorAll("[data-remove]")) button.hidden = false; };
  show();
  container.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    const row = button.closest(".entry");
    if (container.children.length === 1) clear(row);
    else row.remove();
    renumber(container);
    (container.querySelector("input") ?? document.body).focus();
  });
  const add = document.querySelector(`[data-add="${container.dataset.section}"]`);
  if (!blank) return; // without a row to copy, the service adds one
  add.addEventListener("click", (event) => {
    event.preventDefault();
    const row = blank.cloneNode(true);
    clear(row);
    container.append(row);
    renumber(container);
    show();
    row.querySelector("input").focus();
  });
}

/** A term fills in the unit that the rulebook uses, if there is none yet. */
function units(event) {
  const list = event.target.list;
  const row = event.target.closest(".entry");
  if (!list || !row) return;
  const option = [...list.options].find((each) => each.value === event.target.value);
  const unit = row.querySelector("[name$='unit']");
  if (option?.dataset.unit && unit && !unit.value) unit.value = option.dataset.unit;
}

for (const container of document.querySelectorAll(".entries")) entries(container);
document.addEventListener("change", units);
