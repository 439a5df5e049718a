// The one way from the window to the desktop side: typed calls that throw `CallError`, and channels for live events.
import { Channel } from "@tauri-apps/api/core";
import type * as raw from "./bindings";
import { commands } from "./bindings";

export type * from "./bindings";
export { STAYS_IF_COMMITTED } from "./bindings";

/** Measured floats: the generator allows for `NaN`, which these never are. */
type Measured = "at_ms" | "ms" | "duration_ms" | "peak_bytes" | "bytes" | "at";

/** Free JSON stays as it is. */
type Free = "result" | "user" | "context";

/** A generated type with its measured floats as the plain numbers they are. */
type Known<T> = T extends (infer Item)[]
  ? Known<Item>[]
  : T extends object
    ? { [Key in keyof T]: Key extends Free ? T[Key] : Key extends Measured ? (T[Key] extends number | null ? number : T[Key]) : Known<T[Key]> }
    : T;

export type ConsoleLine = Known<raw.ConsoleLine>;
export type CountsView = Known<raw.CountsView>;
export type EngineView = Known<raw.EngineView>;
export type ExportPreview = Known<raw.ExportPreview>;
export type FlowReport = Known<raw.FlowReport>;
export type RunEvent = Known<raw.RunEvent>;
export type RunReport = Known<raw.RunReport>;
export type SeriesPoint = Known<raw.SeriesPoint>;
export type StageView = Known<raw.StageView>;
export type TraceEntry = Known<raw.TraceEntry>;

type Answer<T> = { status: "ok"; data: T } | { status: "error"; error: { code: string; message: string; hint: string | null } };
type Raw = typeof commands;

/** What answers the window: the desktop side, or the in-memory fake. */
export interface Backend {
  commands: Raw;
  channel<T>(onMessage: (message: T) => void): Channel<T>;
}

/** The calls with their answers unwrapped. */
export type Calls = {
  [Name in keyof Raw]: (...parameters: Given<Parameters<Raw[Name]>>) => Promise<
    Known<Extract<Awaited<ReturnType<Raw[Name]>>, { status: "ok" }>["data"]>
  >;
};

type Given<Parameters extends unknown[]> = {
  [Index in keyof Parameters]: Parameters[Index] extends Channel<infer Message> ? Channel<Known<Message>> : Parameters[Index];
};

/** An answer that is an error: what went wrong, to what, and what to do next. */
export class CallError extends Error {
  readonly code: string;
  readonly hint: string | null;

  constructor(code: string, message: string, hint: string | null) {
    super(message);
    this.name = "CallError";
    this.code = code;
    this.hint = hint;
  }

  /** The same for whatever was thrown. */
  static from(thrown: unknown): CallError {
    if (thrown instanceof CallError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new CallError("unexpected", message, "Try again; if it stays, look into the log file of the app.");
  }
}

const desktop: Backend = {
  commands,
  channel: <T>(onMessage: (message: T) => void) => {
    const channel = new Channel<T>();
    channel.onmessage = onMessage;
    return channel;
  },
};

let backend: Backend = desktop;

/** Replaces the desktop side; for the browser build and for tests. */
export function answerWith(other: Backend): void {
  backend = other;
}

/** A channel for the events of one run. */
export function channel<T>(onMessage: (message: T) => void): Channel<T> {
  return backend.channel(onMessage);
}

/** Every command, throwing `CallError` instead of answering with an error. */
export const calls: Calls = new Proxy({} as Calls, {
  get: (_, name) => async (...parameters: unknown[]) => {
    const command = backend.commands[name as keyof Raw] as (...parameters: unknown[]) => Promise<Answer<unknown>>;
    const answer = await command(...parameters).catch((thrown: unknown) => {
      throw CallError.from(thrown);
    });
    if (answer.status === "ok") return answer.data;
    throw new CallError(answer.error.code, answer.error.message, answer.error.hint);
  },
});
