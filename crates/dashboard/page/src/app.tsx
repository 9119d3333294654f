// The page: which panels, in which order.

import type { Page } from "./page";
import { Compare } from "./panels/compare";
import { Detail } from "./panels/detail";
import { Exports } from "./panels/exports";
import { GeneratorsPanel } from "./panels/generators";
import { Grid } from "./panels/grid";
import { Head } from "./panels/head";
import { Heat } from "./panels/heat";
import { Help } from "./panels/help";
import { Log } from "./panels/log";
import { Objectives } from "./panels/objectives";
import { Operate, StopDialog } from "./panels/operate";
import { Replay } from "./panels/replay";
import { Replication } from "./panels/replication";
import { Runs } from "./panels/runs";
import { Where } from "./panels/map";
import { Score } from "./panels/score";
import { Strip } from "./panels/strip";
import { Timeline } from "./panels/timeline";

export function App({ page }: { page: Page }) {
  const { store, view } = page;
  if (view.run === "" && page.stream === null && store.plan === null) return <Runs page={page} />;
  if (store.refused !== "") return <main class="refused"><h1>Landfall</h1><p>{store.refused}</p></main>;
  if (page.stream?.link === "refused") return <main class="refused"><h1>Landfall</h1><p>{page.stream.why}</p></main>;
  const isNarrow = page.width < 900;
  return (
    <>
      <Head page={page} />
      <main class={isNarrow ? "main narrow" : "main"}>
        {store.hello?.mode === "replay" && page.stream !== null && <Replay page={page} />}
        <Strip page={page} />
        {store.plan !== null && <>
          {isNarrow ? <><Score page={page} /><Timeline page={page} /></> : <><Where page={page} /><Timeline page={page} /><Score page={page} /></>}
          {view.compare !== "" && !page.isFile && <Compare page={page} />}
          {view.detail ? <Detail page={page} /> : <Grid page={page} />}
          {isNarrow ? <Log page={page} /> : <>
            <div class="lower">{!view.detail && <Heat page={page} />}<Replication page={page} /><Log page={page} /></div>
            <GeneratorsPanel page={page} />
            {store.hello?.role === "operate" && store.hello.mode === "live" && store.end === null && <Operate page={page} />}
          </>}
          {(view.objectives || store.end !== null) && <Objectives page={page} />}
        </>}
      </main>
      {view.stop && <StopDialog page={page} />}
      {view.exports && <Exports page={page} />}
      {view.help && <Help page={page} />}
    </>
  );
}
