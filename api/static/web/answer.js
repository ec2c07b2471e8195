/**
 * An answer as it is read: its quotes with numbered citations set in the text, a card for each citation, and the other
 * passages folded. The widget and the page show it alike; `answer-style.js` has its looks.
 */

import { append, el, icon, ICONS, safeUrl } from "./dom.js";
import { excerpt } from "./excerpt.js";
import { citedBy, originalUrl, viewerUrl } from "./links.js";
import { marked } from "./marks.js";
import { Text } from "./offsets.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Citation} Citation */
/** @typedef {import("./types.js").Passage} Passage */
/** @typedef {import("./strings.js").Strings} Strings */

/** The first letter of a text is Hebrew, Arabic or the like. `dir="auto"` does not look into the quotes, each of which is set apart. */
const RIGHT_TO_LEFT = /^\P{L}*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/**
 * @typedef {object} Options
 * @property {string} base  Where Pincite is, with a slash at its end.
 * @property {Strings} strings
 * @property {string | null} [key]  Handed on to the viewer if it is a publishable one.
 * @property {string | null} [collection]  The one that was asked.
 * @property {string | null} [contact]  Where to turn to when there is no answer.
 * @property {string} [contactLabel]
 * @property {(citation: Citation) => void} [onCitation]  Its card was opened.
 */

/**
 * Return what an answer looks like.
 *
 * @param {Answer} answer
 * @param {Options} options
 * @returns {HTMLElement}
 */
export function renderAnswer(answer, options) {
  const box = el("div", { class: "answer" });
  if (answer.answerable) box.append(...quotes(answer, options));
  else box.append(refusal(options));
  const cited = new Set(answer.citations.map((citation) => citation.passage_id));
  const others = answer.passages.filter((passage) => !cited.has(passage.id));
  if (others.length) box.append(passages(others, answer, options));
  return box;
}

/**
 * @param {Answer} answer
 * @param {Options} options
 * @returns {HTMLElement[]}
 */
function quotes(answer, options) {
  if (answer.parts.length < 2) return [block(answer, answer.citations, options)];
  return answer.parts.map((part) => {
    const cited = answer.citations.filter((citation) => part.citations.includes(citation.id));
    const text = cited.length
      ? block(answer, cited, options)
      : el("p", { class: "none" }, options.strings.partUnanswered);
    return el("section", { class: "part" }, el("h3", { class: "part-question" }, part.question), text);
  });
}

/**
 * Return quotes, each with its citation behind it, and a place for the card of one of them.
 *
 * @param {Answer} answer
 * @param {Citation[]} citations
 * @param {Options} options
 */
function block(answer, citations, options) {
  const text = new Text(answer.answer);
  const paragraph = el("p", { class: "text", part: "answer", dir: RIGHT_TO_LEFT.test(answer.answer) ? "rtl" : "ltr" });
  const box = el("div", { class: "block" }, paragraph);
  /** @type {{button: HTMLButtonElement, card: HTMLElement} | null} */
  let open = null;
  const close = () => {
    open?.card.remove();
    open?.button.setAttribute("aria-expanded", "false");
    open = null;
  };
  citations.forEach((citation, index) => {
    const number = answer.citations.indexOf(citation) + 1;
    const button = el("button", {
      type: "button", class: "cite", part: "citation", "aria-expanded": "false",
      "aria-label": options.strings.citation(number, citation.document_title),
      click: () => {
        const again = open?.button === button;
        close();
        if (again) return;
        const shut = () => {
          close();
          button.focus();
        };
        open = { button, card: card(answer, citation, number, options, shut) };
        button.setAttribute("aria-expanded", "true");
        box.append(open.card);
        showQuote(open.card);
        options.onCitation?.(citation);
      },
    }, String(number));
    append(paragraph, index > 0 && " ", apart(text.slice(citation.answer_start, citation.answer_end)),
      // A line may not end between quote and number: a no-break between them does not hold for a button alone.
      el("span", { class: "tied" }, "\u2060", button));
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    const { button } = open;
    close();
    button.focus();
  });
  return box;
}

/**
 * Return what is behind a citation: the quote in its passage, where that stands, and the way there.
 *
 * @param {Answer} answer
 * @param {Citation} citation
 * @param {number} number
 * @param {Options} options
 * @param {() => void} close
 */
function card(answer, citation, number, options, close) {
  const { strings } = options;
  const passage = answer.passages.find((one) => one.id === citation.passage_id);
  const quote = passage ? marked(passage.text, [citation], passage.start) : marked(citation.cited_text, [citation], citation.start);
  const outside = originalUrl(citation.url, citation.cited_text);
  const source = viewerUrl(options.base, citedBy(citation), {
    collection: answer.collection, key: options.key ?? null, all: answer.citations.map(citedBy),
  });
  return el("div", { class: "card", part: "card", role: "group", "aria-label": strings.citation(number, citation.document_title) },
    el("div", { class: "card-head" },
      el("p", { class: "card-title", dir: "auto" }, citation.document_title),
      el("button", { type: "button", class: "quiet", "aria-label": strings.closeCitation, click: close }, icon(ICONS.close))),
    place(citation, strings),
    el("blockquote", { class: "passage-text", dir: "auto" }, quote),
    el("p", { class: "card-links" }, leave(source, strings.openSource, strings), outside && leave(outside, strings.original, strings)));
}

/**
 * Bring a card into view, and in it the quote, if its passage is longer than the card.
 *
 * @param {HTMLElement} card
 */
function showQuote(card) {
  const passage = card.querySelector("blockquote");
  const quote = passage?.querySelector("mark");
  if (passage && quote && passage.scrollHeight > passage.clientHeight) {
    passage.tabIndex = 0; // for who scrolls with the keyboard
    passage.scrollTop = quote.offsetTop - 8;
  }
  card.scrollIntoView({ block: "nearest" });
}

/**
 * Return a text whose direction of writing is its own affair. The browser's isolation is undone by isolates in the text that
 * are opened or closed too often (Unicode Standard Annex 9, BD9), so what is missing is added, unseen.
 *
 * @param {string} text
 */
function apart(text) {
  let [before, open] = [0, 0];
  for (const [mark] of text.matchAll(/[\u2066-\u2069]/g)) {
    if (mark !== "\u2069") open++;
    else if (open) open--;
    else before++;
  }
  return el("bdi", {}, "\u2068".repeat(before) + text + "\u2069".repeat(open));
}

/**
 * Return where something stands: headings, page, date.
 *
 * @param {{headings: string[], page: number | null, published?: string | null}} where
 * @param {Strings} strings
 */
export function place(where, strings) {
  const said = [...where.headings, where.page === null ? "" : strings.page(where.page), where.published ?? ""];
  // Each is set apart, so that what turns the direction of writing in one leaves the others as they are.
  const known = said.flatMap((text, index) => text ? [index < where.headings.length ? " › " : " · ", apart(text)] : []);
  return known.length ? el("p", { class: "place" }, ...known.slice(1)) : null;
}

/**
 * Return a link that opens a tab of its own.
 *
 * @param {string} address
 * @param {string} label
 * @param {Strings} strings
 */
export function leave(address, label, strings) {
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" },
    label, icon(ICONS.out), el("span", { class: "unseen" }, ` ${strings.newTab}`));
}

/** @param {Options} options */
function refusal({ strings, contact, contactLabel }) {
  const mail = contact?.startsWith("mailto:") ? contact : null;
  const page = safeUrl(contact);
  const link = mail ? el("a", { href: mail }, contactLabel || mail.slice(7)) : page && leave(page, contactLabel || page, strings);
  return el("div", { class: "none" }, el("p", { part: "no-answer" }, strings.noAnswer), link && el("p", { class: "card-links" }, link));
}

/**
 * Return the other passages, folded behind an answer and open where there is none.
 *
 * @param {Passage[]} found
 * @param {Answer} answer
 * @param {Options} options
 */
function passages(found, answer, options) {
  const { strings } = options;
  const label = answer.answerable ? strings.otherPassages(found.length) : strings.nearest;
  const items = found.map((passage) => {
    const source = viewerUrl(options.base, { document: passage.document_id, start: passage.start, end: passage.end }, {
      collection: answer.collection, key: options.key ?? null,
    });
    return el("li", { class: "passage" },
      el("p", { class: "card-title", dir: "auto" }, passage.document_title),
      place(passage, strings),
      el("p", { class: "passage-text", dir: "auto" }, excerpt(passage)),
      el("p", { class: "card-links" }, leave(source, strings.openSource, strings)));
  });
  return el("details", { class: "others", part: "others", open: !answer.answerable },
    el("summary", {}, label), el("ol", { class: "passages" }, ...items));
}

/**
 * Return an answer as text, with its sources.
 *
 * @param {Answer} answer
 * @param {{base: string, strings: Strings}} options
 * @returns {string}
 */
export function plainAnswer(answer, { base, strings }) {
  if (!answer.answerable) return `${answer.question}\n\n${strings.noAnswer}\n`;
  const text = new Text(answer.answer);
  const said = answer.citations.map((citation, index) => {
    return `${text.slice(citation.answer_start, citation.answer_end)} [${index + 1}]`;
  });
  const sources = answer.citations.map((citation, index) => {
    const where = [citation.document_title, ...citation.headings, citation.page === null ? "" : strings.page(citation.page), citation.published ?? ""];
    return `[${index + 1}] ${where.filter(Boolean).join(", ")}\n    ${viewerUrl(base, citedBy(citation), { collection: answer.collection })}`;
  });
  return `${answer.question}\n\n${said.join(" ")}\n\n${strings.sources}\n${sources.join("\n")}\n`;
}
