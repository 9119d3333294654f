// One image buffer that all rasters share: whoever draws gets it wiped, fills it, and puts it on its canvas.

/** A raster while it is drawn. Everything is in device pixels, and what lies outside is cut off. */
export class Pixels {
  private store = new Uint32Array(0);
  private image: ImageData | null = null;
  width = 0;
  height = 0;

  /** Makes room for a raster and fills it. */
  begin(width: number, height: number, background: number): void {
    if (this.image === null || this.width !== width || this.height !== height) {
      this.image = new ImageData(width, height);
      this.store = new Uint32Array(this.image.data.buffer);
      this.width = width;
      this.height = height;
    }
    this.store.fill(background);
  }

  /** Puts what was drawn on a canvas of the same size. */
  put(context: CanvasRenderingContext2D): void {
    context.putImageData(this.image!, 0, 0);
  }

  at(x: number, y: number): number {
    return this.store[y * this.width + x] ?? 0;
  }

  set(x: number, y: number, colour: number): void {
    if (x >= 0 && x < this.width && y >= 0 && y < this.height) this.store[y * this.width + x] = colour;
  }

  /** Fills [x, x + width) × [y, y + height). */
  fill(x: number, y: number, width: number, height: number, colour: number): void {
    const left = Math.max(0, Math.round(x)), right = Math.min(this.width, Math.round(x + width));
    const top = Math.max(0, Math.round(y)), bottom = Math.min(this.height, Math.round(y + height));
    if (right <= left) return;
    for (let row = top; row < bottom; row += 1) this.store.fill(colour, row * this.width + left, row * this.width + right);
  }

  /** Calls with each pixel of an area; what is given back is set. */
  each(x: number, y: number, width: number, height: number, colour: (x: number, y: number, old: number) => number): void {
    const left = Math.max(0, Math.round(x)), right = Math.min(this.width, Math.round(x + width));
    const top = Math.max(0, Math.round(y)), bottom = Math.min(this.height, Math.round(y + height));
    for (let row = top; row < bottom; row += 1) {
      for (let column = left; column < right; column += 1) {
        const at = row * this.width + column;
        this.store[at] = colour(column, row, this.store[at]!);
      }
    }
  }
}

/** The one buffer. */
export const shared = new Pixels();
