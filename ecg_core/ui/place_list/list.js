/** A table whose rows stand for places in a recording: a click, or Enter on a row, goes there. */
import { csvText, offer } from "../csv.js";

const DRAWN_AT_ONCE = 60;
/** Rows drawn at first; more follow as one scrolls, so that ten thousand cost no more than sixty. */

/** @param {string} name @param {Record<string, string>} given @param {any[]} inside @returns {any} */
function made(name, given = {}, ...inside) {
  const element = document.createElement(name);
  const { text, ...attributes } = given;
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

/** Digits after the point that the numbers of a column need. @param {any[]} values */
export function digitsOf(values) {
  const numbers = values.filter((value) => typeof value === "number");
  return numbers.length ? Math.max(...numbers.map((value) => (String(value).split(".")[1] ?? "").length)) : null;
}

/** A cell as it is read. @param {any} value @param {number | null} digits */
export function textOf(value, digits) {
  if (value === null) return "–";
  if (typeof value !== "number") return String(value);
  return value.toLocaleString("en", { minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 0 });
}

/**
 * @typedef {{columns: string[], numeric: boolean[], rows: string, samples: string, alt: string, file: string,
 *   height: number}} Given cells apart by tabs, rows by line ends, samples by commas
 */

/** Rows of texts, numbers, and null where there is nothing. @param {Pick<Given, "rows" | "numeric">} given */
export function rowsOf({ rows, numeric }) {
  if (!rows) return [];
  const cell = (text, k) => (text === "" ? null : numeric[k] ? Number(text) : text);
  return rows.split("\n").map((row) => row.split("\t").map(cell));
}

/** @param {string} text */
const numbersOf = (text) => (text ? text.split(",").map(Number) : []);

/** The row a key leads to, from row `at` of `n`; null where the key is not one of the table's. */
export function rowAfter(key, at, n, page) {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: n - 1 }[key];
  return to === undefined ? null : Math.min(n - 1, Math.max(0, to));
}

export class PlaceList {
  constructor(parent) {
    this.body = made("tbody");
    this.head = made("thead");
    this.table = made("table", { role: "grid" }, this.head, this.body);
    this.scrolls = made("div", { class: "scrolls" }, this.table);
    this.scrolls.addEventListener("scroll", () => this.drawOn());
    this.body.addEventListener("click", (event) => this.pressed(event.target.closest("tr")));
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.button = made("button", {
      type: "button",
      class: "save",
      text: "CSV",
      "aria-label": "Save this table as CSV",
    });
    this.button.addEventListener("click", () => this.save());
    parent.append(this.scrolls, this.button);
    this.text = "";
  }

  /** @param {Given} given */
  update(given, trigger) {
    this.trigger = trigger;
    const text = JSON.stringify(given);
    if (text === this.text) return;
    this.text = text;
    const data = { ...given, rows: rowsOf(given), samples: numbersOf(given.samples) };
    this.data = data;
    this.chosen = 0;
    this.table.setAttribute("aria-label", data.alt);
    this.table.setAttribute("aria-rowcount", String(data.rows.length + 1));
    this.scrolls.style.maxHeight = `${data.height}px`;
    this.digits = data.columns.map((_, column) => digitsOf(data.rows.map((row) => row[column])));
    const heads = data.columns.map((text, column) =>
      made("th", { scope: "col", text, class: this.digits[column] === null ? "" : "n" }),
    );
    this.head.replaceChildren(made("tr", {}, ...heads));
    this.body.replaceChildren();
    this.scrolls.scrollTop = 0;
    this.drawTo(DRAWN_AT_ONCE);
  }

  drawTo(count) {
    const { rows } = this.data;
    const lines = [];
    for (let k = this.body.children.length; k < Math.min(count, rows.length); k++) {
      const cells = rows[k].map((value, column) => {
        const digits = this.digits[column];
        return made("td", { role: "gridcell", text: textOf(value, digits), class: digits === null ? "" : "n" });
      });
      const tabindex = k === this.chosen ? "0" : "-1";
      lines.push(made("tr", { tabindex, "aria-rowindex": String(k + 2), "data-row": String(k) }, ...cells));
    }
    this.body.append(...lines);
  }

  drawOn() {
    const { scrollTop, clientHeight, scrollHeight } = this.scrolls;
    if (scrollTop + 2 * clientHeight > scrollHeight) this.drawTo(this.body.children.length + DRAWN_AT_ONCE);
  }

  key(event) {
    if (event.key === "Enter" || event.key === " ") {
      this.pressed(event.target.closest("tr"));
    } else {
      const rowPx = this.body.children[0].offsetHeight || 28;
      const page = Math.max(1, Math.floor(this.scrolls.clientHeight / rowPx) - 1);
      const to = rowAfter(event.key, this.chosen, this.data.rows.length, page);
      if (to === null) return;
      this.drawTo(to + DRAWN_AT_ONCE);
      this.point(to);
      this.body.children[to].focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  point(k) {
    this.body.children[this.chosen]?.setAttribute("tabindex", "-1");
    this.chosen = k;
    this.body.children[k].setAttribute("tabindex", "0");
  }

  pressed(line) {
    if (!line) return;
    const k = Number(line.dataset.row);
    this.point(k);
    this.body.querySelector("tr.chosen")?.classList.remove("chosen");
    line.classList.add("chosen");
    this.trigger("chosen", this.data.samples[k]);
  }

  save() {
    const { columns, rows, file } = this.data;
    offer(new Blob([csvText([columns, ...rows])], { type: "text/csv" }), `${file}.csv`);
  }

  destroy() {
    this.scrolls.remove();
    this.button.remove();
  }
}

const lists = new WeakMap();

export default function mount({ data, parentElement, setTriggerValue }) {
  let list = lists.get(parentElement);
  if (!list) {
    list = new PlaceList(parentElement);
    lists.set(parentElement, list);
  }
  list.update(data, setTriggerValue);
  return () => {
    list.destroy();
    lists.delete(parentElement);
  };
}
