/** Every word that the chat says, beside those of `strings.js`, in the same languages. */

import { stringsFor } from "./strings.js";

const en = {
  language: "en",
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
};

/** @typedef {typeof en} Own */
/** @typedef {import("./strings.js").Strings & Own} ChatStrings */

/** @type {Own} */
const de = {
  language: "de",
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
};

/** @type {Record<string, Own>} */
const LANGUAGES = { en, de };

/**
 * Return what the chat says in a language; English where it is not known.
 *
 * @param {string} wanted  As `lang` has it, such as `de-AT`.
 * @returns {ChatStrings}
 */
export function chatStringsFor(wanted) {
  const own = LANGUAGES[wanted.toLowerCase().split("-")[0] ?? ""] ?? en;
  return { ...stringsFor(own.language), ...own };
}
