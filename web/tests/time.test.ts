import { describe, expect, test } from "vitest";
import { age, dated, fromInput, micros, moment, span, toInput, utc, zone } from "../src/format/time";

const AT = Date.UTC(2026, 10, 21, 14, 3, 9, 250);

describe("times", () => {
  test("the reader's zone in the text, UTC to the millisecond in the title", () => {
    expect(moment(AT, AT, "UTC")).toBe("14:03:09");
    expect(moment(AT, AT, "Asia/Tokyo")).toBe("23:03:09");
    expect(utc(AT)).toBe("2026-11-21 14:03:09.250 UTC");
  });

  test("the zone that they are told in has a name", () => {
    expect(zone()).toBe(new Intl.DateTimeFormat().resolvedOptions().timeZone.replace(/^Etc\//, ""));
  });

  test("another day is named", () => {
    expect(moment(AT, AT + 86_400_000, "UTC")).toBe("21 Nov 2026, 14:03:09");
    expect(dated(AT, "America/New_York")).toBe("21 Nov 2026, 09:03:09");
  });

  test("midnight is 00, not 24", () => {
    expect(moment(Date.UTC(2026, 0, 1, 0, 0, 5), Date.UTC(2026, 0, 1, 1), "UTC")).toBe("00:00:05");
  });

  test("lengths in their two largest units", () => {
    expect(span(850)).toBe("850 ms");
    expect(span(12_000)).toBe("12 s");
    expect(span(185_000)).toBe("3 min 5 s");
    expect(span(2 * 86_400_000 + 4 * 3_600_000)).toBe("2 d 4 h");
    expect(span(-5)).toBe("0 ms");
    expect(age(999)).toBe("0 s");
    expect(age(185_000)).toBe("3 min");
    expect(age(null)).toBe("never");
    expect(micros(85.4)).toBe("85 µs");
    expect(micros(1_250)).toBe("1.25 ms");
    expect(micros(2_100_000)).toBe("2.1 s");
  });

  test("what an input holds is the moment that was put in", () => {
    expect(fromInput(toInput(AT))).toBe(AT - 250);
    expect(fromInput("soon")).toBeNull();
  });
});
