// The page, as the server serves it: one HTML file, one script, one style sheet, nothing inline.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  build: {
    target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: true,
    cssCodeSplit: false, sourcemap: false,
  },
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
});
