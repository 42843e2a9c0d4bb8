// Keys of the editor: [ and ] variant before and after, 1 to 6 its steps, Ctrl+Enter to the check page.

document.addEventListener("keydown", (event) => {
  const form = document.getElementById("editor");
  if (!form) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(document.getElementById("check"));
    return;
  }
  const isBusy = event.target.closest("input, select, textarea, [contenteditable]") || document.querySelector("dialog[open]");
  if (!("keys" in document.body.dataset) || isBusy || event.ctrlKey || event.metaKey || event.altKey) return;
  const tab = form.querySelector(".variant-tabs [aria-current]");
  if (event.key === "[") tab?.previousElementSibling?.click();
  else if (event.key === "]") tab?.nextElementSibling?.matches("a") && tab.nextElementSibling.click();
  else if (/^[1-6]$/.test(event.key)) document.querySelectorAll("#steps a")[event.key - 1]?.click();
  else return;
  event.preventDefault();
});
