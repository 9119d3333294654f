// Makes src/draw/land.ts: which cells of two degrees are land. Needed only when that file is to be made again:
//
// npm install --no-save world-atlas topojson-client d3-geo && node tools/land.mjs > src/draw/land.ts
//
// The outline is Natural Earth's, 1:110 million, which is in the public domain, as the package world-atlas has it.

import { createRequire } from "node:module";
const load = createRequire(process.env.LAND_FROM ?? import.meta.url);
const { feature } = load("topojson-client");
const atlas = load("world-atlas/land-110m.json");
const land = feature(atlas, atlas.objects.land);

/** Whether a point is inside of a ring, by how often a ray from it crosses the ring. */
function inside(ring, x, y) {
  let is = false;
  for (let n = 0, before = ring.length - 1; n < ring.length; before = n, n += 1) {
    const [ax, ay] = ring[n], [bx, by] = ring[before];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) is = !is;
  }
  return is;
}

/** A number of cells is a letter from # to [, which needs no sign before it in a text. */
const MOST = 56, letter = (number) => String.fromCharCode(35 + number);
const polygons = land.features.flatMap(({ geometry }) => geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates);
const isLand = (x, y) => polygons.some(([outer, ...holes]) => inside(outer, x, y) && !holes.some((hole) => inside(hole, x, y)));
let runs = "", length = 0, isOnLand = false;
const close = () => {
  for (; length > MOST; length -= MOST) runs += letter(MOST) + letter(0);
  runs += letter(length);
};
for (let row = 0; row < 74; row += 1) {
  for (let column = 0; column < 180; column += 1) {
    if (isLand(column * 2 - 179, 87 - row * 2) !== isOnLand) {
      close();
      length = 0;
      isOnLand = !isOnLand;
    }
    length += 1;
  }
}
close();
const text = runs.match(/.{1,110}/g).map((line) => `  "${line}"`).join(" +\n");
console.log(`// Which cells of two degrees are land, from 88° north to 60° south. Made by tools/land.mjs from Natural Earth's outline
// (1:110 million, public domain): don't edit by hand.

const ROWS = 74;
// By turns so many cells of water and so many of land, from the north west on: each a letter, # is none.
const RUNS =
${text};
const CELLS = [...RUNS].flatMap((letter, n) => Array.from({ length: letter.charCodeAt(0) - 35 }, () => n % 2 === 1));

/** Whether the middle of the cell that holds a place is land. */
export function isLand(latitude: number, longitude: number): boolean {
  const row = Math.floor((88 - latitude) / 2), column = ((Math.floor((longitude + 180) / 2) % 180) + 180) % 180;
  if (row < 0 || row >= ROWS) return false;
  return CELLS[row * 180 + column]!;
}`);
