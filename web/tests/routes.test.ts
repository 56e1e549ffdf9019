import { describe, expect, test } from "vitest";
import { address, parse } from "../src/routes";
import { pause } from "../src/wire/link";

describe("addresses within the page", () => {
  test("what was linked to is what is shown", () => {
    const route = parse(address("market", "0x/ä?", { at: 5, q: "" }));
    expect([route.place, route.id, route.query.get("at"), route.query.has("q")]).toEqual(["market", "0x/ä?", "5", false]);
  });

  test("nonsense leads to the overview, a market without an id to the list", () => {
    expect(parse("#/nowhere").place).toBe("overview");
    expect(parse("").place).toBe("overview");
    expect(parse("#/market").place).toBe("markets");
    expect(parse("#/market/%E0%A4%A").id).toBe("%E0%A4%A");
  });
});

test("the pause between tries doubles up to five seconds", () => {
  expect([0, 1, 2, 3, 4, 99].map(pause)).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
});
