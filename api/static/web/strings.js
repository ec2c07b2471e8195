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
  title: "Ask the documents",
  greeting: "Answers are quoted from the documents, each with its place in the source.",
  open: "Open the chat",
  close: "Close the chat",
  again: "New conversation",
  conversation: "Conversation",
  question: "Your question",
  placeholder: "Ask a question…",
  ask: "Ask",
  stop: "Stop",
  waiting: "Looking it up…",
  stopped: "Stopped.",
  askAgain: "Ask again",
  retry: "Try again",
  whenOnline: "Ask when I am online again",
  tooLong: (/** @type {number} */ most) => `A question may have ${most} characters.`,
  answered: (/** @type {number} */ count) => (count === 1 ? "Answer with 1 citation:" : `Answer with ${count} citations:`),
  copy: "Copy the answer with its citations",
  copied: "Copied.",
  notCopied: "The browser did not let it be copied.",
  helpful: "This helped",
  unhelpful: "This did not help",
  thanks: "Thank you.",
  notSent: "This could not be sent. Try again.",
  offline: "You are offline.",
  unreachable: "The service cannot be reached.",
  busy: "Too many questions at once.",
  busyFor: (/** @type {number} */ seconds) => `Too many questions at once. Try again in ${seconds} s.`,
  refused: "This chat is not set up correctly. Whoever runs this page finds the reason in the browser's console.",
  failed: "Something went wrong in the service.",
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
  title: "Fragen an die Dokumente",
  greeting: "Antworten sind aus den Dokumenten zitiert, jede mit ihrer Stelle in der Quelle.",
  open: "Chat öffnen",
  close: "Chat schließen",
  again: "Neues Gespräch",
  conversation: "Gespräch",
  question: "Ihre Frage",
  placeholder: "Frage stellen …",
  ask: "Fragen",
  stop: "Anhalten",
  waiting: "Wird nachgeschlagen …",
  stopped: "Angehalten.",
  askAgain: "Noch einmal fragen",
  retry: "Noch einmal versuchen",
  whenOnline: "Fragen, sobald ich wieder online bin",
  tooLong: (most) => `Eine Frage darf ${most} Zeichen haben.`,
  answered: (count) => (count === 1 ? "Antwort mit 1 Beleg:" : `Antwort mit ${count} Belegen:`),
  copy: "Antwort mit Belegen kopieren",
  copied: "Kopiert.",
  notCopied: "Der Browser ließ das Kopieren nicht zu.",
  helpful: "Das hat geholfen",
  unhelpful: "Das hat nicht geholfen",
  thanks: "Danke.",
  notSent: "Das ließ sich nicht senden. Versuchen Sie es noch einmal.",
  offline: "Sie sind offline.",
  unreachable: "Der Dienst ist nicht erreichbar.",
  busy: "Zu viele Fragen auf einmal.",
  busyFor: (seconds) => `Zu viele Fragen auf einmal. Noch einmal in ${seconds} s.`,
  refused: "Dieser Chat ist nicht richtig eingerichtet. Wer diese Seite betreibt, findet den Grund in der Konsole des Browsers.",
  failed: "Im Dienst ist etwas schiefgegangen.",
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
