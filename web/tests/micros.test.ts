import { describe, expect, test } from "vitest";
import { aligned, brief, cents, chance, columned, dollars, exact, gain, nearest, odds, percent, rate, roughly, shares } from "../src/format/micros";

describe("integer micros as text", () => {
  test("gains in per cent have their sign, and averages end at a hundredth of a cent", () => {
    expect([12.34, -0.44, 0.01, null].map(rate)).toEqual(["+12.3 %", "-0.4 %", "0.0 %", "–"]);
    expect([nearest(120_149), nearest(120_150)]).toEqual([120_100, 120_200]);
  });

  test("shares at a glance are rounded to what matters", () => {
    expect([3_530_000, 6_260_000, 99_960_000, 4_000, 614_999, 250_250_000, 12_345_000_000].map(roughly)).toEqual(["3.5", "6.3", "100", "<0.01", "0.61", "250", "12.3k"]);
  });

  test("the shortest exact decimal, with thousands", () => {
    expect(exact(570_000)).toBe("0.57");
    expect(exact(0)).toBe("0");
    expect(exact(-1)).toBe("-0.000001");
    expect(exact(1_234_567_890_123)).toBe("1,234,567.890123");
  });

  test("dollars round halves away from zero, and nothing is minus nothing", () => {
    expect(dollars(1_245_000)).toBe("$1.25");
    expect(dollars(1_244_999)).toBe("$1.24");
    expect(dollars(-1_245_000)).toBe("-$1.25");
    expect(dollars(-4_999)).toBe("$0.00");
    expect(dollars(null)).toBe("–");
  });

  test("sums a float would get wrong come out right", () => {
    expect(dollars(1_005_000)).toBe("$1.01"); // (1.005).toFixed(2) is 1.00
    expect(exact(100_000 + 200_000)).toBe("0.3");
    expect(dollars(9_007_199_254_734_999)).toBe("$9,007,199,254.73");
    expect(dollars(9_007_199_254_735_000)).toBe("$9,007,199,254.74");
    expect(exact(9_007_199_254_740_991)).toBe("9,007,199,254.740991");
  });

  test("a gain always shows its sign", () => {
    expect(gain(1_240_000)).toBe("+$1.24");
    expect(gain(-1_240_000)).toBe("-$1.24");
    expect(gain(1)).toBe("$0.00");
  });

  test("prices are exact cents, and align to their tick", () => {
    expect(cents(573_000)).toBe("57.3¢");
    expect(cents(570_000)).toBe("57¢");
    expect(cents(1)).toBe("0.0001¢");
    expect(cents(1_000_000)).toBe("100¢");
    expect(aligned(570_000, 1_000)).toBe("57.0¢");
    expect(aligned(570_000, 10_000)).toBe("57¢");
    expect(aligned(573_100, 1_000)).toBe("57.31¢");
    expect(aligned(570_000, 100)).toBe("57.00¢");
    expect([573_000, 572_500, 570_000].map(columned)).toEqual(["57.3¢\u2007", "57.25¢", "57.0¢\u2007"]);
    expect([573_125, null].map(columned)).toEqual(["57.3125¢", "–"]);
  });

  test("shares show no more than is there", () => {
    expect(shares(1_999_999)).toBe("1.99");
    expect(shares(-1_999_999)).toBe("-1.99");
    expect(shares(4_001)).toBe("0.004001");
    expect(brief(950_000_000)).toBe("950");
    expect(brief(12_399_000_000)).toBe("12.3k");
    expect(brief(4_560_000_000_000)).toBe("4.5M");
    expect(brief(500_000)).toBe("0.5");
  });

  test("a price is a chance and has odds", () => {
    expect(chance(573_000)).toBe("57.3 %");
    expect(odds(400_000)).toBe("2.50");
    expect(odds(300_000)).toBe("3.33");
    expect(odds(1_000)).toBe("1,000.00");
    expect(odds(0)).toBe("–");
  });

  test("a bit of a limit is never shown as none of it", () => {
    expect(percent(1, 1_000_000)).toBe(1);
    expect(percent(0, 5)).toBe(0);
    expect(percent(5, 0)).toBe(0);
    expect(percent(150, 100)).toBe(150);
  });
});
