import { describe, expect, test } from "vitest";
import { COLUMNS, heldOf, MarketTable, numberOf, sparkOf } from "../src/state/market_table";
import { listing, type Choice, type Line } from "../src/table/listing";
import { sorted } from "../src/table/sort";
import type { Row } from "../src/wire/types";

function row(id: string, event: string, bid: number | null, held: [number, number] | null = null, question = `Will ${id}?`): Row {
  return [id, event, question, bid, null, null, 0, 0, held, held && ["Yes", "No"], 0, 1_000, "", [1, 2]];
}

function table(...rows: Row[]): MarketTable {
  const made = new MarketTable();
  made.replace({ columns: [...COLUMNS], rows });
  return made;
}

const ALL: Choice = { search: "", sorting: { by: "bid", down: true }, grouped: false, ours: false };
const told = (lines: Line[]) => lines.map((line) => ("id" in line ? line.id : `${line.title} (${line.many})`));

describe("the table of markets", () => {
  test("a change replaces its rows and leaves the others as they are", () => {
    const markets = table(row("a", "x", 1), row("b", "x", 2));
    const untouched = markets.rows.get("b");
    markets.change({ rows: { a: row("a", "x", 5) } });
    expect(numberOf(markets.rows.get("a") as Row, "bid")).toBe(5);
    expect(markets.rows.get("b")).toBe(untouched);
    expect([markets.version, markets.members]).toEqual([2, 1]);
  });

  test("no spark in a change means the one before", () => {
    const markets = table(row("a", "x", 1));
    const news = row("a", "x", 5);
    news[13] = null;
    markets.change({ rows: { a: news } });
    expect(sparkOf(markets.rows.get("a") as Row)).toEqual([1, 2]);
  });

  test("markets come and go", () => {
    const markets = table(row("a", "x", 1));
    markets.change({ rows: { b: row("b", "y", 2) }, gone: ["a", "never"] });
    expect([...markets.rows.keys()]).toEqual(["b"]);
    expect(markets.members).toBe(3);
    expect(told(listing(markets, { ...ALL, search: "will A" }))).toEqual([]);
  });

  test("both outcomes that are held are told, each by its name; no net of them", () => {
    expect(heldOf(row("a", "x", 1, [3_530_000, 6_260_000]))).toEqual([{ outcome: "Yes", micros: 3_530_000 }, { outcome: "No", micros: 6_260_000 }]);
    expect(heldOf(row("a", "x", 1, [0, 5]))).toEqual([{ outcome: "No", micros: 5 }]);
    expect(heldOf(row("a", "x", 1))).toEqual([]);
  });

  test("columns are found by name, in whatever order they come", () => {
    const markets = new MarketTable();
    markets.replace({ columns: ["bid", "id"], rows: [[7, "a"]] });
    expect(numberOf(markets.rows.get("a") as Row, "bid")).toBe(7);
    expect(numberOf(markets.rows.get("a") as Row, "ask")).toBeNull();
  });
});

describe("sorting", () => {
  test("what is missing comes last both ways", () => {
    const rows = [row("a", "", null), row("b", "", 2), row("c", "", 1)];
    expect(sorted(rows, { by: "bid", down: true }).map((one) => one[0])).toEqual(["b", "c", "a"]);
    expect(sorted(rows, { by: "bid", down: false }).map((one) => one[0])).toEqual(["c", "b", "a"]);
  });

  test("positions by how large they are, whichever the outcome; none last", () => {
    const rows = [row("a", "", 1), row("b", "", 1, [2, 9]), row("c", "", 1, [3, 0])];
    expect(sorted(rows, { by: "position", down: true }).map((one) => one[0])).toEqual(["b", "c", "a"]);
  });

  test("names as people count: 9 before 10", () => {
    const rows = [row("a", "", 1, null, "Over 10?"), row("b", "", 1, null, "over 9?")];
    expect(sorted(rows, { by: "question", down: false }).map((one) => one[0])).toEqual(["b", "a"]);
  });

  test("equal rows keep their order", () => {
    const rows = ["d", "a", "c", "b"].map((id) => row(id, "", 1));
    expect(sorted(rows, { by: "bid", down: true }).map((one) => one[0])).toEqual(["d", "a", "c", "b"]);
  });
});

describe("what is listed", () => {
  const markets = table(row("a", "Cup", 1), row("b", "Vote", 9, [0, 5]), row("c", "Cup", 7));

  test("every word of a search has to be there, in question or event", () => {
    expect(told(listing(markets, { ...ALL, search: "CUP  will c?" }))).toEqual(["c"]);
  });

  test("groups stand where their first row would, sorted within", () => {
    expect(told(listing(markets, { ...ALL, grouped: true }))).toEqual(["Vote (1)", "b", "Cup (2)", "c", "a"]);
  });

  test("a market that is its whole event has no title of its own", () => {
    const alone = table(row("a", "Will a?", 1), row("b", "Cup", 2));
    const lines = listing(alone, { ...ALL, grouped: true });
    expect(told(lines)).toEqual(["Cup (1)", "b", "a"]);
    expect(lines.map((line) => "id" in line && line.within)).toEqual([false, true, false]);
  });

  test("ours are those with a position or an order", () => {
    expect(told(listing(markets, { ...ALL, ours: true }))).toEqual(["b"]);
  });
});
