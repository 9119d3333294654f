// The controls of a recording that is looked at: from where, how fast, or all of it at once.

import { useState } from "preact/hooks";
import { runTime } from "../number";
import type { Page } from "../page";

const SPEEDS = [1, 2, 5, 10, 30, 60] as const;

export function Replay({ page }: { page: Page }) {
  const [speed, setSpeed] = useState(10);
  const length = Math.ceil(Math.max(page.replayLength, page.store.newest_us / 1e6, (page.store.plan?.load_us ?? 0) / 1e6));
  const playing = page.stream?.replay ?? null, now = Math.min(length, Math.floor(page.store.newest_us / 1e6));
  return (
    <div class="replay" role="group" aria-label="replay">
      <button type="button" onClick={() => page.play(playing === null || now >= length - 1 ? 0 : now, speed)}>Play</button>
      <label class="quiet">speed <select value={speed} onChange={(event) => { const value = Number(event.currentTarget.value); setSpeed(value); if (playing !== null) page.play(now, value); }}>
        {SPEEDS.map((each) => <option key={each} value={each}>{each}×</option>)}
      </select></label>
      <input type="range" min={0} max={length} value={playing === null ? length : now} aria-label="instant of the run" aria-valuetext={runTime(now * 1e6)}
        onChange={(event) => page.play(Number(event.currentTarget.value), speed)} />
      <span class="number">{runTime(now * 1e6)} of {runTime(length * 1e6)}</span>
      <button type="button" aria-pressed={playing === null} onClick={() => page.playWhole()}>Whole run</button>
    </div>
  );
}
