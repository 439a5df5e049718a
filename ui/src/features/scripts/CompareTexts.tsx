import { javascript } from "@codemirror/lang-javascript";
import { syntaxHighlighting } from "@codemirror/language";
import { MergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { Modal } from "@mantine/core";
import { useEffect, useRef } from "react";
import { styleNonce } from "../../app/nonce";
import { codeColours, editorTheme } from "../../components/editorTheme";

interface Side {
  name: string;
  text: string;
}

function Difference({ left, right }: { left: Side; right: Side }) {
  const host = useRef<HTMLDivElement>(null);
  const [before, after] = [left.text, right.text];
  useEffect(() => {
    if (!host.current) return;
    const side = (doc: string) => ({
      doc,
      extensions: [
        lineNumbers(), javascript(), syntaxHighlighting(codeColours), editorTheme, EditorView.cspNonce.of(styleNonce()),
        EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.lineWrapping,
      ],
    });
    const view = new MergeView({ a: side(before), b: side(after), parent: host.current, collapseUnchanged: { margin: 3, minSize: 6 } });
    return () => view.destroy();
  }, [after, before]);
  return <div ref={host} className="difference" />;
}

/** Two texts beside each other with their differences. */
export function CompareTexts({ title, left, right, onClose }: { title: string; left: Side; right: Side; onClose(): void }) {
  return (
    <Modal opened onClose={onClose} title={title} size="90%" data-testid="compare">
      <div className="difference-names">
        <span>{left.name}</span>
        <span>{right.name}</span>
      </div>
      <Difference left={left} right={right} />
    </Modal>
  );
}
