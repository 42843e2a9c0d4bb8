// The editor's form, and what a person calls a field of it: “B › Title”, “Split › Weight”.

export const editor = () => document.getElementById("editor");
export const valueOf = (name) => editor()?.elements[name]?.value || "";

const textOf = (node) => {
  const copy = node.cloneNode(true);
  for (const extra of copy.querySelectorAll("small, .vh, svg, input, select, textarea, .count")) extra.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
};

export function placeOf(field) {
  const isChoice = field.matches("[type=radio], [type=checkbox]");
  const legend = isChoice && field.closest("fieldset")?.querySelector("legend");
  const label = legend || field.labels?.[0];
  const words = (label && textOf(label)) || field.getAttribute("aria-label") || "";
  const variant = /^\/variants\/(\d+)\//.exec(field.name || "");
  const heading = field.closest("section")?.querySelector("h2");
  const owner = variant ? String.fromCharCode(65 + Number(variant[1])) : heading ? textOf(heading) : "";
  return [owner, words].filter(Boolean).join(" › ").slice(0, 80);
}
