import { describe, expect, test } from "vitest";
import { marks, points } from "../src/charts/prices";
import { sparkPath } from "../src/charts/spark";
import type { Fill, Mid } from "../src/wire/types";

const MIDS: Mid[] = [[1_000, 500_000, null], [1_400, 510_000, 505_000], [2_000, null, 505_000]];
const COLOURS = { buy: "teal", sell: "pink", picked: "black" };

function fill(at_ms: number, side: string, outcome: string): Fill {
  return { at_ms, side, outcome, price: 500_000, size: 10_000_000, strategy: "s", state: "final" };
}

describe("prices on the chart", () => {
  test("each second once, with the last that was told of it; what is missing is a gap", () => {
    expect(points(MIDS, 1)).toEqual([{ time: 1, value: 510_000 }, { time: 2 }]);
    expect(points(MIDS, 2)).toEqual([{ time: 1, value: 505_000 }, { time: 2, value: 505_000 }]);
  });

  test("buying the second outcome points down, as selling the first does", () => {
    const fills = [fill(3_000, "buy", "No"), fill(1_500, "buy", "Yes"), fill(1_600, "sell", "Yes"), fill(500, "buy", "Yes")];
    const told = marks(fills, "Yes", 2_500, MIDS, COLOURS);
    expect(told.map((mark) => [mark.time, mark.shape])).toEqual([[1, "arrowUp"], [1, "arrowDown"], [2, "circle"], [3, "arrowDown"]]);
  });

  test("a fill of the second outcome stands at the complement, and says of which it was", () => {
    const told = marks([{ ...fill(1_500, "buy", "No"), price: 120_100 }, fill(2_000, "sell", "Yes")], "Yes", null, MIDS, COLOURS);
    expect(told.map((mark) => [mark.price, mark.text])).toEqual([[879_900, "bought 10 No at 12.01¢"], [500_000, "sold 10 Yes at 50¢"]]);
  });
});

describe("sparks", () => {
  test("rise to the top and are flat in the middle where nothing moved", () => {
    expect(sparkPath([1, 2, 3])).toBe("M0.0 22.0L50.0 12.0L100.0 2.0");
    expect(sparkPath([5, 5])).toBe("M0.0 12.0L100.0 12.0");
  });

  test("need two figures", () => {
    expect([sparkPath(null), sparkPath([]), sparkPath([1])]).toEqual(["", "", ""]);
  });
});
