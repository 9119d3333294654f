// Panel C: did failover work, and how long did each part of it take. Drawn as SVG, so that it prints.

import { useId } from "preact/hooks";
import { flagCount, flags } from "../draw/flags";
import type { Bucket, TimelineRow } from "../draw/timeline";
import { apart, buckets, segments, timelineRows } from "../draw/timeline";
import { duration, share, tenths } from "../number";
import type { Page } from "../page";
import type { Mark } from "../store/store";
import { MARKS } from "../words";
import { noted } from "./axis";
import { OutlineLegend } from "./outline";
import { useWidth } from "./raster";
import { Unfolded } from "./twin";

/** Room for the marks on top, for the notes and the times below the bars, and for the named parts. */
const FLAGS = 22, NOTES = 9, AXIS = 15 + NOTES, PARTS = 18;

/** How tall the bars are: lower when there are several rows. */
function barsHeight(rows: number): number {
  return rows === 1 ? 170 : 34;
}

export function Timeline({ page }: { page: Page }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const population = page.focus, rows = timelineRows(page.store, population, page.store.newest_us);
  const faults = page.store.plan?.faults ?? [];
  return (
    <section class="panel timeline" id="panel-c" aria-labelledby="title-c" tabIndex={-1}>
      <h2 id="title-c">Did failover work? <span class="quiet cut">users in {page.nameOf(population)}</span>
        <span class="spring" />
        <span class="buttons">
          <button type="button" aria-label="previous origin" title="previous origin (<)" onClick={() => move(page, -1)}>‹</button>
          <button type="button" aria-label="next origin" title="next origin (>)" onClick={() => move(page, 1)}>›</button>
        </span>
      </h2>
      <div ref={box} class="timeline-rows">
        {rows.length === 0 && (
          <div class="planned">
            <p>{page.store.state?.phase_text ?? ""}</p>
            <table>
              <thead><tr><th>planned</th><th class="right">after load began</th><th class="right">for</th></tr></thead>
              <tbody>{faults.flatMap((fault) => fault.at_us.map((at, n) => (
                <tr key={`${fault.name} ${n}`}><th scope="row">{fault.text}</th><td class="right number">{duration(at)}</td>
                  <td class="right number">{fault.for_us === null ? "to the end" : duration(fault.for_us)}</td></tr>)))}</tbody>
            </table>
            {faults.length === 0 && <p class="quiet">The plan breaks nothing.</p>}
          </div>
        )}
        {width > 0 && rows.map((row) => <Row key={row.key} page={page} row={row} bars={barsHeight(rows.length)} width={width} population={population} />)}
      </div>
      <p class="foot legend"><span class="swatch home" aria-hidden="true" /> home <span class="swatch elsewhere" aria-hidden="true" /> elsewhere <span class="swatch failed" aria-hidden="true" /> failed <OutlineLegend page={page} populations={[population]} /></p>
    </section>
  );
}

function move(page: Page, by: number): void {
  const rows = page.rows, at = rows.indexOf(page.focus);
  page.set({ focus: rows[(at + by + rows.length) % rows.length] ?? 0 });
}

type RowProps = { page: Page, row: TimelineRow, width: number, population: number, bars: number };

function Row({ page, row, width, population, bars: tall }: RowProps) {
  const pattern = useId();
  const wide = bucketWidth(row, width), home = page.homeOf(population);
  const drawn = buckets(page.store, population, home, row, wide);
  const { other, alignment } = page, beside = other === null || alignment === null ? [] : other.buckets(page.nameOf(population), alignment, row.from, row.to, wide);
  const most = Math.max(1e-9, ...[...drawn, ...beside].map((bar) => perSecond(bar, bar.home + bar.elsewhere + bar.failed)));
  const parts = segments(row), numbered = row.marks.filter((mark) => mark.number !== null && inRow(row, mark));
  const x = (us: number) => ((us - row.from) / (row.to - row.from)) * width;
  const height = FLAGS + tall + AXIS + PARTS;
  const title = row.kind === "fault" ? `${page.faultName(row.fault)}${row.turn > 0 ? `, turn ${row.turn + 1}` : ""}` : `way back after ${page.faultName(row.fault)}`;
  const healed = row.marks.find((mark) => mark.mark === "healed")?.at_us ?? page.store.newest_us;
  const active = row.marks.find((mark) => mark.mark === "active")?.at_us ?? row.zero;
  return (
    <figure class="timeline-row">
      <figcaption>
        <strong>{title}</strong>{" "}
        {numbered.map((mark) => (
          <span key={`${mark.mark} ${mark.number}`} class={`flag-text${mark.is_final ? "" : " provisional"}`} title={source(page, mark)}>
            <span class="flag-number">{mark.number}</span> {MARKS[mark.mark] ?? mark.mark} <b class="number">{tenths(mark.at_us - row.zero)}</b>
          </span>
        ))}
        {row.kind === "fault" && !row.marks.some((mark) => mark.mark === "recovered") && <span class="quiet">not recovered yet</span>}
      </figcaption>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true" class="timeline-svg">
        <defs>
          <pattern id={pattern} width="4" height="4" patternUnits="userSpaceOnUse"><rect width="4" height="4" class="fill-harm-light" /><rect width="2" height="4" class="fill-harm" /></pattern>
          <pattern id={`${pattern}-band`} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1" height="7" class="fill-ink" opacity="0.3" /></pattern>
          <pattern id={`${pattern}-unknown`} width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" class="fill-panel" /><rect width="1.5" height="1.5" class="fill-ink-2" /></pattern>
          <clipPath id={`${pattern}-clip`}><rect width={width} height={height} /></clipPath>
        </defs>
        <g clip-path={`url(#${pattern}-clip)`}>
          <rect x={x(active)} y={FLAGS} width={Math.max(0, x(healed) - x(active))} height={tall} fill={`url(#${pattern}-band)`} />
          <rect x={x(active)} y={FLAGS - 3} width={Math.max(0, x(healed) - x(active))} height={3} class="fill-ink" />
          {unknown(page, population, row).map((second) => <rect key={second} x={x(second * 1e6)} y={FLAGS} width={x(1e6) - x(0)} height={tall} fill={`url(#${pattern}-unknown)`} />)}
          <Bars bars={drawn} most={most} tall={tall} x={x} pattern={pattern} />
          {beside.length > 0 && <Other bars={beside} most={most} tall={tall} x={x} />}
          <line x1={0} x2={width} y1={FLAGS + tall + 0.5} y2={FLAGS + tall + 0.5} class="stroke-line" />
          <Axis row={row} tall={tall} width={width} x={x} />
          {parts.map((part) => <Part key={part.name} tall={tall} name={part.name} from={x(part.from)} to={x(part.to)} length={part.to - part.from} />)}
          <Cursor page={page} tall={tall} x={x} />
        </g>
        <Flags marks={numbered} tall={tall} x={x} width={width} />
        <Notes page={page} tall={tall} x={x} width={width} />
      </svg>
      <Unfolded title={`show ${title} as a table`}>{() => (
        <table class="twin">
          <thead><tr><th>instant</th><th class="right">time</th><th class="right">after</th><th>source</th></tr></thead>
          <tbody>{row.marks.map((mark) => (
            <tr key={`${mark.mark} ${mark.at_us}`}><th scope="row">{MARKS[mark.mark] ?? mark.mark}</th><td class="right number">{page.time(mark.at_us, true)}</td>
              <td class="right number">{tenths(mark.at_us - row.zero)}{mark.error_us === null ? "" : ` ± ${duration(mark.error_us)}`}</td><td>{mark.source}{mark.is_final ? "" : " (may still change)"}</td></tr>))}
          {parts.map((part) => <tr key={part.name}><th scope="row">{part.name}</th><td /><td class="right number">{tenths(part.to - part.from)}</td><td /></tr>)}
          <tr><th scope="row">requests in this row</th><td /><td class="right number" colSpan={2}>{said(drawn)}</td></tr>
          {beside.length > 0 && <tr><th scope="row">in {other!.run} (outline)</th><td /><td class="right number" colSpan={2}>{said(beside)}</td></tr>}</tbody>
        </table>)}
      </Unfolded>
    </figure>
  );
}

function said(bars: readonly Bucket[]): string {
  const sum = { home: 0, elsewhere: 0, failed: 0 };
  for (const bar of bars) {
    sum.home += bar.home;
    sum.elsewhere += bar.elsewhere;
    sum.failed += bar.failed;
  }
  const all = sum.home + sum.elsewhere + sum.failed;
  return `${share(sum.home, all)} home, ${share(sum.elsewhere, all)} elsewhere, ${share(sum.failed, all)} failed`;
}

function source(page: Page, mark: Mark): string {
  const error = mark.error_us === null ? "" : ` ± ${duration(mark.error_us)}`;
  return `${page.time(mark.at_us, true)}${error}, said by ${mark.source}${mark.is_final ? "" : "; may still change"}`;
}

function inRow(row: TimelineRow, mark: Mark): boolean {
  const isBack = mark.number !== null && mark.number >= 6;
  return (row.kind === "failback") === isBack && mark.at_us >= row.from && mark.at_us <= row.to;
}

/** The seconds of a row that something should be known of, and nothing is. */
function unknown(page: Page, population: number, row: TimelineRow): number[] {
  const { from, to } = page.expected, series = page.store.series[population]!, found: number[] = [];
  const last = Math.min(to, page.final, Math.ceil(row.to / 1e6));
  for (let second = Math.max(from, Math.floor(row.from / 1e6)); second < last; second += 1) if (series.spanAt(second) === 0) found.push(second);
  return found;
}

/** Whole tenths, at least two pixels wide. */
function bucketWidth(row: TimelineRow, width: number): number {
  const one = (width / (row.to - row.from)) * 1e5;
  const parts = [1, 2, 5, 10].find((each) => each * one >= 2) ?? 10;
  return parts * 1e5;
}

function perSecond(bar: Bucket, value: number): number {
  return value / ((bar.to - bar.from) / 1e6);
}

/** Bars of a run, and what both runs' are drawn to. */
type BarsProps = { bars: readonly Bucket[], most: number, tall: number, x: (us: number) => number };

/** The outlines of the run that is compared with: of what was answered at home, and of all that was answered. */
function Other({ bars, most, tall, x }: BarsProps) {
  const bottom = FLAGS + tall;
  const outline = (of: (bar: Bucket) => number) => bars.map((bar, n) => {
    const high = (perSecond(bar, of(bar)) / most) * (tall - 6), to = x(bar.to).toFixed(2), y = (bottom - high).toFixed(1);
    const isGap = n === 0 || bar.from - bars[n - 1]!.to > 1;
    return `${isGap ? `M${x(bar.from).toFixed(2)} ${y}` : `V${y}`}${high > 0 ? `H${to}` : `M${to} ${bottom}`}`;
  }).join("");
  const path = outline((bar) => bar.home) + outline((bar) => bar.home + bar.elsewhere);
  return <><path d={path} class="other-seam" /><path d={path} class="other-line" /></>;
}

function Bars({ bars, most, tall, x, pattern }: BarsProps & { pattern: string }) {
  const bottom = FLAGS + tall, y = (bar: Bucket, value: number) => (perSecond(bar, value) / most) * (tall - 6);
  const paths = { home: "", elsewhere: "", failed: "" };
  const rectangle = (bar: Bucket, base: number, high: number) => (
    high <= 0 ? "" : `M${x(bar.from).toFixed(2)} ${(bottom - base).toFixed(1)}V${(bottom - base - high).toFixed(1)}H${x(bar.to).toFixed(2)}V${(bottom - base).toFixed(1)}Z`);
  for (const bar of bars) {
    const home = y(bar, bar.home), elsewhere = y(bar, bar.elsewhere), failed = y(bar, bar.failed);
    const overHome = home > 0 ? 1 : 0, overOk = home + elsewhere > 0 ? 1 : 0;
    paths.home += rectangle(bar, 0, home);
    paths.elsewhere += rectangle(bar, home + overHome, Math.max(elsewhere - overHome, elsewhere > 0 ? 1 : 0));
    paths.failed += rectangle(bar, home + elsewhere + overOk, Math.max(failed - overOk, failed > 0 ? 2 : 0));
  }
  return <><path d={paths.home} class="fill-home" /><path d={paths.elsewhere} class="fill-react" /><path d={paths.failed} fill={`url(#${pattern})`} /></>;
}

function Axis({ row, tall, width, x }: { row: TimelineRow, tall: number, width: number, x: (us: number) => number }) {
  const length = (row.to - row.from) / 1e6, wanted = (length * 60) / width;
  const step = [1, 2, 5, 10, 15, 30, 60, 120].find((each) => each >= wanted) ?? 300;
  const ticks: number[] = [];
  for (let at = Math.ceil((row.from - row.zero) / 1e6 / step) * step; row.zero + at * 1e6 <= row.to; at += step) ticks.push(at);
  return <>{ticks.map((at) => {
    const place = x(row.zero + at * 1e6);
    return place > width - 24 ? null : <g key={at}><line x1={place} x2={place} y1={FLAGS + tall} y2={FLAGS + tall + NOTES + 4} class="stroke-ink-2" /><text x={place + 3} y={FLAGS + tall + NOTES + 11} class="axis-text">{at} s</text></g>;
  })}</>;
}

function Part({ name, tall, from, to, length }: { name: string, tall: number, from: number, to: number, length: number }) {
  const text = `${name} ${(length / 1e6).toFixed(1)}`, short = (length / 1e6).toFixed(1), room = to - from;
  const fits = room > text.length * 6.2 ? text : room > short.length * 7 ? short : "";
  const y = FLAGS + tall + AXIS;
  return <g><title>{text} s</title><rect x={from + 0.5} y={y + 0.5} width={Math.max(1, room - 1)} height={PARTS - 2} class="segment" />{fits !== "" && <text x={(from + to) / 2} y={y + 12.5} class="segment-text">{fits}</text>}</g>;
}

function Flags({ marks, tall, x, width }: { marks: Mark[], tall: number, x: (us: number) => number, width: number }) {
  const places = apart(marks.map((mark) => x(mark.at_us)), 17, 8, width - 8);
  return <>{marks.map((mark, n) => (
    <g key={`${mark.mark} ${mark.number}`} class={mark.is_final ? "flag" : "flag provisional"}>
      <path d={`M${places[n]} 15L${x(mark.at_us)} 20V${FLAGS + tall}`} class="flag-line" />
      <circle cx={places[n]} cy={8} r={7} />
      <text x={places[n]} y={11.8}>{mark.number}</text>
    </g>
  ))}</>;
}

function Notes({ page, tall, x, width }: { page: Page, tall: number, x: (us: number) => number, width: number }) {
  const foot = FLAGS + tall;
  return <>{flags(page.store.notes, x, width).map((flag) => {
    const count = flagCount(flag), half = count.length * 3 + 3;
    return (
      <g key={flag.notes[0]!.id} class="note">
        <title>{noted(page, flag.notes)}</title>
        <line x1={flag.at} x2={flag.at} y1={FLAGS} y2={foot} class="note-stroke" />
        {count === "" ? <path d={`M${flag.at} ${foot}l5 ${NOTES - 1}h-10Z`} class="fill-ink" /> : <>
          <rect x={flag.at - half} y={foot} width={2 * half} height={NOTES + 1} class="fill-ink" />
          <text x={flag.at} y={foot + NOTES - 0.5} class="note-count">{count}</text>
        </>}
      </g>
    );
  })}</>;
}

function Cursor({ page, tall, x }: { page: Page, tall: number, x: (us: number) => number }) {
  const { cursor } = page.view;
  return cursor === null ? null : <line x1={x((cursor + 0.5) * 1e6)} x2={x((cursor + 0.5) * 1e6)} y1={FLAGS} y2={FLAGS + tall} class="stroke-ink" />;
}
