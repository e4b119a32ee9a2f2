/** A sheet of ECG paper with many beats on it, to scale, from a figure as Plotly has it: seconds across, mV upwards. */
import { DASHES, label, svg } from "../autoencoder/views/draw.js";
import { Drawing } from "./drawing.js";
import { filledIn, numbers, piecesOf, plain, thinned } from "./shapes.js";

const EDGE_PX = 1;
const NEAR_PX = 14;
/** What a line may be off its points, px: no eye sees it. */
const OFF_PX = 0.2;

export class Paper extends Drawing {
  take(traces) {
    this.lines = traces
      .filter(({ mode }) => mode === "lines")
      .map((trace) => ({
        ...trace,
        x: numbers(trace.x),
        y: numbers(trace.y),
        of: trace.customdata && numbers(trace.customdata),
      }));
    this.texts = traces.filter(({ mode }) => mode === "text");
  }

  draw() {
    const { xaxis, yaxis, plot_bgcolor: ground } = this.layout;
    const perS = (this.width - 2 * EDGE_PX) / (xaxis.range[1] - xaxis.range[0]);
    const perMv = perS * yaxis.scaleratio;
    this.x = (s) => EDGE_PX + (s - xaxis.range[0]) * perS;
    this.y = (mv) => EDGE_PX - mv * perMv;
    const height = Math.ceil(this.y(yaxis.range[0])) + EDGE_PX;
    const look = this.look();
    this.show(height, [
      svg("rect", { width: this.width, height, fill: ground }),
      ...[
        [xaxis.minor, yaxis.minor],
        [xaxis, yaxis],
      ].map(([x, y]) => x?.dtick && svg("path", { d: this.grid(x.dtick, y.dtick, height), stroke: x.gridcolor })),
      ...(this.layout.shapes ?? []).map(({ x0, y0, x1, y1, line }) =>
        svg("path", {
          d: `M${this.x(x0)} ${this.y(y0)}L${this.x(x1)} ${this.y(y1)}`,
          stroke: line.color,
          "stroke-dasharray": DASHES[line.dash],
        }),
      ),
      ...this.lines.map((trace) => this.line(trace)),
      ...this.texts.flatMap((trace) =>
        trace.x.map((s, k) => {
          const { color, size } = trace.textfont;
          return this.text(trace.text[k], this.x(s) + 2, this.y(trace.y[k]) + 4, { ...look, text: color }, null, size);
        }),
      ),
      ...(this.layout.annotations ?? []).map((note) => this.mark(note, height)),
    ]);
  }

  grid(stepS, stepMv, height) {
    const [first, last] = this.layout.xaxis.range;
    const low = this.layout.yaxis.range[0];
    let d = "";
    for (let k = Math.ceil(first / stepS); k * stepS <= last; k++) d += `M${sharp(this.x(k * stepS))} 0V${height}`;
    for (let k = 0; -k * stepMv >= low; k++) d += `M0 ${sharp(this.y(-k * stepMv))}H${this.width}`;
    return d;
  }

  line({ x, y, line }) {
    const d = piecesOf(x, y)
      .map((piece) =>
        thinned(
          piece.map(({ x, y }) => [this.x(x), this.y(y)]),
          OFF_PX,
        ),
      )
      .map((points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`)
      .join("");
    const how = { fill: "none", stroke: line.color, "stroke-width": line.width, "stroke-linejoin": "round" };
    return svg("path", { d, ...how });
  }

  /** A word across the sheet. */
  mark({ text, font, opacity, textangle }, height) {
    const turn = `translate(${this.width / 2} ${height / 2}) rotate(${textangle})`;
    const how = { "font-size": font.size, "text-anchor": "middle", opacity, transform: turn };
    return label(plain(text), 0, 0, { text: font.color }, { ...how, "pointer-events": "none" });
  }

  said(x, y) {
    let [least, found] = [NEAR_PX ** 2, ""];
    for (const trace of this.lines.filter(({ of }) => of)) {
      for (let k = 0; k < trace.x.length; k++) {
        const far = (this.x(trace.x[k]) - x) ** 2 + (this.y(trace.y[k]) - y) ** 2;
        if (far < least) [least, found] = [far, filledIn(trace.hovertemplate, { customdata: trace.of[k] })];
      }
    }
    return found;
  }

  /** A line for each point of each beat, as they were measured or made. */
  rows() {
    const { leads, ms } = this.layout.meta;
    const rows = [["beats", "number", "beat", "lead", "ms", "mV"]];
    for (const trace of this.lines.filter(({ of }) => of)) {
      for (const [k, piece] of piecesOf(trace.x, trace.of).entries()) {
        const beat = Math.floor(k / leads.length);
        const words = [plain(trace.name), beat + 1, plain(trace.meta[beat]), plain(leads[k % leads.length])];
        rows.push(...piece.map(({ y }, i) => [...words, ms[i], Number(y.toFixed(4))]));
      }
    }
    return rows;
  }
}

const sharp = (px) => Math.floor(px) + 0.5;
