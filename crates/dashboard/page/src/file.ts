// Messages out of the document itself, instead of from a server.

import { boot } from "./boot";
import type { Message } from "./wire";

/** Reads the messages of a document; fails when there are none or they can't be unpacked. */
export async function readEvents(document: Document): Promise<Message[]> {
  const text = document.getElementById("events")?.textContent?.trim() ?? "";
  if (text === "") throw new Error("this file has no messages");
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const lines = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  return lines.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Message);
}

/** Starts the page in a file. What was there without scripts stays when that fails, and why is said. */
export async function bootFile(document: Document): Promise<void> {
  try {
    const messages = await readEvents(document);
    const page = boot(document, messages);
    document.documentElement.classList.add("is-interactive");
    page.touch();
  } catch (error) {
    const host = document.getElementById("page");
    if (host !== null) {
      host.textContent = `The interactive part can't be shown (${error instanceof Error ? error.message : "unknown"}). Everything below is complete without it.`;
      host.className = "foot";
    }
  }
}
