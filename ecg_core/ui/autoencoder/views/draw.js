/** Elements and SVG; nothing here is ever made of markup, since names come from files. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element with attributes (`text` is its text) and what is in it.
 *
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @returns {any}
 */
export function html(name, attributes = {}, ...inside) {
  return filled(document.createElement(name), attributes, inside);
}

/**
 * The same of SVG.
 *
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @returns {any}
 */
export function svg(name, attributes = {}, ...inside) {
  return filled(document.createElementNS(SVG, name), attributes, inside);
}

/** @param {any} element @param {Record<string, any>} given @param {any[]} inside */
function filled(element, given, inside) {
  const { text, ...attributes } = given;
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false)
      element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...inside.filter(Boolean));
  return element;
}

/** Pixels of numbers, on an even or a logarithmic scale. */
export function scale(low, high, from, to, log = false) {
  const at = log ? Math.log10 : (value) => value;
  const [first, reach] = [at(low), at(high) - at(low) || 1];
  return (value) => from + ((at(Math.max(value, log ? low : value)) - first) / reach) * (to - from);
}

const px = (value) => Math.round(value * 10) / 10;

/** Steps over bins as the `d` of a path. */
export function stepsPath(edges, heights, x, y) {
  let path = `M${px(x(edges[0]))} ${px(y(0))}`;
  for (let k = 0; k < heights.length; k++) path += `V${px(y(heights[k]))}H${px(x(edges[k + 1]))}`;
  return `${path}V${px(y(0))}`;
}

/** Straight lines through points as the `d` of a path. */
export function linePath(xs, ys, x, y) {
  let path = "";
  for (let k = 0; k < xs.length; k++) path += `${k ? "L" : "M"}${px(x(xs[k]))} ${px(y(ys[k]))}`;
  return path;
}

/** Plotly's names of dashes as SVG has them. */
export const DASHES = { solid: null, dash: "8 5", dot: "2 4", dashdot: "9 4 2 4" };

/** Text on a chart. */
export function label(text, x, y, look, more = {}) {
  return svg("text", { text, x: px(x), y: px(y), fill: look.text, "font-size": 12, ...more });
}

/** Whether a colour, as CSS has it, is dark. */
export function isDarkGround(css) {
  const hex = css.trim().match(/^#(..)(..)(..)/);
  const parts = hex
    ? hex.slice(1).map((part) => Number.parseInt(part, 16))
    : (css.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return 0.3 * parts[0] + 0.59 * parts[1] + 0.11 * parts[2] < 102;
}
