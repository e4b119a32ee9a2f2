/** Pictures of families: a click on one goes there. They are images: nothing of a recording becomes markup here. */

/** @param {string} name @param {Record<string, string>} attributes @param {any[]} inside @returns {any} */
function made(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

/** Whether a colour, as CSS has it, is dark. @param {string} css */
export function isDarkColour(css) {
  const hex = css.trim().match(/^#(..)(..)(..)/);
  const parts = hex
    ? hex.slice(1).map((part) => Number.parseInt(part, 16))
    : (css.match(/[\d.]+/g) ?? ["255", "255", "255"]).map(Number);
  return 0.3 * parts[0] + 0.59 * parts[1] + 0.11 * parts[2] < 102;
}

export default function mount({ data, parentElement, setTriggerValue }) {
  const ground = getComputedStyle(parentElement.host ?? parentElement).getPropertyValue("--st-background-color");
  const look = isDarkColour(ground) ? "dark" : "light";
  const tiles = data.families.map(({ number, said, light, dark, open }) => {
    const source = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(look === "dark" ? dark : light)}`;
    const tile = made(
      "button",
      { type: "button", class: open ? "tile" : "tile done", title: said, "aria-label": said },
      made("img", { src: source, alt: "", width: "180" }),
      made("span", {}, said),
    );
    tile.addEventListener("click", () => setTriggerValue("chosen", number));
    return tile;
  });
  const row = parentElement.querySelector(".families");
  row.setAttribute("aria-label", data.alt);
  row.replaceChildren(...tiles);
}
