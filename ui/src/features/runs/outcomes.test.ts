import { describe, expect, it } from "vitest";
import type { Effect, TraceEntry } from "../../ipc/client";
import { effectOf } from "./outcomes";

function write(effect: Effect, error: string | null): TraceEntry {
  return { at_ms: 0, ms: 0, kind: "query", label: "add", statement: { sql: "add uid=new", parameters: [], rows: null, effect }, error };
}

describe("effectOf", () => {
  it("tells a write that was held back from one that was refused", () => {
    expect(effectOf(write("refused", "held back: \"add uid=new\" may change something, and a directory has no rollback"))).toBe("held back");
    expect(effectOf(write("refused", "refused before it was sent: this connection is read-only"))).toBe("refused");
    expect(effectOf(write("rolled_back", null))).toBe("rolled back");
    expect(effectOf(write("read", null))).toBe("");
  });
});
