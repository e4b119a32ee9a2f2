/**
 * Gives each chart of the page three buttons: its picture as SVG or PNG, what it shows as CSV.
 * A chart keeps what it was drawn from, and Plotly's own exporter draws it again.
 */

/** @param {string} text */
const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A text that a spreadsheet would take for a formula gets an apostrophe. @param {any} value */
const cell = (value) => {
  if (value === null || value === undefined) return "";
  const text = String(value);
  return typeof value === "string" && /^[=+\-@]/.test(text) ? quoted(`'${text}`) : quoted(text);
};

/**
 * A line for each point of each trace, a grid row by row.
 *
 * @param {any[]} traces
 */
export function csvOf(traces) {
  const lines = ["trace,x,y,z,text"];
  for (const [k, trace] of traces.entries()) {
    const name = trace.name || `trace ${k + 1}`;
    const words = (i) => (Array.isArray(trace.text) ? trace.text[i] : undefined);
    if (trace.z) {
      for (const [row, values] of [...trace.z].entries()) {
        for (const [column, z] of [...values].entries()) {
          lines.push([name, trace.x?.[column] ?? column, trace.y?.[row] ?? row, z, ""].map(cell).join(","));
        }
      }
      continue;
    }
    const n = Math.max(trace.x?.length ?? 0, trace.y?.length ?? 0);
    for (let i = 0; i < n; i++) lines.push([name, trace.x?.[i], trace.y?.[i], "", words(i)].map(cell).join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** Name of the file: the chart's own, as Streamlit has it in a class. @param {Element} chart */
function nameOf(chart) {
  const keyed = chart.closest('[class*="st-key-"]');
  const key = [...(keyed?.classList ?? [])].find((one) => one.startsWith("st-key-"));
  return (key ?? "chart").replace("st-key-", "").replaceAll(/[^A-Za-z0-9]+/g, "_");
}

/** @param {any} chart @param {string} format */
function save(chart, format) {
  const filename = nameOf(chart);
  if (format === "CSV") {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csvOf(chart._fullData ?? chart.data)], { type: "text/csv" }));
    link.download = `${filename}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    return;
  }
  const scale = format === "PNG" ? 2 : 1;
  chart._context.toImageButtonOptions = { format: format.toLowerCase(), filename, scale };
  chart.querySelector('.modebar-btn[data-save="camera"]').click();
}

/** @param {any} chart */
function equip(chart) {
  const bar = chart.querySelector(".modebar");
  const camera = bar?.querySelector('.modebar-btn[data-title*="png" i]:not([data-save])');
  if (!camera) return;
  camera.dataset.save = "camera";
  camera.style.display = "none";
  const group = document.createElement("div");
  group.className = "modebar-group";
  for (const format of ["SVG", "PNG", "CSV"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "modebar-btn";
    button.textContent = format;
    button.setAttribute("aria-label", `Save this chart as ${format}`);
    button.style.cssText =
      "font: 11px sans-serif; width: auto; padding: 2px 4px; color: inherit; background: none; border: 0";
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      save(chart, format);
    });
    group.append(button);
  }
  bar.append(group);
}

export function watchCharts() {
  const main = document.querySelector('[data-testid="stMain"]') ?? document.body;
  let due = 0;
  const look = () => {
    due = 0;
    for (const chart of main.querySelectorAll(".js-plotly-plot")) equip(chart);
  };
  const observer = new MutationObserver(() => {
    due ||= setTimeout(look, 200);
  });
  observer.observe(main, { childList: true, subtree: true });
  look();
  return () => {
    observer.disconnect();
    clearTimeout(due);
  };
}
