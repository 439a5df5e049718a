// Texts into which a package put values itself, with the text as the script wrote it: injection is judged by the script's own text.
'use strict';

/** Texts that are formatted and not sent yet; more than a run has under way at once. */
const MOST = 100;
const texts = new Map();

/** Remembers what `formatted` was written as, and gives it back. Values put in as they are (`:raw`, `^`) are the script's own text. */
function remember(formatted, written) {
  if (typeof written !== 'string' || formatted === written || /:raw|\^/.test(written)) return formatted;
  if (texts.size >= MOST) texts.delete(texts.keys().next().value);
  texts.set(formatted, { written, times: (texts.get(formatted)?.times ?? 0) + 1 });
  return formatted;
}

/** What a text that is sent now was written as. It counts once: the next one with the same text may be put together by hand. */
function written(formatted) {
  const text = texts.get(formatted);
  if (text === undefined) return undefined;
  text.times -= 1;
  if (text.times === 0) texts.delete(formatted);
  return text.written;
}

module.exports = { remember, written };
