import { expect, test } from "vitest";
import { objection, range } from "../src/views/parameter_bounds";
import type { Parameter } from "../src/wire/types";

const edge: Parameter = { name: "edge_min", value: "0.02", unit: "dollars a share", meaning: "", editable: true, min: "0", max: "1" };

test("bounds are exact and inclusive", () => {
  expect(["0", "1", "1.000000", ".5"].map((text) => objection(text, edge))).toEqual(["", "", "", ""]);
  expect(objection("1.000001", edge)).toBe("At most 1.");
  expect(objection("0.0000001", edge)).toBe("At most six decimals.");
  expect(objection("0.1", { ...edge, min: "0.3" })).toBe("At least 0.3.");
});

test("only plain decimals pass where there are bounds", () => {
  for (const text of ["-1", "1e3", "0x1", "1,5", "NaN", "1."]) expect(objection(text, edge)).not.toBe("");
  expect(objection("  ", edge)).toBe("Type a value.");
  expect(objection("1.5", { ...edge, unit: "a whole number", max: "9" })).toBe("Type a whole number.");
});

test("a word without bounds is left to the engine", () => {
  expect(objection("patient", { ...edge, min: null, max: null })).toBe("");
});

test("bounds are read in thousands", () => {
  expect(range({ ...edge, min: "0.01", max: "1000000000" })).toBe("0.01 to 1,000,000,000");
  expect(range({ ...edge, min: "1000.0001", max: "12345.25" })).toBe("1,000.0001 to 12,345.25");
  expect(range({ ...edge, min: null, max: null })).toBe("");
});
