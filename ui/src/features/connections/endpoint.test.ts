import { describe, expect, it } from "vitest";
import { endpointIn } from "./endpoint";

describe("endpointIn", () => {
  it("finds the address that a refusal names", () => {
    expect(endpointIn("127.0.0.1:38787 is not among the hosts this connection may reach")).toBe("127.0.0.1:38787");
    expect(endpointIn("[::1]:389 is not among the hosts")).toBe("[::1]:389");
    expect(endpointIn("there is no file")).toBeNull();
  });
});
