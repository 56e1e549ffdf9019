// The columns of the market list as a reader sees them.

import type { Column } from "../state/market_table";

export interface Head {
  by: Column;
  name: string;
  title: string;
  left?: boolean;
}

export const HEADS: readonly Head[] = [
  { by: "question", name: "Market", title: "The question, by name", left: true },
  { by: "bid", name: "Bid", title: "Best bid of the first outcome" },
  { by: "ask", name: "Ask", title: "Best ask of the first outcome" },
  { by: "spread", name: "Spread", title: "Ask less bid" },
  { by: "bid_size", name: "Bid size", title: "Shares at the best bid" },
  { by: "ask_size", name: "Ask size", title: "Shares at the best ask" },
  { by: "position", name: "Position", title: "Shares held of each outcome; the larger counts" },
  { by: "orders", name: "Orders", title: "Our open orders" },
  { by: "proven_ms", name: "Proven", title: "How long ago the venue's hash proved the book" },
  { by: "distrust", name: "Book", title: "Whether the book can be trusted", left: true },
];
