/** What every light chart has: a title with buttons that save it, a picture as wide as its column, and what is pointed at. */
import { html, label, svg } from "../autoencoder/views/draw.js";
import { saveButtons } from "../autoencoder/views/save.js";
import { KEEP, LINE_PX, linesOf, plain, TICK_PX } from "./shapes.js";

/** A kind of chart says how it draws itself (`draw`), what is under the pointer (`said`) and what it holds (`rows`). */
export class Drawing {
  constructor(parent) {
    this.drawnFrom = "";
    this.root = html("section", { class: "view chart" });
    this.picture = svg("svg", { class: "picture", role: "img" });
    this.tip = html("div", { class: "tip", hidden: true });
    this.frame = html("div", { class: "frame" }, this.picture, this.tip);
    parent.append(this.root);
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      const width = Math.floor(contentRect.width);
      if (!width || width === this.width) return;
      this.width = width;
      this.draw();
    });
    this.picture.addEventListener("pointermove", (event) => this.point(event));
    this.picture.addEventListener("pointerleave", () => this.hide());
  }

  update({ figure, alt, file }) {
    this.layout = figure.layout;
    this.take(figure.data);
    const title = plain(this.layout.title?.text ?? "");
    const saves = saveButtons(
      file,
      () => this.picture,
      () => this.rows(),
      () => this.look(),
      () => title || alt,
    );
    this.picture.setAttribute("aria-label", alt);
    this.root.replaceChildren(
      html("div", { class: "head" }, html("span", { class: "title", text: title }), saves),
      this.frame,
    );
    this.hide();
    if (this.width) this.draw();
    this.observer.observe(this.frame);
  }

  look() {
    const { font, hoverlabel, xaxis } = this.layout;
    return { text: font.color, muted: xaxis.linecolor, grid: xaxis.gridcolor, background: hoverlabel.bgcolor };
  }

  /** Fills the picture. */
  show(height, parts) {
    this.picture.replaceChildren(...parts);
    this.picture.setAttribute("width", String(this.width));
    this.picture.setAttribute("height", String(height));
  }

  /** Text of several lines around a height, bold where it is marked so. */
  text(text, x, y, look, anchor, px = TICK_PX) {
    const lines = linesOf(text);
    const first = y - ((lines.length - 1) * LINE_PX) / 2;
    const made = label("", x, first, look, { "font-size": px, "text-anchor": anchor });
    for (const [k, line] of lines.entries()) {
      for (const [i, piece] of line.entries()) {
        const start = i ? {} : { x, y: first + k * LINE_PX };
        made.append(svg("tspan", { ...start, text: piece.text, "font-weight": piece.bold ? 700 : null, style: KEEP }));
      }
    }
    return made;
  }

  point(event) {
    const box = this.picture.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const said = this.said(x, y);
    if (!said) return this.hide();
    this.tip.replaceChildren(...said.split("<br>").map((line) => html("div", { text: plain(line) })));
    this.tip.hidden = false;
    const aside = x > this.width / 2 ? `right:${this.width - x + 14}px` : `left:${x + 14}px`;
    this.tip.setAttribute("style", `${aside};top:${Math.max(0, y - 12)}px`);
  }

  hide() {
    this.tip.hidden = true;
  }

  destroy() {
    this.observer.disconnect();
    this.root.remove();
  }

  /** Numbers to draw from the figure's traces. */
  take(_traces) {}

  draw() {}

  said(_x, _y) {
    return "";
  }

  /** @returns {any[][]} */
  rows() {
    return [];
  }
}
