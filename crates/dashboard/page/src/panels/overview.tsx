// The whole run in one line: the worst failed share of any origin per column, faults, and which part is shown.

import type { Page } from "../page";
import type { Columns } from "../store/columns";
import { mixed } from "../draw/palette";
import { Raster, useWidth } from "./raster";

export function Overview({ page }: { page: Page }) {
  const [box, width] = useWidth<HTMLSpanElement>();
  const load = Math.ceil((page.store.plan?.load_us ?? 0) / 1e6), length = Math.max(page.now, load, 1);
  const { from, to } = page.window;
  const place = (second: number) => Math.max(0, Math.min(width, (second / length) * width));
  const stamp = [page.window.step, page.store.series.reduce((sum, series) => sum + series.version, 0), page.now, length, page.bands.map((band) => `${band.from}-${band.to}`).join()].join(" ");
  const shown = (event: MouseEvent) => {
    const at = ((event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left) / width) * length;
    const half = (to - from) / 2;
    page.set({ wish: { kind: "fixed", from: Math.max(0, Math.round(at - half)), to: Math.round(Math.max(at + half, 2 * half)) } });
  };
  return (
    <span class="overview" ref={box} onClick={shown} title="the whole run; the frame is what is shown" aria-hidden="true">
      {width > 0 && (
        <Raster width={width} height={20} stamp={stamp} paint={(pixels, palette) => {
          const one = pixels.width / length, all = page.store.series.map((_, n) => page.columns(n));
          pixels.fill(0, pixels.height - 1, pixels.width, 1, palette["calm-fill"]);
          for (const band of page.bands) {
            pixels.fill(band.from * one, 0, Math.max(2, (band.to - band.from) * one), pixels.height - 1, mixed(palette.panel, palette.ink, 0.14));
          }
          for (let x = 0; x < pixels.width; x += 1) {
            const worst = worstOf(all, Math.floor(x / one), Math.max(Math.floor(x / one) + 1, Math.floor((x + 1) / one)));
            if (worst > 0) {
              const tall = Math.max(2, Math.round(worst * (pixels.height - 1)));
              pixels.fill(x, pixels.height - tall, 1, tall, palette.harm);
            }
          }
        }} />
      )}
      <span class="frame" ref={(element) => {
        if (element === null) return;
        element.style.transform = `translateX(${place(from)}px)`;
        element.style.width = `${Math.max(4, place(to) - place(from))}px`;
      }} />
    </span>
  );
}

/** The worst failed share of any population in seconds [from, to), as the rows' columns have it. */
function worstOf(all: readonly Columns[], from: number, to: number): number {
  let worst = 0;
  for (const columns of all) {
    for (let n = Math.floor(from / columns.step); n < Math.min(Math.ceil(to / columns.step), columns.length); n += 1) worst = Math.max(worst, columns.worst[n]!);
  }
  return worst;
}
