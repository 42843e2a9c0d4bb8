// The editor's autosave: htmx sends the form; here is what a page must know of its own saves.
// Everything in this folder is a comfort: the editor works without any of it.

import { editor } from "./place.js";
import { renewToken, whenSignedIn } from "./sign_in.js";
import * as unsent from "./unsent.js";

const RETRIES = [1000, 3000, 5000]; // milliseconds until the next try
const LONGEST = 4000; // milliseconds that somebody who types without a pause waits for a save
let dirty = false; // typed since the last save that was answered
let typed = 0; // counts keystrokes, so that an answer does not replace fields that were typed into meanwhile
const touched = new Map(); // field name: the count when it was typed into last
let waitingSince = 0; // since when something typed is not under way to the server, by the page's own count
let turn = 0;
let failures = 0;
let renewals = 0;
let retry = 0;
let savedAt = "";
let said = "";
let carried = null; // what was typed while an answer with new fields was on its way
let isUnderWay = false;
let again = false; // something was chosen while a save was under way
let focused = null; // where the focus stood before new fields came

const isSave = (event) => editor()?.contains(event.detail?.ctx?.sourceElement);
const save = () => editor() && htmx.trigger(editor(), "retry");

function tell(template) {
  const saved = document.getElementById("saved");
  const words = document.getElementById(template);
  if (!saved || !words || (failures && said === template)) return; // the same words again would take the focus away
  said = template;
  savedAt = saved.querySelector("time")?.textContent.slice(0, 5) || savedAt;
  saved.replaceChildren(words.content.cloneNode(true));
  for (const time of saved.querySelectorAll("time:empty")) time.textContent = savedAt;
}

function tryAgain(template = "unsaved-words") {
  tell(template);
  clearTimeout(retry);
  retry = setTimeout(save, RETRIES[Math.min(failures, 2)]);
  failures += 1;
}

function changed(field) {
  dirty = true;
  typed += 1;
  if (field.name) touched.set(field.name, typed);
  unsent.typed(field);
  waitingSince ||= performance.now();
  if (performance.now() - waitingSince > LONGEST && !failures) save();
}

document.addEventListener("input", (event) => event.target.closest("#editor") && changed(event.target));
// New fields hang on what is chosen, so it does not wait for a pause as typing does.
document.addEventListener("change", (event) => {
  if (!event.target.matches("#editor :is(select, [type=radio], [type=checkbox])[name]") || !dirty) return;
  if (isUnderWay) again = true;
  else save();
});
document.addEventListener("editor:save", save);
document.addEventListener("keydown", (event) => {
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || !editor()) return;
  event.preventDefault();
  save();
});

document.addEventListener("htmx:before:request", (event) => {
  if (!isSave(event)) return;
  const { ctx } = event.detail;
  if (ctx.sourceEvent?.type === "input" && !dirty) {
    event.preventDefault(); // saved already, by what was chosen or by Ctrl S
    return;
  }
  isUnderWay = true;
  // The body was gathered when the save was asked for; the revision may have moved on while it waited in line.
  for (const name of ["revision", "person", "csrfmiddlewaretoken"]) {
    ctx.request.body.set(name, editor().elements[name].value);
  }
  ctx.request.body.set("turn", String((turn += 1)));
  ctx.typed = typed;
  waitingSince = 0;
  if (dirty) unsent.sent(turn);
  hold(isAction(ctx));
  if (!failures) tell("saving-words");
});

// An action brings new fields, so nothing can be typed into the old ones while it is under way.
const isAction = (ctx) => ctx.request.body.has("do") && !["save", "check"].includes(ctx.request.body.get("do"));
const hold = (held) => document.getElementById("editor-body")?.toggleAttribute("inert", held);
document.addEventListener("htmx:finally:request", (event) => {
  if (!isSave(event)) return;
  hold(false);
  isUnderWay = false;
  if (again) setTimeout(save);
  again = false;
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (!isSave(event) || ctx.response.status >= 500) return;
  hold(false); // before the swap, which puts the focus into a new field
  focused = document.activeElement.closest("#editor-body [name]");
  const replaces = ctx.text.includes('hx-target="#editor-body"') && !ctx.request.body.has("do");
  if (!replaces || typed === ctx.typed) return;
  if (ctx.text.includes("data-merged")) {
    carried = fieldsSince(ctx.typed); // the new fields hold what somebody else wrote: they have to come
  } else {
    event.preventDefault(); // fields were typed into: save those first, the new fields come with that answer
    save();
  }
});

// htmx gives the focus back to a field with an id; the choices of one question have their name and value alone.
function focusAgain() {
  if (!focused || focused.isConnected || document.activeElement !== document.body) return;
  const same = [...document.getElementsByName(focused.name)].filter((field) => editor()?.contains(field));
  const isChoice = focused.matches("[type=radio], [type=checkbox]");
  same.find((field) => !isChoice || field.value === focused.value)?.focus({ preventScroll: true });
}

function fieldsSince(count) {
  const names = [...touched].filter(([, at]) => at > count).map(([name]) => name);
  return names.map((name) => [name, new FormData(editor()).getAll(name)]);
}

function putBack() {
  for (const [name, values] of carried) {
    for (const field of editor().querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.matches("[type=radio], [type=checkbox]")) field.checked = values.includes(field.value);
      else if (values.length) [field.value] = values;
    }
  }
  carried = null;
  setTimeout(save);
}

document.addEventListener("htmx:after:request", async (event) => {
  if (!isSave(event)) return;
  const { ctx } = event.detail;
  const { status } = ctx.response;
  if (status < 400 || status === 422 || status === 409) {
    if (failures) document.getElementById("notice")?.replaceChildren(); // such as “You are signed out”
    failures = renewals = 0;
    said = "";
    clearTimeout(retry);
    if (ctx.typed === typed) {
      dirty = false;
      if (status === 409) unsent.conflict();
      else unsent.saved();
    }
  } else if (status === 401) {
    tryAgain("signed-out-words");
  } else if (status >= 500 || status === 429) {
    tryAgain();
  } else {
    await refused(status);
  }
});

// A page that stays refused with new tokens is refused for another reason.
async function refused(status) {
  const outcome = status === 403 && renewals < 3 ? await renewToken().catch(() => "") : "refused";
  if (outcome === "renewed") {
    renewals += 1;
    failures = 0;
    tryAgain();
  } else if (outcome === "signed-out") {
    showSignedOut();
    tryAgain("signed-out-words");
  } else if (outcome === "somebody-else") {
    document.getElementById("notice").replaceChildren();
    tell("somebody-else-words");
  } else if (outcome === "") {
    tryAgain();
  } else {
    tell("refused-words");
  }
}

function showSignedOut() {
  const note = document.getElementById("signed-out-note").content.cloneNode(true);
  note.querySelector("[data-sign-in]").hidden = false;
  document.getElementById("notice").replaceChildren(note);
}

whenSignedIn(() => {
  failures = renewals = 0;
  document.getElementById("notice").replaceChildren(); // “You are signed out”
  save();
});

document.addEventListener("htmx:error", (event) => {
  if (isSave(event) && !event.detail.ctx.response) tryAgain();
});

window.addEventListener("online", () => failures && save());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && failures) save();
});

window.addEventListener("beforeunload", (event) => {
  if (dirty && editor()) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) dirty = false; // the browser itself sends it, with everything that was typed
});
document.addEventListener("editor:abandon", () => {
  dirty = false;
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
document.addEventListener("htmx:after:swap", (event) => {
  if (!isSave(event)) return;
  if (carried) putBack();
  focusAgain();
  focused = null;
  markFields();
});
unsent.offer();
