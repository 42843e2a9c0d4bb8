// The editor's autosave: htmx sends the form; here is what a page must know of its own saves.
// Everything in this folder is a comfort: the editor works without any of it.

const RETRIES = [1000, 3000, 5000]; // milliseconds until the next try
let dirty = false; // typed since the last save that was answered
let typed = 0; // counts keystrokes, so that an answer does not replace fields that were typed into meanwhile
let turn = 0;
let failures = 0;
let renewals = 0;
let retry = 0;
let savedAt = "";

const editor = () => document.getElementById("editor");
const isSave = (event) => editor()?.contains(event.detail?.ctx?.sourceElement);

function tell(template) {
  const saved = document.getElementById("saved");
  const words = document.getElementById(template);
  if (!saved || !words) return;
  savedAt = saved.querySelector("time")?.textContent.slice(0, 5) || savedAt;
  saved.replaceChildren(words.content.cloneNode(true));
  for (const time of saved.querySelectorAll("time:empty")) time.textContent = savedAt;
}

function tryAgain() {
  tell("unsaved-words");
  clearTimeout(retry);
  retry = setTimeout(() => editor() && htmx.trigger(editor(), "retry"), RETRIES[Math.min(failures, 2)]);
  failures += 1;
}

// Another tab signed in or out: this page's token is old. Read a new one; true where it is worth to save again.
async function renewToken(form) {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector("#editor [name=csrfmiddlewaretoken]")?.value;
  if (!token && answer.redirected) {
    const note = document.getElementById("signed-out-note");
    document.getElementById("notice").replaceChildren(note.content.cloneNode(true));
    return true;
  }
  if (!token) return false;
  renewals += 1; // a page that stays refused with new tokens is refused for another reason
  failures = 0;
  form.elements.csrfmiddlewaretoken.value = token;
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
  return true;
}

document.addEventListener("input", (event) => {
  if (!event.target.closest("#editor")) return;
  dirty = true;
  typed += 1;
});

document.addEventListener("htmx:before:request", (event) => {
  if (!isSave(event)) return;
  const { ctx } = event.detail;
  // The body was gathered when the save was asked for; the revision may have moved on while it waited in line.
  ctx.request.body.set("revision", editor().elements.revision.value);
  ctx.request.body.set("csrfmiddlewaretoken", editor().elements.csrfmiddlewaretoken.value);
  ctx.request.body.set("turn", String((turn += 1)));
  ctx.typed = typed;
  hold(isAction(ctx));
  tell("saving-words");
});

// An action brings new fields, so nothing can be typed into the old ones while it is under way.
const isAction = (ctx) => ctx.request.body.has("do") && !["save", "check"].includes(ctx.request.body.get("do"));
const hold = (held) => document.getElementById("editor-body")?.toggleAttribute("inert", held);
document.addEventListener("htmx:finally:request", (event) => isSave(event) && hold(false));

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (!isSave(event) || ctx.response.status >= 500) return;
  hold(false); // before the swap, which puts the focus into a new field
  const replaces = ctx.text.includes('hx-target="#editor-body"') && !ctx.request.body.has("do");
  if (replaces && typed !== ctx.typed) {
    event.preventDefault(); // fields were typed into: save those first, the new fields come with that answer
    htmx.trigger(editor(), "retry");
  }
});

document.addEventListener("htmx:after:request", async (event) => {
  if (!isSave(event)) return;
  const { ctx } = event.detail;
  const { status } = ctx.response;
  if (status < 400 || status === 422 || status === 409) {
    if (failures) document.getElementById("notice")?.replaceChildren(); // such as “You are signed out”
    failures = renewals = 0;
    clearTimeout(retry);
    if (ctx.typed === typed) dirty = false;
  } else if (status >= 500 || status === 401 || status === 429) {
    tryAgain();
  } else if (status === 403 && renewals < 3 && (await renewToken(editor()).catch(() => true))) {
    tryAgain();
  } else {
    tell("refused-words");
  }
});

document.addEventListener("htmx:error", (event) => {
  if (isSave(event) && !event.detail.ctx.response) tryAgain();
});

window.addEventListener("online", () => failures && editor() && htmx.trigger(editor(), "retry"));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && failures && editor()) htmx.trigger(editor(), "retry");
});

window.addEventListener("beforeunload", (event) => {
  if (dirty && editor()) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) dirty = false; // the browser itself sends it, with everything that was typed
});

// Fields are not swapped while somebody types in them, so their errors are taken from the list of problems.
function markFields() {
  const errors = new Map();
  for (const item of document.querySelectorAll("#problems [data-field]")) {
    const words = item.querySelector("[data-message]").textContent;
    errors.set(item.dataset.field, [...(errors.get(item.dataset.field) || []), words]);
  }
  for (const slot of document.querySelectorAll("#editor-body .error[id]")) {
    const id = slot.id.replace(/-error$/, "");
    const words = (errors.get(id) || []).join(" ");
    const field = document.getElementById(id);
    slot.hidden = !words;
    slot.lastElementChild.textContent = words;
    if (!field?.matches("input, select, textarea")) continue;
    if (words) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}
document.addEventListener("htmx:after:swap", (event) => isSave(event) && markFields());
