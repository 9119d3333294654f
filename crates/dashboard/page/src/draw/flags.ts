// Notes on a time axis: where their flags stand, and which of them stand so near each other that one flag has to do for them.

import type { LogLine } from "../wire";

/** The room that a flag takes, in the page's pixels: no two stand nearer to each other. */
export const FLAG_ROOM = 22;

/** One flag: where it stands, and what was noted there. */
export type Flag = { at: number, notes: readonly LogLine[] };

/** The flags of notes in order of time, `place` telling where an instant lies in `width` pixels. What has no place in them has no flag. */
export function flags(notes: readonly LogLine[], place: (us: number) => number, width: number): Flag[] {
  const found: { at: number, notes: LogLine[] }[] = [];
  for (const note of notes) {
    const at = place(note.at_us), last = found.at(-1);
    if (at < 0 || at >= width) continue;
    if (last !== undefined && at - last.at < FLAG_ROOM) last.notes.push(note);
    else found.push({ at, notes: [note] });
  }
  return found;
}

/** How many notes a flag stands for, as it is written on it; nothing on that of one. */
export function flagCount({ notes }: Flag): string {
  return notes.length === 1 ? "" : notes.length > 99 ? "99+" : String(notes.length);
}
