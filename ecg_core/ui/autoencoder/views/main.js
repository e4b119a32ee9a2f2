/** What Streamlit calls: one module for all views, since a component's JavaScript is a single text. */
import { isDarkGround } from "./draw.js";
import { RecordsView } from "./records.js";
import { ThresholdView } from "./threshold.js";
import { TilesView } from "./tiles.js";

const KINDS = { threshold: ThresholdView, tiles: TilesView, records: RecordsView };
const views = new WeakMap();

export default function mount({ data: given, parentElement, setStateValue, setTriggerValue }) {
  const data = given instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(given)) : given;
  let view = views.get(parentElement);
  if (!view) {
    const ground = parentElement.host ?? parentElement;
    let palettes = data.palettes;
    const look = () =>
      palettes[isDarkGround(getComputedStyle(ground).getPropertyValue("--st-background-color")) ? "dark" : "light"];
    view = new KINDS[data.kind](parentElement, look);
    view.colours = (given) => {
      palettes = given;
    };
    views.set(parentElement, view);
  }
  view.colours(data.palettes);
  view.update(data, setStateValue, setTriggerValue);
  return () => {
    view.destroy();
    views.delete(parentElement);
  };
}
