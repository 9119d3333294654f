// All tests of the page: the pure ones, then those in a browser. `npm test -- unit` runs the first only.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const page = fileURLToPath(new URL("..", import.meta.url));
const onlyUnit = process.argv[2] === "unit";
await build({
  root: page, configFile: false, logLevel: "warn", esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: { ssr: "tests/unit.test.ts", outDir: ".unit", emptyOutDir: true, copyPublicDir: false },
});
const files = [".unit/unit.test.js", ...readdirSync(`${page}/tests`).filter((name) => name.endsWith(".test.mjs")
  && !(onlyUnit && name.startsWith("browser"))).map((name) => `tests/${name}`)];
if (!onlyUnit) {
  if (!existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium")) {
    console.error("chromium is missing: the tests of the page need it. Install it: apt-get install --no-install-recommends chromium");
    process.exit(1);
  }
  await build({ root: page, logLevel: "warn" });
  if (existsSync(`${page}/vite.report.config.ts`)) await build({ root: page, configFile: `${page}/vite.report.config.ts`, logLevel: "warn" });
}
const run = spawnSync(process.execPath, ["--test", "--test-concurrency=1", ...files], { cwd: page, stdio: "inherit" });
process.exit(run.status ?? 1);
