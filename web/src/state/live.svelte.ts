// What the server last told. Frames change plain values at once; the page sees them once per
// animation frame, so that ten or a thousand frames a second cost the same painting.

import { get } from "../wire/api";
import { applied } from "../wire/apply";
import { Link, type LinkState } from "../wire/link";
import type { Ask, Frame, Hello, Market, Markets, MarketsChange, Pulse, ViewName, Views } from "../wire/types";
import { MarketTable } from "./market_table";

type Known = { [V in Exclude<ViewName, "markets">]?: Views[V] | null };

class Live {
  hello: Hello | null = $state.raw(null);
  pulse: Pulse | null = $state.raw(null);
  /** Sentence of a server that will not let this page in. */
  refused = $state("");
  link: LinkState = $state("connecting");
  /** Moment, by the reader's clock, of the last frame. */
  heard = $state(0);
  known: Known = $state.raw({});
  /** Changed in place; `marketsVersion` tells painters when, 0 before the first rows came. */
  readonly markets = new MarketTable();
  marketsVersion = $state(0);
  /** Why the view that was asked for has nothing to show. */
  missing = $state("");

  #ask: Ask = { view: "overview" };
  #next: { pulse: Pulse | null; known: Known } = { pulse: null, known: {} };
  #painting = false;
  #server: Link | null = null;

  start(): void {
    const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`;
    this.#server = new Link(url, (frame) => this.#hear(frame), (state) => this.#linked(state));
    this.#server.start();
  }

  /** From now on frames tell of this; what was known of the view stays until news come. */
  ask(ask: Ask): void {
    const again = JSON.stringify(ask) === JSON.stringify(this.#ask);
    this.#ask = ask;
    if (!again) this.missing = "";
    if (!again && ask.view === "market") this.#forget("market");
    if (!again) this.#server?.ask(ask);
  }

  #forget(view: "market"): void {
    this.#next.known = { ...this.#next.known, [view]: null };
    this.known = this.#next.known;
  }

  #linked(state: LinkState): void {
    if (state === this.link && this.hello) return;
    const opened = state === "open" && this.link !== "open";
    this.link = state;
    if (opened || state === "waiting") void this.#greet();
  }

  async #greet(): Promise<void> {
    const told = await get<Hello>("/api/hello");
    if (told.ok) {
      this.hello = told.value;
      this.refused = "";
    } else if (told.status >= 400 && told.status < 500) {
      this.refused = told.said;
    }
  }

  #hear(frame: Frame): void {
    if (frame.pulse) this.#next.pulse = frame.pulse;
    if (frame.view === this.#ask.view) this.#take(frame, frame.view);
    if (this.#painting) return;
    this.#painting = true;
    requestAnimationFrame(() => this.#paint());
  }

  #take(frame: Frame, view: ViewName): void {
    if (frame.missing !== undefined || frame.full) this.missing = frame.missing ?? "";
    if (view === "markets") {
      if (frame.full) this.markets.replace(frame.full as Markets);
      else if (frame.change && this.markets.version) this.markets.change(frame.change as MarketsChange);
      return;
    }
    const next = applied(view, this.#next.known[view] ?? null, frame);
    const other = view === "market" && next && (next as Market).market.id !== this.#ask.id;
    if (!other) this.#next.known = { ...this.#next.known, [view]: next };
  }

  #paint(): void {
    this.#painting = false;
    this.heard = Date.now();
    this.pulse = this.#next.pulse;
    this.known = this.#next.known;
    this.marketsVersion = this.markets.version;
  }
}

export const live = new Live();
