// The list of keys, and what the words mean.

import { useEffect, useRef } from "preact/hooks";
import { KEYS } from "../keys";
import type { Page } from "../page";
import { STATES } from "../words";
import { Glyph } from "./glyph";
import type { Headline } from "../wire";

const WORDS: readonly [Headline, string][] = [
  ["fine", "the objectives are kept"], ["rerouted", "fine, and at least half is served elsewhere"],
  ["degraded", "an objective is missed, at least half succeeds"], ["down", "less than half succeeds"],
  ["no-data", "nothing is known"], ["not-trusted", "the measurement itself is in doubt"],
];

export function Help({ page }: { page: Page }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => page.set({ help: false });
  return (
    <dialog ref={dialog} class="help" onClose={close} aria-labelledby="title-help">
      <h2 id="title-help">Keys <span class="spring" /><button type="button" onClick={close}>Close</button></h2>
      <table><tbody>{KEYS.map(([key, what]) => <tr key={key}><th scope="row"><kbd>{key}</kbd></th><td>{what}</td></tr>)}</tbody></table>
      <p><label><input type="checkbox" checked={page.view.keys} onChange={(event) => page.set({ keys: event.currentTarget.checked })} /> single keys are on</label></p>
      <h3>States of an origin</h3>
      <table><tbody>{WORDS.map(([state, what]) => <tr key={state}><th scope="row"><Glyph state={state} /> {STATES[state].word}</th><td>{what}</td></tr>)}</tbody></table>
      {page.store.plan !== null && <p>{page.failedMeans}</p>}
      <p class="quiet">Landfall {page.store.hello?.landfall} · plan {page.store.plan?.sha256.slice(0, 12)} · seed {page.store.plan?.seed}</p>
    </dialog>
  );
}
