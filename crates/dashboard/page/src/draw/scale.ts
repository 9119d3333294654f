// A logarithmic scale whose ends are round: 1, 2 or 5 times a power of ten.

/** Microseconds on a logarithmic scale from `low` to `high`. */
export class LogScale {
  private readonly base: number;
  private readonly length: number;

  constructor(readonly low: number, readonly high: number) {
    this.base = Math.log(low);
    this.length = Math.log(high) - this.base;
  }

  /** 0 at the low end, 1 at the high one. */
  share(us: number): number {
    return us <= 0 ? 0 : (Math.log(us) - this.base) / this.length;
  }

  /** The same of 2^octaves microseconds: bins of histograms are steps of an octave, and most of what is drawn is one. */
  shareOfOctaves(octaves: number): number {
    return (octaves * Math.LN2 - this.base) / this.length;
  }

  /** The powers of ten inside. */
  tens(): number[] {
    const found: number[] = [];
    for (let at = 10 ** Math.ceil(Math.log10(this.low) - 1e-9); at <= this.high * 1.0001; at *= 10) found.push(at);
    return found;
  }
}

/** The scale that holds all values from `low` to `high`. */
export function logScale(low: number, high: number): LogScale {
  if (!(low > 0) || !(high > 0) || !Number.isFinite(low)) return new LogScale(1_000, 1_000_000);
  const below = round(low, [5, 2, 1], (at) => at <= low), above = round(high, [1, 2, 5, 10], (at) => at >= high);
  return new LogScale(below, Math.max(above, below * 10));
}

function round(value: number, parts: number[], fits: (at: number) => boolean): number {
  const ten = 10 ** Math.floor(Math.log10(value));
  return (parts.find((part) => fits(part * ten)) ?? 1) * ten;
}
