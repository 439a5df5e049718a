// Marks at lines of a script: what a run or the static check found there, said at the end of the line.
import { RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";
import type { EditorState } from "@codemirror/state";

export interface LineMark {
  line: number;
  tone: "no" | "bad";
  message: string;
}

/** Replaces all marks. */
export const setMarks = StateEffect.define<LineMark[]>();

const PATHS = {
  no: "M6 1 11.2 10.5H.8Z",
  bad: "M6 .5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11Z",
};

class Note extends WidgetType {
  constructor(private readonly mark: LineMark) {
    super();
  }

  override eq(other: Note): boolean {
    return other.mark.message === this.mark.message && other.mark.tone === this.mark.tone;
  }

  toDOM(): HTMLElement {
    const note = document.createElement("span");
    note.className = `cm-note ${this.mark.tone}`;
    note.dataset.testid = "line-mark";
    const sign = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    sign.setAttribute("viewBox", "0 0 12 12");
    sign.setAttribute("width", "10");
    sign.setAttribute("height", "10");
    sign.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", PATHS[this.mark.tone]);
    path.setAttribute("fill", "currentColor");
    sign.append(path);
    note.append(sign, ` ${this.mark.message}`);
    return note;
  }
}

function decorate(state: EditorState, marks: LineMark[]): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const seen = new Set<number>();
  for (const mark of [...marks].sort((a, b) => a.line - b.line)) {
    if (mark.line < 1 || mark.line > state.doc.lines || seen.has(mark.line)) continue;
    seen.add(mark.line);
    const line = state.doc.line(mark.line);
    builder.add(line.from, line.from, Decoration.line({ class: `cm-marked cm-marked-${mark.tone}` }));
    builder.add(line.to, line.to, Decoration.widget({ widget: new Note(mark), side: 1 }));
  }
  return builder.finish();
}

/** Holds the marks; they move with the text while one types. */
export const markField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    const wish = transaction.effects.find((effect) => effect.is(setMarks));
    if (wish?.is(setMarks)) return decorate(transaction.state, wish.value);
    return marks.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});
