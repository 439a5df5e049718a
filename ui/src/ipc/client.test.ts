import { describe, expect, it } from "vitest";
import { answerWith, CallError, calls } from "./client";
import { fakeBackend } from "./fake";

describe("calls", () => {
  it("hands back the data of an answer", async () => {
    answerWith(fakeBackend(undefined, 0));
    expect((await calls.openSample()).sample?.connection).toBe("customers");
  });

  it("throws code, message and hint of an error answer", async () => {
    answerWith(fakeBackend(undefined, 0));
    const thrown: unknown = await calls.reloadWorkspace().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(CallError);
    expect(thrown).toMatchObject({ code: "no_workspace", message: "No workspace is open", hint: "Open the sample or a folder." });
  });

  it("gives an unexpected fault a code and a next step too", async () => {
    const backend = fakeBackend(undefined, 0);
    answerWith({ ...backend, commands: { ...backend.commands, vaultState: () => Promise.reject(new Error("the bridge broke")) } });
    await expect(calls.vaultState()).rejects.toMatchObject({ code: "unexpected", message: "the bridge broke" });
  });
});
