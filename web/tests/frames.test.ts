import { describe, expect, test } from "vitest";
import { continued } from "../src/state/series";
import { applied } from "../src/wire/apply";
import type { Frame, Health, Overview } from "../src/wire/types";

const curve: [number, number][] = [[1, 10], [2, 20]];
const overview = { equity: 5, cash: 3, curve } as unknown as Overview;

describe("frames", () => {
  test("a full replaces whatever stood", () => {
    expect(applied("overview", { ...overview, equity: 9 }, { full: overview })).toBe(overview);
  });

  test("a change touches only its keys and leaves the old object alone", () => {
    const next = applied("overview", overview, { change: { equity: 6 } });
    expect(next).toEqual({ ...overview, equity: 6 });
    expect(overview.equity).toBe(5);
  });

  test("a change without a full to change is dropped", () => {
    expect(applied("health", null, { change: { stalls: [] } } as Frame)).toBeNull();
  });

  test("a pulse alone leaves the view as it is", () => {
    const health = {} as Health;
    expect(applied("health", health, {} as Frame)).toBe(health);
  });

  test("newer points of a curve are appended", () => {
    expect(applied("overview", overview, { change: { curve: [[3, 30]] } })?.curve).toEqual([[1, 10], [2, 20], [3, 30]]);
  });
});

describe("a series", () => {
  test("is continued, its last point corrected, or replaced", () => {
    expect(continued(curve, [[2, 25], [3, 30]], 9)).toEqual([[1, 10], [2, 25], [3, 30]]);
    expect(continued(curve, [[1, 11], [5, 50]], 9)).toEqual([[1, 11], [5, 50]]);
    expect(continued([], curve, 9)).toEqual(curve);
    expect(continued(curve, [], 9)).toEqual(curve);
  });

  test("never grows beyond its bound", () => {
    let series: [number, number][] = [];
    for (let at = 0; at < 500; at += 1) series = continued(series, [[at, at]], 40);
    expect([series.length, series[0]?.[0], series.at(-1)?.[0]]).toEqual([40, 460, 499]);
  });
});
