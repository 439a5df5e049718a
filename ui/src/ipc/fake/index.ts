// The whole backend in memory: the window runs on it in a browser and in tests. It keeps the rules the real one keeps.
import type { Channel } from "@tauri-apps/api/core";
import type { Backend, CountsView, ExportPreview, FlowReport, RunEvent, StageView, WireError } from "../client";
import type { commands } from "../bindings";
import { pause, playRun } from "./run";
import { schemas, templates } from "./templates";
import { newWorld, revisionOf, type ScriptState, type World } from "./world";

type Raw = typeof commands;
type Fake = { [Name in keyof Raw]: (...parameters: Parameters<Raw[Name]>) => unknown };

/** Thrown inside the fake; becomes an error answer. */
class Refusal extends Error {
  constructor(readonly code: string, message: string, readonly hint: string | null = null) {
    super(message);
  }
}

function emitTo<T>(channel: Channel<T>): (message: T) => void {
  return (message) => channel.onmessage(message);
}

function scriptOf(world: World, connection: string, action: string): ScriptState {
  const script = world.scripts.get(`${connection}/${action}`);
  if (script) return script;
  throw new Refusal("no_script", `${connection} has no ${action} script`, "Write it here; saving makes the file and lists it.");
}

function connectionOf(world: World, name: string) {
  const connection = world.workspace.connections.find((one) => one.name === name);
  if (connection) return connection;
  throw new Refusal("unknown_connection", `There is no connection ${name}`, "Reload the workspace.");
}

function counts(world: World, connection: string): CountsView {
  const now = Date.now();
  const sample = connection === world.workspace.sample?.connection;
  const moved = sample ? world.movedBefore + world.migrated.size : 0;
  const total = connectionOf(world, connection).counts_users ? world.legacyTotal : null;
  const ledger = { source: "ledger", at: new Date(now).toISOString(), blind_spot: null };
  const count = (code: string) => world.failed.filter((one) => one.code === code).length;
  const day = 86_400;
  const series = Array.from({ length: 30 }, (_, index) => ({
    at: Math.round(now / 1000) - (29 - index) * day,
    migrated: Math.round(moved * (1 - Math.exp(-index / 14)) / (1 - Math.exp(-29 / 14))),
  }));
  return {
    connection,
    legacy_total: {
      value: total, source: "count_users.js", at: total === null ? null : new Date(world.countedAt).toISOString(),
      blind_spot: "users deleted since are still counted until the next count",
    },
    migrated: { value: moved, ...ledger },
    percent: total === null ? null : (100 * moved) / total,
    left: { value: total === null ? null : total - moved, source: "count_users.js − ledger", at: ledger.at, blind_spot: null },
    today: { value: sample ? 14 + world.migrated.size : 0, ...ledger },
    last_hour: { value: sample ? world.migrated.size : 0, ...ledger },
    failed: sample
      ? [
          { code: "fp", meaning: "failed login (wrong password)", count: 7 + count("fp") },
          { code: "fu", meaning: "failed login (invalid identifier)", count: 3 + count("fu") },
          { code: "f", meaning: "failed login", count: 1 + count("f") },
        ]
      : [],
    series: sample ? series : [],
    last_migration_at: sample ? new Date(now - 120_000).toISOString() : null,
    error: world.countFault?.message ?? (total === null ? "legacy-crm has no count_users.js, so the legacy total is not known" : null),
    error_code: world.countFault?.code ?? null,
  };
}

function preview(world: World, names: string[], format: string): ExportPreview {
  const chosen = names.map((name) => connectionOf(world, name));
  const files = chosen.flatMap((connection) => [
    { path: `database-connections/${connection.name}/database.json`, bytes: 1204 },
    ...connection.scripts.filter((script) => script.present).map((script) => ({
      path: `database-connections/${connection.name}/${script.action}.js`,
      bytes: world.scripts.get(`${connection.name}/${script.action}`)?.text.length ?? 0,
    })),
  ]);
  if (format.startsWith("yaml")) files.unshift({ path: "tenant.yaml", bytes: 2210 });
  const lacking = chosen.filter((one) => one.import_mode === "off" && !one.scripts.some((script) => script.action === "get_user" && script.present));
  return {
    files,
    needs: chosen.flatMap((one) => one.configuration.flatMap((entry) => (entry.secret ? [entry.secret] : []))),
    refusals: [],
    notes: lacking.map((one) => ({
      path: `database-connections/${one.name}`, code: "missing_script",
      message: `${one.name} has no get_user script: sign-up, reset and change of e-mail do not work there`, hint: "Add it before the bundle is deployed.",
    })),
  };
}

/** Bundles of one. */
function one<T>(emit: (bundle: T[]) => void): (event: T) => void {
  return (event) => emit([event]);
}

async function flow(world: World, request: Parameters<Raw["loginFlow"]>[0], emit: (event: RunEvent) => void): Promise<FlowReport> {
  const kept = world.migrated.get(request.identifier.toLowerCase());
  if (kept !== undefined) {
    const good = kept === request.password;
    if (!good) world.failed.push({ code: "fp", at: Date.now() });
    return {
      end: good ? "native_login" : "native_wrong_password",
      headline: good ? "Logged in from the user store" : "Wrong password (checked by the user store)",
      log_event: {
        code: good ? "s" : "fp", meaning: good ? "success login" : "failed login (wrong password)", user_id: "auth0|1",
        description: "", certain: true,
      },
      user_sees: good ? "is signed in" : "wrong e-mail or password", run: null, refusal: null,
    };
  }
  const run = await playRun(world, {
    run_id: request.run_id, connection: request.connection, action: "login", text: null, password: request.password, commit: false,
    timeout_s: null,
    arguments: { identifier: request.identifier, new_email: null, verified: null, id: null, user: null, context: request.context },
  }, emit);
  if (run.outcome === "success") world.migrated.set(request.identifier.toLowerCase(), request.password);
  else if (run.log_event) world.failed.push({ code: run.log_event.code, at: Date.now() });
  const moved = run.outcome === "success";
  return {
    end: moved ? "migrated" : "not_logged_in", headline: moved ? "Logged in; the user was migrated" : run.headline,
    log_event: run.log_event, user_sees: run.user_sees, run, refusal: null,
  };
}

/** What the deploy tool would replace in a value. */
function markerIn(value: string): string | undefined {
  return /(@@|##)\w+\1/.exec(value)?.[0];
}

function commandsOf(world: World, slow: number): Fake {
  const view = () => structuredClone(world.workspace);
  const secretsOf = (connection: string) => world.secrets.get(connection) ?? [];
  const bare = ({ name, used_by, state, set_at, fingerprint }: ReturnType<typeof secretsOf>[number]) => ({
    name, used_by, state: world.vault.state === "unlocked" ? state : "unknown", set_at, fingerprint,
  });
  const open = () => {
    world.open = true;
    return view();
  };
  return {
    openSample: open,
    openWorkspace: (path) => {
      if (path.includes("nowhere")) throw new Refusal("not_a_workspace", `${path} holds no database-connections folder`, "Choose the folder an export was written to.");
      return open();
    },
    currentWorkspace: () => (world.open ? view() : null),
    reloadWorkspace: () => {
      if (!world.open) throw new Refusal("no_workspace", "No workspace is open", "Open the sample or a folder.");
      return view();
    },
    recentWorkspaces: () => ["/home/admin/acme-identity", "/home/admin/sluice-sample"],
    pickFolder: () => "/home/admin/acme-export",
    pickFile: (_title, save, suggested) => (save ? `/home/admin/${suggested ?? "bundle.zip"}` : "/home/admin/incoming.zip"),
    readScript: (connection, action) => {
      const { text, revision, draft } = scriptOf(world, connection, action);
      return { text, revision, unsaved: draft && draft.text !== text ? draft.text : null };
    },
    saveScript: (connection, action, text, revision) => {
      const key = `${connection}/${action}`;
      const script = world.scripts.get(key) ?? { text: "", revision: "", draft: null, versions: [] };
      if (revision !== null && script.revision !== revision) return { kind: "conflict", theirs: script.text, revision: script.revision };
      const saved_at = new Date().toISOString();
      if (script.versions[0]?.text !== text) {
        script.versions.unshift({ version: script.versions.length + 1, saved_at, bytes: new Blob([text]).size, text });
      }
      Object.assign(script, { text, revision: revisionOf(text), draft: null });
      world.scripts.set(key, script);
      const listed = connectionOf(world, connection).scripts.find((one) => one.action === action);
      if (listed) Object.assign(listed, { present: true, path: `database-connections/${connection}/${action}.js` });
      return { kind: "saved", revision: script.revision, version: script.versions.length, saved_at };
    },
    keepDraft: (connection, action, text, revision) => {
      const script = world.scripts.get(`${connection}/${action}`);
      if (script) script.draft = { text, revision };
      return null;
    },
    dropDraft: (connection, action) => {
      const script = world.scripts.get(`${connection}/${action}`);
      if (script) script.draft = null;
      return null;
    },
    scriptVersions: (connection, action) => structuredClone(world.scripts.get(`${connection}/${action}`)?.versions ?? []),
    tryScript: (request, events) => playRun(world, request, one(emitTo(events))),
    stopRun: (runId) => {
      world.runs.get(runId)?.();
      return null;
    },
    loginFlow: (request, events) => flow(world, request, one(emitTo(events))),
    counts: async (id, connection, refresh) => {
      if (refresh && world.countTakesMs > 0) {
        const stopped = new Promise<void>((stop) => world.runs.set(id, stop));
        if ((await pause(world.countTakesMs, stopped)) === "stopped") {
          return { ...counts(world, connection), error: "count_users.js: stopped before it was done" };
        }
      }
      if (refresh) world.countedAt = Date.now();
      return counts(world, connection);
    },
    vaultState: () => ({ ...world.vault }),
    chooseVault: (choice) => {
      const sealed = choice === "sealed_file";
      world.vault = {
        backend: choice, state: "unlocked", hint: null,
        message: sealed ? "Secrets are in a sealed file, open until the app ends." : choice === "keychain"
          ? "The keychain of this system is unlocked." : "Secrets are asked for and kept until the app ends.",
      };
      return { ...world.vault };
    },
    unlockVault: (passphrase) => {
      if (passphrase.length < 4) throw new Refusal("wrong_passphrase", "The passphrase does not open the sealed file", "Type it again.");
      world.vault = { ...world.vault, state: "unlocked", message: "The sealed file is open.", hint: null };
      return { ...world.vault };
    },
    listSecrets: (connection) => secretsOf(connection).map(bare),
    setSecret: (connection, name, value) => {
      if (world.vault.state !== "unlocked") throw new Refusal(world.vault.state, world.vault.message, world.vault.hint);
      if (value.length > 2500) throw new Refusal("too_long", `${name} has ${value.length} bytes; this keychain takes 2,500`, "Choose the sealed file.");
      if (!/^[A-Z0-9_]+$/.test(name)) throw new Refusal("bad_argument", `${name}: a secret's name has upper-case letters, digits and _ only`, "Choose another name.");
      const list = secretsOf(connection);
      const keys = connectionOf(world, connection).configuration;
      if (!keys.some((entry) => entry.secret === name)) {
        const entry = keys.find((one) => one.key === name) ?? { key: name, secret: null, plain: null };
        if (!keys.includes(entry)) keys.push(entry);
        Object.assign(entry, { secret: name, plain: null });
      }
      const secret = list.find((one) => one.name === name) ?? { name, used_by: [name], state: "missing", set_at: null, fingerprint: null, value: null };
      if (!list.includes(secret)) list.push(secret);
      world.secrets.set(connection, list);
      Object.assign(secret, { state: "set", set_at: new Date().toISOString(), fingerprint: revisionOf(value).slice(0, 4), value });
      return bare(secret);
    },
    removeSecret: (connection, name) => {
      const secret = secretsOf(connection).find((one) => one.name === name);
      if (secret) Object.assign(secret, { state: "missing", set_at: null, fingerprint: null, value: null });
      return null;
    },
    provideSecret: (connection, name, value) => {
      const secret = secretsOf(connection).find((one) => one.name === name);
      if (secret) Object.assign(secret, { state: "set", set_at: new Date().toISOString(), fingerprint: revisionOf(value).slice(0, 4), value });
      return null;
    },
    previewExport: (names, format) => preview(world, names, format),
    writeExport: (names, format, out, replace) => {
      const plan = preview(world, names, format);
      if (!replace && world.written.some((one) => one.path === out)) {
        throw new Refusal("would_replace", `${out} holds another bundle already: 1 file in it would be replaced or go: ${plan.files[0]?.path}`, "choose another path, or say that it may be replaced; nothing was written");
      }
      const files = plan.files.map((file) => file.path);
      const kept = world.written.filter((one) => one.path === out).flatMap((one) => one.files).filter((file) => !files.includes(file));
      world.written.push({ path: out, files });
      if (kept.length === 0) return plan;
      const note = { path: "", code: "kept_foreign", message: `${kept.length} files stay that Sluice did not write: ${kept.join(", ")}`, hint: "look whether it belongs there; deploy-cli reads the whole folder" };
      return { ...plan, notes: [...plan.notes, note] };
    },
    previewImport: (path) => ({
      connections: [
        { name: "customers", scripts: ["login", "get_user"], secrets: ["CUSTOMERS_API_TOKEN"], exists: true },
        { name: "newsletter", scripts: ["login", "get_user", "create"], secrets: ["NEWSLETTER_DB_URL"], exists: false },
      ],
      problems: [{ path: `${path}/extra.js`, code: "unlisted_script", message: "extra.js is not listed in customScripts and is left out", hint: null }],
    }),
    applyImport: () => open(),
    listTemplates: () => structuredClone(templates),
    templateSchema: (template) => ({ file: templates.find((one) => one.key === template)?.schema ?? "", text: schemas[template] ?? "" }),
    newConnection: (template, name) => {
      const { configuration } = templates.find((one) => one.key === template) ?? { configuration: [] };
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/i.test(name)) throw new Refusal("bad_argument", `${name}: a connection's name has letters, digits and single hyphens between them`);
      const like = structuredClone(world.workspace.connections[0]);
      if (like) world.workspace.connections.push({ ...like, name, configuration: configuration.map((key) => ({ key, secret: null, plain: "" })) });
      return view();
    },
    check: (connection) =>
      [...world.scripts]
        .filter(([key]) => connection === null || key.startsWith(`${connection}/`))
        .flatMap(([key, script]) => {
          const [name, action] = key.split("/");
          const at = script.text.indexOf("user_id: result.rows[0].id");
          return at < 0 ? [] : [{
            connection: name, action, severity: "warning", rule: "user_id_not_string",
            message: "user_id is the column id as it comes; the platform wants a string: String(…)",
            line: script.text.slice(0, at).split("\n").length,
          }];
        }),
    testConnection: async (_runId, connection, events) => {
      const emit = emitTo(events);
      const failed = connection === "partners";
      const stages: StageView[] = ["name lookup", "TCP", "TLS", "authentication", "rights", "schema", "query"].map((stage, index) => ({
        stage, state: failed && index === 3 ? "failed" : failed && index > 3 ? "skipped" : "passed", ms: failed && index > 3 ? 0 : 0.4 + index * 1.3,
        detail: failed && index === 3 ? "password authentication failed for user sluice_ro" : failed && index > 3 ? "not reached" : "ok",
        hint: failed && index === 3 ? "Replace the secret PARTNERS_PG_URL; a wrong password is never tried twice." : null,
      }));
      for (const stage of stages) {
        await new Promise((resolve) => setTimeout(resolve, 20 * slow));
        emit(stage);
      }
      return stages;
    },
    allow: (connection, endpoint) => {
      const view = connectionOf(world, connection);
      if (!view.allowed.includes(endpoint)) view.allowed.push(endpoint);
      return structuredClone(view);
    },
    disallow: (connection, endpoint) => {
      const view = connectionOf(world, connection);
      if (!view.allowed.includes(endpoint)) throw new Refusal("bad_argument", `${endpoint}: it is not allowed in the settings of ${connection}`);
      view.allowed = view.allowed.filter((one) => one !== endpoint);
      return structuredClone(view);
    },
    addSafeRequest: (connection, request) => {
      const view = connectionOf(world, connection);
      if (!/^[A-Z]+ https?:\/\/[^@]+$/i.test(request)) throw new Refusal("bad_argument", `${request}: it is no method and address, as in POST https://api.example/login`);
      if (!view.safe_requests.includes(request)) view.safe_requests.push(request);
      return structuredClone(view);
    },
    removeSafeRequest: (connection, request) => {
      const view = connectionOf(world, connection);
      if (!view.safe_requests.includes(request)) throw new Refusal("bad_argument", `${request}: it is not a safe request in the settings of ${connection}`);
      view.safe_requests = view.safe_requests.filter((one) => one !== request);
      return structuredClone(view);
    },
    addPlainValue: (connection, key, value) => {
      const view = connectionOf(world, connection);
      if (view.configuration.some((one) => one.key === key)) throw new Refusal("bad_argument", `${key}: it is there already; change its value instead`);
      const marker = markerIn(value);
      if (marker) throw new Refusal("bad_argument", `${key}: the deploy tool would replace ${marker} in it; set what is secret as a secret`);
      view.configuration.push({ key, secret: null, plain: value });
      return structuredClone(view);
    },
    removePlainValue: (connection, key) => {
      const view = connectionOf(world, connection);
      const entry = view.configuration.find((one) => one.key === key);
      if (!entry || entry.secret !== null) throw new Refusal("bad_argument", `${key}: the configuration of ${connection} has no such plain value`);
      view.configuration = view.configuration.filter((one) => one !== entry);
      return structuredClone(view);
    },
    setPlainValue: (connection, key, value) => {
      const view = connectionOf(world, connection);
      const entry = view.configuration.find((one) => one.key === key);
      if (!entry || entry.secret !== null) throw new Refusal("bad_argument", `${key}: the configuration of ${connection} has no such plain value`);
      const marker = markerIn(value);
      if (marker) throw new Refusal("bad_argument", `${key}: the deploy tool would replace ${marker} in it; set what is secret as a secret`);
      entry.plain = value;
      return structuredClone(view);
    },
    setEnvironment: (connection, environment, readOnly) => {
      const view = connectionOf(world, connection);
      Object.assign(view, { environment, read_only: readOnly });
      return structuredClone(view);
    },
    setRuntime: (connection, runtime) => {
      const view = connectionOf(world, connection);
      view.runtime = runtime;
      return structuredClone(view);
    },
    recycleContainer: (connection) => {
      world.recycled.push(connectionOf(world, connection).name);
      return null;
    },
  };
}

/** A backend in memory over `world`; `slow` stretches its waits (tests use 0). */
export function fakeBackend(world: World = newWorld(), slow = 1): Backend & { world: World } {
  const fake = commandsOf(world, slow);
  const entries = Object.entries(fake).map(([name, command]) => [
    name,
    async (...parameters: unknown[]) => {
      try {
        return { status: "ok", data: await (command as (...all: unknown[]) => unknown)(...parameters) };
      } catch (thrown) {
        if (!(thrown instanceof Refusal)) throw thrown;
        const error: WireError = { code: thrown.code, message: thrown.message, hint: thrown.hint };
        return { status: "error", error };
      }
    },
  ]);
  return {
    world,
    commands: Object.fromEntries(entries) as Raw,
    channel: <T>(onMessage: (message: T) => void) => ({ onmessage: onMessage }) as unknown as Channel<T>,
  };
}
