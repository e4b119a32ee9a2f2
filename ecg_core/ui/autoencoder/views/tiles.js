/** Beats with what the network draws in their place; a whole tile opens its beat. */
import { html, label, linePath, scale, svg } from "./draw.js";
import { saveButtons } from "./save.js";

const [WIDTH, HEIGHT, HEAD] = [250, 130, 36];

/** Lowest and highest value of all tiles, mV, with room around. */
export function extentOf(tiles) {
  const all = tiles.flatMap(({ original, drawn }) => [...original, ...drawn]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = Math.max(high - low, 0.2) * 0.05;
  return [low - room, high + room];
}

/** Multiples of a step within two bounds. */
export function multiples(low, high, step) {
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k++) found.push(Number((k * step).toFixed(6)));
  return found;
}

export class TilesView {
  constructor(parent, look) {
    this.root = html("section", { class: "view tiles" });
    parent.append(this.root);
    this.look = look;
  }

  update(data, _state, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.draw();
  }

  /** Shapes of one tile, within 0 to WIDTH and 0 to HEIGHT. */
  shapes({ original, drawn, colour }, x, y, times, look) {
    const {
      grid_ms: across,
      times_ms: [first, last],
    } = this.data;
    const [low, high] = this.extent;
    const back = [...times].reverse();
    const area = `${linePath(times, original, x, y)}${linePath(back, [...drawn].reverse(), x, y).replace("M", "L")}Z`;
    return [
      svg("path", {
        d:
          multiples(first, last, across)
            .map((at) => `M${x(at)} 0V${HEIGHT}`)
            .join("") +
          multiples(low, high, 1)
            .map((at) => `M0 ${y(at)}H${WIDTH}`)
            .join(""),
        stroke: look.gridMajor,
        "stroke-width": 0.7,
        fill: "none",
      }),
      svg("path", { d: area, fill: look.error }),
      svg("path", {
        d: linePath(times, drawn, x, y),
        fill: "none",
        stroke: look.accent,
        "stroke-width": 1.5,
        "stroke-dasharray": "6 4",
      }),
      svg("path", {
        d: linePath(times, original, x, y),
        fill: "none",
        stroke: look.classes[colour],
        "stroke-width": 2,
        "stroke-linejoin": "round",
      }),
    ];
  }

  draw() {
    const { data } = this;
    const look = this.look();
    const [first, last] = data.times_ms;
    const n = data.tiles[0].original.length;
    const times = Array.from({ length: n }, (_, k) => first + ((last - first) * k) / Math.max(1, n - 1));
    this.extent = extentOf(data.tiles);
    const [x, y] = [scale(first, last, 0, WIDTH), scale(this.extent[0], this.extent[1], HEIGHT, 0)];
    this.drawn = data.tiles.map((tile) => this.shapes(tile, x, y, times, look));
    const links = data.tiles.map((tile, k) => {
      const link = html(
        "a",
        { class: "tile", href: tile.href, "data-row": tile.row },
        html("b", { text: tile.label }),
        html("span", { text: tile.detail }),
        svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" }, ...this.drawn[k]),
      );
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // as any link: in a tab of its own
        event.preventDefault();
        link.classList.add("chosen");
        this.trigger("open", tile.row);
      });
      return link;
    });
    this.root.replaceChildren(
      html(
        "div",
        { class: "head" },
        html("span", { class: "note", text: data.note }),
        saveButtons(
          data.file,
          () => this.sheet(),
          () => this.rows(times),
          this.look,
          () => data.heading,
        ),
      ),
      html("div", { class: "grid" }, ...links),
    );
  }

  /** All tiles as one drawing. */
  sheet() {
    const look = this.look();
    const columns = 4;
    const [across, down] = [WIDTH + 14, HEIGHT + HEAD + 14];
    const cells = this.data.tiles.map((tile, k) =>
      svg(
        "g",
        { transform: `translate(${7 + (k % columns) * across} ${7 + Math.floor(k / columns) * down})` },
        label(tile.label, 0, 12, look, { "font-weight": 600 }),
        label(tile.detail, 0, 28, look),
        svg("g", { transform: `translate(0 ${HEAD})` }, ...this.drawn[k].map((shape) => shape.cloneNode(true))),
      ),
    );
    return svg("svg", { width: columns * across, height: Math.ceil(cells.length / columns) * down }, ...cells);
  }

  rows(times) {
    const heads = ["record", "ms", "recorded_mv", "reconstruction_mv"];
    return [
      heads,
      ...this.data.tiles.flatMap(({ label: name, original, drawn }) =>
        times.map((ms, i) => [name, ms, original[i], drawn[i]]),
      ),
    ];
  }

  destroy() {
    this.root.remove();
  }
}
