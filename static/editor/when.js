// The section “When”: the reader's own clock where only the browser knows the zone, and the time left, minute by minute.
// The time left is the server's, counted on from when it came; the browser's clock is not asked.

let came = performance.now();

function yourClock() {
  const place = document.getElementById("your-clock");
  if (!place) return;
  const at = new Date(place.dataset.at);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (Number.isNaN(at.getTime()) || !timeZone) return;
  const words = (options) => new Intl.DateTimeFormat("en-GB", { timeZone, ...options }).format(at);
  const offset = new Intl.DateTimeFormat("en-GB", { timeZone, timeZoneName: "shortOffset" })
    .formatToParts(at).find((part) => part.type === "timeZoneName").value.replace("GMT", "UTC").replace("-", "−");
  const date = words({ weekday: "short", day: "numeric", month: "short", year: "numeric" }).replace(",", "");
  const small = document.createElement("small");
  small.textContent = `${date}, ${offset}`;
  place.querySelector("dt").textContent = `You, ${timeZone.split("/").pop().replaceAll("_", " ")}`;
  place.querySelector("dd").replaceChildren(`${words({ hour: "2-digit", minute: "2-digit" })} `, small);
  place.hidden = false;
}

const two = (big, unit, small, rest) => (small ? `${big} ${unit} ${small} ${rest}` : `${big} ${unit}`);

function timeLeft() {
  const place = document.getElementById("time-left");
  if (!place) return;
  const minutes = Math.floor((Number(place.dataset.left) - (performance.now() - came) / 1000) / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60)];
  if (minutes < 1) place.textContent = "in less than a minute";
  else if (days) place.textContent = `in ${two(days, days === 1 ? "day" : "days", days < 7 ? hours % 24 : 0, "h")}`;
  else place.textContent = `in ${hours ? two(hours, "h", minutes % 60, "min") : `${minutes} min`}`;
}

setInterval(timeLeft, 60000);
yourClock();
document.addEventListener("htmx:after:swap", () => {
  const place = document.getElementById("time-left");
  if (place && place.dataset.seen !== place.dataset.left) {
    came = performance.now();
    place.dataset.seen = place.dataset.left;
  }
  yourClock();
});
