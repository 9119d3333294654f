// One image buffer that all rasters share: whoever draws gets it wiped, fills it, and puts it on its canvas.
//
// Charts are made of thousands of narrow columns, so each way of filling is a loop of its own over the buffer: a function
// called for each pixel, or the buffer's own `fill` for two pixels, takes several times as long. Areas of columns are outlines first:
// what neighbours have in common, which is most of it, is filled at once.

/** From so many pixels on, the buffer's own `fill` is quicker than a loop. */
const WIDE = 24;
/** Sizes of rasters that an image is kept for. */
const SIZES = 8;
/** Columns of pixels that are looked at together for what they have in common. */
const BLOCK = 64;

/** Columns of pixels [from, to). */
export type Strip = { from: number, to: number };

/** What of each column of pixels is filled, and with what: the outline of an area or of a line. */
export class Outline {
  tops = new Int32Array(0);
  bottoms = new Int32Array(0);
  inks = new Uint32Array(0);
  /** The columns [first, end) in which something may be filled. */
  first = Infinity;
  end = 0;

  /** An outline of nothing in a raster of this width. */
  begin(width: number): void {
    if (this.tops.length < width) {
      this.tops = new Int32Array(width);
      this.bottoms = new Int32Array(width);
      this.inks = new Uint32Array(width);
    }
    if (this.end > this.first) {
      this.tops.fill(0, Math.max(0, this.first), this.end);
      this.bottoms.fill(0, Math.max(0, this.first), this.end);
    }
    this.first = Infinity;
    this.end = 0;
  }

  /** Rows [top, bottom) of the columns [from, to), by turns with one ink and the other, `wide` pixels each. */
  set(from: number, to: number, top: number, bottom: number, one: number, other = one, wide = 1): void {
    const high = Math.max(0, Math.round(top)), low = Math.round(bottom);
    if (low <= high) return;
    for (let x = from; x < to; x += 1) {
      this.tops[x] = high;
      this.bottoms[x] = low;
      this.inks[x] = one === other || x % (2 * wide) < wide ? one : other;
    }
    if (from < this.first) this.first = from;
    if (to > this.end) this.end = to;
  }

  /** The rows that all columns of [from, to) have with the same ink; none: top and bottom are 0. */
  common(from: number, to: number, height: number): { top: number, bottom: number } {
    let top = 0, bottom = height;
    for (let x = from; x < to; x += 1) {
      if (this.inks[x] !== this.inks[from]) return NOTHING;
      if (this.tops[x]! > top) top = this.tops[x]!;
      if (this.bottoms[x]! < bottom) bottom = this.bottoms[x]!;
    }
    return bottom > top ? { top, bottom } : NOTHING;
  }
}

const NOTHING = { top: 0, bottom: 0 };

/** A raster while it is drawn. Everything is in device pixels, and what lies outside is cut off. */
export class Pixels {
  private store = new Uint32Array(0);
  private image: ImageData | null = null;
  /** One image for each size that rasters have now: those of one kind have the same. */
  private images: ImageData[] = [];
  width = 0;
  height = 0;
  /** What may be drawn on now, and what is put. */
  private strip: Strip = { from: 0, to: 0 };
  private opened: Strip[] = [];
  private left = 0;
  private right = 0;
  private top = 0;
  private bottom = 0;

  /** Makes room for a raster and fills it. */
  begin(width: number, height: number, background: number): void {
    this.again(width, height);
    this.open(0, width, background);
  }

  /** Makes room for strips of a raster that is on its canvas already: each is opened before it is drawn on. */
  again(width: number, height: number): void {
    if (this.image === null || this.width !== width || this.height !== height) {
      this.image = this.imageOf(width, height);
      this.store = new Uint32Array(this.image.data.buffer);
      this.width = width;
      this.height = height;
    }
    this.strip = { from: 0, to: 0 };
    this.opened = [];
  }

  private imageOf(width: number, height: number): ImageData {
    const image = this.images.find((each) => each.width === width && each.height === height) ?? new ImageData(width, height);
    this.images = [image, ...this.images.filter((each) => each !== image)].slice(0, SIZES);
    return image;
  }

  /** From now on only this strip is drawn on, and only what was opened is put. */
  open(from: number, to: number, background: number): void {
    this.strip = { from: Math.max(0, Math.floor(from)), to: Math.min(this.width, Math.ceil(to)) };
    this.opened.push(this.strip);
    this.fill(from, 0, to - from, this.height, background);
  }

  /** Puts what was drawn on a canvas of the same size; tells how many pixels that were. */
  put(context: CanvasRenderingContext2D): number {
    let sum = 0;
    for (const { from, to } of this.opened) {
      if (to <= from) continue;
      context.putImageData(this.image!, 0, 0, from, 0, to - from, this.height);
      sum += (to - from) * this.height;
    }
    return sum;
  }

  /** Fills [x, x + width) × [y, y + height). */
  fill(x: number, y: number, width: number, height: number, colour: number): void {
    if (!this.cut(x, y, width, height)) return;
    const { store, width: line, left, right, bottom } = this;
    for (let row = this.top * line; row < bottom * line; row += line) {
      if (right - left >= WIDE) store.fill(colour, row + left, row + right);
      else for (let at = row + left; at < row + right; at += 1) store[at] = colour;
    }
  }

  /** Upright stripes by turns, each of `wide` pixels: at the same places of the raster, whoever draws them. */
  stripes(x: number, y: number, width: number, height: number, wide: number, one: number, other: number): void {
    if (!this.cut(x, y, width, height)) return;
    const { store, width: line, left, right, top, bottom } = this;
    for (let column = left; column < right; column += 1) {
      const colour = column % (2 * wide) < wide ? one : other;
      for (let at = top * line + column; at < bottom * line; at += line) store[at] = colour;
    }
  }

  /** Fills an outline: what many columns beside each other have in common at once, and what is left of each by itself. */
  area(outline: Outline): void {
    const { store, width: line, strip } = this, { inks } = outline;
    const from = Math.max(strip.from, outline.first), to = Math.min(strip.to, outline.end);
    for (let left = from; left < to; left += BLOCK) {
      const right = Math.min(left + BLOCK, to), { top, bottom } = outline.common(left, right, this.height);
      for (let row = top; row < bottom; row += 1) store.fill(inks[left]!, row * line + left, row * line + right);
      for (let x = left; x < right; x += 1) {
        const ink = inks[x]!, above = Math.min(outline.tops[x]!, this.height), below = Math.min(outline.bottoms[x]!, this.height);
        const end = bottom > top ? top : below;
        for (let at = above * line + x; at < end * line; at += line) store[at] = ink;
        if (bottom > top) for (let at = bottom * line + x; at < below * line; at += line) store[at] = ink;
      }
    }
  }

  /** Lines at 45°, each of `thick` pixels, one in every `period`: they fall to the left, or to the right. */
  hatch(x: number, y: number, width: number, height: number, period: number, thick: number, colour: number, isRight = false): void {
    if (!this.cut(x, y, width, height)) return;
    const { store, width: line, left, right, top, bottom } = this;
    for (let row = top; row < bottom; row += 1) {
      const lean = isRight ? -row : row;
      // The first line that reaches into the area: (column + lean) is a whole multiple of the period.
      const rest = (((left + lean) % period) + period) % period, first = left - rest;
      for (let begin = first; begin < right; begin += period) {
        const end = Math.min(right, begin + thick);
        for (let column = Math.max(left, begin); column < end; column += 1) store[row * line + column] = colour;
      }
    }
  }

  /** Square dots, one in every `period` pixels each way. */
  dots(x: number, y: number, width: number, height: number, period: number, size: number, colour: number): void {
    if (!this.cut(x, y, width, height)) return;
    const { store, width: line, left, right, top, bottom } = this;
    for (let row = top; row < bottom; row += 1) {
      if (row % period >= size) continue;
      for (let column = left; column < right; column += 1) if (column % period < size) store[row * line + column] = colour;
    }
  }

  /** A broken line. */
  dashes(x: number, y: number, width: number, height: number, dash: number, colour: number): void {
    if (!this.cut(x, y, width, height)) return;
    const { store, width: line, left, right, top, bottom } = this;
    for (let column = left; column < right; column += 1) {
      if (column % (2 * dash) >= dash) continue;
      for (let at = top * line + column; at < bottom * line; at += line) store[at] = colour;
    }
  }

  /** Half of the contrast that is there to a background. */
  fade(x: number, y: number, width: number, height: number, background: number): void {
    if (!this.cut(x, y, width, height)) return;
    const { store, width: line, left, right, top, bottom } = this, half = (background >>> 1) & 0x7f7f7f7f;
    for (let row = top * line; row < bottom * line; row += line) {
      for (let at = row + left; at < row + right; at += 1) store[at] = ((((store[at]! >>> 1) & 0x7f7f7f7f) + half) | 0xff000000) >>> 0;
    }
  }

  /** What of an area lies on the raster and in the strip that is open; false: nothing. */
  private cut(x: number, y: number, width: number, height: number): boolean {
    this.left = Math.max(this.strip.from, Math.round(x));
    this.right = Math.min(this.strip.to, Math.round(x + width));
    this.top = Math.max(0, Math.round(y));
    this.bottom = Math.min(this.height, Math.round(y + height));
    return this.right > this.left && this.bottom > this.top;
  }
}

/** The one buffer. */
export const shared = new Pixels();
