import { describe, expect, it } from "vitest";
import { STAYS_IF_COMMITTED, type Effect, type TraceEntry } from "../../ipc/client";
import { effectOf, requestOf, writesOf } from "./outcomes";

function write(effect: Effect, error: string | null, label = "add"): TraceEntry {
  return { at_ms: 0, ms: 0, kind: "query", label, statement: { sql: "add uid=new", parameters: [], rows: null, effect }, error };
}

function request(method: string, effect: Effect, error: string | null = null): TraceEntry {
  const statement = { sql: `${method} https://api.test/login`, parameters: [], rows: null, effect };
  return { at_ms: 0, ms: 0, kind: effect === "refused" ? "blocked" : "http", label: `${method} api.test`, statement, error };
}

const HELD_BACK = "held back: POST to api.test:443 may change something there, and a web service has no rollback";

describe("effectOf", () => {
  it("tells a write that was held back from one that was refused", () => {
    expect(effectOf(write("refused", "held back: \"add uid=new\" may change something, and a directory has no rollback"))).toBe("held back");
    expect(effectOf(write("refused", "refused before it was sent: this connection is read-only"))).toBe("refused");
    expect(effectOf(write("rolled_back", null))).toBe("rolled back");
    expect(effectOf(write("nothing", null))).toBe("nothing written");
    expect(effectOf(write("read", null))).toBe("");
    expect(effectOf(write("read", null, "mysql COMMIT · not committed: this is a safe try"))).toBe("transaction");
    expect(effectOf(write("read", null, "pg SET; LISTEN"))).toBe("session");
    expect(effectOf(write("read", null, "pg BEGIN; SELECT"))).toBe("");
    expect(effectOf(write("rolled_back", null, "pg DO · it may have written"))).toBe("undone, if any");
    expect(effectOf(write("committed", null, "pg DO · it may have written"))).toBe("perhaps written");
    expect(writesOf([write("rolled_back", null), write("rolled_back", null, "pg DO · it may have written")]))
      .toBe("1 write rolled back, 1 statement undone that may have written");
  });
});

describe("requestOf", () => {
  it("names method and address without what may hold a secret", () => {
    const held = request("POST", "refused", HELD_BACK);
    expect(requestOf(held)).toBe("POST https://api.test/login");
    const sent = (sql: string) => requestOf({ ...held, statement: { sql, parameters: [], rows: null, effect: "refused" } });
    expect(sent("POST http://u:hidden@api.test:8080/a/b?token=hidden#x")).toBe("POST http://api.test:8080/a/b");
    for (const method of ["PUT", "PATCH", "DELETE"]) expect(sent(`${method} http://api.test/a`)).toBeNull();
    expect(sent("add uid=new")).toBeNull();
  });
});

describe("writesOf", () => {
  it("calls no request a committed write", () => {
    expect(writesOf([request("POST", "read")])).toBe("nothing was written, 1 request sent that only asks");
    expect(writesOf([request("GET", "read"), request("POST", "read"), request("POST", "read")])).toBe("nothing was written, 2 requests sent that only ask");
    expect(writesOf([request("POST", "committed")])).toBe("1 request sent that may change something");
    expect(writesOf([request("POST", "committed", "socket hang up")])).toBe("1 request sent that may change something");
    expect(writesOf([request("POST", "refused", HELD_BACK)])).toBe("1 request held back");
    expect(writesOf([request("GET", "refused", "api.test:443 is not among the hosts this connection may reach")])).toBe("1 request refused");
    expect(writesOf([request("GET", "read")])).toBe("nothing was written");
  });

  it("tells what is kept for certain from what may be", () => {
    expect(writesOf([write("committed", null), write("committed", null)])).toBe("2 writes committed");
    expect(writesOf([write("committed", null), write("committed", "duplicate key")])).toBe("1 write committed, 1 write that failed or got no answer");
    expect(writesOf([write("committed", null, `pg INSERT · ${STAYS_IF_COMMITTED}`)])).toBe("1 write in the script’s own transaction");
    const inside = "pg UPDATE · in the script's own transaction";
    expect(writesOf([write("rolled_back", null, inside), write("committed", null, `${inside} · which it committed`)]))
      .toBe("1 write committed, 1 write not committed by the script");
    expect(writesOf([write("rolled_back", null), write("refused", "held back: x")])).toBe("1 write rolled back, 1 write held back");
    expect(writesOf([])).toBe("nothing was written");
  });
});
