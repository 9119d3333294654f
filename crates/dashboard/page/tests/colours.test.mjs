// The token file: contrasts on the panel, and how far apart the four roles are under four kinds of vision.
// CIEDE2000 after Sharma, Wu and Dalal (2005); colour vision deficiencies after Machado, Oliveira and Fernandes (2009),
// full severity.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const MACHADO = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function themes() {
  const css = readFileSync(new URL("../src/tokens.css", import.meta.url), "utf8");
  const blocks = [...css.matchAll(/^:root[^{]*\{([^}]*)\}/gm)].map(([, body]) => (
    Object.fromEntries([...body.matchAll(/--([\w-]+): (#[0-9A-F]{6})/gi)].map(([, name, value]) => [name, value]))));
  return { light: blocks[0], dark: blocks[1] };
}

const linear = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
  .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
const luminance = (hex) => linear(hex).reduce((sum, part, n) => sum + part * [0.2126, 0.7152, 0.0722][n], 0);
const contrast = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const seen = (rgb, m) => [0, 3, 6].map((row) => Math.min(1, Math.max(0, m[row] * rgb[0] + m[row + 1] * rgb[1] + m[row + 2] * rgb[2])));

function lab(rgb) {
  const xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    .map((row, n) => row.reduce((sum, part, at) => sum + part * rgb[at], 0) / [0.95047, 1, 1.08883][n])
    .map((part) => (part > 216 / 24389 ? Math.cbrt(part) : (part * 24389 / 27 + 16) / 116));
  return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])];
}

export function ciede2000([l1, a1, b1], [l2, a2, b2]) {
  const rad = Math.PI / 180, c = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)));
  const [x1, x2] = [a1 * (1 + g), a2 * (1 + g)], [c1, c2] = [Math.hypot(x1, b1), Math.hypot(x2, b2)];
  const angle = (b, x) => (b === 0 && x === 0 ? 0 : (Math.atan2(b, x) / rad + 360) % 360);
  const [h1, h2] = [angle(b1, x1), angle(b2, x2)];
  let dh = c1 * c2 === 0 ? 0 : h2 - h1;
  if (dh > 180) dh -= 360; else if (dh < -180) dh += 360;
  const dl = l2 - l1, dc = c2 - c1, dH = 2 * Math.sqrt(c1 * c2) * Math.sin((dh / 2) * rad);
  const l = (l1 + l2) / 2, cm = (c1 + c2) / 2;
  let h = h1 + h2;
  if (c1 * c2 !== 0) h = Math.abs(h1 - h2) <= 180 ? h / 2 : h < 360 ? (h + 360) / 2 : (h - 360) / 2;
  const t = 1 - 0.17 * Math.cos((h - 30) * rad) + 0.24 * Math.cos(2 * h * rad) + 0.32 * Math.cos((3 * h + 6) * rad) - 0.2 * Math.cos((4 * h - 63) * rad);
  const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2), sc = 1 + 0.045 * cm, sh = 1 + 0.015 * cm * t;
  const rt = -Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * rad) * 2 * Math.sqrt(cm ** 7 / (cm ** 7 + 25 ** 7));
  return Math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dH / sh) ** 2 + rt * (dc / sc) * (dH / sh));
}

test("the distance is the published one", () => {
  // Pairs 1 and 17 of Sharma, Wu and Dalal's table.
  assert.ok(Math.abs(ciede2000([50, 2.6772, -79.7751], [50, 0, -82.7485]) - 2.0425) < 5e-5);
  assert.ok(Math.abs(ciede2000([50, 2.5, 0], [73, 25, -18]) - 27.1492) < 5e-5);
});

for (const [name, tokens] of Object.entries(themes())) {
  test(`${name}: text is at least 4.5 : 1 and graphics 3 : 1 on page and panel`, () => {
    for (const ground of ["panel", "bg"]) {
      for (const text of ["ink", "ink-2", "calm", "react", "harm", "warn-text"]) assert.ok(contrast(tokens[text], tokens[ground]) >= 4.5, `${text} on ${ground}`);
      for (const mark of ["calm-fill", "warn", "ramp-0", "ramp-7"]) assert.ok(contrast(tokens[mark], tokens[ground]) >= 2.95, `${mark} on ${ground}`);
    }
  });
  test(`${name}: calm, react, harm and warn are at least 16 apart for everybody`, () => {
    for (const calm of ["calm", "calm-fill"]) {
      const roles = [calm, "react", "harm", "warn"];
      for (const [vision, matrix] of Object.entries(MACHADO)) {
        roles.forEach((one, n) => roles.slice(n + 1).forEach((other) => {
          const distance = ciede2000(lab(seen(linear(tokens[one]), matrix)), lab(seen(linear(tokens[other]), matrix)));
          assert.ok(distance >= 16, `${one} and ${other} are ${distance.toFixed(1)} apart for ${vision} vision`);
        }));
      }
    }
  });
}
