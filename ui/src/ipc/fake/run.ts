// Plays a run of a script for the in-memory backend: believable times, the outcomes people meet, live events.
import type {
  ConsoleLine, LogEvent, Outcome, RunError, RunEvent, RunReport, TraceEntry, TryRequest, Value, Warning,
} from "../client";
import type { World } from "./world";

/** Waits, unless the run is stopped first. */
export function pause(ms: number, stopped: Promise<void>): Promise<"stopped" | "went on"> {
  return Promise.race([
    stopped.then(() => "stopped" as const),
    new Promise<"went on">((resolve) => setTimeout(() => resolve("went on"), ms)),
  ]);
}

const HEADLINES: Partial<Record<Outcome, string>> = {
  wrong_password: "Wrong password", unknown_user: "Unknown user", not_found: "No such user", not_changed: "Nothing changed",
  unusable_result: "Answered with a profile the platform cannot use", script_error: "Script error", cancelled: "Stopped", timeout: "Out of time", blocked_by_policy: "Blocked by policy",
};

const GOOD: Record<string, [string, string, string]> = {
  login: ["Logged in", "s", "success login"], get_user: ["User found", "", ""], create: ["User created", "ss", "success signup"],
  verify: ["Marked as verified", "sv", "success verification email"],
  change_password: ["Password changed", "scp", "success change password"], delete: ["User deleted", "sdu", "success user deletion"],
  change_email: ["E-mail changed", "sce", "success change email"],
};

interface Story {
  outcome: Outcome;
  result: Value | null;
  error: RunError | null;
  warnings: Warning[];
  entries: TraceEntry[];
  console: ConsoleLine[];
}

function entry(at_ms: number, ms: number, kind: TraceEntry["kind"], label: string, more: Partial<TraceEntry> = {}): TraceEntry {
  return { at_ms, ms, kind, label, statement: null, error: null, ...more };
}

function lineOf(text: string, needle: string): number {
  return text.slice(0, text.indexOf(needle)).split("\n").length;
}

/** What a script does with a request. */
function tell(world: World, request: TryRequest, text: string): Story {
  const writes = !["login", "get_user"].includes(request.action);
  const known = world.workspace.sample?.users ?? [];
  const identifier = request.arguments.identifier ?? request.arguments.id ?? "";
  const user = known.find((one) => one.identifier === identifier.toLowerCase());
  const effect = writes ? (request.commit ? "committed" : "rolled_back") : "read";
  const sql = writes
    ? "UPDATE users SET … WHERE email = ?"
    : "SELECT id, email, name, password_hash, verified FROM users WHERE email = ?";
  const entries = [
    entry(0, 2.1, "runner", "runner"),
    entry(2.4, 0.9, "require", "sqlite3"),
    entry(3.6, 1.2, "connect", "sqlite legacy.sqlite"),
    entry(5.1, 0.8, "query", "query 1", {
      statement: { sql, parameters: [identifier], rows: user ? 1 : 0, effect },
    }),
  ];
  const story: Story = { outcome: "success", result: null, error: null, warnings: [], entries, console: [] };
  for (const found of text.matchAll(/console\.(log|warn|error)\('([^']*)'\)/g)) {
    story.console.push({ at_ms: 2.2, level: found[1] as ConsoleLine["level"], text: found[2] ?? "" });
  }
  const thrown = /throw new (\w+)\('([^']*)'\)/.exec(text);
  if (thrown) {
    story.outcome = "script_error";
    story.entries = entries.slice(0, 1);
    story.error = {
      class: thrown[1] ?? "Error", message: thrown[2] ?? "", code: null, line: lineOf(text, thrown[0]), column: 9,
      stack: `${thrown[1]}: ${thrown[2]}\n    at ${request.action} (${request.action}.js:${lineOf(text, thrown[0])}:9)`,
      hint: "The script threw before it called back; call callback with the error instead.",
    };
    return story;
  }
  if (/user_id: [\w.[\]]+\.id,/.test(text)) {
    story.warnings.push({
      rule: "user_id_not_string", message: "user_id should be a string, here it is a number; use String(…)",
      line: lineOf(text, "user_id:"),
    });
  }
  const profile = user && {
    user_id: story.warnings.length ? known.indexOf(user) + 1 : String(known.indexOf(user) + 1), email: user.identifier,
    email_verified: true, name: user.identifier.split("@")[0]?.replace(".", " ") ?? "", app_metadata: { legacy_source: "customers" },
  };
  if (request.action === "login") {
    if (!user) story.outcome = "unknown_user";
    else {
      entries.push(entry(6.2, 74.3, "hash", "bcrypt 10"));
      if (request.password !== user.password) story.outcome = "wrong_password";
      else story.result = profile ?? null;
    }
    if (story.outcome !== "success") {
      story.error = {
        class: "WrongUsernameOrPasswordError", message: user ? "wrong password" : "no such user", code: "wrongusernameorpassword",
        line: lineOf(text, "new WrongUsername"), column: 30, stack: null, hint: null,
      };
    }
  } else if (request.action === "get_user") {
    if (user) story.result = profile ?? null;
    else story.outcome = "not_found";
  } else if (["verify", "change_password", "change_email"].includes(request.action)) {
    story.result = user !== undefined;
    if (!user) story.outcome = "not_changed";
  }
  const last = entries.at(-1);
  const at = last ? last.at_ms + last.ms + 0.3 : 0;
  entries.push(entry(at, 0.1, "callback", story.error ? `callback(${story.error.class})` : "callback(null, …)"));
  if (!request.commit) {
    entries.push(entry(at + 0.2, 0.2, "rollback", writes ? "rolled back: 1 statement undone" : "rolled back: nothing was written"));
  }
  return story;
}

function logEvent(request: TryRequest, story: Story): LogEvent | null {
  const good = GOOD[request.action];
  const event = (code: string, meaning: string, user_id = ""): LogEvent => ({
    code, meaning, user_id, description: story.error?.message ?? "", certain: true,
  });
  if (story.outcome === "cancelled" || request.action === "get_user" || !good) return null;
  if (story.outcome === "success") return event(good[1], good[2], request.action === "login" ? "auth0|1" : "");
  if (story.outcome === "wrong_password") return event("fp", "failed login (wrong password)", "auth0|1");
  if (story.outcome === "unknown_user") return event("fu", "failed login (invalid identifier)");
  return event("f", "failed login");
}

/** Runs to its end, with live events on the way. */
export async function playRun(world: World, request: TryRequest, emit: (event: RunEvent) => void): Promise<RunReport> {
  const text = request.text ?? world.scripts.get(`${request.connection}/${request.action}`)?.text ?? "";
  const started = performance.now();
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  world.runs.set(request.run_id, stop);
  const story = tell(world, request, text);
  for (const line of story.console) emit({ event: "console", ...line });
  let clock = 0;
  let ended: Outcome | null = null;
  if (text.includes("while (true)")) {
    story.entries.length = 1;
    const first = story.entries[0];
    if (first) emit({ event: "trace", ...first });
    const waited = await pause((request.timeout_s ?? 20) * 1000, stopped);
    ended = waited === "stopped" ? "cancelled" : "timeout";
  } else {
    for (const one of story.entries) {
      if ((await pause(Math.max(0, one.at_ms + one.ms - clock), stopped)) === "stopped") {
        ended = "cancelled";
        break;
      }
      clock = one.at_ms + one.ms;
      emit({ event: "trace", ...one });
    }
  }
  world.runs.delete(request.run_id);
  if (ended) Object.assign(story, { outcome: ended, result: null, error: null, warnings: [] });
  const last = story.entries.at(-1);
  const writes = story.entries.some((one) => one.statement?.effect === "committed");
  const importing = world.workspace.connections.find((one) => one.name === request.connection)?.import_mode === "on";
  return {
    outcome: story.outcome,
    headline: story.outcome === "success" ? (GOOD[request.action]?.[0] ?? "Done") : (HEADLINES[story.outcome] ?? "Failed"),
    log_event: logEvent(request, story),
    user_sees: {
      success: request.action === "login" ? "is signed in" : "nothing: an admin made the change",
      wrong_password: "wrong e-mail or password", unknown_user: "wrong e-mail or password",
      cancelled: "nothing: the run was stopped here",
    }[story.outcome as string] ?? "something went wrong, try again later",
    migration: request.action === "login" && story.outcome === "success" ? (importing ? "would_migrate" : "profile_only") : "nothing",
    error: story.error, result: story.result, warnings: story.warnings, trace: story.entries, console: story.console,
    committed: request.commit, kept: request.commit && writes ? ["What the script wrote is kept."] : [], survives: request.action === "create" && !request.commit ? ["autoincrement of users advanced"] : [],
    duration_ms: ended ? performance.now() - started : last ? last.at_ms + last.ms : 0,
    engine: { name: "quickjs-ng 0.16.2", runtime: world.workspace.connections.find((one) => one.name === request.connection)?.runtime ?? "compatible", isolation: ["seccomp", "landlock", "rlimits"], missing: [], peak_bytes: 2_411_724 },
  };
}
