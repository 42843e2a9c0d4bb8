// Snippets: the text goes to the caret of the field that had the focus last, exactly as it is kept.

const TEXTS = "#editor textarea, #editor input:not([type]), #editor input[type=text], #editor input[type=url]";
let last = null; // { id, start, end } of that field: the field itself may be swapped for a new one

function remember(event) {
  const field = event.target;
  if (field.matches?.(TEXTS) && field.id) last = { id: field.id, start: field.selectionStart, end: field.selectionEnd };
}
for (const type of ["focusin", "input", "keyup", "pointerup", "select", "focusout"]) document.addEventListener(type, remember);

function fieldToFill() {
  const held = last && document.getElementById(last.id);
  if (held?.matches(TEXTS) && !held.readOnly && !held.disabled) return held;
  last = null;
  return null;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("#editor [data-snippet]");
  if (!button) return;
  const field = fieldToFill();
  if (!field) {
    const note = button.closest(".panel").querySelector("[data-snippet-note]");
    note.setAttribute("role", "status");
    note.textContent = "Click into a text first, then choose the snippet.";
    return;
  }
  const { start, end } = last;
  const text = field.matches("textarea") ? button.dataset.snippet : button.dataset.snippet.replace(/\s*\n\s*/g, " ");
  field.setRangeText(text, start, end, "end");
  button.closest("details").open = false;
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true })); // the autosave and the previews follow
});
