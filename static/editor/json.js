// Text areas that hold JSON: keys and values are offered, problems lead to their place, the text can be tidied.
// The text stays what somebody typed; numbers are never read into numbers here.

const TOKEN = /\s+|"(?:[^"\\\n]|\\[^\n])*"?|[[\]{},:]|[^\s[\]{},:"]+/g;
const fitting = new Map(); // address -> what fits there, asked once
let open = null; // the list that is shown: {field, area, list, at, options, current}
let asked = 0; // counts what was asked, so that a late answer shows nothing
let isTaking = false;

const isString = (token) => token[0] === '"';
const isClosed = (token) => token.length > 1 && /^"(?:[^"\\]|\\.)*"$/.test(token);

function unquoted(token) {
  try {
    return JSON.parse(token);
  } catch {
    return token.replace(/^"|"$/g, "");
  }
}

const escaped = (key) => key.replaceAll("~", "~0").replaceAll("/", "~1");

// Where the caret is: {isKey, pointer, keys, typed, from, to}, or null where nothing can be offered. `pointer` is the
// object around a key, or the place of a value; `keys` are those of that object, `from` and `to` what would be replaced.
function placeOf(text, caret) {
  const around = [];
  let here = null;
  let last = ""; // the token before
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const end = index + token.length;
    const isBlank = !token.trim();
    const top = around.at(-1);
    const isMark = token.length === 1 && "[]{},:".includes(token);
    if (!here && index < caret && !isMark && !isBlank && (caret < end || (caret === end && !isClosed(token)))) {
      here = asPlace(top, last, text, index, caret);
    } else if (!here && index >= caret && !isBlank) {
      here = asPlace(top, last, text, caret, caret);
    }
    if (isBlank) continue;
    if (token === "{" || token === "[") {
      around.push({ pointer: top ? placeIn(top) : "", isObject: token === "{", number: 0, key: null, keys: new Map() });
    } else if (token === "}" || token === "]") {
      around.pop();
    } else if (token === "," && top) {
      top.key = null;
      top.number += 1;
    } else if (isString(token) && top?.isObject && top.key === null) {
      top.key = unquoted(token);
      top.keys.set(index, top.key);
    }
    last = token;
  }
  here ??= asPlace(around.at(-1), last, text, caret, caret);
  if (here) here.keys = [...here.top.keys].filter(([index]) => index !== here.from).map(([, key]) => key);
  return here;
}

const placeIn = (top) => `${top.pointer}/${top.isObject ? escaped(top.key ?? "") : top.number}`;

function asPlace(top, last, text, from, caret) {
  if (!top) return null;
  const isKey = top.isObject && top.key === null;
  const isOpen = isKey ? "{,".includes(last) : top.isObject ? last === ":" : "[,".includes(last);
  if (!isOpen || !last) return null;
  const typed = text.slice(from, caret);
  const rest = text.slice(caret).match(isString(typed) ? /^[\w:.-]*"(?=\s*([,:\]}]|$))/ : /^[\w.-]*/)?.[0] ?? "";
  const pointer = isKey ? top.pointer : placeIn(top);
  return { top, isKey, pointer, typed: typed.replace(/^"/, ""), from, to: caret + rest.length };
}

async function ask(field, pointer) {
  const at = (field.dataset.pointer + pointer).replace(/\/\d+(?=\/|$)/g, "/0");
  const address = `${field.dataset.json}?at=${encodeURIComponent(at)}`;
  if (!fitting.has(address)) {
    const answer = fetch(address, { headers: { Accept: "application/json" } }).then((got) => (got.ok ? got.json() : null));
    fitting.set(address, answer.catch(() => null));
  }
  const found = await fitting.get(address);
  if (!found) fitting.delete(address);
  return found;
}

// Keys that are not there yet, of the one object that the present keys belong to; of several objects first their first.
function optionsOf(place, found) {
  const begins = (name) => String(name).toLowerCase().startsWith(place.typed.toLowerCase());
  if (!place.isKey) {
    const said = found.values.map((value) => ({ name: String(value), note: "", text: JSON.stringify(value) }));
    return said.filter((option) => begins(option.name));
  }
  const known = new Set(found.keys.map((key) => key.name));
  const present = place.keys.filter((key) => known.has(key));
  const objects = found.together.filter((names) => present.every((key) => names.includes(key)));
  const isFirst = (name) => present.length || place.typed || found.together.some((names) => names[0] === name);
  const fits = ({ name }) => !found.together.length || (isFirst(name) && objects.some((names) => names.includes(name)));
  const keys = found.keys.filter((key) => begins(key.name) && !place.keys.includes(key.name) && fits(key));
  return keys.map((key) => ({ name: key.name, note: key.is_needed ? `${key.kind}, needed` : key.kind, key }));
}

const placeAt = (area) => (area.selectionStart === area.selectionEnd ? placeOf(area.value, area.selectionStart) : null);

async function offer(area) {
  const field = area.closest("[data-json]");
  const asksAt = placeAt(area);
  if (!asksAt || !field?.dataset.json || area.readOnly) return close();
  const number = (asked += 1);
  const found = await ask(field, asksAt.pointer);
  if (number !== asked || document.activeElement !== area) return undefined;
  const place = placeAt(area); // typing goes on while the answer comes
  if (place?.pointer !== asksAt.pointer || place.isKey !== asksAt.isKey) return close();
  const options = found ? optionsOf(place, found) : [];
  const isWhole = options.length === 1 && options[0].name === place.typed && area.value[place.to - 1] === '"';
  return options.length && !isWhole ? show(field, area, place, options) : close();
}

function show(field, area, place, options) {
  const list = open?.list ?? document.createElement("ul");
  list.id = `${area.id}-list`;
  list.className = "json-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", place.isKey ? "Keys that fit here" : "Values that fit here");
  list.replaceChildren(...options.map((option, number) => row(list, option, number)));
  area.parentElement.append(list);
  open = { field, area, list, place, options, current: 0 };
  area.setAttribute("aria-controls", list.id);
  point(0);
  say(field, `${options.length} ${place.isKey ? "key" : "value"}${options.length === 1 ? "" : "s"} to choose from`);
  stand(area, list, place.from);
}

function row(list, option, number) {
  const item = document.createElement("li");
  item.id = `${list.id}-${number}`;
  item.setAttribute("role", "option");
  const note = document.createElement("small");
  note.textContent = option.note;
  item.append(option.name, " ", note);
  return item;
}

// Below the line of the caret, within the box. A line is never wrapped here, so its number says its height.
function stand(area, list, from) {
  const style = getComputedStyle(area);
  const before = area.value.slice(0, from).split("\n");
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontSize} ${style.fontFamily}`;
  const across = pen.measureText(before.at(-1)).width + parseFloat(style.paddingLeft) - area.scrollLeft;
  const down = before.length * parseFloat(style.lineHeight) + parseFloat(style.paddingTop) - area.scrollTop;
  list.style.left = `${Math.max(0, Math.min(across, area.offsetWidth - list.offsetWidth))}px`;
  list.style.top = `${Math.max(0, Math.min(down, area.offsetHeight)) + 2}px`;
}

function point(current) {
  open.current = (current + open.options.length) % open.options.length;
  for (const [number, item] of [...open.list.children].entries()) {
    item.setAttribute("aria-selected", String(number === open.current));
  }
  const item = open.list.children[open.current];
  open.area.setAttribute("aria-activedescendant", item.id);
  item.scrollIntoView({ block: "nearest" });
}

function close() {
  asked += 1;
  if (!open) return;
  open.area.removeAttribute("aria-activedescendant");
  open.area.removeAttribute("aria-controls");
  open.list.remove();
  say(open.field, "");
  open = null;
}

// Typed for the person, so that the browser's own undo takes it back.
function type(area, from, to, text, caret) {
  area.setSelectionRange(from, to);
  isTaking = true;
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  isTaking = false;
  area.setSelectionRange(from + caret, from + caret);
}

const BRACKETS = { text: '""', list: "[]", object: "{}" };

function take() {
  const { area, place, options, current } = open;
  const { name, key, text } = options[current];
  close();
  if (!key) return type(area, place.from, place.to, text, text.length);
  const after = area.value.slice(place.to).trimStart();
  if (after.startsWith(":")) return type(area, place.from, place.to, JSON.stringify(name), name.length + 2);
  const written = `${JSON.stringify(name)}: `;
  const value = key.values.length ? "" : (BRACKETS[key.kind.split(" or ")[0]] ?? "");
  const comma = /^["[{\w-]/.test(after) ? "," : "";
  const caret = name.endsWith("::") ? name.length + 1 : written.length + (value ? 1 : 0);
  type(area, place.from, place.to, written + value + comma, caret);
  return key.values.length ? offer(area) : undefined;
}

const areaOf = (event) => event.target.closest?.("[data-json] textarea.json");

document.addEventListener("input", (event) => {
  const area = areaOf(event);
  if (area && !isTaking && (open || event.data === '"')) offer(area);
});

document.addEventListener("keydown", (event) => {
  const area = areaOf(event);
  if (!area || event.isComposing) return;
  if (event.ctrlKey && event.code === "Space") {
    event.preventDefault();
    offer(area);
    return;
  }
  if (!open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowDown") point(open.current + 1);
  else if (event.key === "ArrowUp") point(open.current - 1);
  else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) take();
  else if (event.key === "Escape") close();
  else {
    if (/^(Arrow|Home|End|Page|Tab)/.test(event.key)) close();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("pointerdown", (event) => {
  if (!open) return;
  const item = event.target.closest?.("[role=option]");
  if (!item || !open.list.contains(item)) return void (open.list.contains(event.target) || close());
  event.preventDefault(); // the text area keeps the focus
  point([...open.list.children].indexOf(item));
  take();
});
document.addEventListener("focusout", (event) => event.target === open?.area && close());
document.addEventListener("scroll", (event) => event.target === open?.area && stand(open.area, open.list, open.place.from), true);

// A problem's link selects its place.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-start]");
  const area = link && document.getElementById(link.hash.slice(1));
  if (!area) return;
  event.preventDefault();
  area.focus();
  area.setSelectionRange(Number(link.dataset.start), Number(link.dataset.end));
  const lines = area.value.slice(0, Number(link.dataset.start)).split("\n").length - 1;
  area.scrollTop = (lines - 3) * parseFloat(getComputedStyle(area).lineHeight);
});

// One thing a line, two spaces a level: the same as the server writes it. Every token stays as it was typed.
function tidied(text) {
  JSON.parse(text); // throws where it is none
  const tokens = text.match(TOKEN).filter((token) => token.trim());
  let level = 0;
  let out = "";
  const turn = () => `\n${"  ".repeat(level)}`;
  for (const [number, token] of tokens.entries()) {
    const isEmpty = "{}[]".includes(token + (tokens[number + 1] ?? "")) && "{[".includes(token);
    if (token === "{" || token === "[") {
      level += 1;
      out += token + (isEmpty ? "" : turn());
    } else if (token === "}" || token === "]") {
      level -= 1;
      out += ("{[".includes(tokens[number - 1]) ? "" : turn()) + token;
    } else if (token === ",") out += token + turn();
    else out += token === ":" ? ": " : token;
  }
  return out;
}

function tidy(field) {
  const area = field.querySelector("textarea");
  try {
    const text = tidied(area.value);
    area.focus();
    if (text !== area.value) type(area, 0, area.value.length, text, 0);
    say(field, "Tidied.");
  } catch {
    say(field, "This is not JSON yet, so it stays as it is.");
  }
}

async function copy(source, tools) {
  const text = source.value ?? source.textContent;
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection().selectAllChildren(source);
    source.select?.();
    isCopied = document.execCommand("copy");
  }
  say(tools, isCopied ? "Copied." : "The browser does not let it be copied. Select it and press Ctrl C.");
}

function say(around, words) {
  const status = around?.querySelector("[role=status]");
  if (status) status.textContent = words;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-tidy], [data-copy]");
  if (!button) return;
  if ("tidy" in button.dataset) tidy(button.closest("[data-json]"));
  else copy(document.getElementById(button.dataset.copy), button.parentElement);
});

// The buttons that need this script come with it; what the server says of the problems is told at the field.
function furnish() {
  if (open && !open.area.isConnected) open = null;
  for (const template of document.querySelectorAll("template[data-tools]")) {
    if (template.nextElementSibling?.dataset.furnished) continue;
    template.after(template.content.cloneNode(true));
    template.nextElementSibling.dataset.furnished = "1";
  }
  for (const area of document.querySelectorAll("[data-json] textarea.json")) {
    const list = document.getElementById(`${area.id}-problems`);
    if (list?.querySelector("[data-kind=error]")) area.setAttribute("aria-invalid", "true");
    else area.removeAttribute("aria-invalid");
    area.setAttribute("aria-autocomplete", area.closest("[data-json]").dataset.json ? "list" : "none");
  }
}
furnish();
document.addEventListener("htmx:after:swap", furnish);
