// Panels as files: a chart of pixels with the words around it as PNG, a chart of lines as SVG. What is taken along looks as it
// does on the screen, in the theme that is on.

const STYLES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "font-family", "font-size", "font-weight", "text-anchor",
] as const;

/** What is no part of a picture: it can only be clicked, or is not seen. */
const CONTROLS = ".buttons, .unseen, select, summary, [hidden]";
/** The colours of a legend. */
const SWATCHES: Record<string, string> = { home: "--calm-fill", elsewhere: "--react", failed: "--harm", nothing: "--ink-2", fault: "--ink" };

/** An element with everything on it, as it is seen: canvases, coloured surfaces and text where they stand. */
export async function pictureOf(element: HTMLElement): Promise<Blob> {
  const scale = Math.max(2, window.devicePixelRatio || 1), box = element.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(box.width * scale);
  canvas.height = Math.ceil(box.height * scale);
  const context = canvas.getContext("2d")!;
  context.scale(scale, scale);
  context.translate(-box.left, -box.top);
  context.imageSmoothingEnabled = false;
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--panel");
  context.fillRect(box.left, box.top, box.width, box.height);
  for (const each of element.querySelectorAll("canvas")) {
    const place = each.getBoundingClientRect();
    if (each.width > 0 && each.height > 0) context.drawImage(each, place.left, place.top, place.width, place.height);
  }
  drawSwatches(context, element);
  drawNotes(context, element);
  drawText(context, element);
  return new Promise((done, failed) => {
    canvas.toBlob((blob) => (blob === null ? failed(new Error("the browser makes no picture")) : done(blob)), "image/png");
  });
}

/** The legend's colours: failed with its stripes, what is patterned as a frame. */
function drawSwatches(context: CanvasRenderingContext2D, element: HTMLElement): void {
  const root = getComputedStyle(document.documentElement);
  for (const swatch of element.querySelectorAll<HTMLElement>(".swatch")) {
    const name = Object.keys(SWATCHES).find((each) => swatch.classList.contains(each)), place = swatch.getBoundingClientRect();
    if (name === undefined) continue;
    context.fillStyle = root.getPropertyValue(SWATCHES[name]!);
    context.strokeStyle = context.fillStyle;
    if (name === "nothing" || name === "fault") context.strokeRect(place.left + 0.5, place.top + 0.5, place.width - 1, place.height - 1);
    else if (name === "failed") for (let x = 0; x < place.width; x += 4) context.fillRect(place.left + x, place.top, 2, place.height);
    else context.fillRect(place.left, place.top, place.width, place.height);
  }
}

/** The flags of notes, and the lines that they stand under. */
function drawNotes(context: CanvasRenderingContext2D, element: HTMLElement): void {
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--ink-2");
  for (const note of element.querySelectorAll(".note-line, .note-flag")) {
    const { left, top, width, height } = note.getBoundingClientRect();
    context.fillRect(left, top, width, height);
  }
}

/** Every piece of text, cut off where its box ends. */
function drawText(context: CanvasRenderingContext2D, element: HTMLElement): void {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), range = document.createRange();
  context.textBaseline = "alphabetic";
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const holder = node.parentElement!, text = node.textContent ?? "";
    if (text.trim() === "" || holder.closest(CONTROLS) !== null) continue;
    range.selectNodeContents(node);
    const [place] = range.getClientRects(), style = getComputedStyle(holder), bounds = holder.getBoundingClientRect();
    if (place === undefined || place.width === 0) continue;
    context.save();
    if (style.overflow !== "visible") {
      context.beginPath();
      context.rect(bounds.left, bounds.top, bounds.width, bounds.height);
      context.clip();
    }
    context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    context.fillStyle = style.color;
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = context.measureText(text);
    context.fillText(text, place.left, place.top + (place.height + up - down) / 2);
    context.restore();
  }
}

/** Figures below each other as one SVG that needs no style sheet: each with its words above it. */
export function drawingOf(figures: readonly { title: string, svg: SVGSVGElement }[]): string {
  const root = getComputedStyle(document.documentElement), width = Math.max(...figures.map(({ svg }) => svg.clientWidth));
  const whole = document.createElementNS("http://www.w3.org/2000/svg", "svg"), add = (name: string, attributes: Record<string, string>) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    whole.append(made);
    return made;
  };
  const ground = add("rect", { width: "100%", height: "100%", fill: root.getPropertyValue("--panel").trim() });
  let top = 8;
  for (const { title, svg } of figures) {
    const words = add("text", { x: "8", y: String(top + 14), "font-size": "12", "font-family": "system-ui, sans-serif", fill: root.getPropertyValue("--ink").trim() });
    words.textContent = title;
    const copy = svg.cloneNode(true) as SVGSVGElement;
    styled(svg, copy);
    copy.setAttribute("x", "8");
    copy.setAttribute("y", String(top + 22));
    copy.removeAttribute("class");
    copy.removeAttribute("aria-hidden");
    whole.append(copy);
    top += 22 + svg.clientHeight + 12;
  }
  ground.setAttribute("height", String(top));
  whole.setAttribute("width", String(width + 16));
  whole.setAttribute("height", String(top));
  whole.setAttribute("viewBox", `0 0 ${width + 16} ${top}`);
  return new XMLSerializer().serializeToString(whole);
}

/** Writes on the copy what the style sheet says of the original, part by part. */
function styled(original: Element, copy: Element): void {
  const style = getComputedStyle(original);
  for (const name of STYLES) {
    const value = style.getPropertyValue(name);
    // A pattern's address is made whole by the browser: in a file of its own only its name is true.
    if (value !== "") copy.setAttribute(name, value.replace(/url\("?[^"#]*#([^")]*)"?\)/, "url(#$1)"));
  }
  copy.removeAttribute("class");
  copy.removeAttribute("style");
  [...original.children].forEach((child, n) => styled(child, copy.children[n]!));
}
