import { describe, expect, test } from "vitest";
import { drawn, poolSize, revealed, slots } from "../src/table/window";

const PANE = { top: 0, height: 100, line: 10, count: 2_000 };

describe("the window of a long list", () => {
  test("all that is seen is drawn by the same number of elements, wherever it is scrolled to", () => {
    for (const top of [0, 3, 55, 9_997, 19_900, 25_000]) {
      const { first, end } = drawn({ ...PANE, top });
      const seen = Array.from({ length: PANE.count }, (_, line) => line).filter(
        (line) => line * 10 + 10 > top && line * 10 < top + 100,
      );
      expect(seen.every((line) => first <= line && line < end)).toBe(true);
      expect(end - first).toBe(poolSize(100, 10));
      expect(end).toBeLessThanOrEqual(PANE.count);
      expect(slots(first, end, poolSize(100, 10))).not.toContain(null);
    }
  });

  test("an empty list draws nothing, a short one all", () => {
    expect(drawn({ ...PANE, count: 0 })).toEqual({ first: 0, end: 0 });
    expect(drawn({ ...PANE, count: 3 })).toEqual({ first: 0, end: 3 });
  });

  test("scrolling by a line moves one element", () => {
    const before = slots(10, 20, 12);
    const after = slots(11, 21, 12);
    expect(before.filter((line, at) => line !== after[at])).toEqual([null, 10]);
    expect(new Set(after.filter((line) => line !== null)).size).toBe(10);
  });

  test("a line is scrolled into sight by no more than it takes", () => {
    const pane = { ...PANE, top: 200 };
    expect(revealed(25, pane)).toBe(200);
    expect(revealed(5, pane)).toBe(50);
    expect(revealed(30, pane)).toBe(210);
  });
});
