/** A chart of horizontal bars, or of outlines and stacked areas, from a figure as Plotly has it. */
import { DASHES, label, scale, svg } from "../autoencoder/views/draw.js";
import { decadesOf, grouped, ticksOf } from "../autoencoder/views/figures.js";
import { Drawing } from "./drawing.js";
import {
  bases,
  csvRows,
  KEEP,
  LINE_PX,
  legendPlaces,
  nearest,
  numbers,
  plain,
  stepped,
  TICK_PX,
  widthOf,
} from "./shapes.js";

const [TITLE_PX, LEGEND_PX, SWATCH_PX] = [20, 20, 26];

export class Chart extends Drawing {
  take(traces) {
    this.traces = traces.map((trace) => ({ ...trace, x: numbers(trace.x), y: numbers(trace.y) }));
  }

  rows() {
    return csvRows(this.traces, { x: this.layout.xaxis, y: this.layout.yaxis });
  }

  draw() {
    const { layout, width } = this;
    const look = this.look();
    const height = layout.height - 62 + 12; // the title stands above
    const named = layout.yaxis.ticktext;
    const left = named ? Math.max(...named.map((text) => widthOf(text)), 20) + 14 : 56;
    const turned = layout.xaxis.tickangle === -90;
    const ticksPx = turned ? 10 + Math.max(0, ...layout.xaxis.ticktext.map((text) => widthOf(text, 10))) : LINE_PX + 3;
    const entries = layout.showlegend ? this.legend(width - left) : [];
    const legendPx = entries.length ? LEGEND_PX * (entries.at(-1).row + 1) + 4 : 0;
    const bottom = height - ticksPx - (layout.xaxis.title?.text ? TITLE_PX : 0) - legendPx;
    const log = { x: layout.xaxis.type === "log", y: layout.yaxis.type === "log" };
    this.low = { x: this.range("x", log.x), y: this.range("y", log.y) };
    this.x = scale(...this.low.x, left, width - 12, log.x);
    this.y = scale(...this.low.y, bottom, 8, log.y);
    this.inside = { left, right: width - 12, top: 8, bottom };
    this.hits = [];
    this.show(height, [
      ...this.axes(look, turned, log),
      ...this.bars(look),
      ...this.lines(),
      ...(layout.shapes ?? []).map((line) => this.upright(line)),
      ...(layout.annotations ?? []).flatMap((note) => this.note(note, look)),
      ...entries.flatMap(({ trace, x, row }) =>
        this.entry(trace, left + x, height - legendPx + LEGEND_PX * row + 14, look),
      ),
    ]);
  }

  /** @returns {[number, number]} */
  range(axis, log) {
    const { range } = this.layout[`${axis}axis`];
    if (range) return log ? [10 ** range[0], 10 ** range[1]] : [range[0], range[1]];
    const values = this.traces.flatMap((trace) => trace[axis]);
    return [0, Math.max(...values, 1e-9) * 1.08];
  }

  axes(look, turned, log) {
    const { layout } = this;
    const { left, right, top, bottom } = this.inside;
    const made = [];
    const rule = (d, stroke) => svg("path", { d, stroke, fill: "none" });
    const { tickvals, ticktext, title } = layout.xaxis;
    const places = tickvals ?? (log.x ? decadesOf(...this.low.x) : ticksOf(...this.low.x, (right - left) / 110));
    let [free, lastText] = [Number.NEGATIVE_INFINITY, ""];
    for (const [k, value] of places.entries()) {
      const x = this.x(value);
      const text = ticktext ? plain(ticktext[k]) : grouped(value);
      if (layout.xaxis.showgrid !== false) made.push(rule(`M${x} ${top}V${bottom}`, look.grid));
      if (turned) {
        if (x - free < 11) continue; // more names than there is room for
        free = x;
        const turn = `translate(${x + 4} ${bottom + 6}) rotate(-90)`;
        made.push(label(text, 0, 0, look, { "font-size": 10, "text-anchor": "end", transform: turn }));
      } else if (text !== lastText) {
        made.push(label(text, x, bottom + LINE_PX + 2, look, { "font-size": TICK_PX, "text-anchor": "middle" }));
      }
      lastText = text;
    }
    if (title?.text) {
      const y = bottom + (turned ? 8 + Math.max(...ticktext.map((text) => widthOf(text, 10)), 10) : LINE_PX + 4) + 14;
      made.push(label(plain(title.text), (left + right) / 2, y, look, { "text-anchor": "middle", fill: look.muted }));
    }
    const rows = layout.yaxis.tickvals;
    for (const [k, value] of (rows ?? (log.y ? decadesOf(...this.low.y) : ticksOf(...this.low.y, 5))).entries()) {
      const y = this.y(value);
      if (layout.yaxis.showgrid !== false) made.push(rule(`M${left} ${y}H${right}`, look.grid));
      made.push(
        this.text(rows ? layout.yaxis.ticktext[k] : grouped(value, value % 1 ? 1 : 0), left - 7, y + 4, look, "end"),
      );
    }
    if (layout.yaxis.title?.text) {
      const turn = `translate(12 ${(top + bottom) / 2}) rotate(-90)`;
      const how = { "text-anchor": "middle", fill: look.muted, transform: turn };
      made.push(label(plain(layout.yaxis.title.text), 0, 0, look, how));
    }
    made.push(rule(`M${left} ${bottom}H${right}`, look.muted));
    if (rows) made.push(rule(`M${left} ${top}V${bottom}`, look.muted));
    return made;
  }

  bars(look) {
    const traces = this.traces.filter(({ type }) => type === "bar");
    const stacked = this.layout.barmode === "stack";
    const starts = bases(
      traces.map(({ x, y }) => ({ at: y, values: x })),
      stacked,
    );
    return traces.flatMap((trace, t) =>
      trace.x.flatMap((length, k) => {
        const thick = (trace.width ?? 1 - (this.layout.bargap ?? 0.2)) / 2;
        const from = Math.max(this.low.x[0], 0);
        const [x, end] = [this.x(Math.max(starts[t][k], from)), this.x(starts[t][k] + length)];
        const [a, b] = [this.y(trace.y[k] - thick), this.y(trace.y[k] + thick)];
        const [y, tall] = [Math.min(a, b), Math.abs(a - b)];
        const colours = trace.marker.color;
        const colour = Array.isArray(colours) ? colours[k] : colours;
        const hatched = Boolean(trace.marker.pattern?.shape);
        const across = Math.max(end - x, 0);
        const fill = stacked && hatched ? look.background : colour;
        const bar = { x, y, width: across, height: tall, fill, stroke: stacked && hatched ? colour : null };
        this.hits.push({
          x: [x, Math.max(end, x + 60)],
          y: [y, y + tall],
          text: trace.hovertext?.[k] ?? trace.text?.[k],
        });
        const said = trace.textposition === "outside" ? trace.text?.[k] : null;
        return [
          svg("rect", bar),
          hatched &&
            svg("path", {
              d: hatch(x, y, across, tall),
              stroke: stacked ? colour : look.background,
              "stroke-width": 1.6,
              opacity: 0.75,
            }),
          said && label(plain(said), end + 5, y + tall / 2 + 4, look, { "font-size": TICK_PX, style: KEEP }),
        ].filter(Boolean);
      }),
    );
  }

  lines() {
    const traces = this.traces.filter(({ type }) => type !== "bar");
    const starts = bases(
      traces.map(({ x, y }) => ({ at: x, values: y })),
      traces.some(({ stackgroup }) => stackgroup),
    );
    const floor = this.low.y[0];
    const { left, right } = this.inside;
    const px = (points) =>
      points.map(([x, y]) => `${round(clamp(this.x(x), left, right))} ${round(this.y(Math.max(y, floor)))}`);
    return traces.flatMap((trace, t) => {
      const { shape, color, width, dash } = trace.line;
      const tops = trace.y.map((value, k) => value + starts[t][k]);
      const line = px(stepped(trace.x, tops, shape)).join("L");
      const filled = trace.stackgroup || (trace.fill && trace.fill !== "none");
      const under = px(stepped(trace.x, starts[t], shape))
        .reverse()
        .join("L");
      return [
        filled && svg("path", { d: `M${line}L${under}Z`, fill: trace.fillcolor }),
        svg("path", {
          d: `M${line}`,
          fill: "none",
          stroke: color,
          "stroke-width": width,
          "stroke-dasharray": DASHES[dash],
          "stroke-linejoin": "round",
        }),
      ].filter(Boolean);
    });
  }

  upright({ x0, line }) {
    const { top, bottom } = this.inside;
    return svg("path", { d: `M${this.x(x0)} ${top}V${bottom}`, stroke: line.color, "stroke-width": line.width });
  }

  note(note, look) {
    const x = this.x(note.x) + (note.xshift ?? 0);
    const y = note.yref === "paper" ? this.inside.top + 12 : this.y(note.y) - (note.yshift ?? 0);
    const how = { "font-size": note.font?.size ?? TICK_PX, fill: note.font?.color ?? look.text };
    if (note.bgcolor) Object.assign(how, { stroke: look.background, "stroke-width": 4, "paint-order": "stroke" });
    if (note.textangle === -90) {
      return [label(plain(note.text), 0, 0, look, { ...how, transform: `translate(${x + 4} ${y}) rotate(-90)` })];
    }
    if (note.showarrow) {
      const tail = y + note.ay;
      const arrow = `M${x} ${tail}V${y}M${x - 4} ${y - 8}L${x} ${y}L${x + 4} ${y - 8}`;
      const line = svg("path", { d: arrow, stroke: note.arrowcolor, "stroke-width": 1.6, fill: "none" });
      return [line, label(plain(note.text), x, tail - 4, look, { ...how, "text-anchor": "middle" })];
    }
    const anchor = { right: "end", left: "start" }[note.xanchor] ?? "middle";
    const text = plain(note.text).trim();
    const aside = { end: -6, start: 6, middle: 0 }[anchor];
    return [label(text, x + aside, note.yref === "paper" ? y : y + 4, look, { ...how, "text-anchor": anchor })];
  }

  legend(width) {
    const named = this.traces.filter(({ name }) => name);
    const places = legendPlaces(
      named.map(({ name }) => widthOf(name, 13) + SWATCH_PX + 18),
      width,
    );
    return named.map((trace, k) => ({ trace, ...places[k] }));
  }

  entry(trace, x, y, look) {
    const { color, width, dash } = trace.line ?? {};
    const sample = trace.stackgroup
      ? svg("rect", { x, y: y - 10, width: 18, height: 11, fill: trace.fillcolor })
      : svg("path", { d: `M${x} ${y - 4}h20`, stroke: color, "stroke-width": width, "stroke-dasharray": DASHES[dash] });
    return [sample, label(plain(trace.name), x + SWATCH_PX, y, look, { "font-size": TICK_PX })];
  }

  /** Says what is under the pointer. */
  said(x, y) {
    return this.hits.length ? this.barAt(x, y) : this.columnAt(x, y);
  }

  barAt(x, y) {
    return this.hits.find((one) => x >= one.x[0] && x <= one.x[1] && y >= one.y[0] && y <= one.y[1])?.text;
  }

  columnAt(x, y) {
    const { left, right, top, bottom } = this.inside;
    if (x < left || x > right || y < top || y > bottom) return "";
    const [low, high] = this.low.x;
    const wanted = low + ((x - left) / (right - left)) * (high - low);
    const told = this.traces.find(({ hovertext }) => hovertext);
    if (told) return told.hovertext[nearest(told.x, wanted)];
    return this.traces
      .map((trace) => {
        const k = Math.max(
          0,
          trace.x.findLastIndex((at) => at <= wanted),
        );
        return `${trace.name}: ${grouped(trace.y[k], 1)}`;
      })
      .join("<br>");
  }
}

const round = (value) => Math.round(value * 10) / 10;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Slanted lines within a box. */
function hatch(x, y, width, height) {
  let d = "";
  for (let at = 0; at < width + height; at += 7) {
    const [x0, y0] = at < height ? [0, at] : [at - height, height];
    const [x1, y1] = at < width ? [at, 0] : [width, at - width];
    if (x0 <= width && y1 <= height) d += `M${round(x + x0)} ${round(y + y0)}L${round(x + x1)} ${round(y + y1)}`;
  }
  return d;
}
