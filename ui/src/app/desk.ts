// What lies on the admin's desk: the screen that is shown, open tabs, unsaved typing. Nothing secret is ever kept here.
import { create } from "zustand";
import type { Action } from "../ipc/client";

export type Screen = "scripts" | "migration" | "secrets" | "connection" | "settings";
export type DrawerTab = "console" | "statements" | "problems" | "versions";
export type Dialog = "export" | "import" | "new-connection" | null;

/** A script: a connection's action. */
export interface ScriptId {
  connection: string;
  action: Action;
}

/** The text of a script while it is being written. */
export interface Draft {
  text: string;
  /** The text on disk as it was last read or saved. */
  base: string;
  /** Fingerprint of `base`; null when there is no file yet. */
  revision: string | null;
  /** Set when the file changed outside while the draft had changes. */
  conflict: { theirs: string; revision: string } | null;
  /** True when the text came back after a crash. */
  recovered: boolean;
}

export function keyOf(script: ScriptId): string {
  return `${script.connection}/${script.action}`;
}

interface Desk {
  screen: Screen;
  connection: string;
  tabs: ScriptId[];
  active: ScriptId | null;
  closed: ScriptId[];
  drafts: Record<string, Draft>;
  drawer: { open: boolean; tab: DrawerTab };
  sidebar: boolean;
  inspector: boolean;
  dialog: Dialog;
  palette: boolean;
  savedAt: string | null;
  /** An address a run was refused, offered on the connection page. */
  wanted: string | null;
  /** A request a run held back, offered on the connection page. */
  wantedRequest: string | null;
  /** Where the editor should go next; `at` makes the same line twice two wishes. */
  jump: { key: string; line: number; at: number } | null;
  show(screen: Screen): void;
  choose(connection: string): void;
  openScript(script: ScriptId): void;
  closeTab(script: ScriptId): void;
  reopenTab(): void;
  setDraft(key: string, change: Partial<Draft> & { text: string }): void;
  dropDraft(key: string): void;
  setDrawer(change: Partial<Desk["drawer"]>): void;
  setDialog(dialog: Dialog): void;
  setPalette(open: boolean): void;
  toggle(panel: "sidebar" | "inspector"): void;
  goTo(script: ScriptId, line: number): void;
  want(endpoint: string | null): void;
  wantRequest(request: string): void;
  saved(at: string): void;
  clear(): void;
}

const empty = {
  screen: "scripts" as Screen, connection: "", tabs: [], active: null, closed: [], drafts: {}, savedAt: null, wanted: null, wantedRequest: null, jump: null,
  drawer: { open: true, tab: "statements" as DrawerTab }, sidebar: true, inspector: true, dialog: null, palette: false,
};

const same = (a: ScriptId, b: ScriptId) => a.connection === b.connection && a.action === b.action;

export const useDesk = create<Desk>((set, get) => ({
  ...empty,
  show: (screen) => set({ screen }),
  choose: (connection) => set({ connection }),
  openScript: (script) =>
    set((desk) => ({
      screen: "scripts",
      connection: script.connection,
      active: script,
      tabs: desk.tabs.some((tab) => same(tab, script)) ? desk.tabs : [...desk.tabs, script],
    })),
  closeTab: (script) =>
    set((desk) => {
      const index = desk.tabs.findIndex((tab) => same(tab, script));
      const tabs = desk.tabs.filter((tab) => !same(tab, script));
      const wasActive = desk.active !== null && same(desk.active, script);
      return {
        tabs,
        active: wasActive ? (tabs[Math.min(index, tabs.length - 1)] ?? null) : desk.active,
        closed: [...desk.closed, script],
      };
    }),
  reopenTab: () => {
    const last = get().closed.at(-1);
    if (!last) return;
    set((desk) => ({ closed: desk.closed.slice(0, -1) }));
    get().openScript(last);
  },
  setDraft: (key, change) =>
    set((desk) => {
      const before = desk.drafts[key] ?? { text: "", base: "", revision: null, conflict: null, recovered: false };
      return { drafts: { ...desk.drafts, [key]: { ...before, ...change } } };
    }),
  dropDraft: (key) =>
    set((desk) => ({ drafts: Object.fromEntries(Object.entries(desk.drafts).filter(([name]) => name !== key)) })),
  setDrawer: (change) => set((desk) => ({ drawer: { ...desk.drawer, ...change } })),
  setDialog: (dialog) => set({ dialog }),
  setPalette: (palette) => set({ palette }),
  toggle: (panel) => set((desk) => ({ [panel]: !desk[panel] })),
  goTo: (script, line) => {
    get().openScript(script);
    set({ jump: { key: keyOf(script), line, at: Date.now() } });
  },
  want: (wanted) => set({ wanted, wantedRequest: null, screen: "connection" }),
  wantRequest: (wantedRequest) => set({ wantedRequest, wanted: null, screen: "connection" }),
  saved: (savedAt) => set({ savedAt }),
  clear: () => set({ ...empty }),
}));

/** Whether a draft has changes that are not on disk. */
export function isDirty(draft: Draft | undefined): boolean {
  return draft !== undefined && draft.text !== draft.base;
}
