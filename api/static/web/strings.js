/**
 * Every word that the widget, the viewer and the page say, in each language that they know. A language is added by adding
 * its table; the checker demands that it says all that English says.
 */

const en = {
  // Answers
  noAnswer: "The documents hold no answer to this.",
  nearest: "Nearest passages",
  otherPassages: (/** @type {number} */ count) => (count === 1 ? "1 other passage" : `${count} other passages`),
  citation: (/** @type {number} */ number, /** @type {string} */ title) => `Citation ${number}: ${title}`,
  closeCitation: "Close the citation",
  page: (/** @type {number} */ number) => `page ${number}`,
  openSource: "Open in source",
  original: "Original",
  newTab: "(opens in a new tab)",
  partUnanswered: "The documents hold no answer to this part.",
  sources: "Sources",
  // Widget
  // Viewer
  // Page
};

/** @typedef {typeof en} Strings */

/** @type {Strings} */
const de = {
  // Answers
  noAnswer: "Die Dokumente enthalten darauf keine Antwort.",
  nearest: "Nächstliegende Stellen",
  otherPassages: (count) => (count === 1 ? "1 weitere Stelle" : `${count} weitere Stellen`),
  citation: (number, title) => `Beleg ${number}: ${title}`,
  closeCitation: "Beleg schließen",
  page: (number) => `Seite ${number}`,
  openSource: "In der Quelle öffnen",
  original: "Original",
  newTab: "(öffnet einen neuen Tab)",
  partUnanswered: "Auf diesen Teil enthalten die Dokumente keine Antwort.",
  sources: "Quellen",
  // Widget
  // Viewer
  // Page
};

/** @type {Record<string, Strings>} */
const LANGUAGES = { en, de };

/**
 * Return what is said in a language; English where it is not known.
 *
 * @param {string | null | undefined} language  As `lang` has it, such as `de-AT`.
 * @returns {Strings}
 */
export function stringsFor(language) {
  return LANGUAGES[(language ?? "").toLowerCase().split("-")[0] ?? ""] ?? en;
}

/**
 * Return the languages that are known.
 */
export function languages() {
  return Object.keys(LANGUAGES);
}
