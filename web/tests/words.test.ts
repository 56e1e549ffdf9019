import { expect, test } from "vitest";
import { fitted, linesFor, parted, short } from "../src/format/words";

test("a hash is cut in its middle, and a sentence is not", () => {
  expect(short("0xdc9b385b5838a8ce1bc37326f24f0c9ea38bb5b0")).toBe("0xdc9b385b…8bb5b0");
  expect(short("the venue says that nothing of it rests")).toBe("the venue says that nothing of it rests");
  expect(short("market-1")).toBe("market-1");
});

test("of names that differ near their end, the end is never cut", () => {
  const name = "Will the highest temperature in New York City be between 40 and 41 on November 22?";
  expect(parted(name)).toEqual(["Will the highest temperature in New York City be", " between 40 and 41 on November 22?"]);
  expect(parted("Will Cedar win?")).toEqual(["Will Cedar win?", ""]);
  expect(parted("x".repeat(90))).toEqual(["x".repeat(90), ""]);
});

test("on a phone a name has up to three lines, and beyond that loses its middle", () => {
  expect([1, 40, 41, 90, 900].map(linesFor)).toEqual([1, 1, 2, 3, 3]);
  expect(fitted("Will Cedar win?")).toBe("Will Cedar win?");
  const long = fitted(`Will ${"a very long one of them ".repeat(9)}be between 40 and 41 on November 22?`);
  expect(long.length).toBeLessThanOrEqual(120);
  expect(long).toMatch(/^Will a very.* ….*between 40 and 41 on November 22\?$/);
});
