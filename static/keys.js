// Single keys of every page: / search, n new test, g then t, o or s, j and k through rows, ? this list, u on an operation.
// An element says its own key in aria-keyshortcuts, so that screen readers tell it too. No key sends anything.

const PATIENCE = 1500; // milliseconds for the second key after g
let goUntil = 0;

const isTaken = (event) =>
  event.defaultPrevented ||
  event.ctrlKey ||
  event.metaKey ||
  event.altKey ||
  event.isComposing ||
  document.querySelector("dialog[open]") ||
  event.target.closest("input, select, textarea, [contenteditable], [role=listbox]");

function step(by) {
  const links = [...document.querySelectorAll("table.tests tbody td.name a:first-of-type")];
  const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = links[here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by];
  next?.focus();
  return Boolean(next);
}

function press(key) {
  const target = document.querySelector(`[aria-keyshortcuts="${CSS.escape(key)}"]`);
  if (!target || target.closest("[inert], [hidden]")) return false;
  if (target.matches("input")) target.focus();
  else target.click();
  return true;
}

function act(key) {
  if (goUntil > Date.now()) {
    goUntil = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    link?.click();
    return Boolean(link);
  }
  if (key === "g") goUntil = Date.now() + PATIENCE;
  else if (key === "j") return step(1);
  else if (key === "k") return step(-1);
  else if (key === "?") document.getElementById("keys")?.showModal();
  else return press(key);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (!("keys" in document.body.dataset) || isTaken(event) || event.key.length > 1) return;
  if (act(event.key)) event.preventDefault();
});
