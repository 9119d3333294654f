// The tokens as pixels.

/** Names of the colours that rasters use. */
const NAMES = ["panel", "line", "ink", "ink-2", "calm", "calm-fill", "react", "harm", "warn", "land"] as const;

/** Colours as one number each: alpha, blue, green, red, as an image buffer on a little-endian machine has them. */
export type Palette = Record<(typeof NAMES)[number], number> & { ramp: number[], key: string };

let known: Palette | null = null;

/** The colours of the theme that is on. `key` changes with the theme. */
export function palette(key: string): Palette {
  if (known !== null && known.key === key) return known;
  const probe = document.createElement("span");
  probe.className = "probe";
  document.body.append(probe);
  const read = (name: string): number => {
    probe.style.color = `var(--${name})`;
    const [red = 0, green = 0, blue = 0] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
    return pixel(red, green, blue);
  };
  const colours = Object.fromEntries(NAMES.map((name) => [name, read(name)]));
  const ramp = Array.from({ length: 8 }, (_, n) => read(`ramp-${n}`));
  probe.remove();
  known = { ...colours, ramp, key } as Palette;
  return known;
}

/** Three parts as one opaque pixel. */
export function pixel(red: number, green: number, blue: number): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

/** `over` laid upon `under` with a share of 0 to 1. */
export function mixed(under: number, over: number, share: number): number {
  const part = (shift: number) => {
    const low = (under >>> shift) & 255, high = (over >>> shift) & 255;
    return Math.round(low + (high - low) * share);
  };
  return pixel(part(0), part(8), part(16));
}
