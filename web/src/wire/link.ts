// One socket to the server: it is tried again for ever, and a silent one is given up.

import type { Ask, Frame } from "./types";

export type LinkState = "connecting" | "open" | "waiting";

const SILENCE_MS = 5_000;
const PAUSE_MS_MAX = 5_000;

/** How long to wait before the next try: half a second, doubling, five at most. */
export function pause(failures: number): number {
  return Math.min(PAUSE_MS_MAX, 500 * 2 ** Math.min(failures, 8));
}

export class Link {
  #socket: WebSocket | null = null;
  #ask: Ask = { view: "overview" };
  #failures = 0;
  #timer = 0;
  #heard = 0;

  constructor(
    private readonly url: string,
    private readonly onFrame: (frame: Frame) => void,
    private readonly onState: (state: LinkState) => void,
  ) {}

  start(): void {
    this.#connect();
    setInterval(() => this.#listen(), 1_000);
    const now = () => this.#socket === null && this.#connect();
    addEventListener("online", now);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && now());
  }

  /** Show another view from now on, after a reconnect too. */
  ask(ask: Ask): void {
    this.#ask = ask;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(ask));
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.onState("connecting");
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#heard = performance.now();
    socket.onopen = () => socket.send(JSON.stringify(this.#ask));
    socket.onmessage = (message: MessageEvent<string>) => {
      if (socket !== this.#socket) return;
      this.#heard = performance.now();
      this.#failures = 0;
      this.onState("open");
      this.onFrame(JSON.parse(message.data) as Frame);
    };
    socket.onclose = () => socket === this.#socket && this.#lost();
  }

  #lost(): void {
    this.#socket = null;
    this.onState("waiting");
    this.#timer = window.setTimeout(() => this.#connect(), pause(this.#failures));
    this.#failures += 1;
  }

  #listen(): void {
    const socket = this.#socket;
    if (!socket || performance.now() - this.#heard < SILENCE_MS) return;
    socket.close();
    this.#lost();
  }
}
