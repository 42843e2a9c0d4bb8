// Who else is in this draft, and whether somebody saved it meanwhile: a small sign every few seconds while one looks.

import { heard } from "./clock.js";
import { editor, placeOf, valueOf } from "./place.js";

const PAUSE = 10_000; // milliseconds; the server forgets a page after three of them
let seen = "";
let place = "";
let timer = 0;

function body(more = {}) {
  const values = { page: valueOf("page"), revision: valueOf("revision"), place, seen, ...more };
  return new URLSearchParams({ ...values, csrfmiddlewaretoken: valueOf("csrfmiddlewaretoken") });
}

async function sign() {
  clearTimeout(timer);
  if (!editor() || document.hidden) return;
  timer = setTimeout(sign, PAUSE);
  const revision = valueOf("revision");
  const headers = { "HX-Request": "true" }; // an ended session then says so instead of leading to a sign-in page
  const answer = await fetch(editor().dataset.presence, { method: "POST", body: body(), headers }).catch(() => null);
  if (answer) heard(answer);
  if (answer?.status !== 200 || !editor()) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const people = page.querySelector("[data-part=presence]");
  if (!people) return;
  document.getElementById("presence").replaceChildren(...people.childNodes);
  if (revision !== valueOf("revision")) return; // a save was answered since; the next sign tells what is new now
  seen = people.dataset.seen;
  const news = page.querySelector("[data-part=meanwhile]");
  const region = document.getElementById("meanwhile");
  for (const old of region.querySelectorAll("[data-newer]")) old.remove();
  if (news) {
    for (const old of region.querySelectorAll("[data-merged]")) old.remove();
    region.append(...news.childNodes);
  }
}

document.addEventListener("focusin", (event) => {
  if (!event.target.matches("#editor-body :is(input, select, textarea)")) return;
  const next = placeOf(event.target);
  if (next === place) return;
  place = next;
  clearTimeout(timer);
  timer = setTimeout(sign, 500);
});
document.addEventListener("visibilitychange", () => !document.hidden && sign());
window.addEventListener("pagehide", () => {
  if (editor()) navigator.sendBeacon(editor().dataset.presence, body({ leaving: "1" }));
});
window.addEventListener("pageshow", (event) => event.persisted && sign());
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-load]");
  if (!link || !editor()) return;
  event.preventDefault(); // the same variant and platform again
  location.assign(`${link.pathname}?${new URLSearchParams({ variant: valueOf("variant"), platform: valueOf("platform") })}`);
});
sign();
