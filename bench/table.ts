/** Tables in Markdown with padded cells: readable on a terminal, and already as the formatter would write them. */

export interface Column {
  readonly title: string;
  /** Figures are on the right, names on the left. */
  readonly align: "left" | "right";
}

/** `| a | b |` with one separator line; every row must have as many cells as there are columns. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  for (const row of rows) {
    if (row.length !== columns.length)
      throw new RangeError(`row ${row.join()} needs ${columns.length} cells`);
  }
  const widths = columns.map(({ title }, index) =>
    Math.max(3, width(title), ...rows.map((row) => width(row[index] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => padded(cell, widths[index] ?? 0, columns[index]?.align ?? "left")).join(" | ")} |`;
  const separator = columns.map(({ align }, index) =>
    align === "right" ? `${"-".repeat((widths[index] ?? 3) - 1)}:` : "-".repeat(widths[index] ?? 3),
  );
  return [line(columns.map(({ title }) => title)), line(separator), ...rows.map(line)].join("\n");
}

function padded(text: string, length: number, align: Column["align"]): string {
  const space = " ".repeat(length - width(text));
  return align === "right" ? space + text : text + space;
}

/** Characters, not UTF-16 units. */
function width(text: string): number {
  return Array.from(text).length;
}

/** Names to the left, everything else to the right. */
export function headed(first: string, ...others: readonly string[]): Column[] {
  return [{ title: first, align: "left" }, ...others.map((title): Column => ({ title, align: "right" }))];
}

/** `1234567.8` → `1,234,568`; three significant digits below 100. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = { maximumSignificantDigits: 3 };
  return value.toLocaleString("en-US", Math.abs(value) < 100 ? digits : { maximumFractionDigits: 0 });
}

/** A ratio with two decimals, three below 0.1. */
export function ratio(value: number): string {
  return Number.isFinite(value) ? value.toFixed(value < 0.1 ? 3 : 2) : "–";
}
