// The time axis under a chart, with a flag for each note; and the lines over the chart: at notes, at the pins and at the cursor.
// Flags and lines are elements over what is drawn: a note draws no chart anew. The log is the list of notes for those who don't see them.

import { useMemo } from "preact/hooks";
import { placeOf } from "../draw/chart";
import type { Flag } from "../draw/flags";
import { flagCount, flags } from "../draw/flags";
import { together } from "../number";
import type { Page } from "../page";
import type { Window } from "../time";
import { ticks } from "../time";

/** Where a second lies on a chart, in the page's pixels. */
export function cssPlace(window: Window, second: number, width: number): number {
  return placeOf(second, { window, left: 0, width });
}

/** The middle of the column that a second lies in: where the cursor stands, and the flag of what was noted then. */
function middle(window: Window, second: number, width: number): number {
  const column = Math.floor((second - window.from) / window.step);
  return cssPlace(window, window.from + (column + 0.5) * window.step, width);
}

/** Stands so far from the left. */
export function moved(x: number): { transform: string } {
  return { transform: `translateX(${x}px)` };
}

/** When something was noted, and what. */
export function noted(page: Page, notes: Flag["notes"]): string {
  return notes.map((note) => `${page.time(note.at_us, true)} ${together(note.text)}`).join("\n");
}

type AxisProps = { page: Page, left: number, width: number, window?: Window };

function useFlags({ page, width, window = page.window }: Omit<AxisProps, "left">): Flag[] {
  const { notes } = page.store, { from, to, step } = window;
  return useMemo(() => flags(notes, (us) => middle(window, us / 1e6, width), width), [notes, from, to, step, width]);
}

/** A flag for each note, or for several that are near each other: it tells what was noted, and leads there. */
export function NoteFlags(props: Omit<AxisProps, "left">) {
  const { page } = props, found = useFlags(props);
  return useMemo(() => (
    <>
      {found.map((flag) => {
        const second = Math.floor(flag.notes[0]!.at_us / 1e6);
        return (
          <span key={flag.notes[0]!.id} class={flag.notes.length === 1 ? "note-flag" : "note-flag several"} title={noted(page, flag.notes)} aria-hidden="true" style={moved(flag.at)}
            onClick={(event) => { event.stopPropagation(); page.set({ cursor: second, pins: [second] }); }}>{flagCount(flag)}</span>
        );
      })}
    </>
  ), [found, page.view.clock]);
}

export function TimeAxis({ page, left, width, window = page.window }: AxisProps) {
  return (
    <span class="axis number" aria-hidden="true" style={{ left, width }}>
      {ticks(window, width).map((second) => {
        const at = cssPlace(window, second, width);
        return at < 0 || at > width - 30 ? null : <span key={second} class="tick" style={moved(at)}>{page.time(second * 1e6)}</span>;
      })}
      <NoteFlags page={page} width={width} window={window} />
    </span>
  );
}

/** Lines at notes, at the pins and at the cursor. */
export function InstantLines({ page, left, width, window = page.window }: AxisProps) {
  const { cursor, pins } = page.view, { from, to } = window, found = useFlags({ page, width, window });
  const lines = [...new Set([...pins, ...(cursor === null ? [] : [cursor])])].filter((second) => second >= from && second < to);
  const notes = useMemo(() => found.map((flag) => <span key={flag.notes[0]!.id} class="note-line" style={moved(left + flag.at)} />), [found, left]);
  return (
    <>
      {notes}
      {lines.map((second) => <span key={second} class={pins.includes(second) ? "cursor pinned" : "cursor"} style={moved(left + middle(window, second, width))} />)}
    </>
  );
}
