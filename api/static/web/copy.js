/** Copying. */

import { el, icon, ICONS } from "./dom.js";

/** @typedef {import("./page-strings.js").PageStrings} PageStrings */

const SHOWN_MS = 2_000;

/**
 * Put a text on the clipboard, and tell whether the browser let that be: it does on https and on this machine.
 *
 * @param {string} text
 */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Return a button that copies a text. Where the browser lets pages copy nothing, it marks what was to be copied, if that
 * can be seen.
 *
 * @param {string} label
 * @param {() => string} text
 * @param {{strings: PageStrings, say: (text: string) => void, shown?: HTMLElement}} options  `shown` holds the text.
 * @returns {HTMLButtonElement}
 */
export function copyButton(label, text, { strings, say, shown }) {
  const words = el("span", {}, label);
  const button = el("button", { type: "button", class: "plain", click: () => void copy() }, icon(ICONS.copy), words);
  const copy = async () => {
    const done = await copied(text());
    if (!done && shown) getSelection()?.selectAllChildren(shown);
    show(done ? strings.copied : strings.copyByHand);
  };
  const show = (/** @type {string} */ said) => {
    say(said);
    words.textContent = said;
    setTimeout(() => (words.textContent = label), SHOWN_MS);
  };
  return button;
}
