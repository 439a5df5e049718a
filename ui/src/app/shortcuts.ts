import { useHotkeys } from "@mantine/hooks";
import { useDesk } from "./desk";

/** Moves the focus to the next region of the window (F6), for keyboards and screen readers. */
export function nextRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")];
  if (regions.length === 0) return;
  // Regions nest (the output lies within the script): the innermost one counts.
  const here = regions.findLastIndex((region) => region.contains(document.activeElement));
  const next = regions[(here + step + regions.length) % regions.length];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
}

/** The window's keyboard map (those of a script are with the script). */
export function useShortcuts(): void {
  const { setPalette, toggle, setDrawer, show, reopenTab, openScript } = useDesk.getState();
  const go = (index: number) => {
    const tab = useDesk.getState().tabs[index];
    if (tab) openScript(tab);
  };
  const cycle = (step: number) => {
    const { tabs, active } = useDesk.getState();
    const here = tabs.findIndex((tab) => tab.connection === active?.connection && tab.action === active.action);
    go((here + step + tabs.length) % Math.max(1, tabs.length));
  };
  useHotkeys(
    [
      ["mod+K", () => setPalette(true)],
      ["mod+P", () => setPalette(true)],
      ["mod+B", () => toggle("sidebar")],
      ["mod+alt+B", () => toggle("inspector")],
      ["mod+J", () => setDrawer({ open: !useDesk.getState().drawer.open })],
      ["mod+shift+M", () => setDrawer({ open: true, tab: "problems" })],
      ["mod+shift+H", () => setDrawer({ open: true, tab: "versions" })],
      ["mod+shift+T", () => reopenTab()],
      ["mod+,", () => show("settings")],
      ["ctrl+Tab", () => cycle(1)],
      ["ctrl+shift+Tab", () => cycle(-1)],
      ["F6", () => nextRegion(1)],
      ["shift+F6", () => nextRegion(-1)],
      ...Array.from({ length: 9 }, (_, index): [string, () => void] => [`alt+${index + 1}`, () => go(index)]),
    ],
    [],
    true,
  );
}
