/** Lines over one axis in panels one above the other, from a figure as Plotly has it. */
import { DASHES, label, scale, svg } from "../autoencoder/views/draw.js";
import { grouped, ticksOf } from "../autoencoder/views/figures.js";
import { Drawing } from "./drawing.js";
import { csvRows, filledIn, LINE_PX, nearest, numbers, plain, stepped, TICK_PX } from "./shapes.js";

/** Left free above and below lines, as a share of their range. */
const ROOM = 0.06;

export class Panels extends Drawing {
  take(traces) {
    this.traces = traces.map((trace) => ({ ...trace, x: numbers(trace.x), y: numbers(trace.y) }));
  }

  draw() {
    const { height, margin } = this.layout;
    const look = this.look();
    const [left, right, bottom] = [margin.l, this.width - margin.r, height - margin.b];
    const at = (share) => bottom - share * (bottom - margin.t);
    this.panels = Object.entries(this.layout)
      .filter(([name]) => name.startsWith("yaxis"))
      .map(([name, axis]) => {
        const traces = this.traces.filter(({ yaxis }) => (yaxis ?? "y") === name.replace("axis", ""));
        const domain = axis.domain ?? [0, 1];
        const range = axis.range ?? reach(traces.flatMap(({ y }) => y));
        return {
          axis,
          traces,
          top: at(domain[1]),
          bottom: at(domain[0]),
          y: scale(...range, at(domain[0]), at(domain[1])),
          range,
        };
      });
    const xs = this.traces.flatMap(({ x }) => x);
    this.low = [Math.min(...xs), Math.max(...xs)];
    this.x = scale(...this.low, left, right);
    this.sides = { left, right };
    const title = Object.entries(this.layout).find(([name, axis]) => name.startsWith("xaxis") && axis.title?.text)?.[1]
      .title.text;
    this.show(
      height,
      [
        ...this.panels.flatMap((panel) => this.panel(panel, look)),
        ...ticksOf(...this.low, (right - left) / 110).map((ms) =>
          label(grouped(ms), this.x(ms), bottom + LINE_PX, look, { "font-size": TICK_PX, "text-anchor": "middle" }),
        ),
        title &&
          label(plain(title), (left + right) / 2, bottom + 2 * LINE_PX + 2, look, {
            "text-anchor": "middle",
            fill: look.muted,
          }),
      ].filter(Boolean),
    );
  }

  panel({ axis, traces, top, bottom, y, range }, look) {
    const { left, right } = this.sides;
    const rows = axis.tickvals ?? ticksOf(...range, Math.max(2, (bottom - top) / 35));
    const upright = ticksOf(...this.low, (right - left) / 110).map((ms) => `M${this.x(ms)} ${top}V${bottom}`);
    const made = [
      svg("path", {
        d: `${upright.join("")}${rows.map((row) => `M${left} ${y(row)}H${right}`).join("")}`,
        stroke: look.grid,
      }),
      ...rows.map((row, k) => {
        const text = axis.ticktext ? plain(axis.ticktext[k]) : grouped(row, Number.isInteger(row) ? 0 : 1);
        return label(text, left - 6, y(row) + 4, look, { "font-size": TICK_PX, "text-anchor": "end" });
      }),
      svg("path", { d: `M${left} ${top}V${bottom}`, stroke: look.muted }),
      axis.zeroline && svg("path", { d: `M${left} ${y(0)}H${right}`, stroke: axis.zerolinecolor }),
    ];
    if (axis.title?.text) {
      const turn = `translate(12 ${(top + bottom) / 2}) rotate(-90)`;
      made.push(
        label(plain(axis.title.text), 0, 0, look, { "text-anchor": "middle", fill: look.muted, transform: turn }),
      );
    }
    return [...made, ...traces.map((trace) => this.line(trace, y))].filter(Boolean);
  }

  line({ x, y: values, line, fill, fillcolor }, y) {
    const points = stepped(x, values, line.shape).map(
      ([at, value]) => `${this.x(at).toFixed(1)} ${y(value).toFixed(1)}`,
    );
    if (fill === "tozeroy") {
      const [first, last] = [this.x(x[0]), this.x(x.at(-1))].map((px) => px.toFixed(1));
      return svg("path", { d: `M${first} ${y(0)}L${points.join("L")}L${last} ${y(0)}Z`, fill: fillcolor });
    }
    return svg("path", {
      d: `M${points.join("L")}`,
      fill: "none",
      stroke: line.color,
      "stroke-width": line.width,
      "stroke-dasharray": DASHES[line.dash],
      "stroke-linejoin": "round",
    });
  }

  said(x, y) {
    const { left, right } = this.sides;
    const panel = this.panels.find(({ top, bottom }) => y >= top && y <= bottom);
    if (!panel || x < left || x > right) return "";
    const wanted = this.low[0] + ((x - left) / (right - left)) * (this.low[1] - this.low[0]);
    return panel.traces
      .filter(({ hovertemplate }) => hovertemplate)
      .map((trace) => {
        const k = nearest(trace.x, wanted);
        return filledIn(trace.hovertemplate, { x: trace.x[k], y: trace.y[k] });
      })
      .join("<br>");
  }

  rows() {
    return csvRows(this.traces);
  }
}

/** A range with room around its values. @returns {[number, number]} */
function reach(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = ROOM * (high - low || 1);
  return [low - room, high + room];
}
