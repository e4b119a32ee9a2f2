/** A drawing as SVG or PNG, what it shows as CSV: three buttons, as every chart of the pages has them. */
import { csvText, offer } from "../../csv.js";
import { html, label } from "./draw.js";

const HEAD_PX = 28;

/** A drawing as a file of its own, on its own ground, under a line that says what it shows. @param {any} drawing */
function fileOf(drawing, look, heading) {
  const copy = drawing.cloneNode(true);
  const width = Number(drawing.getAttribute("width"));
  const height = Number(drawing.getAttribute("height")) + HEAD_PX;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("height", String(height));
  copy.setAttribute("viewBox", `0 ${-HEAD_PX} ${width} ${height}`);
  copy.append(label(heading, 8, 18 - HEAD_PX, look, { "font-size": width < 400 ? 11 : 14, "font-weight": 600 }));
  copy.setAttribute("font-family", "Source Sans, Source Sans Pro, Segoe UI, Helvetica, Arial, sans-serif");
  copy.setAttribute("style", `background:${look.background}`);
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}

async function png({ text, width, height }, look) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  const g = canvas.getContext("2d");
  g.fillStyle = look.background;
  g.fillRect(0, 0, canvas.width, canvas.height);
  g.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/**
 * Buttons that save a drawing.
 *
 * @param {string} file name without ending
 * @param {() => any} drawing gives the SVG element, with width and height
 * @param {() => any[][]} rows gives what it shows
 * @param {() => any} look gives the colours in use
 * @param {() => string} heading gives what stands over a picture of it
 */
export function saveButtons(file, drawing, rows, look, heading) {
  const acts = {
    SVG: () => offer(new Blob([fileOf(drawing(), look(), heading()).text], { type: "image/svg+xml" }), `${file}.svg`),
    PNG: async () => offer(await png(fileOf(drawing(), look(), heading()), look()), `${file}.png`),
    CSV: () => offer(new Blob([csvText(rows())], { type: "text/csv" }), `${file}.csv`),
  };
  const buttons = Object.entries(acts).map(([format, act]) => {
    const button = html("button", {
      type: "button",
      class: "save",
      text: format,
      "aria-label": `Save this chart as ${format}`,
    });
    button.addEventListener("click", act);
    return button;
  });
  return html("div", { class: "saves" }, ...buttons);
}
