/** What Streamlit calls. */
import { Chart } from "./chart.js";

const charts = new WeakMap();

export default function mount({ data, parentElement }) {
  let chart = charts.get(parentElement);
  if (!chart) {
    chart = new Chart(parentElement);
    charts.set(parentElement, chart);
  }
  chart.update(JSON.parse(new TextDecoder().decode(data)));
  return () => {
    chart.destroy();
    charts.delete(parentElement);
  };
}
