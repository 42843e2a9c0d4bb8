// What time it is by the server, counted on from when it told; the browser's own clock may be wrong and is not asked.

import { editor } from "./place.js";

let told = Number(editor()?.dataset.now) * 1000;
let since = performance.now();

export const now = () => told + performance.now() - since; // milliseconds since 1970

// An answer of the server tells it anew: the count stands still while the computer sleeps.
export function heard(answer) {
  const at = Date.parse(answer.headers.get("Date"));
  if (Number.isNaN(at)) return;
  [told, since] = [at, performance.now()];
}
