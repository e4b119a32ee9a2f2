/** A confusion matrix as a table whose cells can be buttons; its picture is drawn when somebody saves it. */
import { html, label, svg } from "../autoencoder/views/draw.js";
import { grouped, percent } from "../autoencoder/views/figures.js";
import { saveButtons } from "../autoencoder/views/save.js";

const [CELL_PX, SIDE_PX, NAMES_PX] = [{ width: 84, height: 56 }, 24, 44];
/** Room for names of classes, px: letters, or names of folders. */
const namesPx = (names) => (isLong(names) ? 104 : 36);
const isLong = (names) => names.some(({ length }) => length > 3);
const matrices = new WeakMap();

class Matrix {
  constructor(parent) {
    this.drawnFrom = "";
    this.root = html("section", { class: "view matrix" });
    parent.append(this.root);
  }

  update(data, choose) {
    const { names, rows, title, look } = data;
    const saves = saveButtons(
      data.file,
      () => pictureOf(data),
      () => csvOf(data),
      () => look,
      () => data.alt,
    );
    const heads = html("tr", {}, ...names.map((text) => html("th", { scope: "col" }, html("span", { text }))));
    const over = html("th", { scope: "colgroup", colspan: names.length, class: "axis", text: "Predicted" });
    const lines = rows.map((row, i) =>
      html(
        "tr",
        {},
        i === 0 &&
          html(
            "th",
            { scope: "rowgroup", rowspan: names.length, class: "axis side" },
            html("span", { text: "Reference" }),
          ),
        html("th", { scope: "row" }, html("span", { text: names[i] })),
        ...row.map((cell, j) => html("td", {}, this.cell(cell, names[i], names[j], choose))),
      ),
    );
    this.root.classList.toggle("long", isLong(names));
    this.root.replaceChildren(
      html("div", { class: "head" }, html("span", { class: "title", text: title }), saves),
      html(
        "table",
        { "aria-label": data.alt },
        html("thead", {}, html("tr", {}, html("td", { colspan: 2, rowspan: 2 }), over), heads),
        html("tbody", {}, ...lines),
      ),
    );
  }

  cell({ count, share, ground, ink }, reference, predicted, choose) {
    const says = `Reference ${reference}, predicted ${predicted}: ${grouped(count)} beats, ${percent(share, 1)} of the class`;
    const seen = `${grouped(count)} ${percent(share, 1)}`; // what is read aloud begins with what is seen
    const inside = [html("strong", { text: grouped(count) }), " ", html("span", { text: percent(share, 1) })];
    const how = { class: "cell", style: `background:${ground};color:${ink}` };
    if (!choose) return html("div", { ...how, title: says }, ...inside);
    const said = {
      title: `${says}. Click: look at them`,
      "aria-label": `${seen}: reference ${reference}, predicted ${predicted}. Look at them`,
    };
    const button = html("button", { ...how, ...said, type: "button" }, ...inside);
    button.addEventListener("click", () => choose(`${reference}>${predicted}`));
    return button;
  }
}

/** The same as a drawing. */
function pictureOf({ names, rows, look }) {
  const [left, top] = [SIDE_PX + namesPx(names), NAMES_PX];
  const [width, height] = [left + CELL_PX.width * names.length, top + CELL_PX.height * names.length + 8];
  const middle = { "text-anchor": "middle" };
  const turn = `translate(14 ${(top + height) / 2}) rotate(-90)`;
  return svg(
    "svg",
    { width, height },
    label("Predicted", (left + width) / 2, 14, look, middle),
    label("Reference", 0, 0, look, { ...middle, transform: turn }),
    ...names.flatMap((name, k) => [
      label(name, left + CELL_PX.width * (k + 0.5), top - 8, look, middle),
      label(name, left - 8, top + CELL_PX.height * (k + 0.5) + 4, look, { "text-anchor": "end" }),
    ]),
    ...rows.flatMap((row, i) =>
      row.flatMap(({ count, share, ground, ink }, j) => {
        const [x, y] = [left + CELL_PX.width * j, top + CELL_PX.height * i];
        const at = x + CELL_PX.width / 2;
        return [
          svg("rect", { x: x + 1, y: y + 1, width: CELL_PX.width - 2, height: CELL_PX.height - 2, fill: ground }),
          label(grouped(count), at, y + 24, look, { ...middle, fill: ink, "font-weight": 700, "font-size": 13 }),
          label(percent(share, 1), at, y + 41, look, { ...middle, fill: ink, "font-size": 13 }),
        ];
      }),
    ),
  );
}

const csvOf = ({ names, rows }) => [
  ["reference", "predicted", "beats", "percent_of_reference"],
  ...rows.flatMap((row, i) =>
    row.map(({ count, share }, j) => [names[i], names[j], count, Number((100 * share).toFixed(2))]),
  ),
];

export default function mount({ data, parentElement, setTriggerValue }) {
  let matrix = matrices.get(parentElement);
  if (!matrix) {
    matrix = new Matrix(parentElement);
    matrices.set(parentElement, matrix);
  }
  const drawnFrom = JSON.stringify(data); // told again each time; a cell that has the focus keeps it
  if (drawnFrom !== matrix.drawnFrom)
    matrix.update(data, data.clickable ? (cell) => setTriggerValue("cell", cell) : null);
  matrix.drawnFrom = drawnFrom;
  return () => {
    matrix.root.remove();
    matrices.delete(parentElement);
  };
}
