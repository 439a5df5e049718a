// One click on Try begins here: it gives the run an id, listens first, calls, and keeps what came of it.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { create } from "zustand";
import { keyOf, type ScriptId } from "../../app/desk";
import {
  CallError, calls, channel, type ConsoleLine, type FlowReport, type Value, type RunEvent, type RunReport, type TraceEntry,
  type TryArguments,
} from "../../ipc/client";
import { keys } from "../../ipc/queries";

/** The platform ends a script after about this long (contract §7). */
export const BUDGET_MS = 20_000;

/** A run of a script, going on or over. */
export interface Run {
  id: string;
  what: "try" | "flow";
  state: "running" | "stopping" | "over";
  startedAt: number;
  trace: TraceEntry[];
  console: ConsoleLine[];
  report: RunReport | null;
  flow: FlowReport | null;
  error: CallError | null;
}

interface Runs {
  runs: Record<string, Run>;
  put(key: string, run: Run): void;
  change(key: string, id: string, change: (run: Run) => Partial<Run>): void;
  /** Takes live events; a bundle that comes after the report is late, and the report has everything already. */
  take(key: string, id: string, bundle: RunEvent[]): void;
  clear(): void;
}

export const useRuns = create<Runs>((set, get) => ({
  runs: {},
  put: (key, run) => set((state) => ({ runs: { ...state.runs, [key]: run } })),
  // Events of an older run must not touch a newer one.
  change: (key, id, change) =>
    set((state) => {
      const run = state.runs[key];
      return run?.id === id ? { runs: { ...state.runs, [key]: { ...run, ...change(run) } } } : state;
    }),
  take: (key, id, bundle) =>
    get().change(key, id, (now) => now.state === "over" ? {} : {
      trace: [...now.trace, ...bundle.filter((event) => event.event === "trace")],
      console: [...now.console, ...bundle.filter((event) => event.event === "console")],
    }),
  clear: () => set({ runs: {} }),
}));

export interface TryWish {
  text: string | null;
  arguments: TryArguments;
  password: string | null;
  commit: boolean;
}

export function useRun(script: ScriptId) {
  const { connection, action } = script;
  const key = keyOf(script);
  const run = useRuns((state) => state.runs[key]);
  const client = useQueryClient();

  const begin = useCallback(
    async (what: Run["what"], call: (id: string, events: ReturnType<typeof channel<RunEvent[]>>) => Promise<Partial<Run>>) => {
      const { put, change, take } = useRuns.getState();
      const running = useRuns.getState().runs[key];
      if (running && running.state !== "over") return;
      const id = crypto.randomUUID();
      put(key, { id, what, state: "running", startedAt: Date.now(), trace: [], console: [], report: null, flow: null, error: null });
      const events = channel<RunEvent[]>((bundle) =>
        take(key, id, bundle),
      );
      const ending = await call(id, events).catch((thrown: unknown) => ({ error: CallError.from(thrown) }));
      change(key, id, () => ({ state: "over", ...ending }));
    },
    [key],
  );

  const start = useCallback(
    (wish: TryWish) =>
      begin("try", async (run_id, events) => {
        const report = await calls.tryScript({ run_id, connection, action, timeout_s: null, ...wish }, events);
        return { report, trace: report.trace, console: report.console };
      }),
    [action, begin, connection],
  );

  const login = useCallback(
    (identifier: string, password: string, context: Value | null) =>
      begin("flow", async (run_id, events) => {
        const flow = await calls.loginFlow({ run_id, connection, identifier, password, context }, events);
        await client.invalidateQueries({ queryKey: keys.counts(connection) });
        return { flow, report: flow.run, trace: flow.run?.trace ?? [], console: flow.run?.console ?? [] };
      }),
    [begin, client, connection],
  );

  const stop = useCallback(() => {
    const running = useRuns.getState().runs[key];
    if (!running || running.state !== "running") return;
    useRuns.getState().change(key, running.id, () => ({ state: "stopping" }));
    calls.stopRun(running.id).catch((thrown: unknown) => {
      useRuns.getState().change(key, running.id, () => ({ error: CallError.from(thrown) }));
    });
  }, [key]);

  return { run, running: run !== undefined && run.state !== "over", start, login, stop };
}
