// Signing in again without leaving the page, and a new token after somebody signed in anywhere in this browser.

import { editor, valueOf } from "./place.js";

const dialog = () => document.getElementById("sign-in");
const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");
const isSignIn = (answer) => answer.redirected && new URL(answer.url).pathname === new URL(form().action).pathname;
const form = () => dialog().querySelector("form");
let goOn = () => {};

// "renewed"; "signed-out"; "somebody-else" than the one who wrote what is on this page; "refused" for any other reason.
export async function renewToken() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (isSignIn(answer)) return "signed-out";
  const theirs = (await read(answer)).getElementById("editor");
  const token = theirs?.elements.csrfmiddlewaretoken.value;
  if (!token) return "refused";
  if (theirs.elements.person.value !== valueOf("person")) {
    ask(theirs.dataset.name, theirs.elements.person.value, token);
    return "somebody-else";
  }
  take(token);
  return "renewed";
}

function take(token) {
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
}

// What one person typed is never saved under another's name without a question.
function ask(name, person, token) {
  const place = document.getElementById("meanwhile");
  if (place.querySelector("[data-somebody-else]")) return;
  const note = document.getElementById("somebody-else-note").content.cloneNode(true).firstElementChild;
  for (const slot of note.querySelectorAll("[data-name]")) slot.textContent = name;
  note.querySelector("[data-save-as]").onclick = () => {
    take(token);
    editor().elements.person.value = person;
    note.remove();
    goOn();
  };
  note.querySelector("[data-load-again]").onclick = () => {
    document.dispatchEvent(new Event("editor:abandon"));
    location.reload();
  };
  place.append(note);
}

// `resume` saves what was typed meanwhile.
export function whenSignedIn(resume) {
  goOn = resume;
}

function open() {
  tell("");
  dialog().showModal();
  document.getElementById("sign-in-password").focus();
}

function tell(words) {
  const slot = document.getElementById("sign-in-error");
  slot.hidden = !words;
  slot.lastElementChild.textContent = words;
}

async function post() {
  const door = await fetch(form().action);
  if (!door.redirected) {
    const token = (await read(door)).querySelector("[name=csrfmiddlewaretoken]").value;
    const body = new URLSearchParams(new FormData(form()));
    body.set("csrfmiddlewaretoken", token);
    const answer = await fetch(form().action, { method: "POST", body });
    if (!answer.redirected) {
      const page = await read(answer);
      const words = [...page.querySelectorAll("#id_login_error, #id_password_error")].map((each) => each.textContent);
      return words.join(" ").trim() || "Signing in did not work here. Sign in in a new tab, then go on.";
    }
  }
  const outcome = await renewToken();
  if (outcome === "signed-out" || outcome === "refused") return "This account cannot write this draft. Nothing was saved.";
  dialog().close();
  if (outcome === "renewed") goOn();
  return "";
}

document.addEventListener("click", (event) => {
  if (!dialog()) return;
  if (event.target.closest("[data-sign-in]")) open();
  if (event.target.closest("#sign-in [data-close]")) dialog().close();
});
document.addEventListener("submit", async (event) => {
  if (!dialog()?.contains(event.target)) return;
  event.preventDefault();
  const button = event.submitter || form().querySelector(".primary");
  button.disabled = true;
  tell(await post().catch(() => "Splitdesk does not answer. What you wrote stays on this page. Try again."));
  button.disabled = false;
  document.getElementById("sign-in-password").value = "";
});
// A password is never left in the page.
document.addEventListener("close", (event) => {
  if (event.target === dialog()) document.getElementById("sign-in-password").value = "";
}, true);
document.addEventListener("htmx:after:swap", () => {
  const button = document.getElementById("sign-in-here");
  if (button && dialog()) button.hidden = false;
});
