// What a server said in place of what it was asked for, in words.

/** Why an answer is not what was asked for. */
export async function whyNot(response: Response): Promise<string> {
  const text = told((await response.text()).slice(0, 2_000).trim());
  if (response.status === 401) return "The server wants a token: open the address that Landfall printed, with its #token.";
  return text === "" ? `The server answered ${response.status}.` : text;
}

/** A problem as the server writes it (RFC 9457), in words; else what it wrote. */
function told(text: string): string {
  try {
    const { title, detail } = JSON.parse(text) as { title?: string, detail?: string };
    return [title, detail].filter((each) => typeof each === "string" && each !== "").join(": ");
  } catch {
    return text.slice(0, 300);
  }
}
