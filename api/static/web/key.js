/**
 * The key with which Pincite's own pages ask: what somebody typed, kept in this browser for these pages alone, or a
 * publishable one that stood in the address.
 */

const NAME = "pincite-key";

/** @returns {string | null} */
export function storedKey() {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null; // the browser lets nothing be kept
  }
}

/**
 * Keep a key; null forgets it.
 *
 * @param {string | null} key
 */
export function keepKey(key) {
  try {
    if (key) localStorage.setItem(NAME, key);
    else localStorage.removeItem(NAME);
  } catch {
    // it lasts as long as the page
  }
}
