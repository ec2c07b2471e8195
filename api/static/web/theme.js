/** Colours, light and dark, for a shadow root or a whole page. */

/**
 * Return the style sheet that gives the colours their values.
 *
 * @param {string} root  The selector of what has them: `:host` or `:root`.
 * @returns {string}
 */
export function theme(root) {
  return `
${root} {
  color-scheme: light dark;
  --accent: var(--pincite-accent, #1f5eff); --on-accent: var(--pincite-on-accent, #fff); --accent-text: var(--pincite-accent-text, var(--accent));
  --ground: var(--pincite-ground, #fff); --raised: #fff; --ink: #1a1d23; --quiet: #5b6270; --line: #d9dde5; --tint: #eaf0ff; --mark: #ffec99;
  --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  ${root} {
    --accent: var(--pincite-accent, #8ab0ff); --on-accent: var(--pincite-on-accent, #0d1117);
    --ground: var(--pincite-ground, #14171d); --raised: #1b1f27; --ink: #e8eaee; --quiet: #a5adba; --line: #343a46; --tint: #242c3d; --mark: #5c4a00;
    --bad: #ff9d95;
  }
}`;
}

/**
 * Return a style sheet made of texts; the policy of the page that holds it does not forbid it.
 *
 * @param {...string} texts
 */
export function sheet(...texts) {
  const made = new CSSStyleSheet();
  made.replaceSync(texts.join("\n"));
  return made;
}
