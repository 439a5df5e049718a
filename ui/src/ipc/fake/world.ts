// The state behind the in-memory backend: one workspace with three connections, a vault, and a user store.
import type {
  Action, ConnectionView, Environment, ImportMode, Need, SampleUser, SecretView, VaultView, VersionView, WorkspaceView,
} from "../bindings";
import { pgLogin, texts } from "./texts";

export const ACTIONS: Action[] = [
  "login", "get_user", "create", "verify", "change_password", "delete", "change_email", "change_username", "change_phone_number",
];

/** How much an action is needed (contract §1.1). */
function need(action: Action, mode: ImportMode): Need {
  if (action === "login") return "required";
  if (action === "get_user") return mode === "on" ? "required" : "for_operation";
  if (action === "create" && mode === "off") return "optional";
  if (action === "change_password" && mode === "on") return "optional";
  return mode === "off" ? "for_operation" : "unused";
}

export interface ScriptState {
  text: string;
  revision: string;
  draft: { text: string; revision: string } | null;
  versions: VersionView[];
}

export interface FakeSecret extends SecretView {
  value: string | null;
}

/** Everything the fake remembers. */
export interface World {
  workspace: WorkspaceView;
  open: boolean;
  scripts: Map<string, ScriptState>;
  secrets: Map<string, FakeSecret[]>;
  vault: VaultView;
  /** Identifier to typed password of users that moved. */
  migrated: Map<string, string>;
  failed: { code: string; at: number }[];
  legacyTotal: number;
  countedAt: number;
  /** How long the legacy store takes to count. */
  countTakesMs: number;
  /** Why the legacy store cannot be counted, when it cannot. */
  countFault: { code: string; message: string } | null;
  movedBefore: number;
  /** Set to make `scriptText` differ from what was read, as a `git pull` does. */
  runs: Map<string, () => void>;
  written: { path: string; files: string[] }[];
  /** Connections whose container was thrown away. */
  recycled: string[];
}

const users: SampleUser[] = [
  { identifier: "ada.quist@acme.test", password: "Harbour-Light-12", format: "bcrypt $2b$" },
  { identifier: "bo.okafor@acme.test", password: "Granite-Ferry-31", format: "bcrypt $2y$" },
  { identifier: "chen.wei@acme.test", password: "Copper-Meadow-55", format: "ASP.NET Identity v3" },
  { identifier: "dana.levi@acme.test", password: "Velvet-Anchor-73", format: "Django PBKDF2-SHA256" },
  { identifier: "emil.strand@acme.test", password: "Winter-Orchard-08", format: "salted SHA-256" },
  { identifier: "fay.moreau@acme.test", password: "Silver-Lantern-64", format: "argon2id" },
];

/** A stand-in for a content fingerprint. */
export function revisionOf(text: string): string {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) % 4294967291;
  return sum.toString(16).padStart(8, "0");
}

function connection(
  name: string, environment: Environment, mode: ImportMode, present: Action[], more: Partial<ConnectionView>,
): ConnectionView {
  return {
    name, environment, read_only: false, runtime: "compatible", import_mode: mode, script_context: false,
    scripts: ACTIONS.map((action) => ({
      action, present: present.includes(action), need: need(action, mode),
      path: present.includes(action) ? `database-connections/${name}/${action}.js` : null,
    })),
    configuration: [], allowed: [], safe_requests: [], counts_users: true, ...more,
  };
}

/** A fresh world. `at` fixes the clock for tests and pictures. */
export function newWorld(): World {
  const seven = ACTIONS.slice(0, 7);
  const connections = [
    connection("customers", "development", "on", seven, {
      configuration: [
        { key: "LEGACY_FILE", secret: null, plain: "legacy.sqlite" },
        { key: "API_TOKEN", secret: "CUSTOMERS_API_TOKEN", plain: null },
        { key: "PEPPER", secret: "CUSTOMERS_PEPPER", plain: null },
      ],
      allowed: ["legacy.sqlite"],
    }),
    connection("partners", "production", "on", ["login", "get_user"], {
      read_only: true,
      configuration: [{ key: "PG_URL", secret: "PARTNERS_PG_URL", plain: null }],
      allowed: ["db.partners.test:5432"],
    }),
    connection("legacy-crm", "staging", "off", ["login", "create", "change_email"], {
      script_context: true, counts_users: false,
      configuration: [{ key: "MYSQL_HOST", secret: null, plain: "127.0.0.1" }],
      allowed: ["127.0.0.1:3306"],
    }),
  ];
  const scripts = new Map<string, ScriptState>();
  for (const one of connections) {
    for (const script of one.scripts.filter((candidate) => candidate.present)) {
      const text = one.name === "partners" && script.action === "login" ? pgLogin : (texts[script.action] ?? "");
      scripts.set(`${one.name}/${script.action}`, { text, revision: revisionOf(text), draft: null, versions: [] });
    }
  }
  const old = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  return {
    open: false,
    workspace: {
      path: "/home/admin/sluice-sample", name: "sluice-sample", id: "wsp_sample", connections,
      problems: [{
        path: "database-connections/old-shop/database.json", code: "broken_json",
        message: "no valid JSON: line 14, a comma too many",
        hint: "Repair the file; the folder is left out until then.",
      }],
      sample: { connection: "customers", users },
    },
    scripts,
    secrets: new Map([
      ["customers", [
        { name: "CUSTOMERS_API_TOKEN", used_by: ["API_TOKEN"], state: "set", set_at: old(3), fingerprint: "7f3a", value: "x" },
        { name: "CUSTOMERS_PEPPER", used_by: ["PEPPER"], state: "missing", set_at: null, fingerprint: null, value: null },
      ]],
      ["partners", [{ name: "PARTNERS_PG_URL", used_by: ["PG_URL"], state: "lost_entry", set_at: old(41), fingerprint: null, value: null }]],
      ["legacy-crm", []],
    ]),
    vault: { backend: "keychain", state: "unlocked", message: "The keychain of this system is unlocked.", hint: null },
    migrated: new Map(),
    failed: [],
    legacyTotal: 1000,
    countedAt: Date.now() - 40_000, countTakesMs: 0, countFault: null,
    movedBefore: 412,
    recycled: [],
    runs: new Map(),
    written: [],
  };
}
