/** What every page does in the browser. */
import { oneStep } from "./one_step.js";
import { watchCharts } from "./save_charts.js";

export default function () {
  oneStep();
  return watchCharts();
}
