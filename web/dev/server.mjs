// A fake of the dashboard's server: the built page and the wire, over a made-up world. No engine.
//   node dev/server.mjs [--port 5055] [--mode run] [--markets 2000] [--changes 5000] [--rate 10] [--empty] [--read-only] [--refuse]

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";
import { change, full, pulse } from "./views.mjs";
import { World } from "./world.mjs";

const text = (value) => ({ type: "string", default: value });
const flag = { type: "boolean", default: false };
const { values: options } = parseArgs({ options: { port: text("5055"), mode: text("paper"), markets: text("2000"), changes: text("5000"), rate: text("10"), empty: flag, "read-only": flag, refuse: flag } });
const world = new World(Number(options.empty ? 0 : options.markets));
if (options.empty) Object.assign(world, { orders: [], strategies: [], alerts: [], curve: [] });
const rate = Number(options.rate);
const page = fileURLToPath(new URL("../../src/polywire/dashboard/page/", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8" };
const POLICY = "default-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const hello = () => ({ version: "0.1.0", mode: options.mode, venue: "Polymarket", account: "0x1f…9c2d", run: "2026-11-21T14-03-09", read_only: options["read-only"], strategies: world.strategies.map((one) => one.name), started_ns: world.started * 1e6, journal: "runs/x.db", seq: 1, behind: 0 });

function why(query) {
  const at = Number(query.get("at_ms"));
  const inputs = { bid: 410_000, ask: 417_000, mid: 413_500, proof_age_ms: 1_240, distrust: "", held: 250_000_000, open: 50_000_000 };
  return {
    at_ms: at, market: query.get("market"), said: "maker_calm rested a bid; forecast_edge wanted to buy and the gate refused it, as the position could have become too large.",
    strategies: [
      { name: "maker_calm", asked: true, why_not: "", wanted: [{ outcome: "Yes", side: "buy", price: 410_000, size: 50_000_000 }], gate: ["approved"], inputs },
      { name: "forecast_edge", asked: true, why_not: "", wanted: [{ outcome: "No", side: "buy", price: 583_000, size: 900_000_000 }], gate: [{ rule: "position_limit", reason: "could reach 1,240 shares, allowed are 1,000" }], inputs },
      { name: "sum_arbitrage", asked: false, why_not: "The sum of all asks is 101.2¢: nothing to gain.", wanted: [], gate: [], inputs },
    ],
  };
}

function operate(asked) {
  if (asked.operation === "halt") world.halted = `halted by you${asked.reason ? `: ${asked.reason}` : ""}`;
  if (asked.operation === "resume") world.halted = "";
  const one = world.strategies.find((each) => each.name === asked.subject);
  if (one && ["enable", "disable", "retire"].includes(asked.operation)) one.state = { enable: "trading", disable: "disabled", retire: "retired" }[asked.operation];
  if (asked.operation === "set" && asked.value.name === "edge_min") world.edge = asked.value.value;
  for (const socket of sockets.clients) if (socket.ask) send(socket, { view: socket.ask.view, full: full(world, socket.ask) });
  return { done: asked.operation !== "flatten", said: asked.operation === "flatten" ? ["sold 250 Yes of “Will Cedar win?”", "could not sell 0.25 Yes: less than the venue trades"] : [`${asked.operation} ${asked.subject}`.trim() + " was decided on", "7 orders cancelled or filled"] };
}

async function body(request) {
  let all = "";
  for await (const part of request) all += part;
  return JSON.parse(all);
}

async function answer(request, reply) {
  const url = new URL(request.url, "http://localhost");
  const json = (value, status = 200) => reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  if (options.refuse && url.pathname.startsWith("/api")) return json({ said: ["This page's ticket is not known. Open the address that the terminal printed."] }, 401);
  if (url.pathname === "/api/hello") return json(hello());
  if (url.pathname === "/api/why") return json(why(url.searchParams));
  if (url.pathname === "/api/backtests") return json(options.empty ? [] : [{ name: "maker-november", at_ms: world.started - 9e7, strategy: "maker_calm", profit: [14_200_000, -3_100_000] }]);
  if (url.pathname.startsWith("/api/backtests/")) return reply.writeHead(200, { "content-type": "text/html", "content-security-policy": "sandbox allow-scripts; default-src 'none'" }).end("<!doctype html><title>Backtest</title><h1>A report</h1>");
  if (url.pathname.startsWith("/api/orders/")) {
    const found = world.orders.find((order) => order.id === decodeURIComponent(url.pathname.slice(12)));
    return found ? json(found) : json({ said: ["No order of this run has that id."] }, 404);
  }
  if (url.pathname === "/api/operate") return json(operate(await body(request)));
  const path = normalize(url.pathname === "/" ? "/index.html" : url.pathname);
  try {
    const file = await readFile(join(page, path));
    reply.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-security-policy": POLICY }).end(file);
  } catch {
    reply.writeHead(404).end("no such file");
  }
}

const server = createServer((request, reply) => void answer(request, reply));
const sockets = new WebSocketServer({ server, path: "/api/live" });
const send = (socket, frame) => socket.readyState === 1 && socket.bufferedAmount < 4e6 && socket.send(JSON.stringify({ pulse: pulse(world, options.mode), ...frame }));
sockets.on("connection", (socket) => {
  if (options.refuse) return socket.close();
  socket.on("message", (message) => {
    socket.ask = JSON.parse(message);
    const told = full(world, socket.ask);
    send(socket, told ? { view: socket.ask.view, full: told } : { view: socket.ask.view, missing: "No strategy follows it, and nothing is held in it." });
  });
});
setInterval(() => {
  if (![...sockets.clients].length) return;
  const moved = world.move(Math.round(Number(options.changes) / rate));
  for (const socket of sockets.clients) if (socket.ask) send(socket, { view: socket.ask.view, change: change(world, socket.ask, moved) });
}, 1_000 / rate);
server.listen(Number(options.port), "127.0.0.1", () => console.log(`http://127.0.0.1:${options.port}/`));
