// Keys of the editor: [ and ] variant before and after, 1 to 6 its steps, Esc out of a field, Ctrl+Enter to the check page.

const FIELDS = "input, select, textarea, [contenteditable]";

// From a field of a variant to its tab, from any other to the heading of its section: there the single keys work.
function leave(field) {
  const section = field.closest("section");
  const tab = section?.querySelector(".variant-tabs [aria-current]");
  const place = tab || section;
  if (!place) return false;
  if (!tab) place.tabIndex = -1;
  place.focus();
  return true;
}

function act(form, key) {
  const tab = form.querySelector(".variant-tabs [aria-current]");
  const beside = key === "[" ? tab?.previousElementSibling : key === "]" ? tab?.nextElementSibling : null;
  const target = beside?.matches("a") ? beside : /^[1-6]$/.test(key) ? document.querySelectorAll("#steps a")[key - 1] : null;
  target?.click();
  return Boolean(target);
}

document.addEventListener("keydown", (event) => {
  const form = document.getElementById("editor");
  if (!form || event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const field = event.target.closest(FIELDS);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(document.getElementById("check"));
  } else if (event.key === "Escape" && field && form.contains(field)) {
    if (leave(field)) event.preventDefault();
  } else if ("keys" in document.body.dataset && !field && !event.ctrlKey && !event.metaKey && !event.altKey) {
    if (act(form, event.key)) event.preventDefault();
  }
});
