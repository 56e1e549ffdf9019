// Integer micros as text, exactly: remainders and whole divisions only, so no float can round.

const SCALE = 1_000_000;
const CENT = 10_000;
export const NONE = "–";

/** How often one whole number goes into another; exact below 2^53, which `Math.floor(a / b)` is not. */
function times(amount: number, unit: number): number {
  return (amount - (amount % unit)) / unit;
}

function grouped(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** The shortest exact decimal text: 570000 is "0.57", 0 is "0". */
export function exact(micros: number): string {
  const amount = Math.abs(micros);
  const rest = amount % SCALE;
  const text = grouped(times(amount, SCALE));
  const sign = micros < 0 ? "-" : "";
  return rest ? `${sign}${text}.${String(rest).padStart(6, "0").replace(/0+$/, "")}` : sign + text;
}

/** Dollars and cents, halves away from zero: "$1,234.50", "-$1.24". */
export function dollars(micros: number | null | undefined): string {
  if (micros == null) return NONE;
  const cents = times(Math.abs(micros) + CENT / 2, CENT);
  const sign = micros < 0 && cents ? "-" : "";
  return `${sign}$${grouped(times(cents, 100))}.${String(cents % 100).padStart(2, "0")}`;
}

/** Dollars as a gain or loss: always with its sign, "+$1.24", "-$1.24", "$0.00". */
export function gain(micros: number | null | undefined): string {
  const text = dollars(micros);
  return micros != null && micros > 0 && text !== "$0.00" ? `+${text}` : text;
}

/** A price a share in cents, exact to a micro: 573000 is "57.3¢". */
export function cents(micros: number | null | undefined): string {
  if (micros == null) return NONE;
  const amount = Math.abs(micros);
  const rest = amount % CENT;
  const tail = rest ? `.${String(rest).padStart(4, "0").replace(/0+$/, "")}` : "";
  return `${micros < 0 ? "-" : ""}${times(amount, CENT)}${tail}¢`;
}

/** A price in cents with as many decimals as its tick has, so that columns align: "57.0¢". */
export function aligned(micros: number | null | undefined, tick = 1_000): string {
  if (micros == null) return NONE;
  const text = cents(micros).slice(0, -1);
  const point = text.indexOf(".");
  const has = point < 0 ? 0 : text.length - point - 1;
  const wants = tick % CENT === 0 ? 0 : tick % 1_000 === 0 ? 1 : tick % 100 === 0 ? 2 : 4;
  if (has >= wants) return `${text}¢`;
  return `${text}${has ? "" : "."}${"0".repeat(wants - has)}¢`;
}

/** A price of one outcome as a price of the other: both together pay a dollar. */
export function complement(price: number): number {
  return SCALE - price;
}

const PLACES = 2;

/** As `aligned`, for a column of markets with different ticks: points stand below points. */
export function columned(micros: number | null | undefined): string {
  const text = aligned(micros);
  const point = text.indexOf(".");
  return point < 0 ? text : text + "\u2007".repeat(Math.max(0, PLACES - (text.length - point - 2)));
}

/** Shares, rounded down to a hundredth above one share, exact below: "1,250.5", "0.004". */
export function shares(micros: number | null | undefined): string {
  if (micros == null) return NONE;
  const amount = Math.abs(micros);
  return exact((amount < SCALE ? amount : amount - (amount % CENT)) * (micros < 0 ? -1 : 1));
}

/** Many shares in few signs, rounded down: "950", "12.3k", "4.5M". */
export function brief(micros: number | null | undefined): string {
  if (micros == null) return NONE;
  const whole = times(Math.abs(micros), SCALE);
  const sign = micros < 0 ? "-" : "";
  if (whole < 10_000) return sign + (whole < 1 ? shares(Math.abs(micros)) : grouped(whole));
  const [unit, mark] = whole < 1_000_000 ? [100, "k"] : [100_000, "M"];
  const tenths = times(whole, unit);
  return `${sign}${grouped(times(tenths, 10))}.${tenths % 10}${mark}`;
}

/** Shares at a glance, rounded: "<0.01", "0.61", "3.5", "412", "12.3k". */
export function roughly(micros: number): string {
  if (micros < CENT) return "<0.01";
  if (micros >= 100 * SCALE) return brief(micros);
  const unit = micros < SCALE ? CENT : SCALE / 10;
  return exact(times(micros + unit / 2, unit) * unit);
}

/** A price as a chance: 573000 is "57.3 %". */
export function chance(price: number | null | undefined): string {
  return price == null ? NONE : `${cents(price).slice(0, -1)} %`;
}

/** Decimal odds, what a staked dollar pays back, rounded down to hundredths: 400000 is "2.50". */
export function odds(price: number | null | undefined): string {
  if (price == null || price <= 0) return NONE;
  const hundredths = times(100 * SCALE, price);
  return `${grouped(times(hundredths, 100))}.${String(hundredths % 100).padStart(2, "0")}`;
}

/** A price to a hundredth of a cent, for what is no price of a book: 120149 is 120100. */
export function nearest(price: number): number {
  return times(price + 50, 100) * 100;
}

/** A gain in per cent, with its sign: "+12.3 %", "-0.4 %", "0.0 %". */
export function rate(percentage: number | null): string {
  if (percentage === null) return NONE;
  const text = Math.abs(percentage).toFixed(1);
  return `${text === "0.0" ? "" : percentage < 0 ? "-" : "+"}${text} %`;
}

/** The class of a figure that is good above nothing and bad below. */
export function tone(figure: number | null): "up" | "down" | "" {
  return !figure ? "" : figure > 0 ? "up" : "down";
}

/** How much of a whole, in percent, rounded up so that a bit of use is never shown as none. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.ceil((Math.max(0, part) * 100) / whole) : 0;
}
