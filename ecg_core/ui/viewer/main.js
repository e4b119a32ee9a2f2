/**
 * What Streamlit calls. Two kinds of mounts share this module, since all have the same text: a store, which brings the
 * bytes of a recording once, and viewers, which are told its version.
 */
import { indexOf } from "./beats.js";
import { headerOf, unpack } from "./bytes.js";
import { extentOf, levelsAbove, levelsOf } from "./levels.js";
import { reachOf } from "./rr.js";
import { Tiles } from "./tiles.js";
import { Viewer } from "./viewer.js";

const KEPT = 8;
/** Signals and labels by version, the newest last. */
const packed = new Map();
/** Viewers that wait for a version. */
const mounted = new Set();
const views = new WeakMap();
const shown = new Set();
/** Why the bytes that came last could not be read. */
let refused = "";

function signalOf({ header, blocks }) {
  const tiles = header.tiles && new Tiles(header.tiles.path, header.tiles.size, header.leads.length);
  const leads = header.leads.map((lead, k) => {
    const levels = tiles ? tiledLevels(header, tiles, k, blocks) : levelsOf(blocks[`raw${k}`], lead.missing);
    return { ...lead, levels, extent: extentOf(levels) };
  });
  if (tiles) tiles.arrived = () => drawAll();
  return { ...header, leads, loading: tiles };
}

function drawAll() {
  for (const view of shown) view.draw();
}

/** The levels of a lead of a long recording: fine ones in tiles, then one that came as a whole, and those above it. */
function tiledLevels({ samples, tiles: { bins, base } }, tiles, lead, blocks) {
  const [low, high] = [blocks[`low${lead}`], blocks[`high${lead}`]];
  const fine = bins.map((bin) => ({ bin, n: Math.ceil(samples / bin), low: null, high: null, tiles, lead }));
  return [...fine, ...levelsAbove({ bin: base, n: low.length, low, high })];
}

/** What people decided on: a symbol, or "" for a stretch that was looked at. */
const symbolOf = (code) => (code === "-".charCodeAt(0) ? "" : String.fromCharCode(code));

function labelsOf({ header, blocks }) {
  const { samples, classes, codes, ...rest } = blocks;
  const { predictions, scores, fs } = header;
  const predicted = header.detected && predictions;
  if (predicted) adopt(samples, classes, codes, rest);
  return {
    ...header,
    beats: { samples, classes, codes },
    classed: !header.detected || predicted,
    reachMs: reachOf(samples, fs),
    decided: [...(rest.decided_samples ?? [])].map((sample, i) => [sample, symbolOf(rest.decided_codes[i])]),
    missed: rest.missed,
    extra: rest.extra,
    predictions: predictions && {
      name: predictions,
      samples: rest.predicted_samples,
      classes: rest.predicted_classes,
      letters: rest.predicted_letters,
      differs: rest.predicted_differs,
      sure: rest.predicted_sure,
    },
    scores: scores && {
      ...scores,
      samples: rest.score_samples,
      values: rest.score_values,
      parts: Object.fromEntries(scores.parts.map((name, i) => [name, rest[`score_part${i}`]])),
    },
  };
}

/** Where nobody gave the beats a class, what is stepped through and drawn in overviews is what a model calls them. */
function adopt(samples, classes, codes, { predicted_samples, predicted_classes, predicted_letters }) {
  for (let k = 0; k < predicted_samples.length; k++) {
    const i = indexOf(samples, predicted_samples[k]);
    if (i < 0) continue;
    classes[i] = predicted_classes[k];
    codes[i] = predicted_letters[k];
  }
}

/** Items of a review. */
const queueOf = ({ header, blocks }) => ({ ...blocks, names: header.names });

/** What a network draws in place of beats. */
const drawnOf = ({ header, blocks }) => ({ ...header, ...blocks });

const KINDS = { signal: signalOf, labels: labelsOf, queue: queueOf, drawn: drawnOf };

function store(bytes) {
  const { version } = headerOf(bytes);
  if (packed.has(version)) return;
  const { header, blocks } = unpack(bytes);
  packed.set(version, KINDS[header.kind]({ header, blocks }));
  while (packed.size > KEPT) packed.delete(packed.keys().next().value);
  for (const again of mounted) again();
}

export default function mount({ data, parentElement, setStateValue }) {
  if (data instanceof Uint8Array) {
    try {
      store(data);
    } catch (error) {
      refused = error.message;
      for (const again of mounted) again();
    }
    return;
  }
  let view = views.get(parentElement);
  if (!view) {
    view = new Viewer(parentElement);
    views.set(parentElement, view);
    shown.add(view);
  }
  if (view.again) mounted.delete(view.again);
  view.again = () => {
    view.update(data, { setStateValue }, packed);
    if (refused && !(packed.has(data.signal) && packed.has(data.labels))) view.say(refused);
  };
  mounted.add(view.again);
  view.again();
  return () => {
    mounted.delete(view.again);
    shown.delete(view);
    view.destroy();
    views.delete(parentElement);
  };
}
