// The page, as the server serves it: one HTML file, one script, one style sheet, nothing inline.
import { defineConfig } from "vite";
import { script, small } from "./vite.shared";

export default defineConfig({
  base: "/",
  build: {
    ...small, modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: true,
    sourcemap: false,
  },
  esbuild: script,
});
