// The vault and its secrets in words.

export const BACKENDS: Record<string, string> = {
  keychain: "keychain", sealed_file: "sealed file", ask_each_time: "ask each time", environment: "environment",
};

export const VAULT_STATES: Record<string, string> = {
  unlocked: "unlocked", locked: "locked", denied: "access denied", absent: "not there", slow: "does not answer",
};

export const SECRET_STATES: Record<string, { word: string; tone: "ok" | "no" | "bad" | "dim" }> = {
  set: { word: "set", tone: "ok" },
  missing: { word: "missing", tone: "bad" },
  lost_entry: { word: "lost: was set, the keychain no longer has it", tone: "bad" },
  unknown: { word: "unknown while the vault is closed", tone: "dim" },
};

const CODES = ["unresolved_secret", "locked", "denied", "missing", "slow", "lost_entry", "absent", "needs_value", "ambiguous"];

/** Whether an error says that a secret is not to be had, so that the secrets are where to go next. */
export function isAboutSecrets({ code }: { code: string }): boolean {
  return CODES.includes(code);
}
