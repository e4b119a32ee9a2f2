/** What Streamlit calls. */
import { Chart } from "./chart.js";
import { Panels } from "./panels.js";
import { Paper } from "./paper.js";

const KINDS = { chart: Chart, panels: Panels, paper: Paper };
const charts = new WeakMap();

export default function mount({ data, parentElement }) {
  const text = new TextDecoder().decode(data);
  let chart = charts.get(parentElement);
  if (!chart) {
    chart = new KINDS[JSON.parse(text).kind](parentElement);
    charts.set(parentElement, chart);
  }
  if (text !== chart.drawnFrom) chart.update(JSON.parse(text)); // a page tells all of its charts again each time
  chart.drawnFrom = text;
  return () => {
    chart.destroy();
    charts.delete(parentElement);
  };
}
