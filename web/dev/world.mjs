// A made-up trading world for trying the page: markets that change, orders, fills, alerts.

const EVENTS = ["Presidential election 2028", "Champions League winner", "Fed decision in December", "Best picture 2027", "Bitcoin on 31 December", "Premier League: relegated", "Warmest year on record", "Next Eurovision winner"];
const NAMES = ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ironwood", "Juniper"];
const STRATEGIES = ["maker_calm", "sum_arbitrage", "forecast_edge"];

let seed = 7;
export function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 4294967296;
}
export const between = (least, most) => least + Math.floor(random() * (most - least + 1));
export const pick = (list) => list[between(0, list.length - 1)];
const tick = (price) => Math.max(1_000, Math.min(999_000, Math.round(price / 1_000) * 1_000));

export class World {
  constructor(many) {
    this.started = Date.now();
    this.halted = "";
    this.equity = 1_000_000_000;
    this.curve = Array.from({ length: 300 }, (_, at) => [this.started - (300 - at) * 60_000, 1_000_000_000 + Math.round(Math.sin(at / 25) * 9e6 + at * 60_000)]);
    this.alerts = [
      { at_ms: this.started - 60_000, severity: "warning", text: "Books of 3 markets are suspect since 12 s; nothing is ordered there." },
      { at_ms: this.started - 720_000, severity: "info", text: "Filled 250 shares of Yes at 41.2¢ in “Will Cedar win?” (over the size that was asked for)." },
      { at_ms: this.started - 3_000_000, severity: "error", text: "The market socket was lost for 4 s: connection reset by peer." },
    ];
    this.markets = Array.from({ length: many }, (_, at) => this.market(at));
    this.strategies = STRATEGIES.map((name) => ({ name, state: "trading" }));
    this.edge = "0.02";
    this.orders = Array.from({ length: many ? 1_234 : 0 }, (_, at) => this.order(at));
  }

  market(at) {
    const event = at % 9 === 0 ? "" : `${EVENTS[Math.floor(at / 25) % EVENTS.length]}${at >= 200 ? `, group ${Math.floor(at / 200)}` : ""}`;
    const bid = tick(between(20_000, 950_000));
    const ours = at % 97 === 3;
    return {
      id: `0x${(at + 4096).toString(16).padStart(8, "0")}`, event,
      question: `Will ${NAMES[at % 10]} ${at % 3 ? "win" : "be announced before the end of the year"}${at > 9 ? ` (${at})` : ""}?`,
      bid, ask: bid + 1_000 * between(1, 12), bid_size: between(5, 40_000) * 1_000_000, ask_size: between(5, 40_000) * 1_000_000,
      position: ours ? between(-400, 900) * 1_000_000 + 250_000 : 0, orders: ours ? 2 : 0, proven: Date.now() - between(0, 9_000),
      distrust: at % 211 === 5 ? "hash differs since 12 s" : "", spark: Array.from({ length: 40 }, () => bid + between(-9, 9) * 1_000),
    };
  }

  order(at) {
    const market = this.markets[(at * 97 + 3) % this.markets.length];
    const size = between(5, 200) * 1_000_000;
    const state = at < 6 ? "live" : at === 6 ? "unknown" : pick(["closed", "closed", "closed", "refused", "filled"]);
    const made = Date.now() - at * 41_000;
    return {
      id: `r7-${20_000 - at}`, at_ms: made, market: market.question, market_id: market.id, outcome: at % 3 ? "Yes" : "No", side: at % 2 ? "buy" : "sell",
      price: market.bid, size, filled: state === "filled" ? size : at < 3 ? size - 3_500_000 : 0, state, strategy: STRATEGIES[at % 3], tif: at % 5 ? "GTC" : "FAK",
      history: [
        { at_ms: made, text: "approved by the gate and journalled" }, { at_ms: made + 3, text: "sent" },
        { at_ms: made + 120, text: state === "refused" ? "rejected: not enough balance" : "accepted, rests at the venue" },
        ...(state === "filled" ? [{ at_ms: made + 9_000, text: "filled; final in block 71,204,118" }] : []),
      ],
    };
  }

  fills(market) {
    return this.orders.filter((order) => order.state === "filled" && (!market || order.market_id === market.id)).slice(0, 60).map((order, at) => ({
      at_ms: order.at_ms + 9_000, side: order.side, outcome: order.outcome, price: order.price, size: order.size, strategy: order.strategy,
      state: at < 3 ? "pending" : "final", fee: 12_300, order: order.id, market: order.market, market_id: order.market_id,
    }));
  }

  /** Changes so many markets and returns them. */
  move(many) {
    const moved = new Set();
    while (moved.size < Math.min(many, this.markets.length)) moved.add(pick(this.markets));
    for (const market of moved) {
      market.bid = tick(market.bid + between(-3, 3) * 1_000);
      market.ask = market.bid + 1_000 * between(1, 12);
      market.bid_size = between(5, 40_000) * 1_000_000;
      market.proven = Date.now();
    }
    this.equity += between(-40_000, 41_000);
    return moved;
  }

  positions() {
    return this.markets.filter((market) => market.position).map((market) => ({
      average: 410_000, percent: (market.bid * 100) / 410_000 - 100,
      market: market.question, market_id: market.id, outcome: market.position > 0 ? "Yes" : "No", strategy: "maker_calm", shares: Math.abs(market.position),
      paid: Math.floor(Math.abs(market.position) / 1_000_000) * 410_000, value: Math.floor(Math.abs(market.position) / 1_000_000) * Math.floor(market.bid),
      realised: between(-900_000, 1_500_000), exit: "stop at 38.5¢, target at 55¢",
    }));
  }
}
