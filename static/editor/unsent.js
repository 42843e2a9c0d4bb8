// What was typed and is not saved yet, kept in this browser until the save is answered: one entry for each opened page
// of one person. It holds the fields of the editor's form and nothing else; no token, and nothing of the sign-in.

import { now } from "./clock.js";
import { editor, placeOf, valueOf } from "./place.js";

const PREFIX = "splitdesk.unsent.";
const LIFE = 7 * 24 * 3600 * 1000; // milliseconds
const LARGEST = 1_000_000; // characters; a browser keeps about five million for the whole site
const PATIENCE = 5000; // milliseconds that what was typed on this page may take to be saved
const NEVER = new Set(["csrfmiddlewaretoken", "do", "turn"]);
const labels = new Set();
let timer = 0;
let whenSaved = () => {};
let last = { turn: 0, isSent: false };
let settling = ""; // the entry that stands in the page of two versions

const ownPrefix = () => `${PREFIX}${valueOf("person")}.${editor().dataset.draft}.`;
export const key = () => ownPrefix() + valueOf("page");

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function write(name, entry) {
  try {
    const text = JSON.stringify(entry);
    if (text.length <= LARGEST) localStorage.setItem(name, text);
  } catch {
    // a full or forbidden storage: the page itself still holds the text
  }
}

function remove(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // as above
  }
}

function names() {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  } catch {
    return [];
  }
}

export function typed(field) {
  last.isSent = false;
  const isFirst = !labels.size;
  labels.add(placeOf(field) || "a field");
  clearTimeout(timer);
  timer = setTimeout(keep, 150);
  if (isFirst) keep(); // from the first key on
}

export function sent(turn) {
  keep();
  last = { turn, isSent: true };
  const entry = read(key());
  if (entry) write(key(), { ...entry, ...last });
}

export function saved() {
  clearTimeout(timer);
  timer = 0;
  labels.clear();
  if (editor()) remove(key());
  whenSaved(true);
}

function keep() {
  clearTimeout(timer);
  timer = 0;
  if (!editor() || !labels.size) return;
  const fields = [...new FormData(editor())].filter(([name, value]) => !NEVER.has(name) && typeof value === "string");
  write(key(), { at: now(), labels: [...labels], address: location.pathname + location.search, fields, ...last });
}

window.addEventListener("pagehide", () => timer && keep());
document.addEventListener("visibilitychange", () => document.hidden && timer && keep());
// Nothing of one person stays behind for the next. Over HTTPS the server clears the whole storage as well.
document.addEventListener("submit", (event) => {
  if (event.target.action?.endsWith("/sign-out/")) names().forEach(remove);
});

// -- what an earlier page left behind

export function conflict() {
  settling ||= lastKey;
}
let lastKey = "";
document.addEventListener("input", () => editor() && (lastKey = key()), true);

document.addEventListener("submit", (event) => {
  const number = event.target.closest("#versions")?.querySelector("[name=revision]")?.value;
  const entry = settling && number && read(settling);
  if (entry) write(settling, { ...entry, settled: Number(number) });
});
document.addEventListener("click", (event) => {
  if (settling && event.target.closest("#versions a.btn")) remove(settling); // “Take theirs”
});

function isDone(name, entry) {
  if (!entry?.fields || now() - entry.at > LIFE) return true;
  const isHere = name.startsWith(ownPrefix());
  if (entry.settled) return !isHere || Number(valueOf("revision")) > entry.settled;
  if (!isHere) return false;
  const from = document.getElementById("saved-from")?.dataset;
  const page = name.slice(ownPrefix().length);
  return Boolean(entry.isSent && from && from.page === page && Number(from.turn) >= entry.turn);
}

// A page that is still open holds a lock with its entry's name: what it keeps is its own business.
async function openPages() {
  const locks = await navigator.locks?.query?.();
  return new Set((locks?.held || []).map((lock) => lock.name));
}

export async function offer() {
  if (!editor()) return;
  const own = key();
  navigator.locks?.request(own, () => new Promise(() => {}));
  const open = await openPages();
  const left = [];
  for (const name of names()) {
    if (open.has(name) || name === own) continue;
    const entry = read(name);
    if (isDone(name, entry)) remove(name);
    else if (name.startsWith(ownPrefix())) left.push([name, entry]);
  }
  left.sort((one, other) => other[1].at - one[1].at);
  if (left.length) show(...left[0]);
}

function show(name, entry) {
  const part = document.getElementById("unsent-note").content.cloneNode(true);
  const note = part.firstElementChild;
  const at = new Date(entry.at);
  const zone = { timeZone: editor().dataset.zone }; // the clock of the rest of the page
  const day = (when) => when.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...zone });
  const clock = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...zone });
  const time = note.querySelector("time");
  time.dateTime = at.toISOString();
  time.textContent = day(at) === day(new Date(now())) ? clock : `${day(at)} ${clock}`;
  note.querySelector("[data-fields]").textContent = entry.labels.slice(0, 6).join(", ") || "some fields";
  note.querySelector("[data-bring-back]").onclick = () => bringBack(name, entry, note);
  note.querySelector("[data-throw-away]").onclick = () => {
    remove(name);
    note.remove();
    offer();
  };
  document.getElementById("meanwhile").append(part);
}

// What was typed on this page since is saved first: it is one of two versions then, and not lost under the other.
function ownSaved() {
  if (!labels.size) return true;
  return new Promise((resolve) => {
    whenSaved = resolve;
    setTimeout(resolve, PATIENCE, false);
    document.dispatchEvent(new Event("editor:save"));
  });
}

// It is saved against the version it was made from, so what others saved since is never written over.
async function bringBack(name, entry, note) {
  const body = new URLSearchParams(entry.fields);
  body.set("csrfmiddlewaretoken", valueOf("csrfmiddlewaretoken"));
  body.set("turn", entry.turn + 1);
  const answer = (await ownSaved()) && (await fetch(editor().action, { method: "POST", body }).catch(() => null));
  const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer?.status === 409) {
    settling = name;
    document.getElementById("main").replaceChildren(...page.getElementById("main").childNodes);
    document.querySelector("#versions h1")?.focus();
  } else if (answer && (answer.ok || answer.status === 422) && page.getElementById("editor")) {
    remove(name);
    location.assign(entry.address);
  } else {
    const error = note.querySelector("[data-unsent-error]");
    error.textContent = "It could not be saved now. It stays in this browser. Try again, or sign in first.";
    error.hidden = false;
  }
}
