// What the window knows of each action: its file, its fields at Try, what it needs (contract §1.1, §2.1).
import type { Action, Need } from "../../ipc/client";

export type Field = "identifier" | "password" | "new_password" | "new_email" | "verified" | "id" | "user";

interface ActionFacts {
  label: string;
  /** Name the platform's documentation gives the function. */
  functionName: string;
  parameters: string;
  fields: Field[];
  writes: boolean;
  /** What does not work without it. */
  without: string;
}

export const ACTIONS: Record<Action, ActionFacts> = {
  login: {
    label: "login", functionName: "login", parameters: "identifier, password", fields: ["identifier", "password"], writes: false,
    without: "Nobody can log in.",
  },
  get_user: {
    label: "get_user", functionName: "getUser", parameters: "identifier", fields: ["identifier"], writes: false,
    without: "Sign-up, reset and change of e-mail cannot check whether a user exists.",
  },
  create: {
    label: "create", functionName: "create", parameters: "user", fields: ["user", "password"], writes: true,
    without: "Users cannot sign up into the legacy store.",
  },
  verify: {
    label: "verify", functionName: "verify", parameters: "identifier", fields: ["identifier"], writes: true,
    without: "The legacy store never learns that an address was verified.",
  },
  change_password: {
    label: "change_password", functionName: "changePassword", parameters: "identifier, newPassword",
    fields: ["identifier", "new_password"], writes: true, without: "A password reset does not reach the legacy store.",
  },
  delete: {
    label: "delete", functionName: "deleteUser", parameters: "id", fields: ["id"], writes: true,
    without: "Deleting a user on the platform ends in a Sandbox Error.",
  },
  change_email: {
    label: "change_email", functionName: "changeEmail", parameters: "identifier, newEmail, verified",
    fields: ["identifier", "new_email", "verified"], writes: true, without: "A change of e-mail ends in “script does not exist”.",
  },
  change_username: {
    label: "change_username", functionName: "changeUsername", parameters: "oldUsername, newUsername", fields: [], writes: true,
    without: "The platform does not document this script.",
  },
  change_phone_number: {
    label: "change_phone_number", functionName: "changePhoneNumber", parameters: "oldPhone, newPhone, verified", fields: [],
    writes: true, without: "The platform does not document this script.",
  },
};

export const NEEDS: Record<Need, string> = {
  required: "required",
  for_operation: "needed for this operation",
  optional: "optional",
  unused: "not used while import is on",
};

/** Whether a connection with `context` switched on hands it to this script (contract §2.1, §20 V2). */
export function takesContext(action: Action): boolean {
  return !["change_email", "change_username", "change_phone_number"].includes(action);
}

/** Whether the signature is documented, so that a try knows what to pass (contract §20 V1). */
export function isDocumented(action: Action): boolean {
  return action !== "change_username" && action !== "change_phone_number";
}

/** The smallest script of an action: a function that says it is not written yet. */
export function blankScript(action: Action, context: boolean): string {
  const { functionName, parameters } = ACTIONS[action];
  const middle = context && takesContext(action) ? ", context" : "";
  return `function ${functionName}(${parameters}${middle}, callback) {\n  callback(new Error('${action} is not written yet'));\n}\n`;
}
