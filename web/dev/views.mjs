// The made-up world as the views of the wire.

import { between, random } from "./world.mjs";

const COLUMNS = ["id", "event", "question", "bid", "ask", "spread", "bid_size", "ask_size", "position", "outcomes", "orders", "proven_ms", "distrust", "spark"];
export const row = (one, spark = false) => [one.id, one.event, one.question, one.bid, one.ask, one.ask - one.bid, one.bid_size, one.ask_size, one.position ? (one.position > 0 ? [one.position, 0] : [3_530_000, -one.position]) : null, one.position ? ["Yes", "No"] : null, one.orders, one.proven, one.distrust, spark ? one.spark : null];

export function pulse(world, mode) {
  return {
    now_ms: Date.now(), mode, halted: world.halted, stops: world.halted ? [`halted: ${world.halted} (hand: until it is resumed)`] : [], resumable: !!world.halted, silent: "", recorded: mode === "replay" ? "recorded run, ended cleanly at 2026-06-07 12:00:00 UTC" : "",
    feed: "All 2,000 books are proven but 10; 16 sockets, the last change 40 ms ago.", feed_ok: true, equity: world.equity, profit: world.equity - 1_000_000_000, profit_pending: 412_000,
    urgent: null, agree: { decisions: 10_000 + Math.floor((Date.now() - world.started) / 50), first_difference: "" }, behind_ms: 40,
  };
}

function overview(world) {
  return {
    equity: world.equity, cash: 741_220_300, profit: world.equity - 1_000_000_000, realised: 9_412_100, fees: 1_204_550, loss: 2_100_000, loss_max: 50_000_000, paired: 3_530_000,
    per_strategy: world.strategies.map((one, at) => ({ ...one, profit: [12_400_100, -1_240_000, 0][at], realised: [9_100_000, -400_000, 0][at], fees: 401_000, exposure: 120_000_000 - at * 40_000_000, budget: at ? 200_000_000 : null })),
    limits: [
      { name: "Exposure of all", used: 258_000_000, max: 500_000_000 }, { name: "Loss today", used: 2_100_000, max: 50_000_000 },
      { name: "Exposure in one event", used: 86_000_000, max: 100_000_000 }, { name: "Open orders", used: 40, max: 40, unit: "count" }, { name: "Largest position", used: 812_250_000, max: 1_000_000_000, unit: "shares" },
    ],
    curve: world.curve, alerts: world.alerts, positions: world.positions(), orders: { sent: 1_234, filled: 247, refused: 250, open: 7 },
  };
}

function market(world, id) {
  const one = world.markets.find((each) => each.id === id);
  if (!one) return null;
  one.mids ??= Array.from({ length: 1_200 }, (_, at) => [Date.now() - (1_200 - at) * 1_000, one.bid + Math.round(Math.sin(at / 60) * 25_000) + between(-2, 2) * 1_000, at < 100 ? null : one.bid + Math.round(Math.sin(at / 60 + 0.3) * 24_000)]);
  const side = (way) => Array.from({ length: 10 }, (_, at) => [(way < 0 ? one.bid : one.ask) + way * at * 1_000, between(10, 9_000) * 1_000_000, one.orders && at === 1 ? 50_000_000 : 0, one.orders && at === 1 ? between(100, 4_000) * 1_000_000 : null]);
  return {
    market: { id, question: one.question, event: one.event, rules: "This market resolves to Yes if the named candidate is declared the winner by the official source before the end date.\n\nIf no winner is declared by then, it resolves to No. The primary source is the organiser's own site.", end_ms: Date.now() + 41 * 86_400_000, tick: 1_000, fees: "takers pay 25 bps of the stake, makers nothing", outcomes: ["Yes", "No"], held: world.positions().filter((held) => held.market_id === id) },
    ladder: { bids: side(-1), asks: side(1) }, mids: one.mids,
    fills: world.fills(one).concat(one.orders ? [{ at_ms: Date.now() - 300_000, side: "buy", outcome: "Yes", price: one.bid, size: 50_000_000, strategy: "maker_calm", state: "pending", fee: 0 }, { at_ms: Date.now() - 600_000, side: "sell", outcome: "Yes", price: one.ask, size: 20_000_000, strategy: "maker_calm", state: "final", fee: 31_000 }] : []),
    trades: Array.from({ length: 60 }, (_, at) => [Date.now() - at * 17_000, one.bid + between(0, 4) * 1_000, between(1, 900) * 1_000_000, random() < 0.5 ? "buy" : "sell"]),
    evidence: Array.from({ length: 30 }, (_, at) => ({ at_ms: Date.now() - at * 4_000, kind: at === 7 ? "gap" : "proof", text: at === 7 ? "the socket was lost; the book was read anew after 1.2 s" : "the venue's hash agrees" })),
    wishes: [{ strategy: "maker_calm", outcome: "Yes", side: "buy", price: one.bid, size: 50_000_000, verdict: "approved, rests", rule: "" }, { strategy: "forecast_edge", outcome: "No", side: "buy", price: 1_000_000 - one.ask, size: 900_000_000, verdict: "refused: could reach 1,240 shares", rule: "position_limit" }],
  };
}

function orders(world, { page = 0, search = "" }) {
  const found = world.orders.filter((order) => `${order.market} ${order.strategy} ${order.state} ${order.id}`.toLowerCase().includes(search.toLowerCase()));
  return { total: found.length, page, rows: found.slice(page * 100, page * 100 + 100), fills: world.fills() };
}

function strategies(world) {
  return {
    rows: world.strategies.map((one) => ({
      ...one, kind: one.name === "maker_calm" ? "market_maker" : one.name, wishes: 48_210, refused: 311,
      parameters: [
        { name: "edge_min", value: world.edge, unit: "dollars a share", meaning: "The least distance of a quote from the fair value.", editable: true, min: "0.001", max: "0.5" },
        { name: "stake", value: "50", unit: "shares", meaning: "Shares of each order.", editable: true, min: "1", max: "10000" },
        { name: "layers", value: "2", unit: "a whole number", meaning: "Orders on each side, one behind the other.", editable: true, min: "1", max: "5" },
        { name: "markets", value: "Presidential election 2028", unit: "", meaning: "Which events it may trade.", editable: false, min: null, max: null },
      ],
      refusals: [{ at_ms: Date.now() - 12_000, market: "Will Cedar win?", rule: "position_limit", reason: "could reach 1,240 shares, allowed are 1,000", count: 190 }, { at_ms: Date.now() - 400_000, market: "Will Elm win? (14)", rule: "proof_age", reason: "the book was not proven for 6.2 s", count: 121 }],
    })),
  };
}

function differences(world) {
  const one = (at, explanation) => ({ at_ms: Date.now() - at * 7_000, market: world.markets[at]?.question ?? "", market_id: world.markets[at]?.id ?? "", outcome: "Yes", order: explanation ? `r7-${at}` : "", subject: `0x8a46${at}`, unit: "shares", ours: 10_000_000, theirs: explanation ? 0 : 4_250_000, explanation });
  return { unexplained: [one(3, "")], explained: Array.from({ length: 50 }, (_, at) => one(at, "looked up")), explained_count: 212 };
}

function health(world) {
  const stage = (median) => ({ p50_us: median, p90_us: median * 2.4, p99_us: median * 7, max_us: median * 60, histogram: Array.from({ length: 24 }, (_, at) => [2 ** at, Math.round(9_000 * Math.exp(-((at - Math.log2(median)) ** 2) / 4))]) });
  return {
    sockets: Array.from({ length: 4 }, (_, at) => ({ feed: `market ${at}`, state: "up", frames: 120_400 + at, rate: 312.4, first_share: 0.5 + at / 20, lead_p50_ms: 1.2, reconnects: at, undecodable: 0, age_ms: 40 * at })),
    gaps: { open: 1, closed: 12, last: [{ market: "Will Cedar win?", cause: "hash differs", opened_ms: Date.now() - 12_000, closed_ms: null }, { market: "Will Elm win? (14)", cause: "socket lost", opened_ms: world.started - 900_000, closed_ms: world.started - 896_000 }] },
    latency: { receive: stage(40), decide: stage(180), journal: stage(900), send: stage(14_000) },
    rest: { book: { calls: 1_204, allowed: 6_000, failed: 2 }, orders: { calls: 310, allowed: 600, failed: 0 } }, differences: differences(world), stalls: [{ at_ms: Date.now() - 500_000, ms: 140 }], alerts: world.alerts,
  };
}

export function full(world, ask) {
  switch (ask.view) {
    case "markets": return { columns: COLUMNS, rows: world.markets.map((one) => row(one, true)) };
    case "market": return market(world, ask.id);
    case "orders": return orders(world, ask);
    case "strategies": return strategies(world);
    case "health": return health(world);
    default: return overview(world);
  }
}

export function change(world, ask, moved) {
  if (ask.view === "markets") return { rows: Object.fromEntries([...moved].map((one) => [one.id, row(one)])) };
  if (ask.view === "market") {
    const { ladder } = market(world, ask.id) ?? {};
    const one = world.markets.find((each) => each.id === ask.id);
    const last = one?.mids?.at(-1);
    if (!last || Date.now() - last[0] < 1_000) return { ladder };
    one.mids.push([Date.now(), one.bid + 500, one.bid + 3_500]);
    return { ladder, mids: one.mids.slice(-1) };
  }
  if (ask.view !== "overview") return {};
  return { equity: world.equity, profit: world.equity - 1_000_000_000 };
}
