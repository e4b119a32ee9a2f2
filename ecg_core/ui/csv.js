/** Rows as CSV, and a file offered to be saved. */

/** A cell of CSV; a text that a spreadsheet would take for a formula gets an apostrophe. */
export function cellOf(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@]/.test(value) ? `'${value}` : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as CSV. @param {any[][]} rows */
export const csvText = (rows) => `${rows.map((row) => row.map(cellOf).join(",")).join("\n")}\n`;

/** Saves a file as a click on a link to it would. @param {Blob} blob @param {string} name */
export function offer(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
