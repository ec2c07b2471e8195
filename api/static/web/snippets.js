/** The same question from a shell, and the widget's tag. */

import { cleaned, DEFAULT_K } from "./address.js";
import { copyButton } from "./copy.js";
import { el } from "./dom.js";

/** @typedef {import("./address.js").Asked} Asked */
/** @typedef {import("./page-strings.js").PageStrings} PageStrings */
/** @typedef {{base: string, strings: PageStrings, key: string | null, say: (text: string) => void}} Options */

/**
 * Quote a text for a POSIX shell: nothing between apostrophes means anything but itself.
 *
 * @param {string} text
 */
export function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Return the command that asks the same. A key is never in it: the shell has it in a variable.
 *
 * @param {Asked} asked
 * @param {{base: string, key: string | null}} options
 * @returns {string}
 */
export function curlLine(asked, { base, key }) {
  const filters = cleaned(asked.filters);
  const body = {
    question: asked.question,
    collection: asked.collection ?? undefined,
    k: asked.k === DEFAULT_K ? undefined : asked.k,
    explain: asked.explain || undefined,
    filters: Object.keys(filters).length ? filters : undefined,
  };
  const lines = [
    `curl -s ${quoted(new URL("v1/ask", base).href)}`,
    "-H 'Content-Type: application/json'",
    ...(key ? ['-H "X-API-Key: $PINCITE_KEY"'] : []),
    `-d ${quoted(JSON.stringify(body))}`,
  ];
  return lines.join(" \\\n  ");
}

/**
 * Return the command, to be copied.
 *
 * @param {Asked} asked
 * @param {Options} options
 */
export function curlFold(asked, options) {
  const line = curlLine(asked, options);
  return fold(options.strings.curl, null, line, options.strings.copyCurl, options);
}

/**
 * Return the widget's tag, to be copied.
 *
 * @param {string | null} collection  One that the service has named; null stands for its default.
 * @param {Options} options
 */
export function tagFold(collection, options) {
  const { base, strings, key } = options;
  const attributes = [
    ` src="${new URL("widget.js", base).href}"`,
    collection ? ` data-collection="${collection}"` : "",
    key ? ' data-key="pincite_pk_…"' : "",
  ];
  const tag = `<script type="module"${attributes.join("")}></script>`;
  const command = `pincite keys create --name page --publishable --origin https://www.example.org${collection ? ` --collection ${collection}` : ""}`;
  const said = key ? [el("p", {}, strings.tagMeansKey), el("pre", { dir: "ltr" }, command)] : [el("p", {}, strings.tagMeans)];
  return fold(strings.tag, el("div", { class: "said" }, ...said), tag, strings.copyTag, options);
}

/**
 * @param {string} summary
 * @param {HTMLElement | null} said
 * @param {string} code
 * @param {string} label  Of the button that copies.
 * @param {Options} options
 */
function fold(summary, said, code, label, { strings, say }) {
  const shown = el("pre", { dir: "ltr" }, code);
  return el("details", { class: "fold code" }, el("summary", {}, summary), said, shown,
    copyButton(label, () => code, { strings, say, shown }));
}
