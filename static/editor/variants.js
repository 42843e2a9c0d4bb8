// Tabs of variants that move: dragged to a new place, or with Alt and an arrow key. The buttons beside them do the same.

const FAR = 6; // pixels after which a press is a drag
const OUTSIDE = 48; // pixels above or below the tabs where letting go changes nothing
let drag = null; // {tab, from, pointer, x, y, isMoving, to}
let moving = false; // a move is on its way to the server
let ahead = 0; // places asked for by keys meanwhile

const tabs = () => [...document.querySelectorAll("#variant-tabs > a")];
const positionOf = (tab) => Number(tab.dataset.position);
const isMove = (event) => String(event.detail?.ctx?.request?.body?.get?.("do")).startsWith("move-variant:");

// Like pressing a button of the form, so that what is typed is saved first and the places change after it.
function move(from, to) {
  const form = document.getElementById("editor");
  let button = document.getElementById("move-variant");
  if (!button) {
    button = Object.assign(document.createElement("button"), { id: "move-variant", name: "do", hidden: true });
    form.append(button);
  }
  button.value = `move-variant:${from}:${to}`;
  moving = true;
  form.requestSubmit(button);
}

// -- keys

document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (event.key === "Escape" && drag) return stop();
  if (!step || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const tab = event.target.closest?.("#variant-tabs > a");
  if (!tab && !moving) return;
  event.preventDefault(); // or the browser goes back a page
  if (moving) ahead += step;
  else moveBy(tab, step);
});

function moveBy(tab, step) {
  const to = Math.min(Math.max(positionOf(tab) + step, 0), tabs().length - 1);
  if (to !== positionOf(tab)) move(positionOf(tab), to);
}

document.addEventListener("htmx:finally:request", (event) => {
  if (!isMove(event)) return;
  moving = false;
  const [step, tab] = [ahead, document.querySelector("#variant-tabs > [aria-current]")];
  ahead = 0;
  if (step && tab) moveBy(tab, step);
});

// -- pointer

document.addEventListener("pointerdown", (event) => {
  const tab = event.target.closest?.("#variant-tabs > a");
  if (!tab || event.button || moving || tabs().length < 2) return;
  if (event.pointerType === "touch" && !tab.hasAttribute("aria-current")) return; // a finger scrolls the others
  drag = { tab, from: positionOf(tab), pointer: event.pointerId, x: event.clientX, y: event.clientY, to: null };
});

document.addEventListener("pointermove", (event) => {
  if (event.pointerId !== drag?.pointer) return;
  if (!drag.tab.isConnected) return stop(); // new tabs came meanwhile
  if (!drag.isMoving && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < FAR) return;
  if (!drag.isMoving) begin();
  scrollTowards(event.clientX);
  mark(event.clientX, event.clientY);
});

document.addEventListener("pointerup", (event) => {
  if (event.pointerId !== drag?.pointer) return;
  const { isMoving, from, to } = drag;
  stop();
  if (!isMoving) return;
  const swallow = (click) => (click.preventDefault(), click.stopImmediatePropagation());
  window.addEventListener("click", swallow, { capture: true, once: true }); // letting go is no click on the tab
  setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
  if (to !== null && to !== from) move(from, to);
});

document.addEventListener("pointercancel", (event) => event.pointerId === drag?.pointer && stop());

function begin() {
  drag.isMoving = true;
  drag.tab.setPointerCapture(drag.pointer);
  drag.tab.dataset.dragged = "";
  drag.tab.parentElement.classList.add("dragging");
}

function stop() {
  for (const tab of tabs()) {
    delete tab.dataset.dragged;
    delete tab.dataset.drop;
  }
  document.getElementById("variant-tabs")?.classList.remove("dragging");
  drag = null;
}

function scrollTowards(x) {
  const list = drag.tab.parentElement;
  const { left, right } = list.getBoundingClientRect();
  if (x < left + 24) list.scrollLeft -= 8;
  else if (x > right - 24) list.scrollLeft += 8;
}

// The place that the tab would get, and a line between the two tabs where it is.
function mark(x, y) {
  const all = tabs();
  const boxes = all.map((tab) => tab.getBoundingClientRect());
  const { top, bottom } = drag.tab.parentElement.getBoundingClientRect();
  for (const tab of all) delete tab.dataset.drop;
  drag.to = null;
  if (y < top - OUTSIDE || y > bottom + OUTSIDE) return;
  const row = Math.min(Math.max(y, top), boxes.at(-1).bottom - 1);
  const found = boxes.findIndex((box) => row < box.top || (row < box.bottom && x < box.left + box.width / 2));
  const gap = found < 0 ? all.length : found;
  drag.to = gap > drag.from ? gap - 1 : gap;
  if (drag.to === drag.from) return;
  const isEndOfRow = gap > 0 && row >= boxes[gap - 1].top && row < boxes[gap - 1].bottom && x > boxes[gap - 1].left;
  if (isEndOfRow) all[gap - 1].dataset.drop = "after";
  else all[gap].dataset.drop = "before";
}

// -- what differs from A

// Fields are not swapped while somebody types in them, so which of them differ is told apart from them.
document.addEventListener("htmx:after:swap", () => {
  const now = document.querySelector("#compared > data");
  if (!now) return;
  const [differs, same] = [now.dataset.differs.split(" "), now.dataset.same.split(" ")];
  for (const words of document.querySelectorAll("#variant .compared")) {
    const id = words.id.replace(/-compared$/, "");
    words.dataset.is = differs.includes(id) ? "differs" : same.includes(id) ? "same" : "none";
    words.textContent = { differs: "Differs from A", same: "As in A", none: "" }[words.dataset.is];
  }
});
