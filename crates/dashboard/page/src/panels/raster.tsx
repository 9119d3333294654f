// A canvas that is drawn only when its stamp has changed, and a measure of widths.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Palette } from "../draw/palette";
import { palette } from "../draw/palette";
import type { Pixels } from "../draw/pixels";
import { shared } from "../draw/pixels";

/** The device's pixels in one of the page's. */
export function ratio(): number {
  return Math.max(1, Math.min(3, window.devicePixelRatio || 1));
}

let forced: MediaQueryList | null = null;

/** The key of the colours that are on. */
export function themeKey(): string {
  forced ??= window.matchMedia("(forced-colors: active)");
  return `${document.documentElement.dataset["theme"] ?? "light"} ${forced.matches}`;
}

type RasterProps = {
  width: number, height: number,
  /** Everything that the drawing depends on, but for what `news` tells of. */
  stamp: string,
  /** Changes when something is to be drawn onto what is there: then `paint` opens the strips it draws on, and draws only those. */
  news?: string,
  paint: (pixels: Pixels, palette: Palette, ratio: number, isWhole: boolean) => void,
};

let painted = 0;

/** How many pixels were put on canvases since the page was opened: what is drawn anew can be counted, without a clock. */
export function pixelsPainted(): number {
  return painted;
}

const redraws = new Set<() => void>();

/** Draws all rasters again, and tells how long that took, in milliseconds: for measurements. */
export function redraw(): number {
  const from = performance.now();
  redraws.forEach((draw) => draw());
  return performance.now() - from;
}

/** One raster. It is hidden from assistive technology: each of its facts is in text beside it. */
export function Raster({ width, height, stamp, news = "", paint }: RasterProps) {
  const canvas = useRef<HTMLCanvasElement>(null), drawing = useRef<CanvasRenderingContext2D | null>(null);
  const drawn = useRef(""), told = useRef("");
  const draw = useRef(() => {});
  draw.current = () => {
    const element = canvas.current, scale = ratio(), key = themeKey();
    const all = `${stamp} ${width} ${height} ${scale} ${key}`;
    const isWhole = drawn.current !== all;
    if (element === null || width < 1 || height < 1 || (!isWhole && told.current === news)) return;
    drawn.current = all;
    told.current = news;
    const wide = Math.round(width * scale), tall = Math.round(height * scale);
    if (element.width !== wide || element.height !== tall) {
      element.width = wide;
      element.height = tall;
      element.style.width = `${width}px`;
      element.style.height = `${height}px`;
    }
    // Pixels are made here and put there whole: kept in memory, where a graphics card would have to be handed each of them.
    const context = drawing.current ??= element.getContext("2d", { willReadFrequently: true });
    if (context === null) return;
    const colours = palette(key);
    if (isWhole) shared.begin(wide, tall, colours.panel);
    else shared.again(wide, tall);
    paint(shared, colours, scale, isWhole);
    painted += shared.put(context);
  };
  useLayoutEffect(() => draw.current());
  useLayoutEffect(() => {
    const again = () => {
      drawn.current = "";
      draw.current();
    };
    redraws.add(again);
    return () => { redraws.delete(again); };
  }, []);
  return <canvas ref={canvas} aria-hidden="true" />;
}

/** The width that an element has, measured again whenever it changes. */
export function useWidth<E extends HTMLElement>(): [preact.RefObject<E>, number] {
  const reference = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = reference.current;
    if (element === null) return;
    const observer = new ResizeObserver((entries) => setWidth(Math.floor(entries[0]!.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [reference, width];
}
