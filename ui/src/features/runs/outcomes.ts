// How an outcome looks: its tone, and the sign and words that carry it without colour.
import { STAYS_IF_COMMITTED, type LoginEnd, type Migration, type Outcome, type TraceEntry } from "../../ipc/client";
import { count } from "../../components/format";
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

/** Method and address of a web request that may only ask though its method writes: a POST. Without a name in it and what follows the path. */
export function requestOf(entry: TraceEntry): string | null {
  const found = /^(POST) (https?:\/\/[^?#\s]+)/.exec(entry.statement?.sql ?? "");
  return found ? `${found[1]} ${found[2]?.replace(/\/\/[^/@]*@/, "//")}` : null;
}

const ASKS = ["GET", "HEAD", "OPTIONS"];

/** The method of a web request; empty for a statement. */
function methodOf({ statement }: TraceEntry): string {
  return /^([A-Z-]+) https?:\/\//.exec(statement?.sql ?? "")?.[1] ?? "";
}

const TRANSACTION = /^(BEGIN|START|COMMIT|END|ABORT|ROLLBACK|SAVEPOINT|SAVE|RELEASE|commitTransaction|abortTransaction)$/;
const SESSION = /^(SET|RESET|USE|PRAGMA|LISTEN|UNLISTEN|PREPARE|DEALLOCATE|LOCK)$/;

/** What a statement that only steers is about, by the verbs in its label; empty for one that reads. */
function steered(label: string): string {
  const verbs = (label.split(" · ")[0] ?? "").split(" ").slice(1).join(" ").split("; ");
  const about = verbs.map((verb) => (TRANSACTION.test(verb) ? "transaction" : SESSION.test(verb) ? "session" : ""));
  return about.includes("") ? "" : (about[0] ?? "");
}

/** How the trace remarks that a write stands in the script's own transaction, where writes stay. */
const IN_OWN_TRANSACTION = " · in the script's own transaction";

/** What became of a statement's writes, in words; where a store has no rollback, a safe try does not send them. */
export function effectOf({ kind, label, statement, error }: TraceEntry): string {
  // What the host says of a DO block: only the server knows what it does.
  const mayWrite = label.includes(" · it may have written");
  switch (statement?.effect) {
    case "rolled_back":
      // Where writes stay, nothing else undoes them than that the script did not commit.
      if (label.includes(IN_OWN_TRANSACTION)) return "not committed";
      return mayWrite ? "undone, if any" : "rolled back";
    case "committed":
      if (kind === "http") return "sent";
      if (error !== null) return "perhaps in part";
      if (label.includes(STAYS_IF_COMMITTED)) return "in a transaction";
      return mayWrite ? "perhaps written" : "committed";
    case "refused":
      return error?.startsWith("held back") ? "held back" : "refused";
    case "nothing":
      return "nothing written";
    case "read":
      return statement.rows === null ? steered(label) : "";
    default:
      return "";
  }
}

/** What became of a run's writes, in words: a request that only asks is no write, and of one that was sent nobody here knows. */
export function writesOf(trace: TraceEntry[]): string {
  const among = (effect: string, isRequest: boolean) =>
    trace.filter((entry) => effectOf(entry) === effect && (methodOf(entry) !== "") === isRequest).length;
  const some = (number: number, one: string, many: string) => (number === 0 ? [] : [number === 1 ? `1 ${one}` : `${count(number)} ${many}`]);
  const asked = trace.filter((entry) => entry.kind === "http" && effectOf(entry) === "" && !ASKS.includes(methodOf(entry))).length;
  const said = [
    ...some(among("committed", false), "write committed", "writes committed"),
    ...some(among("in a transaction", false), "write in the script’s own transaction", "writes in the script’s own transaction"),
    ...some(among("perhaps in part", false), "write that failed or got no answer", "writes that failed or got no answer"),
    ...some(among("perhaps written", false), "statement that may have written", "statements that may have written"),
    ...some(among("sent", true), "request sent that may change something", "requests sent that may change something"),
    ...some(among("not committed", false), "write not committed by the script", "writes not committed by the script"),
    ...some(among("rolled back", false), "write rolled back", "writes rolled back"),
    ...some(among("undone, if any", false), "statement undone that may have written", "statements undone that may have written"),
    ...some(among("held back", false), "write held back", "writes held back"),
    ...some(among("held back", true), "request held back", "requests held back"),
    ...some(among("refused", false), "statement refused", "statements refused"),
    ...some(among("refused", true), "request refused", "requests refused"),
  ];
  const questions = some(asked, "request sent that only asks", "requests sent that only ask");
  return [...(said.length > 0 ? said : ["nothing was written"]), ...questions].join(", ");
}
