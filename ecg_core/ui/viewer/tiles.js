/**
 * Levels of a long recording that come in tiles as they are needed; at most as many as stated stay.
 *
 * @typedef {{low: Int16Array, high: Int16Array}} Part
 */

/** Tiles that stay, over all levels: of two leads at most 12 MB. */
const KEPT_TILES = 96;
/** Requests under way at a time; of what waits, only what the last drawing wanted is asked for. */
const AT_ONCE = 4;

/** Tiles of one recording. Whoever draws says in `arrived` what to do when one has come. */
export class Tiles {
  /**
   * @param {string} path @param {number} size bins a tile @param {number} leads
   * @param {(path: string) => Promise<ArrayBuffer>} get
   */
  constructor(path, size, leads, get = fetched) {
    this.path = path;
    this.size = size;
    this.leads = leads;
    this.get = get;
    /** @type {Map<string, Part[] | "asked" | "failed">} */
    this.held = new Map();
    this.arrived = () => {};
    this.failed = "";
    /** How often something was not there since a drawing began. */
    this.missed = 0;
    this.underWay = 0;
    /** @type {[string, number][]} */
    this.waiting = [];
  }

  /** A drawing begins: what the one before still waits for is not wanted any more. */
  begin() {
    this.missed = 0;
    this.waiting = [];
  }

  /** @param {number} bin @param {number} index @returns {Part[] | null} null as long as it is not there */
  at(bin, index) {
    const key = `${bin}/${index}`;
    const found = this.held.get(key);
    if (Array.isArray(found)) {
      this.held.delete(key);
      this.held.set(key, found);
      return found;
    }
    this.missed += 1;
    if (!found && this.underWay < AT_ONCE) this.ask(key, bin);
    else if (!found) this.waiting.push([key, bin]);
    return null;
  }

  /** @param {string} key @param {number} bin */
  async ask(key, bin) {
    this.held.set(key, "asked");
    this.underWay += 1;
    try {
      const values = new Int16Array(await this.get(`${this.path}/${key}`));
      const n = values.length / this.leads / (bin === 1 ? 1 : 2);
      const parts = Array.from({ length: this.leads }, (_, k) => {
        if (bin === 1) return { low: values.subarray(k * n, (k + 1) * n), high: values.subarray(k * n, (k + 1) * n) };
        return {
          low: values.subarray(2 * k * n, (2 * k + 1) * n),
          high: values.subarray((2 * k + 1) * n, (2 * k + 2) * n),
        };
      });
      this.held.set(key, parts);
      this.failed = "";
    } catch (error) {
      this.held.delete(key);
      this.failed = String(error.message);
      setTimeout(() => this.arrived(), 2000);
      return;
    } finally {
      this.underWay -= 1;
    }
    const next = this.waiting.shift();
    if (next && !this.held.has(next[0])) this.ask(...next);
    for (const old of this.held.keys()) {
      if (this.held.size <= KEPT_TILES) break;
      this.held.delete(old);
    }
    this.arrived();
  }

  /**
   * Ask for the tiles of a window that may be drawn soon, as long as nothing else is under way.
   *
   * @param {{bin: number, n: number, tiles?: Tiles}[]} levels @param {number} from @param {number} to samples
   * @param {number} pxPerSample
   */
  fetchAhead(levels, from, to, pxPerSample) {
    const level = levels.findLast((one) => one.tiles && one.bin <= 1 / pxPerSample) ?? levels.find((one) => one.tiles);
    if (!level) return;
    const { bin, n } = level;
    const first = Math.floor(Math.max(0, from) / bin / this.size);
    const last = Math.floor(Math.min(n - 1, to / bin) / this.size);
    for (let index = first; index <= last; index++) {
      const key = `${bin}/${index}`;
      if (!this.held.has(key) && this.underWay < AT_ONCE) this.ask(key, bin);
    }
  }

  /**
   * A level's bins from `from` to before `to` of one lead; null as long as some of them are not there.
   *
   * @param {number} bin @param {number} lead @param {number} from @param {number} to
   * @returns {Part & {at: number} | null} `at` is the bin that the arrays begin with
   */
  stretch(bin, lead, from, to) {
    const first = Math.floor(from / this.size);
    const last = Math.floor(Math.max(from, to - 1) / this.size);
    const tiles = [];
    for (let index = first; index <= last; index++) tiles.push(this.at(bin, index));
    if (tiles.includes(null)) return null;
    const parts = tiles.map((tile) => tile[lead]);
    if (parts.length === 1) return { ...parts[0], at: first * this.size };
    return { low: joined(parts.map((p) => p.low)), high: joined(parts.map((p) => p.high)), at: first * this.size };
  }
}

/** @param {Int16Array[]} parts */
function joined(parts) {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param {string} path @returns {Promise<ArrayBuffer>} */
async function fetched(path) {
  const answer = await fetch(new URL(path, document.baseURI));
  if (!answer.ok) throw new Error(await answer.text());
  return answer.arrayBuffer();
}
