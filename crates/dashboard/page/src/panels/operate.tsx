// What only an operator has: notes, faults of the plan, the load, and the end of the run. Nothing here has a single key.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Page } from "../page";
import type { Command } from "../wire";

/** Sends a command and shows what was answered. */
async function ask(page: Page, command: Command): Promise<void> {
  page.answer = "…";
  page.touch();
  try {
    page.answer = (await page.api.command(page.view.run, command)).text;
  } catch {
    page.answer = "The server does not answer: nothing was done, as far as this page knows.";
  }
  page.touch();
}

export function Operate({ page }: { page: Page }) {
  const [text, setText] = useState("");
  const [sure, setSure] = useState<Command | null>(null);
  const faults = page.store.plan?.faults ?? [];
  const isHeld = page.store.state?.is_held ?? false;
  const send = (event: Event) => {
    event.preventDefault();
    if (text.trim() === "") return;
    void ask(page, { command: "note", text: text.trim().slice(0, 500) });
    setText("");
  };
  return (
    <section class="panel wide-panel operate" aria-labelledby="title-operate">
      <h2 id="title-operate">Operate</h2>
      <form onSubmit={send}>
        <label>Note <input type="text" maxLength={500} value={text} onInput={(event) => setText(event.currentTarget.value)} placeholder="it becomes part of the recording" /></label>
        <button type="submit">Write</button>
      </form>
      <ul>
        {faults.map((fault) => (
          <li key={fault.name}><b>{fault.name}</b> <span class="quiet">{fault.text}</span>{" "}
            <button type="button" onClick={() => setSure({ command: "inject", fault: fault.name })}>Inject…</button>{" "}
            <button type="button" onClick={() => setSure({ command: "heal", fault: fault.name })}>Heal…</button>
            {sure !== null && "fault" in sure && sure.fault === fault.name && (
              <span class="sure"> {sure.command === "inject" ? "This breaks it now, for real users of the target." : "This heals it now, before its time."}{" "}
                <button type="button" class="grave" onClick={() => { void ask(page, sure); setSure(null); }}>{sure.command === "inject" ? "Inject now" : "Heal now"}</button>{" "}
                <button type="button" onClick={() => setSure(null)}>No</button></span>
            )}
          </li>))}
      </ul>
      <p>
        <b>Load</b> <span class="quiet">{isHeld ? "it is held: its rate stays, the plan's own time stands still" : page.store.plan?.load ?? ""}</span>{" "}
        {isHeld ? <button type="button" onClick={() => void ask(page, { command: "end-hold" })}>Let it go on</button>
          : <button type="button" onClick={() => setSure({ command: "hold" })}>Hold…</button>}
        {sure?.command === "hold" && !isHeld && (
          <span class="sure"> A run whose load was held can't pass: it isn't the plan's load any more.{" "}
            <button type="button" class="grave" onClick={() => { void ask(page, sure); setSure(null); }}>Hold now</button>{" "}
            <button type="button" onClick={() => setSure(null)}>No</button></span>
        )}
      </p>
      <p role="status" class="answer">{page.answer}</p>
    </section>
  );
}

export function StopDialog({ page }: { page: Page }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const name = page.store.hello?.run ?? page.view.run, inEffect = page.bands.filter((band) => !band.isOver);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => page.set({ stop: false });
  const stop = (event: Event) => {
    event.preventDefault();
    if (typed !== name) return;
    void ask(page, { command: "stop", confirm: typed });
    close();
  };
  return (
    <dialog ref={dialog} class="stop" onClose={close} aria-labelledby="title-stop">
      <h2 id="title-stop">Stop this run?</h2>
      <p>Load ends, every fault that is in effect is healed, and what there is is judged. The run can't be taken up again.</p>
      {inEffect.length === 0 ? <p>Now no fault is in effect.</p> : <>
        <p>Now in effect, and healed by this:</p>
        <ul>{inEffect.map((band) => <li key={`${band.fault} ${band.turn}`}><b>{page.faultName(band.fault)}</b> <span class="quiet">{page.store.plan?.faults[band.fault]?.text} since {page.time(band.from * 1e6)}</span></li>)}</ul>
      </>}
      <form onSubmit={stop}>
        <p><label>Type its name, <b>{name}</b>, or hold the button: <input type="text" autocomplete="off" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} /></label></p>
        <p class="right"><button type="button" onClick={close}>Don't stop</button> <Held done={() => { void ask(page, { command: "stop", confirm: name }); close(); }} /> <button type="submit" class="grave" disabled={typed !== name}>Stop the run</button></p>
      </form>
    </dialog>
  );
}

/** How long the button is held, in milliseconds. */
const HELD = 1_500;

/** Stops the run when it is held: with the pointer, or with the space bar or Enter. Letting go before is no answer. */
function Held({ done }: { done: () => void }) {
  const [since, setSince] = useState<number | null>(null);
  const [left, setLeft] = useState(HELD);
  useEffect(() => {
    if (since === null) return;
    const timer = setInterval(() => {
      const rest = HELD - (performance.now() - since);
      setLeft(Math.max(0, rest));
      if (rest <= 0) done();
    }, 100);
    return () => clearInterval(timer);
  }, [since]);
  const hold = () => { setLeft(HELD); setSince((was) => was ?? performance.now()); };
  const release = () => setSince(null);
  const isKey = (event: KeyboardEvent) => event.key === " " || event.key === "Enter";
  return (
    <button type="button" class="grave held number" onPointerDown={hold} onPointerUp={release} onPointerLeave={release} onBlur={release}
      onKeyDown={(event) => { if (isKey(event)) { event.preventDefault(); hold(); } }} onKeyUp={(event) => { if (isKey(event)) release(); }}>
      {since === null ? "Hold 1.5 s to stop" : `Hold ${(left / 1000).toFixed(1)} s more`}
    </button>
  );
}
