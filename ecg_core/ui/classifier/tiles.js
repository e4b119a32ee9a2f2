/**
 * Beats as a grid of buttons: each the recording over the patient's usual beat, with what the classifier says of it.
 * The one that is chosen is framed and says so; choosing tells Python its number.
 */

const SVG = "http://www.w3.org/2000/svg";
const WIDE = 160;
const HIGH = 84;
const grids = new WeakMap();

/** @param {string} name @param {Record<string, string | number>} attributes */
function drawn(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}

/** @param {number[]} values @param {(mv: number) => number} y */
const points = (values, y) => values.map((mv, i) => `${((i * WIDE) / (values.length - 1)).toFixed(1)},${y(mv)}`);

/** @param {any} tile @param {any} data @param {(id: number) => void} choose */
function button(tile, data, choose) {
  const [low, high] = data.range;
  const y = (/** @type {number} */ mv) => Number((HIGH - 3 - ((mv - low) / (high - low)) * (HIGH - 6)).toFixed(1));
  const node = document.createElement("button");
  node.type = "button";
  node.dataset.id = tile.id;
  node.title = "Look closer";
  for (const [name, text] of [
    ["label", tile.label],
    ["detail", tile.detail],
  ]) {
    const line = document.createElement("span");
    line.className = name;
    line.textContent = text;
    node.append(line);
  }
  const picture = drawn("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const beat = points(tile.beat, y);
  const usual = points(tile.usual, y);
  const thin = { fill: "none", "vector-effect": "non-scaling-stroke" };
  picture.append(
    drawn("polygon", { points: [...beat, ...[...usual].reverse()].join(" "), fill: data.shade }),
    drawn("polyline", {
      ...thin,
      points: usual.join(" "),
      stroke: data.accent,
      "stroke-width": 1.3,
      "stroke-dasharray": "4 3",
    }),
    drawn("polyline", { ...thin, points: beat.join(" "), stroke: tile.colour, "stroke-width": 1.8 }),
    drawn("line", { ...thin, x1: 3, x2: 3, y1: y(low), y2: y(low + 1), stroke: data.muted, "stroke-width": 2 }),
  );
  node.append(picture);
  node.addEventListener("click", () => choose(tile.id));
  return node;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".tiles");
  const of = JSON.stringify([data.tiles.map((/** @type {any} */ tile) => tile.id), data.accent, data.range]);
  const mark = (/** @type {number} */ id) => {
    for (const node of grid.children) node.setAttribute("aria-pressed", String(Number(node.dataset.id) === id));
  };
  if (grids.get(grid) !== of) {
    grids.set(grid, of);
    const choose = (/** @type {number} */ id) => {
      mark(id); // at once; what it opens comes from the server
      setTriggerValue("chosen", id);
    };
    grid.setAttribute("aria-label", data.alt);
    grid.replaceChildren(...data.tiles.map((/** @type {any} */ tile) => button(tile, data, choose)));
  }
  mark(data.chosen);
}
