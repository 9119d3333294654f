// What the page and the script of a report have in common when they are built.
import type { BuildOptions, ESBuildOptions } from "vite";

/** What packs smallest: elements are made by calls of one function, and fields that are only declared are none. */
export const script: ESBuildOptions = {
  jsx: "transform", jsxFactory: "createElement", jsxFragment: "Fragment", jsxInject: 'import { createElement, Fragment } from "preact"', legalComments: "none",
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
};

/** Terser takes longer than what vite has of its own and makes a script that is 3 % smaller, packed: 60 KB are all that there is. */
export const small: BuildOptions = {
  target: "es2022", cssCodeSplit: false, minify: "terser",
  terserOptions: { ecma: 2020, module: true, compress: { passes: 3, keep_fargs: false, unsafe_arrows: true }, format: { comments: false } },
};
