// Plain requests to the server; what goes wrong comes back as a sentence, never as an exception.

import type { Answer, Asked } from "./asked";

export type Told<T> = { ok: true; value: T } | { ok: false; status: number; said: string };

const UNREACHED = "The dashboard's server does not answer. The engine may go on without it.";

function sentence(status: number, body: string): string {
  try {
    const told = JSON.parse(body) as { said?: string[]; detail?: string };
    if (told.said?.length) return told.said.join(" ");
    if (told.detail) return told.detail;
  } catch {
    if (body && body.length < 300 && !body.startsWith("<")) return body;
  }
  if (status === 401) return "This page has no ticket. Open the address that the terminal printed.";
  if (status === 403) return "The server refuses this: it is read-only, or not for this address.";
  if (status === 404) return "There is no such thing here.";
  if (status === 429) return "Too many requests; wait a minute.";
  return `The server answered with an error (${status}).`;
}

async function told<T>(request: Promise<Response>): Promise<Told<T>> {
  let reply: Response;
  let body: string;
  try {
    reply = await request;
    body = await reply.text();
  } catch {
    return { ok: false, status: 0, said: UNREACHED };
  }
  if (!reply.ok) return { ok: false, status: reply.status, said: sentence(reply.status, body) };
  try {
    return { ok: true, value: JSON.parse(body) as T };
  } catch {
    return { ok: false, status: reply.status, said: "The server's answer could not be read." };
  }
}

export function get<T>(path: string, signal?: AbortSignal): Promise<Told<T>> {
  return told<T>(fetch(path, { headers: { accept: "application/json" }, ...(signal && { signal }) }));
}

export function operate(asked: Asked): Promise<Told<Answer>> {
  return told<Answer>(
    fetch("/api/operate", {
      method: "POST",
      headers: { "content-type": "application/json", "x-polywire": "1" },
      body: JSON.stringify(asked),
    }),
  );
}
