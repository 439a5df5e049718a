// How an outcome looks: its tone, and the sign and words that carry it without colour.
import type { LoginEnd, Migration, Outcome, TraceEntry } from "../../ipc/client";
import type { Tone } from "../../components/Sign";

/** Good, an answer that is no, a fault, or stopped (the classes of the command line's exit codes). */
export function toneOf(outcome: Outcome): Tone {
  switch (outcome) {
    case "success":
      return "ok";
    case "wrong_password":
    case "unknown_user":
    case "not_found":
    case "not_changed":
    case "refused":
    case "message_to_user":
      return "no";
    case "cancelled":
      return "dim";
    default:
      return "bad";
  }
}

export function toneOfEnd(end: LoginEnd): Tone {
  if (end === "migrated" || end === "native_login" || end === "legacy_login") return "ok";
  return end === "not_stored" ? "bad" : "no";
}

export const MIGRATIONS: Record<Migration, string> = {
  would_migrate: "would be migrated now: user, id and a hash of the typed password",
  profile_only: "import is off: the profile is kept, no password",
  nothing: "nothing would be stored",
};

export const ENDS: Record<LoginEnd, string> = {
  legacy_login: "profile kept without a password; the next login asks the legacy store again",
  migrated: "moved into the user store; the legacy store is not asked for this user again",
  native_login: "moved earlier; the legacy store was not asked",
  native_wrong_password: "moved earlier; the user store checked the password, the legacy store was not asked",
  not_logged_in: "nothing stored",
  not_stored: "nothing stored: the user store refused the user",
};

/** The profile field a warning is about. */
export function fieldOf(rule: string): string | null {
  if (rule.startsWith("user_id")) return "user_id";
  if (rule.startsWith("email_verified")) return "email_verified";
  if (rule.startsWith("email")) return "email";
  if (rule.startsWith("app_metadata")) return "app_metadata";
  if (rule.startsWith("metadata")) return "metadata";
  if (rule.startsWith("mfa_factors")) return "mfa_factors";
  return null;
}

/** What became of a statement's writes, in words; where a store has no rollback, a safe try does not send them. */
export function effectOf({ statement, error }: TraceEntry): string {
  switch (statement?.effect) {
    case "rolled_back":
      return "rolled back";
    case "committed":
      return "committed";
    case "refused":
      return error?.startsWith("held back") ? "held back" : "refused";
    default:
      return "";
  }
}
