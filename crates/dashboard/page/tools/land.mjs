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

const polygons = land.features.flatMap(({ geometry }) => geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates);
const isLand = (x, y) => polygons.some(([outer, ...holes]) => inside(outer, x, y) && !holes.some((hole) => inside(hole, x, y)));
const bytes = new Uint8Array(Math.ceil((180 * 74) / 8));
for (let row = 0; row < 74; row += 1) {
  for (let column = 0; column < 180; column += 1) {
    if (isLand(column * 2 - 179, 87 - row * 2)) bytes[(row * 180 + column) >> 3] |= 1 << ((row * 180 + column) & 7);
  }
}
const text = Buffer.from(bytes).toString("base64").match(/.{1,110}/g).map((line) => `  "${line}"`).join(" +\n");
console.log(`// Which cells of two degrees are land, from 88° north to 60° south. Made by tools/land.mjs from Natural Earth's outline
// (1:110 million, public domain): don't edit by hand.

const ROWS = 74;
const CELLS = Uint8Array.from(atob(
${text},
), (letter) => letter.charCodeAt(0));

/** Whether the middle of the cell that holds a place is land. */
export function isLand(latitude: number, longitude: number): boolean {
  const row = Math.floor((88 - latitude) / 2), column = ((Math.floor((longitude + 180) / 2) % 180) + 180) % 180;
  if (row < 0 || row >= ROWS) return false;
  const cell = row * 180 + column;
  return ((CELLS[cell >> 3]! >> (cell & 7)) & 1) === 1;
}`);
