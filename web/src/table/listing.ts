// What the market list shows, in order: ids of markets, and titles of events where it is grouped.

import { heldOf, numberOf, textOf, type MarketTable } from "../state/market_table";
import type { Row } from "../wire/types";
import { sorted, type Sorting } from "./sort";

/** `within` stands under the title of its event. */
export type Line = { id: string; within?: boolean } | { title: string; many: number };

export interface Choice {
  search: string;
  sorting: Sorting;
  grouped: boolean;
  ours: boolean;
}

function isOurs(row: Row): boolean {
  return Boolean(heldOf(row).length || numberOf(row, "orders"));
}

/** A market that is its whole event needs no title that says the same. */
function groups(rows: Row[]): Line[] {
  const events = new Map<string, Row[]>();
  for (const row of rows) {
    const event = textOf(row, "event");
    const group = events.get(event);
    if (group) group.push(row);
    else events.set(event, [row]);
  }
  return [...events].flatMap(([event, members]): Line[] => {
    const alone = members.length === 1 && textOf(members[0] as Row, "question") === event;
    const lines = members.map((row) => ({ id: textOf(row, "id"), within: !alone }));
    return alone ? lines : [{ title: event || "Without an event", many: members.length }, ...lines];
  });
}

/** The lines a choice leaves; groups stand where the first of their rows would. */
export function listing(table: MarketTable, choice: Choice): Line[] {
  const words = choice.search.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: Row[] = [];
  for (const [id, row] of table.rows) {
    if (choice.ours && !isOurs(row)) continue;
    if (table.matches(id, words)) rows.push(row);
  }
  const ordered = sorted(rows, choice.sorting);
  return choice.grouped ? groups(ordered) : ordered.map((row) => ({ id: textOf(row, "id") }));
}
