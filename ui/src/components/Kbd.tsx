const isMac = navigator.platform.startsWith("Mac");
const NAMES: Record<string, string> = { mod: isMac ? "⌘" : "Ctrl", shift: isMac ? "⇧" : "Shift", enter: "↵", alt: isMac ? "⌥" : "Alt" };

/** A shortcut, small, beside the word it belongs to; hidden from screen readers, which have the button's name. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <small className="kbd" aria-hidden>
      {keys.split("+").map((key) => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key)).join(isMac ? "" : " ")}
    </small>
  );
}
