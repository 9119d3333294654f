// The time axis under a chart, and the cursor over it.

import type { Window } from "../time";
import { columnsOf, ticks } from "../time";
import { placeOf } from "../draw/chart";
import type { Page } from "../page";

/** Where a second lies on a chart, in the page's pixels. */
export function cssPlace(window: Window, second: number, width: number): number {
  return placeOf(second, { window, left: 0, width });
}

type AxisProps = { page: Page, left: number, width: number, window?: Window };

export function TimeAxis({ page, left, width, window = page.window }: AxisProps) {
  return (
    <span class="axis number" aria-hidden="true" ref={(element) => { if (element !== null) { element.style.left = `${left}px`; element.style.width = `${width}px`; } }}>
      {ticks(window, width).map((second) => {
        const at = cssPlace(window, second, width);
        return at < 0 || at > width - 30 ? null : (
          <span key={second} class="tick" ref={(element) => { if (element !== null) element.style.transform = `translateX(${at}px)`; }}>{page.time(second * 1e6)}</span>
        );
      })}
    </span>
  );
}

/** Lines at the cursor and at the pins. */
export function CursorLine({ page, left, width, window = page.window }: AxisProps) {
  const { cursor, pins } = page.view, { from, to } = window;
  const wide = width / Math.max(1, columnsOf(window));
  const lines = [...new Set([...pins, ...(cursor === null ? [] : [cursor])])].filter((second) => second >= from && second < to);
  return (
    <>
      {lines.map((second) => (
        <span key={second} class={pins.includes(second) ? "cursor pinned" : "cursor"} ref={(element) => {
          if (element === null) return;
          element.style.transform = `translateX(${left + cssPlace(window, second, width) + wide / 2}px)`;
        }} />
      ))}
    </>
  );
}
