// All markets as plain rows by id, changed in place by frames; who paints asks `version`.

import type { Cell, Markets, MarketsChange, Row } from "../wire/types";

export const COLUMNS = [
  "id", "event", "question", "bid", "ask", "spread", "bid_size", "ask_size",
  "position", "outcomes", "orders", "proven_ms", "distrust", "spark",
] as const;
export type Column = (typeof COLUMNS)[number];

/** Where a column stands in every row here, whatever order the server sent. */
export const AT = Object.fromEntries(COLUMNS.map((name, at) => [name, at])) as Record<Column, number>;

export function textOf(row: Row, column: Column): string {
  const cell = row[AT[column]];
  return typeof cell === "string" ? cell : "";
}

export function numberOf(row: Row, column: Column): number | null {
  const cell = row[AT[column]];
  return typeof cell === "number" ? cell : null;
}

export function sparkOf(row: Row): number[] | null {
  const cell = row[AT.spark];
  return Array.isArray(cell) ? (cell as number[]) : null;
}

/** What is held of each outcome that anything is held of, with its name. */
export function heldOf(row: Row): { outcome: string; micros: number }[] {
  const [shares, names] = [row[AT.position], row[AT.outcomes]];
  if (!Array.isArray(shares) || !Array.isArray(names)) return [];
  return (shares as number[]).flatMap((micros, at) => (micros ? [{ outcome: String(names[at] ?? ""), micros }] : []));
}

export class MarketTable {
  readonly rows = new Map<string, Row>();
  /** Grows with every change; `members` only when markets come or go. */
  version = 0;
  members = 0;
  #order: number[] = [];
  #asSent = true;
  #texts = new Map<string, string>();

  replace(full: Markets): void {
    this.#order = COLUMNS.map((name) => full.columns.indexOf(name));
    this.#asSent = this.#order.every((from, to) => from === to);
    this.rows.clear();
    this.#texts.clear();
    for (const row of full.rows) this.#put(this.#arranged(row));
    this.version += 1;
    this.members += 1;
  }

  change(change: MarketsChange): void {
    for (const [id, sent] of Object.entries(change.rows ?? {})) {
      const row = this.#arranged(sent);
      const known = this.rows.get(id);
      if (!known) this.members += 1;
      else if (row[AT.spark] === null) row[AT.spark] = known[AT.spark] as Cell;
      this.#put(row);
    }
    for (const id of change.gone ?? []) {
      if (this.rows.delete(id)) this.members += 1;
      this.#texts.delete(id);
    }
    this.version += 1;
  }

  /** Whether every word of a search stands in its question or event. */
  matches(id: string, words: readonly string[]): boolean {
    const text = this.#texts.get(id) ?? "";
    return words.every((word) => text.includes(word));
  }

  #put(row: Row): void {
    const id = textOf(row, "id");
    this.rows.set(id, row);
    if (!this.#texts.has(id)) {
      this.#texts.set(id, `${textOf(row, "question")} ${textOf(row, "event")}`.toLowerCase());
    }
  }

  #arranged(row: Row): Row {
    return this.#asSent ? row : this.#order.map((from) => row[from] ?? null);
  }
}
