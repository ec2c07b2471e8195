/** Reading server-sent events from a response (HTML standard, 9.2): EventSource sends no header, and so no key. */

/**
 * Give each event of a response.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<{name: string, data: string}>}
 */
export async function* eventsOf(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      text += decoder.decode(value, { stream: !done });
      // A line may end in CR LF, of which the LF has not come yet.
      const whole = text.endsWith("\r") && !done ? text.slice(0, -1) : text;
      const blocks = whole.replace(/\r\n?/g, "\n").split("\n\n");
      text = (blocks.pop() ?? "") + text.slice(whole.length);
      for (const block of blocks) {
        const event = read(block);
        if (event) yield event;
      }
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => {}); // it has ended, or whoever read it no longer wants it
  }
}

/**
 * @param {string} block
 * @returns {{name: string, data: string} | null}
 */
function read(block) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") name = value ?? "";
    if (field === "data") data.push(value ?? "");
  }
  return data.length ? { name, data: data.join("\n") } : null;
}
