import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyField, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, Transaction, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useLayoutEffect, useRef } from "react";
import { markField, setMarks, type LineMark } from "./editorMarks";
import { codeColours, editorTheme } from "./editorTheme";

export type { LineMark } from "./editorMarks";

interface Properties {
  /** Which document this is; its undo history and cursor are kept while the window is open. */
  documentKey: string;
  text: string;
  onChange(text: string): void;
  marks: LineMark[];
  /** Where to put the cursor; a new object moves it again. */
  jump: { line: number; at: number } | null;
  label: string;
  nonce: string;
}

const setup: Extension = [
  lineNumbers(), foldGutter({ openText: "▾", closedText: "▸" }), history(), drawSelection(), indentOnInput(), indentUnit.of("  "),
  bracketMatching(), closeBrackets(), autocompletion(), highlightActiveLine(), highlightActiveLineGutter(),
  highlightSelectionMatches(), search({ top: true }), javascript(), syntaxHighlighting(codeColours), editorTheme, markField,
  EditorState.tabSize.of(2),
  keymap.of([
    ...closeBracketsKeymap, ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"), ...searchKeymap, ...historyKeymap,
    ...foldKeymap, ...completionKeymap, indentWithTab,
  ]),
];

/** Text, cursor and undo history of documents that are not shown just now. */
const kept = new Map<string, unknown>();
const fields = { history: historyField };

/** Another workspace: its documents begin afresh. */
export function forgetDocuments(): void {
  kept.clear();
}

/** A JavaScript editor. `Esc` then `Tab` leaves it by keyboard. */
export function CodeEditor({ documentKey, text, onChange, marks, jump, label, nonce }: Properties) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const shown = useRef<string>(undefined);
  const changed = useRef(onChange);
  useLayoutEffect(() => {
    changed.current = onChange;
  });

  useEffect(() => {
    if (!host.current) return;
    // The nonce from the start: the first view of a page writes the style element of all.
    const editor = new EditorView({ parent: host.current, extensions: EditorView.cspNonce.of(nonce) });
    view.current = editor;
    return () => {
      if (shown.current !== undefined) kept.set(shown.current, editor.state.toJSON(fields));
      shown.current = undefined;
      editor.destroy();
      view.current = undefined;
    };
  }, [nonce]);

  // Another document: swap the whole state, so that undo stays within one script.
  useEffect(() => {
    const editor = view.current;
    if (!editor || shown.current === documentKey) return;
    if (shown.current !== undefined) kept.set(shown.current, editor.state.toJSON(fields));
    shown.current = documentKey;
    const extensions = [
      setup,
      EditorView.cspNonce.of(nonce),
      EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, "data-testid": "editor-text" }),
      EditorView.updateListener.of((update) => {
        const typed = update.docChanged && !update.transactions.some((one) => one.annotation(Transaction.remote));
        if (typed) changed.current(update.state.doc.toString());
      }),
    ];
    const before = kept.get(documentKey);
    editor.setState(before === undefined ? EditorState.create({ doc: text, extensions }) : EditorState.fromJSON(before, { extensions }, fields));
  }, [documentKey, label, nonce, text]);

  // The text changed elsewhere (restored, taken from disk): put it in without losing the history.
  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === text) return;
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: text },
      annotations: Transaction.remote.of(true),
    });
  }, [documentKey, text]);

  useEffect(() => {
    view.current?.dispatch({ effects: setMarks.of(marks) });
  }, [documentKey, marks]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || !jump) return;
    const line = editor.state.doc.line(Math.min(Math.max(1, jump.line), editor.state.doc.lines));
    editor.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    editor.focus();
  }, [documentKey, jump]);

  return <div ref={host} className="code-editor" data-testid="editor" />;
}
