// The whole run in one line: the worst failed share of any origin per part, faults, and which part is shown.

import { useEffect, useMemo } from "preact/hooks";
import type { Page } from "../page";
import { mixed } from "../draw/palette";
import { Worst } from "../store/worst";
import { fit } from "../time";
import { moved, NoteFlags } from "./axis";
import { Raster, useWidth } from "./raster";

export function Overview({ page }: { page: Page }) {
  const [box, width] = useWidth<HTMLSpanElement>();
  const load = Math.ceil((page.store.plan?.load_us ?? 0) / 1e6), length = Math.max(page.now, load, 1);
  const { from, to } = page.window, { step } = fit(0, length, Math.max(width, 1));
  const worst = useMemo(() => new Worst(page.store.series, step), [page.store, page.store.series.length, step]);
  useEffect(() => () => worst.release(), [worst]);
  const place = (second: number) => Math.max(0, Math.min(width, (second / length) * width));
  const stamp = [step, page.store.series.reduce((sum, series) => sum + series.version, 0), page.now, length, page.bands.map((band) => `${band.from}-${band.to}`).join()].join(" ");
  const shown = (event: MouseEvent) => {
    const at = ((event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left) / width) * length;
    const half = (to - from) / 2;
    page.set({ wish: { kind: "fixed", from: Math.max(0, Math.round(at - half)), to: Math.round(Math.max(at + half, 2 * half)) } });
  };
  return (
    <span class="overview" ref={box} onClick={shown} title="the whole run; the frame is what is shown" aria-hidden="true">
      {width > 0 && (
        <Raster width={width} height={20} stamp={stamp} paint={(pixels, palette) => {
          const one = pixels.width / length;
          worst.refresh();
          pixels.fill(0, pixels.height - 1, pixels.width, 1, palette["calm-fill"]);
          for (const band of page.bands) {
            pixels.fill(band.from * one, 0, Math.max(2, (band.to - band.from) * one), pixels.height - 1, mixed(palette.panel, palette.ink, 0.14));
          }
          for (let part = 0; part < worst.length; part += 1) {
            const share = worst.shares[part]!, x = Math.round(part * step * one);
            if (share <= 0) continue;
            const tall = Math.max(2, Math.round(share * (pixels.height - 1)));
            pixels.fill(x, pixels.height - tall, Math.max(1, Math.round((part + 1) * step * one) - x), tall, palette.harm);
          }
        }} />
      )}
      <NoteFlags page={page} width={width} window={{ from: 0, to: length, step: 1 }} />
      <span class="frame" style={{ ...moved(place(from)), width: Math.max(4, place(to) - place(from)) }} />
    </span>
  );
}
