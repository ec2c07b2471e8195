/** What only the page at `/` says, in each language; `strings.js` has what it shares with the widget, which stays small so. */

import { stringsFor } from "./strings.js";

const en = {
  // What it is
  heading: "Ask your documents",
  tagline: "Answers in the documents’ own words, every one with its exact place in the source.",
  examples: "Try one of these",
  docs: "API docs",
  // Asking
  question: "Your question",
  placeholder: "Ask a question",
  ask: "Ask",
  stop: "Stop",
  options: "Options",
  optionsFiltered: (/** @type {number} */ count) => `Options · filters: ${count}`,
  collection: "Collection",
  // Options
  k: "Passages to list",
  explain: "Explain",
  from: "Published from",
  to: "Published to",
  document_ids: "Documents",
  authors: "Authors",
  tags: "Tags",
  narrow: (/** @type {string} */ what) => `Find in: ${what}`,
  narrowHint: "Type to narrow",
  more: (/** @type {number} */ count) => `${count} more: type to find them`,
  noneAlike: "None like that",
  choicesLoading: "Documents are being listed …",
  choicesFailed: "The documents cannot be listed with this key.",
  choicesPart: (/** @type {string} */ count, /** @type {string} */ total) => `Authors and tags are those of ${count} of ${total} documents.`,
  filters: (/** @type {number} */ count) => `Filters: ${count}`,
  chip: { document_ids: "document", authors: "author", tags: "tag", published_from: "from", published_to: "to" },
  removeFilter: (/** @type {string} */ what) => `Remove the filter ${what}`,
  clearFilters: "Clear",
  // The answer
  looking: "Looking …",
  answered: (/** @type {number} */ count) => (count === 1 ? "Answered, with 1 citation." : `Answered, with ${count} citations.`),
  confidence: "Confidence",
  chance: "Chance that they do",
  confidenceMeans: "Estimated probability that the documents answer the question",
  levels: { high: "high", fair: "fair", low: "low" },
  copyAnswer: "Copy answer",
  copyLink: "Copy link",
  copied: "Copied",
  copyByHand: "Marked: copy it with your keyboard",
  stopped: "Stopped.",
  retry: "Try again",
  retryIn: (/** @type {number} */ seconds) => `Try again in ${seconds} s`,
  // What went wrong
  offline: "Pincite cannot be reached. Check your connection, and whether the service is running.",
  tooMany: "Too many questions in a short time.",
  overloaded: "More is waiting than can be answered soon.",
  failed: "That did not work.",
  requestId: "Request",
  nothingYet: "Nothing is indexed yet",
  nothingUnder: (/** @type {string} */ collection) => `There is no collection “${collection}”`,
  nothingYetDo: "Give Pincite a file or a folder of documents, on the machine that it runs on; then load this page again:",
  // Keys
  keyNeeded: "This service asks for a key",
  keyMeans: "It stays in this browser, for Pincite’s own pages alone, until you have it forgotten.",
  keyWrong: "The service did not accept this key. It may have been revoked, or copied in part.",
  key: "API key",
  useKey: "Use this key",
  forgetKey: "Forget the key",
  // Passages
  passages: "Passages",
  noPassages: "No document fits the filters.",
  wholePassage: "Whole passage",
  cited: (/** @type {number} */ number) => `cited as ${number}`,
  // Explained
  legend: "Shaded: the sentence nearest to the question. Underlined: words of the question.",
  score: "Score",
  signal: "Signal",
  value: "Value",
  signals: {
    dense: "Meaning",
    lexical: "Words",
    coverage: "Question covered",
    span_coverage: "… by one sentence",
    pairs: "Word pairs",
    dense_feedback: "Like the best, in meaning",
    lexical_feedback: "Like the best, in words",
    cross_encoder: "Read side by side",
  },
  signalsMean: "What the signals mean",
  meanings: {
    dense: "How near passage and question are in meaning, whatever the words: the mean over the whole passage and its best sentence.",
    lexical: "How well the passage’s words match the question’s, rare words counting more (BM25), as a share of the best passage’s.",
    coverage: "How much of the question, by the weight of its words, stands in the passage, its title and its headings.",
    span_coverage: "How much of it stands in the passage’s best single sentence.",
    pairs: "How many of the question’s neighbouring words stand side by side here, too.",
    dense_feedback: "How like the passage is to the best ones, in meaning.",
    lexical_feedback: "How like the passage is to the best ones, in words.",
    cross_encoder: "What a second model says that reads question and passage together.",
  },
  tooFarDown: "This far down, passages are not looked at closely.",
  time: "Time",
  stage: "Stage",
  stages: { wait: "Waiting", encode: "Understanding", search: "Finding", rank: "Ordering", read: "Reading", cite: "Checking quotes" },
  milliseconds: (/** @type {string} */ value) => `${value} ms`,
  // For developers
  curl: "The same with curl",
  copyCurl: "Copy the curl line",
  tag: "Put it on your page",
  tagMeans: "One tag puts a chat with these documents on any page. List the page’s origin in PINCITE_CORS_ORIGINS.",
  tagMeansKey: "One tag puts a chat with these documents on any page. Never use a secret key there; make a publishable one:",
  copyTag: "Copy the tag",
};

/** @typedef {typeof en} Own */
/** @typedef {import("./strings.js").Strings & Own} PageStrings */

/** @type {Own} */
const de = {
  // What it is
  heading: "Fragen Sie Ihre Dokumente",
  tagline: "Antworten in den Worten der Dokumente, jede mit ihrer genauen Stelle in der Quelle.",
  examples: "Zum Beispiel",
  docs: "API-Beschreibung",
  // Asking
  question: "Ihre Frage",
  placeholder: "Stellen Sie eine Frage",
  ask: "Fragen",
  stop: "Anhalten",
  options: "Optionen",
  optionsFiltered: (count) => `Optionen · Filter: ${count}`,
  collection: "Sammlung",
  // Options
  k: "Anzahl der Stellen",
  explain: "Erklären",
  from: "Erschienen ab",
  to: "Erschienen bis",
  document_ids: "Dokumente",
  authors: "Verfasser",
  tags: "Schlagwörter",
  narrow: (what) => `Suchen in: ${what}`,
  narrowHint: "Tippen grenzt ein",
  more: (count) => `${count} weitere: tippen, um sie zu finden`,
  noneAlike: "Nichts dergleichen",
  choicesLoading: "Dokumente werden aufgelistet …",
  choicesFailed: "Mit diesem Schlüssel lassen sich die Dokumente nicht auflisten.",
  choicesPart: (count, total) => `Verfasser und Schlagwörter sind die von ${count} der ${total} Dokumente.`,
  filters: (count) => `Filter: ${count}`,
  chip: { document_ids: "Dokument", authors: "Verfasser", tags: "Schlagwort", published_from: "ab", published_to: "bis" },
  removeFilter: (what) => `Filter entfernen: ${what}`,
  clearFilters: "Aufheben",
  // The answer
  looking: "Wird gesucht …",
  answered: (count) => (count === 1 ? "Beantwortet, mit 1 Beleg." : `Beantwortet, mit ${count} Belegen.`),
  confidence: "Sicherheit",
  chance: "Wahrscheinlichkeit, dass doch",
  confidenceMeans: "Geschätzte Wahrscheinlichkeit, dass die Dokumente die Frage beantworten",
  levels: { high: "hoch", fair: "mittel", low: "gering" },
  copyAnswer: "Antwort kopieren",
  copyLink: "Link kopieren",
  copied: "Kopiert",
  copyByHand: "Markiert: bitte mit der Tastatur kopieren",
  stopped: "Angehalten.",
  retry: "Noch einmal",
  retryIn: (seconds) => `Noch einmal in ${seconds} s`,
  // What went wrong
  offline: "Pincite ist nicht zu erreichen. Prüfen Sie die Verbindung, und ob der Dienst läuft.",
  tooMany: "Zu viele Fragen in kurzer Zeit.",
  overloaded: "Es wartet mehr, als bald beantwortet werden kann.",
  failed: "Das ging nicht.",
  requestId: "Anfrage",
  nothingYet: "Noch ist nichts indexiert",
  nothingUnder: (collection) => `Es gibt keine Sammlung „${collection}“`,
  nothingYetDo: "Geben Sie Pincite, auf dem Rechner, auf dem es läuft, eine Datei oder einen Ordner mit Dokumenten, und laden Sie diese Seite neu:",
  // Keys
  keyNeeded: "Dieser Dienst verlangt einen Schlüssel",
  keyMeans: "Er bleibt in diesem Browser, nur für Pincites eigene Seiten, bis Sie ihn vergessen lassen.",
  keyWrong: "Der Dienst hat diesen Schlüssel nicht angenommen. Vielleicht wurde er widerrufen oder nur zum Teil kopiert.",
  key: "API-Schlüssel",
  useKey: "Diesen Schlüssel verwenden",
  forgetKey: "Schlüssel vergessen",
  // Passages
  passages: "Stellen",
  noPassages: "Kein Dokument passt zu den Filtern.",
  wholePassage: "Ganze Stelle",
  cited: (number) => `Beleg ${number}`,
  // Explained
  legend: "Hinterlegt: der Satz, der der Frage am nächsten ist. Unterstrichen: Wörter der Frage.",
  score: "Wertung",
  signal: "Merkmal",
  value: "Wert",
  signals: {
    dense: "Bedeutung",
    lexical: "Wörter",
    coverage: "Frage abgedeckt",
    span_coverage: "… von einem Satz",
    pairs: "Wortpaare",
    dense_feedback: "Wie die besten, dem Sinn nach",
    lexical_feedback: "Wie die besten, den Wörtern nach",
    cross_encoder: "Nebeneinander gelesen",
  },
  signalsMean: "Was die Merkmale bedeuten",
  meanings: {
    dense: "Wie nah Stelle und Frage einander dem Sinn nach sind, gleich in welchen Worten: im Mittel über die ganze Stelle und ihren besten Satz.",
    lexical: "Wie gut die Wörter der Stelle zu denen der Frage passen, wobei seltene mehr zählen (BM25), als Anteil an der besten Stelle.",
    coverage: "Wie viel der Frage, nach dem Gewicht ihrer Wörter, in der Stelle, im Titel und in den Überschriften steht.",
    span_coverage: "Wie viel davon im besten einzelnen Satz der Stelle steht.",
    pairs: "Wie viele benachbarte Wörter der Frage auch hier nebeneinander stehen.",
    dense_feedback: "Wie ähnlich die Stelle den besten ist, dem Sinn nach.",
    lexical_feedback: "Wie ähnlich die Stelle den besten ist, den Wörtern nach.",
    cross_encoder: "Was ein zweites Modell sagt, das Frage und Stelle zusammen liest.",
  },
  tooFarDown: "So weit unten werden Stellen nicht genauer angesehen.",
  time: "Zeit",
  stage: "Schritt",
  stages: { wait: "Warten", encode: "Verstehen", search: "Finden", rank: "Ordnen", read: "Lesen", cite: "Zitate prüfen" },
  milliseconds: (value) => `${value} ms`,
  // For developers
  curl: "Dasselbe mit curl",
  copyCurl: "curl-Zeile kopieren",
  tag: "Auf die eigene Seite setzen",
  tagMeans: "Ein Tag setzt ein Gespräch mit diesen Dokumenten auf jede Seite. Deren Origin gehört in PINCITE_CORS_ORIGINS.",
  tagMeansKey: "Ein Tag setzt ein Gespräch mit diesen Dokumenten auf jede Seite. Dorthin gehört nie ein geheimer Schlüssel, sondern ein öffentlicher:",
  copyTag: "Tag kopieren",
};

/** @type {Record<string, Own>} */
const LANGUAGES = { en, de };

/**
 * Return what the page says in a language; English where it is not known.
 *
 * @param {string | null | undefined} language  As `lang` has it, such as `de-AT`.
 * @returns {PageStrings}
 */
export function pageStringsFor(language) {
  const known = (language ?? "").toLowerCase().split("-")[0] ?? "";
  return { ...stringsFor(known), ...(LANGUAGES[known] ?? en) };
}
