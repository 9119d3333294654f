// Numbers as the page prints them: three significant digits, one unit, and never a rounded 0 % or 100 %.

const THIN = "\u2009";

/** `480 ms`, `17.6 s`, `2 m 06 s`, `1 h 04 m`. */
export function duration(us: number): string {
  const sign = us < 0 ? "−" : "", size = Math.abs(us);
  if (size === 0) return "0 s";
  if (size < 999.5) return `${sign}${significant(size)} µs`;
  if (size < 999_500) return `${sign}${significant(size / 1e3)} ms`;
  if (size < 59_950_000) return `${sign}${significant(size / 1e6)} s`;
  const seconds = Math.round(size / 1e6);
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  return `${sign}${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} m`;
}

/** `17.6 s`, `126.4 s`: for marks, where tenths count. */
export function tenths(us: number): string {
  return `${(us / 1e6).toFixed(1).replace("-", "−")} s`;
}

/** Three significant digits, thousands apart: `1 980`, `0.91`, `12.4 k` is never written. */
export function significant(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(size)));
  return thousands(trimmed(value.toFixed(digits)));
}

/** A whole number, thousands apart. */
export function count(value: number): string {
  return thousands(String(Math.round(value)));
}

/** `1 980 req/s`, without the unit. */
export function rate(value: number): string {
  return value >= 10 || value === 0 ? count(value) : significant(value);
}

/** `0.04 %`, `< 0.01 %`, `> 99.99 %`; `0 %` and `100 %` only when they are exact. */
export function share(part: number, whole: number): string {
  if (whole <= 0) return "–";
  if (part === 0) return "0 %";
  if (part === whole) return "100 %";
  const percent = (part / whole) * 100;
  if (percent < 0.01) return "< 0.01 %";
  if (percent > 99.99) return "> 99.99 %";
  if (percent > 99) return `${(Math.floor(percent * 100) / 100).toFixed(2)} %`;
  return `${percent >= 9.95 ? percent.toFixed(percent > 98.95 ? 1 : 0) : trimmed(percent.toPrecision(2))} %`;
}

/** Bytes: `41 MB`. */
export function bytes(value: number): string {
  if (value < 1e6) return `${significant(value / 1e3)} kB`;
  return value < 1e9 ? `${significant(value / 1e6)} MB` : `${significant(value / 1e9)} GB`;
}

/** A sentence whose numbers are not parted from their units, nor from what they stand beside. */
export function together(sentence: string): string {
  return sentence.replace(/(?<=\d) (?=[\d%±]|(?:[mkMGµ]?s|m|h|[kMG]B)\b)|(?<=[<>±]) (?=\d)/g, "\u00a0");
}

/** How far into the run: `T+30:52`, `T+1:04:11`, with tenths when asked. */
export function runTime(us: number, withTenths = false): string {
  const sign = us < 0 ? "−" : "+";
  const tenth = Math.floor(Math.abs(us) / 1e5), whole = Math.floor(tenth / 10);
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  const front = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
  return `T${sign}${front}:${two(whole % 60)}${withTenths ? `.${tenth % 10}` : ""}`;
}

/** Which clock is shown. */
export type Clock = "utc" | "local" | "run";

/** An instant by the chosen clock: `14:02:00.3`. */
export function clockTime(us: number, startedUnixUs: number, clock: Clock, withTenths = false): string {
  if (clock === "run") return runTime(us, withTenths);
  const date = new Date((startedUnixUs + us) / 1000);
  const [h, m, s] = clock === "utc"
    ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getHours(), date.getMinutes(), date.getSeconds()];
  const tenth = Math.floor(date.getUTCMilliseconds() / 100);
  return `${two(h)}:${two(m)}:${two(s)}${withTenths ? `.${tenth}` : ""}`;
}

/** The day, for the head: `2026-11-22`. */
export function day(unixUs: number): string {
  return new Date(unixUs / 1000).toISOString().slice(0, 10);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function thousands(text: string): string {
  const [whole, rest] = text.split(".");
  const spaced = whole!.replace(/\B(?=(\d{3})+$)/g, THIN);
  return rest === undefined ? spaced : `${spaced}.${rest}`;
}
