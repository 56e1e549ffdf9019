// What the page asks for by plain requests, and what it is answered.

import type { Micros, Ms } from "./types";

export type Operation =
  | "halt"
  | "resume"
  | "flatten"
  | "cancel_all"
  | "cancel_market"
  | "cancel_order"
  | "disable"
  | "enable"
  | "retire"
  | "set";

export interface Asked {
  operation: Operation;
  subject: string;
  reason: string;
  value?: unknown;
}

export interface Answer {
  done: boolean;
  said: string[];
}

export interface Wanted {
  outcome: string;
  side: string;
  price: Micros;
  size: Micros;
}

export interface WhyStrategy {
  name: string;
  asked: boolean;
  why_not: string;
  wanted: Wanted[];
  gate: ("approved" | { rule: string; reason: string })[];
  inputs: Record<string, unknown>;
}

export interface Why {
  at_ms: Ms;
  market: string;
  strategies: WhyStrategy[];
  said: string;
}

export interface BacktestLine {
  name: string;
  at_ms: Ms;
  strategy: string;
  /** At the front and at the back of the queue; null where the report does not say. */
  profit: [Micros, Micros] | null;
}
