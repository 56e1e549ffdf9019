// What the server tells the page, as it stands on the wire. Money, prices and sizes are integer
// micros, times are milliseconds since the epoch, ids are text.

export type Micros = number;
export type Ms = number;
export type ViewName = "overview" | "markets" | "market" | "orders" | "strategies" | "health";

export interface Hello {
  version: string;
  mode: string;
  venue: string;
  account: string;
  run: string;
  read_only: boolean;
  strategies: string[];
  started_ns: number;
  journal: string;
  seq: number;
  behind: number;
}

export interface Alert {
  at_ms: Ms;
  severity: string;
  text: string;
  times?: number;
}

export interface Pulse {
  now_ms: Ms;
  mode: string;
  halted: string;
  stops: string[];
  resumable: boolean;
  silent: string;
  /** Of a run that is only looked at again, how it ended; else empty. */
  recorded: string;
  feed: string;
  feed_ok: boolean;
  equity: Micros;
  profit: Micros;
  profit_pending: Micros;
  urgent: Alert | null;
  agree: { decisions: number; first_difference: string };
  behind_ms: number;
}

export interface Position {
  market: string;
  market_id: string;
  outcome: string;
  strategy: string;
  shares: Micros;
  paid: Micros;
  average: Micros;
  value: Micros;
  percent: number | null;
  realised: Micros;
  exit: string;
}

export interface Limit {
  name: string;
  used: number;
  max: number;
  unit?: "dollars" | "shares" | "count";
}

export interface StrategySum {
  name: string;
  profit: Micros;
  realised: Micros;
  fees: Micros;
  exposure: Micros;
  budget: Micros | null;
  state: string;
  reason?: string;
}

export interface Overview {
  equity: Micros;
  cash: Micros;
  profit: Micros;
  realised: Micros;
  fees: Micros;
  loss: Micros;
  loss_max: Micros;
  /** What a merge of all pairs of both outcomes would free. */
  paired: Micros;
  per_strategy: StrategySum[];
  limits: Limit[];
  curve: [Ms, Micros][];
  alerts: Alert[];
  positions?: Position[];
  orders?: { sent: number; filled: number; refused: number; open: number };
}

export type Cell = string | number | null | number[] | string[];
export type Row = Cell[];

export interface Markets {
  columns: string[];
  rows: Row[];
}

export interface MarketsChange {
  rows?: Record<string, Row>;
  gone?: string[];
}

export type Level = [price: Micros, size: Micros, ours: Micros, ahead: Micros | null];
export type Mid = [at: Ms, mid: Micros | null, fair: Micros | null];
export type Trade = [at: Ms, price: Micros, size: Micros, side: string];

export interface Fill {
  at_ms: Ms;
  side: string;
  outcome: string;
  price: Micros;
  size: Micros;
  strategy: string;
  state: string;
  fee?: Micros;
  order?: string;
  market?: string;
  market_id?: string;
}

export interface Terms {
  id: string;
  question: string;
  event: string;
  rules: string;
  end_ms: Ms | null;
  tick: Micros;
  fees: string;
  outcomes: string[];
  held?: Position[];
}

export interface Wish {
  strategy: string;
  outcome: string;
  side: string;
  price: Micros;
  size: Micros;
  verdict: string;
  rule: string;
}

export interface Market {
  market: Terms;
  ladder: { bids: Level[]; asks: Level[] };
  mids: Mid[];
  fills: Fill[];
  trades: Trade[];
  evidence: { at_ms: Ms; kind: string; text: string }[];
  wishes: Wish[];
}

export interface OrderRow {
  id: string;
  at_ms: Ms;
  market: string;
  market_id: string;
  outcome: string;
  side: string;
  price: Micros;
  size: Micros;
  filled: Micros;
  state: string;
  strategy: string;
  tif: string;
  history: { at_ms: Ms; text: string }[];
}

export interface Orders {
  total: number;
  page: number;
  rows: OrderRow[];
  fills: Fill[];
}

export interface Parameter {
  name: string;
  value: string;
  unit: string;
  meaning: string;
  editable: boolean;
  min?: string | null;
  max?: string | null;
}

export interface StrategyRow {
  name: string;
  kind: string;
  state: string;
  reason?: string;
  parameters: Parameter[];
  wishes: number;
  refused: number;
  refusals: { at_ms: Ms; market: string; rule: string; reason: string; count: number }[];
}

export interface Strategies {
  rows: StrategyRow[];
}

export type Told = Record<string, unknown>;

export interface Latency {
  p50_us: number;
  p90_us: number;
  p99_us: number;
  max_us: number;
  histogram: [number, number][];
}

export interface Difference {
  at_ms: Ms;
  market: string;
  market_id: string;
  outcome: string;
  order: string;
  subject: string;
  unit: "dollars" | "shares";
  ours: Micros;
  theirs: Micros;
  explanation: string;
}

export interface Differences {
  unexplained: Difference[];
  explained: Difference[];
  explained_count: number;
}

export interface Health {
  sockets: Told[];
  gaps: { open: number; closed: number; last: Told[] };
  latency: Record<string, Latency>;
  rest: Told;
  differences: Differences;
  stalls: { at_ms: Ms; ms: number }[];
  alerts: Alert[];
}

export interface Views {
  overview: Overview;
  markets: Markets;
  market: Market;
  orders: Orders;
  strategies: Strategies;
  health: Health;
}

export interface Ask {
  view: ViewName;
  id?: string;
  page?: number;
  search?: string;
}

export interface Frame {
  pulse?: Pulse;
  view?: ViewName;
  full?: unknown;
  change?: unknown;
  /** Why there is nothing to show: a market nobody follows. */
  missing?: string;
}
