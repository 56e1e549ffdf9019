// Moments in the reader's zone, the same in UTC for the title, and how long ago something was.

const made = new Map<string, Intl.DateTimeFormat>();

function formatter(dated: boolean, zone: string | undefined): Intl.DateTimeFormat {
  const key = `${dated} ${zone ?? ""}`;
  const known = made.get(key);
  if (known) return known;
  const options: Intl.DateTimeFormatOptions = {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  };
  if (dated) Object.assign(options, { year: "numeric", month: "short", day: "numeric" });
  if (zone) options.timeZone = zone;
  const fresh = new Intl.DateTimeFormat("en-GB", options);
  made.set(key, fresh);
  return fresh;
}

function day(ms: number, zone: string | undefined): string {
  return new Date(ms).toLocaleDateString("en-CA", zone ? { timeZone: zone } : {});
}

/** "14:03:09", with its date before it where it is not of the day of `now`. */
export function moment(ms: number, now: number, zone?: string): string {
  return formatter(day(ms, zone) !== day(now, zone), zone).format(ms);
}

/** The day and the time: "21 Nov 2026, 14:03:09". */
export function dated(ms: number, zone?: string): string {
  return formatter(true, zone).format(ms);
}

/** The zone that all times are told in: "Europe/Berlin", or "UTC". */
export function zone(): string {
  const name = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return /^(Etc\/)?(UTC|GMT|UCT|Zulu)?$/.test(name ?? "") ? "UTC" : name;
}

/** "2026-11-21 14:03:09.250 UTC", to the millisecond. */
export function utc(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace("Z", " UTC");
}

const UNITS: [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** A length of time in its two largest units: "850 ms", "12 s", "3 min 5 s", "2 d 4 h". */
export function span(ms: number): string {
  const length = Math.max(0, Math.round(ms));
  if (length < 1_000) return `${length} ms`;
  const at = UNITS.findIndex(([unit]) => length >= unit);
  const [unit, name] = UNITS[at] as [number, string];
  const text = `${Math.floor(length / unit)} ${name}`;
  const next = UNITS[at + 1];
  const rest = next ? Math.floor((length % unit) / next[0]) : 0;
  return next && rest ? `${text} ${rest} ${next[1]}` : text;
}

/** The same in whole units of one kind, for narrow columns: "0 s", "12 s", "3 min". */
export function age(ms: number | null | undefined): string {
  if (ms == null) return "never";
  const length = Math.max(0, ms);
  for (const [unit, name] of UNITS) if (length >= unit) return `${Math.floor(length / unit)} ${name}`;
  return "0 s";
}

/** Microseconds in the unit that reads best: "85 µs", "1.25 ms", "2.1 s". */
export function micros(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${Number((us / 1_000).toPrecision(3))} ms`;
  return `${Number((us / 1_000_000).toPrecision(3))} s`;
}

/** A moment as an input of type datetime-local holds it, in the reader's zone. */
export function toInput(ms: number): string {
  const offset = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offset).toISOString().slice(0, 19);
}

/** What was typed into such an input, or null where it is no moment. */
export function fromInput(text: string): number | null {
  const ms = new Date(text).getTime();
  return Number.isNaN(ms) ? null : ms;
}
