// Completes steps and names in the editor of features. Without it, the steps are listed below the editor.
"use strict";

const MOST = 8;
const KEYWORD = /^(\s*)(Given|When|Then|And|But|\*)\s+(.*)$/;
const editor = document.querySelector("textarea[data-steps]");
const steps = [...document.getElementById(editor.dataset.steps).querySelectorAll("[data-example]")].map((item) => ({
  keyword: item.dataset.keyword,
  example: item.dataset.example,
  template: item.querySelector("code").textContent.replace(/^\S+ /, ""),
  meaning: item.querySelector("p:not(.template):not(.quiet)").textContent,
}));
const names = [...document.getElementById(editor.dataset.names).options].map((option) => option.value);

const list = document.createElement("ul");
Object.assign(list, { id: "suggestions", className: "suggestions", hidden: true });
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Matching steps and names");
editor.after(list);
editor.setAttribute("aria-autocomplete", "list");
editor.setAttribute("aria-controls", list.id);
for (const hint of document.querySelectorAll("[data-with-script]")) hint.hidden = false;

let options = [];
let active = -1;

/** The line of the caret: where it begins, its text up to the caret, and whether the caret is at its end. */
function currentLine() {
  const caret = editor.selectionStart;
  const start = editor.value.lastIndexOf("\n", caret - 1) + 1;
  const rest = editor.value.slice(caret).split("\n", 1)[0];
  return { start, caret, text: editor.value.slice(start, caret), atEnd: rest.trim() === "" };
}

/** The keyword that `And` and `But` continue. */
function keywordAt(start) {
  const before = editor.value.slice(0, start).match(/^\s*(Given|When|Then)\s/gm);
  return before ? before[before.length - 1].trim() : "Given";
}

/** How well a text matches the words: 0 for not at all. */
function score(words, text) {
  const known = text.toLowerCase();
  let found = 0;
  for (const word of words) {
    if (known.includes(word)) found += 1;
    else if (!/\d/.test(word)) found -= 0.5;
  }
  return found;
}

function matchingSteps(keyword, typed, indent, line) {
  const words = typed.toLowerCase().split(/\s+/).filter((word) => word.length > 1);
  const kept = steps.filter((step) => step.keyword === keyword);
  const scored = kept.map((step) => [words.length ? score(words, `${step.template} ${step.meaning}`) : 1, step]);
  return scored.filter(([found]) => found > 0).sort((one, other) => other[0] - one[0]).slice(0, MOST).map(([, step]) => ({
    label: step.template,
    detail: step.meaning,
    from: line.start + line.text.length - typed.length,
    text: step.example.split("\n").map((part, at) => (at ? indent + part : part)).join("\n"),
  }));
}

function matchingNames(line) {
  const word = line.text.match(/[\w.-]{3,}$/);
  if (!word) return [];
  const begun = word[0].toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(begun) && name.toLowerCase() !== begun).slice(0, MOST).map((name) => ({
    label: name, detail: "", from: line.caret - word[0].length, text: name,
  }));
}

function close() {
  list.hidden = true;
  active = -1;
  options = [];
  editor.removeAttribute("aria-activedescendant");
}

function suggest() {
  const line = currentLine();
  const match = line.atEnd ? line.text.match(KEYWORD) : null;
  if (!match) return close();
  const [, indent, written, typed] = match;
  const keyword = ["Given", "When", "Then"].includes(written) ? written : keywordAt(line.start);
  const byName = matchingNames(line);
  options = byName.length ? byName : typed.endsWith(" ") && typed.length > 24 ? [] : matchingSteps(keyword, typed, indent, line);
  if (!options.length) return close();
  list.replaceChildren(...options.map((option, at) => {
    const item = document.createElement("li");
    item.id = `suggestion-${at}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    const label = document.createElement("code");
    label.textContent = option.label;
    const detail = document.createElement("small");
    detail.textContent = option.detail;
    item.append(label, detail);
    item.addEventListener("mousedown", (event) => { event.preventDefault(); accept(at); });
    return item;
  }));
  active = -1;
  editor.removeAttribute("aria-activedescendant");
  list.hidden = false;
}

function mark(index) {
  active = (index + options.length) % options.length;
  [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === active)));
  editor.setAttribute("aria-activedescendant", list.children[active].id);
  list.children[active].scrollIntoView({ block: "nearest" });
}

function accept(index) {
  const option = options[index];
  editor.setRangeText(option.text, option.from, editor.selectionStart, "end");
  close();
  editor.focus();
}

editor.addEventListener("input", suggest);
editor.addEventListener("click", close);
editor.addEventListener("blur", close);
editor.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    editor.form.requestSubmit();
    return;
  }
  if (list.hidden) return;
  if (event.key === "ArrowDown") mark(active + 1);
  else if (event.key === "ArrowUp") mark(active < 0 ? options.length - 1 : active - 1);
  else if (event.key === "Enter" && active >= 0) accept(active);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});

const result = document.getElementById("result");
if (result) result.focus({ preventScroll: true });
