// The time axis under a chart, and the cursor over it.

import { columnsOf, ticks } from "../time";
import { layout, placeOf } from "../draw/chart";
import type { Page } from "../page";
import { ratio } from "./raster";

/** Where a second lies on a chart, in the page's pixels. */
export function cssPlace(page: Page, second: number, width: number): number {
  const scale = ratio();
  return placeOf(second, { window: page.window, left: 0, width: Math.round(width * scale) }) / scale;
}

export function TimeAxis({ page, left, width }: { page: Page, left: number, width: number }) {
  return (
    <span class="axis number" aria-hidden="true" ref={(element) => { if (element !== null) { element.style.left = `${left}px`; element.style.width = `${width}px`; } }}>
      {ticks(page.window, width).map((second) => {
        const at = cssPlace(page, second, width);
        return at < 0 || at > width - 30 ? null : (
          <span key={second} class="tick" ref={(element) => { if (element !== null) element.style.left = `${at}px`; }}>{label(page, second)}</span>
        );
      })}
    </span>
  );
}

function label(page: Page, second: number): string {
  const text = page.time(second * 1e6);
  return page.view.clock === "run" ? text : text;
}

/** Lines at the cursor and at the pins. */
export function CursorLine({ page, left, width }: { page: Page, left: number, width: number }) {
  const { cursor, pins } = page.view, { from, to } = page.window;
  const scale = ratio(), { size } = layout({ window: page.window, left: 0, width: Math.round(width * scale) });
  const wide = columnsOf(page.window) > 0 ? Math.max(1, size / scale) : 1;
  const lines = [...new Set([...pins, ...(cursor === null ? [] : [cursor])])].filter((second) => second >= from && second < to);
  return (
    <>
      {lines.map((second) => (
        <span key={second} class={pins.includes(second) ? "cursor pinned" : "cursor"} ref={(element) => {
          if (element === null) return;
          element.style.left = `${left + cssPlace(page, second, width) + wide / 2}px`;
        }} />
      ))}
    </>
  );
}
