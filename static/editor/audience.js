// The audience: rules are moved with Alt and the arrows or by dragging their handle, and values of earlier tests are
// offered. The buttons of each rule's menu do the same without any of this.

const section = () => document.getElementById("audience");
const editor = () => document.getElementById("editor");
const nodeOf = (element) => element?.closest?.("#audience [data-node]");

// One button that is not on the page, so that a move goes the same way as a pressed button.
function press(value) {
  const button = document.createElement("button");
  Object.assign(button, { name: "do", value, hidden: true });
  editor().append(button);
  editor().requestSubmit(button);
  setTimeout(() => button.remove());
}

// -- keys

document.addEventListener("keydown", (event) => {
  const way = { ArrowUp: "rule-up", ArrowDown: "rule-down", ArrowRight: "rule-into", ArrowLeft: "rule-out" }[event.key];
  const node = way && event.altKey && !event.ctrlKey && !event.metaKey && nodeOf(event.target);
  if (!node) return;
  const isText = event.target.matches("textarea, input:not([type])");
  if (isText && (event.key === "ArrowLeft" || event.key === "ArrowRight")) return; // moves by words there
  event.preventDefault();
  const button = section().querySelector(`button[value="${way}:${node.dataset.node}"]`);
  if (button) editor().requestSubmit(button); // its menu has it only where the rule can go that way
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("#audience details[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("#audience details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// New fields come where a choice asks for others: whoever was at one of them stays there.
let left = null;
document.addEventListener("htmx:before:swap", () => {
  const { activeElement: field } = document;
  if (field?.closest("#audience")) left = { id: field.id, name: field.name, value: field.type === "radio" && field.value };
});
document.addEventListener("htmx:after:swap", () => {
  if (!left || document.activeElement !== document.body) return;
  const named = [...(section()?.querySelectorAll("[name]") || [])];
  const same = named.find((field) => field.name === left.name && (!left.value || field.value === left.value));
  const field = (left.id && document.getElementById(left.id)) || same;
  if (field) left = null;
  field?.focus({ preventScroll: true });
});

// -- dragging

const SLACK = 6; // pixels that a finger may slip while it only presses
let drag = null;

const mark = document.createElement("div");
mark.className = "rule-mark";

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("#audience [data-grip]");
  if (!grip || event.button || !event.isPrimary) return;
  drag = { node: nodeOf(grip), grip, x: event.clientX, y: event.clientY, id: event.pointerId, isMoving: false, to: "" };
});

document.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  if (!drag.isMoving) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < SLACK) return;
    drag.isMoving = true;
    drag.grip.setPointerCapture(drag.id);
    drag.node.classList.add("dragged");
    section().classList.add("dragging");
  }
  event.preventDefault();
  const edge = 48;
  if (event.clientY < edge * 2) window.scrollBy(0, -12);
  else if (event.clientY > window.innerHeight - edge) window.scrollBy(0, 12);
  place(event.clientX, event.clientY);
});

// The group under the pointer, and before which of its parts the pointer is. Whole groups count by their middle.
function place(x, y) {
  mark.remove();
  drag.to = "";
  const under = document.elementFromPoint(x, y);
  const group = under?.closest("#audience [data-group]");
  if (!group || drag.node.contains(group)) return;
  const parts = [...group.children].filter((child) => child.matches("[data-node]"));
  const before = parts.find((part) => {
    const box = part.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  const position = before ? parts.indexOf(before) : parts.length;
  const own = parts.indexOf(drag.node);
  if (own >= 0 && (position === own || position === own + 1)) return; // where it is already
  if (before) before.before(mark);
  else if (parts.length) parts.at(-1).after(mark);
  drag.to = `${group.dataset.group}:${position}`;
}

// A drag that ends on its handle is no click on it.
function suppressClick() {
  const stop = (click) => click.preventDefault();
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, { capture: true }));
}

function drop(event) {
  if (!drag || event.pointerId !== drag.id) return;
  const { node, to, isMoving } = drag;
  drag = null;
  mark.remove();
  node.classList.remove("dragged");
  section()?.classList.remove("dragging");
  if (!isMoving) return;
  suppressClick();
  if (to && event.type === "pointerup") press(`move-rule:${node.dataset.node}:${to}`);
}
document.addEventListener("pointerup", drop);
document.addEventListener("pointercancel", drop);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drag?.isMoving) drop({ pointerId: drag.id, type: "pointercancel" });
});

// -- what earlier tests used

const seen = new Map(); // address: a promise of its values

function asked(input) {
  const kind = input.dataset.seen;
  const query = new URLSearchParams({ kind });
  const group = input.closest("[data-node]").querySelector('[data-part="group"]');
  if (kind === "tag" && group) query.set("group", group.value.trim());
  const address = `${section().dataset.seenAddress}?${query}`;
  if (!seen.has(address)) {
    const answer = fetch(address, { headers: { Accept: "application/json" } })
      .then((response) => (response.ok ? response.json() : { values: [] }))
      .catch(() => ({ values: [] }));
    seen.set(address, answer);
  }
  return seen.get(address);
}

// A list completes the whole field, so each of its values begins with what stands before the last comma.
async function offer(input) {
  const list = input.list;
  if (!list || input.dataset.seen === "activity") return;
  const { values } = await asked(input);
  if (document.activeElement !== input) return;
  const before = input.dataset.part === "value" ? input.value.replace(/[^,]*$/, "") : "";
  const start = before && `${before.trimEnd()} `;
  const used = new Set(before.split(",").map((value) => value.trim()));
  list.replaceChildren(
    ...values.filter((value) => !used.has(value)).map((value) => Object.assign(document.createElement("option"), { value: start + value })),
  );
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches("#audience [data-seen]")) offer(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("#audience [data-seen]") && event.data === ",") offer(event.target);
});
