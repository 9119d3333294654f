// The same page for a report: one script that imports nothing, one style sheet, to be put into one file.
import { defineConfig } from "vite";
import { script, small } from "./vite.shared";

export default defineConfig({
  publicDir: false,
  build: {
    ...small, outDir: "dist-report", modulePreload: false,
    rollupOptions: {
      input: "src/report.ts",
      output: { format: "iife", entryFileNames: "report.js", assetFileNames: "report.[ext]", inlineDynamicImports: true },
    },
  },
  esbuild: script,
});
