/** How an answer looks. Colours and lengths are custom properties, which `theme.js` gives values. */

export const ANSWER_STYLE = `
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.answer { display: grid; gap: 12px; overflow-wrap: anywhere; }
.answer p, .answer blockquote, .answer ol { margin: 0; padding: 0; }
.block { display: grid; gap: 12px; }
.text { max-width: 68ch; line-height: 1.55; }
.part { display: grid; gap: 4px; }
.part-question { margin: 0; font-size: .875em; font-weight: 600; color: var(--quiet); }
.none { display: grid; gap: 8px; }
p.none { color: var(--quiet); }
.tied { white-space: nowrap; }
.cite {
  display: inline-grid; place-items: center; min-width: 24px; height: 24px; margin-inline: 4px 2px; padding: 0 6px;
  vertical-align: middle; border: 0; border-radius: 12px; background: var(--tint); color: var(--accent-text);
  font: inherit; font-size: .8em; font-weight: 600; line-height: 1; cursor: pointer;
}
.cite:hover, .cite[aria-expanded="true"] { background: var(--accent); color: var(--on-accent); }
.card, .passage { border: 1px solid var(--line); border-radius: 10px; background: var(--raised); padding: 12px; display: grid; gap: 8px; }
.card-head { display: flex; align-items: start; justify-content: space-between; gap: 8px; }
.card-title { font-weight: 600; font-size: .9375em; line-height: 1.35; }
.place { color: var(--quiet); font-size: .875em; line-height: 1.4; }
.passage-text { font-size: .9375em; line-height: 1.55; white-space: pre-line; max-width: 68ch; }
.card .passage-text { position: relative; max-height: min(16em, 40dvh); overflow: auto; }
.card-links { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: .875em; }
mark { background: var(--mark); color: inherit; border-radius: 2px; padding: 1px 0; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
@media (forced-colors: active) { mark { background: Mark; color: MarkText; forced-color-adjust: none; } }
a { color: var(--accent-text); text-underline-offset: 2px; }
.card-links a { display: inline-flex; align-items: center; gap: 4px; min-height: 24px; }
.card-links svg { width: 14px; height: 14px; }
.quiet { border: 0; background: none; color: var(--quiet); padding: 2px; border-radius: 6px; display: inline-grid; place-items: center; min-width: 24px; min-height: 24px; cursor: pointer; }
.quiet:hover { color: inherit; background: var(--tint); }
.others summary { cursor: pointer; font-size: .875em; color: var(--quiet); width: fit-content; padding-block: 2px; }
.passages { list-style: none; display: grid; gap: 8px; }
.others[open] summary { margin-bottom: 8px; }
:focus-visible { outline: 2px solid var(--accent-text); outline-offset: 2px; }
`;
