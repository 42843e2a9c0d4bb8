// The previews follow the typing: some moments after a key the server draws the form and saves nothing. Saving is
// saving.js alone; without this file the previews are those of the last save.

import { editor, valueOf } from "./place.js";

const DELAY = 120; // milliseconds after the last key
let timer = 0;

const follower = () => document.getElementById("follower");
const shown = () => `${valueOf("variant")}:${valueOf("platform")}`;
const isPreview = (event) => event.detail?.ctx?.sourceElement === follower() && follower();

document.addEventListener("input", (event) => {
  if (!follower() || !event.target.closest("#editor")) return;
  clearTimeout(timer);
  timer = setTimeout(() => follower() && htmx.trigger(follower(), "follow"), DELAY);
});

document.addEventListener("htmx:before:request", (event) => {
  if (!isPreview(event)) return;
  event.detail.ctx.shown = shown();
});

// Another variant stands on the page by now, or the answer says only that nothing was drawn: the next save tells why.
document.addEventListener("htmx:before:swap", (event) => {
  if (!isPreview(event)) return;
  const { ctx } = event.detail;
  if (ctx.response.status !== 200 || ctx.shown !== shown() || !editor()) event.preventDefault();
});
