/** A row for each record, sorted by any column; a whole row opens its record. */
import { html } from "./draw.js";
import { grouped } from "./figures.js";

/** Rows in the order of a column; what has no value comes last in either direction. */
export function sortedRows(rows, column, down) {
  const way = down ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [one.values[column], other.values[column]];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === "number") return way * (a - b);
    return way * String(a).localeCompare(String(b), "en", { numeric: true });
  });
}

/** A cell as it is read. */
export function cellText(value, digits) {
  if (value === null) return "–";
  return typeof value === "number" ? grouped(value, digits) : value;
}

export class RecordsView {
  constructor(parent) {
    this.root = html("section", { class: "view records" });
    parent.append(this.root);
    this.sorted = { column: 0, down: false };
  }

  update(data, _state, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.draw();
  }

  draw() {
    const { columns, rows, alt } = this.data;
    const { column, down } = this.sorted;
    const heads = columns.map(({ name, help }, k) => {
      const button = html("button", { type: "button", class: "sort", title: help, text: name }, this.arrow(k));
      button.addEventListener("click", () => {
        this.sorted = { column: k, down: k === column ? !down : k > 0 };
        this.draw();
        this.root.querySelectorAll("button.sort")[k].focus();
      });
      const order = k === column ? (down ? "descending" : "ascending") : null;
      return html("th", { scope: "col", "aria-sort": order }, button);
    });
    const body = sortedRows(rows, column, down).map((row) => {
      const link = html("a", { href: row.href, text: row.values[0] });
      const line = html("tr", { class: "opens", "data-record": row.values[0] }, html("th", { scope: "row" }, link));
      for (let k = 1; k < columns.length; k++) {
        line.append(html("td", { text: cellText(row.values[k], columns[k].digits) }));
      }
      line.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // as any link: in a tab of its own
        event.preventDefault();
        this.trigger("open", row.values[0]);
      });
      return line;
    });
    const table = html(
      "table",
      { "aria-label": alt },
      html("thead", {}, html("tr", {}, ...heads)),
      html("tbody", {}, ...body),
    );
    this.root.replaceChildren(html("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": alt }, table));
  }

  arrow(k) {
    if (k !== this.sorted.column) return null;
    return html("span", { "aria-hidden": "true", text: this.sorted.down ? " ▾" : " ▴" });
  }

  destroy() {
    this.root.remove();
  }
}
