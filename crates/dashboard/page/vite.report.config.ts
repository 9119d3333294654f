// The same page for a report: one script that imports nothing, one style sheet, to be put into one file.
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  build: {
    target: "es2022", outDir: "dist-report", cssCodeSplit: false, modulePreload: false,
    rollupOptions: {
      input: "src/report.ts",
      output: { format: "iife", entryFileNames: "report.js", assetFileNames: "report.[ext]", inlineDynamicImports: true },
    },
  },
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
});
