// Rows in the order a reader asked for; stable, and what is missing comes last either way.

import { heldOf, numberOf, textOf, type Column } from "../state/market_table";
import type { Row } from "../wire/types";

export interface Sorting {
  by: Column;
  down: boolean;
}

export const TEXTS: readonly Column[] = ["id", "event", "question", "distrust"];
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** What a column is sorted by: of positions the larger, whichever the outcome. */
function measure(row: Row, by: Column): number | null {
  if (by === "position") return heldOf(row).reduce<number | null>((most, { micros }) => Math.max(most ?? 0, micros), null);
  const value = numberOf(row, by);
  if (by === "orders") return value || null;
  return value;
}

export function sorted(rows: Iterable<Row>, { by, down }: Sorting): Row[] {
  const sign = down ? -1 : 1;
  if (TEXTS.includes(by)) {
    const keyed = Array.from(rows, (row) => ({ row, key: textOf(row, by) }));
    keyed.sort((a, b) => {
      if (!a.key || !b.key) return Number(!a.key) - Number(!b.key);
      return sign * collator.compare(a.key, b.key);
    });
    return keyed.map(({ row }) => row);
  }
  const keyed = Array.from(rows, (row) => ({ row, key: measure(row, by) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    return sign * (a.key - b.key);
  });
  return keyed.map(({ row }) => row);
}
