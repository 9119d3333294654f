// Panel H: can the numbers be trusted. One line when they can; a table of all generators when asked for.

import type { ComponentChildren } from "preact";
import { placeOf } from "../draw/chart";
import { bytes, count, duration, share } from "../number";
import type { Page } from "../page";
import type { Window } from "../time";
import type { Coverage, Generator } from "../wire";
import { InstantLines, TimeAxis } from "./axis";
import { Raster } from "./raster";

/** How wide and how tall the run is beside each generator. */
const WIDE = 200, TALL = 14;

export function GeneratorsPanel({ page }: { page: Page }) {
  const { generators, state } = page.store, isOpen = page.view.generators;
  const isTrusted = state?.is_trusted ?? true;
  return (
    <section class="panel wide-panel generators" id="panel-h" aria-labelledby="title-h" tabIndex={-1}>
      <h2 id="title-h">Generators <span class={isTrusted ? "quiet line" : "harm line"}>{generators?.line ?? "none has spoken yet"}</span><span class="spring" />
        <button type="button" aria-expanded={isOpen} title="all generators (5)" onClick={() => page.set({ generators: !isOpen })}>{isOpen ? "Close" : "Open"}</button>
      </h2>
      {isOpen && generators !== null && (
        <div class="scroll" tabIndex={0} role="region" aria-label="all generators"><Table page={page} generators={generators.generators} /></div>
      )}
    </section>
  );
}

function Table({ page, generators }: { page: Page, generators: readonly Generator[] }) {
  const plan = page.store.plan!, window = { from: 0, to: Math.max(page.now, Math.ceil(plan.load_us / 1e6), 1), step: 1 };
  return (
    <table>
      <thead><tr>
        <Title of="generator" /><Title of="place" /><Title of="sent of due" limit={`unsent at most ${share(plan.unsent_max, 1)}`} isNumber />
        <Title of="send lag p99" limit={`at most ${duration(plan.lag_p99_max_us)}`} isNumber /><Title of="CPU" isNumber /><Title of="open files" isNumber />
        <Title of="memory" isNumber /><Title of="clock ±" isNumber /><Title of="last second" limit={`silent below ${duration(plan.silence_max_us)}`} isNumber />
        <Title of="told of the run" limit="dots: missing" /><Title of="known" limit="100 %" isNumber /><Title of="trusted" />
      </tr></thead>
      <tbody>{generators.map((each) => (
        <tr key={each.name}>
          <th scope="row">{each.name}</th><td>{each.place === "" ? <span class="quiet">here</span> : each.place}</td>
          <Value title={`${count(each.sent)} of ${count(each.due)}`}>{share(each.sent, each.due)}</Value>
          <Value>{each.lag_p99_us === null ? "–" : duration(each.lag_p99_us)}</Value>
          <Value>{each.cpu === null ? "not measured" : `${Math.round(each.cpu * 100)} %`}</Value>
          <Value>{count(each.descriptors)} of {count(each.descriptors_max)}</Value>
          <Value>{bytes(each.memory)}</Value>
          <Value>{each.clock_bound_us === null ? "–" : duration(each.clock_bound_us)}</Value>
          <Value>{each.last_second === null ? "–" : page.time(each.last_second * 1e6)}</Value>
          <td>{each.coverage !== null && <Bar page={page} name={each.name} of={each.coverage} window={window} />}</td>
          <Value title={each.coverage === null ? "" : holes(page, each.coverage)}>{each.coverage?.text ?? "not known"}</Value>
          <td class={each.distrust === "" ? "" : "harm"}>{each.distrust === "" ? "yes" : `no: ${each.distrust}`}</td>
        </tr>))}
      </tbody>
      <tfoot><tr><td colSpan={9} /><td><div class="axes"><TimeAxis page={page} left={0} width={WIDE} window={window} /></div></td><td colSpan={2} /></tr></tfoot>
    </table>
  );
}

/** What a column has, and the limit that its values are held against. */
function Title({ of, limit = "", isNumber = false }: { of: string, limit?: string, isNumber?: boolean }) {
  return <th class={isNumber ? "right" : ""}>{of}{limit !== "" && <><br />{limit}</>}</th>;
}

function Value({ title = "", children }: { title?: string, children: ComponentChildren }) {
  return <td class="right number" title={title}>{children}</td>;
}

/** When something is missing, and why. */
function holes(page: Page, { missing }: Coverage): string {
  return missing.map(({ from, to, why }) => `${page.time(from * 1e6)} to ${page.time(to * 1e6)}: ${why}`).join("\n");
}

/** The run as far as a generator told of it: full where it did, dots where it should have. */
function Bar({ page, name, of, window }: { page: Page, name: string, of: Coverage, window: Window }) {
  return (
    <div class="plot" title={holes(page, of)}>
      <Raster width={WIDE} height={TALL} stamp={`${name} ${window.to} ${of.from} ${of.to} ${of.missing.map(({ from, to }) => `${from}-${to}`).join()}`} paint={(pixels, palette, scale) => {
        const room = { window, left: 0, width: pixels.width }, place = (second: number) => Math.round(placeOf(second, room)), tall = pixels.height;
        pixels.fill(0, tall - 1, pixels.width, 1, palette.line);
        pixels.fill(place(of.from), 0, place(of.to) - place(of.from), tall, palette["calm-fill"]);
        for (const { from, to } of of.missing) {
          // However short it is, it is wide enough for a dot.
          const wide = Math.max(place(to) - place(from), Math.ceil(4 * scale)), x = Math.min(place(from), pixels.width - wide);
          pixels.fill(x, 0, wide, tall, palette.panel);
          pixels.dots(x, 0, wide, tall, Math.ceil(4 * scale), Math.ceil(1.5 * scale), palette["ink-2"]);
        }
      }} />
      <InstantLines page={page} left={0} width={WIDE} window={window} />
    </div>
  );
}
