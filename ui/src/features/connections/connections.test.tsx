import { within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { expectAccessible, openWindow, screen, waitFor } from "../../test/window";

describe("welcome", () => {
  it("opens the sample with its login script and a test user filled in", async () => {
    const { user } = await openWindow({ open: false });
    await user.click(screen.getByTestId("welcome-sample"));
    expect(await screen.findByTestId("editor")).toBeVisible();
    expect(screen.getByTestId("try-identifier")).toHaveValue("ada.quist@acme.test");
    expect(screen.getByTestId("connection-customers")).toBeVisible();
  });

  it("names the culprit and the next step when a folder is no workspace", async () => {
    const { user } = await openWindow({ open: false, prepare: (world) => (world.workspace.path = "/nowhere") });
    const { calls } = await import("../../ipc/client");
    await expect(calls.openWorkspace("/tmp/nowhere")).rejects.toMatchObject({ code: "not_a_workspace" });
    const recent = await screen.findAllByTestId("welcome-recent");
    expect(recent[0]).toHaveTextContent("/home/admin/acme-identity");
    await user.click(screen.getByTestId("welcome-open"));
    expect(await screen.findByTestId("editor")).toBeVisible();
  });
});

describe("the list", () => {
  it("says environment, import, share migrated and scripts in words", async () => {
    await openWindow();
    const partners = screen.getByTestId("connection-partners");
    expect(partners).toHaveTextContent("PRODUCTION");
    expect(partners.querySelector("[data-shape=production]")).not.toBeNull();
    expect(partners).toHaveTextContent("read-only");
    expect(partners).toHaveTextContent("2/7");
    await waitFor(() => expect(screen.getByTestId("connection-customers")).toHaveTextContent("41.2 %"));
    expect(screen.getByTestId("connection-legacy-crm")).toHaveTextContent("import off");
  });

  it("shows folders that could not be read, with what to do", async () => {
    await openWindow();
    expect(screen.getByTestId("workspace-problems")).toHaveTextContent("database-connections/old-shop/database.json");
    expect(screen.getByTestId("workspace-problems")).toHaveTextContent("line 14, a comma too many");
    expect(screen.getByTestId("workspace-problems")).toHaveTextContent("Repair the file");
  });

  it("frames production with a word", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("connection-partners"));
    expect(screen.getByTestId("environment")).toHaveTextContent("PRODUCTION · read-only");
  });
});

describe("the connection page", () => {
  it("tests stage by stage and names where it stopped and why", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("connection-partners"));
    await user.click(screen.getByTestId("tab-connection"));
    await user.click(screen.getByTestId("test-run"));
    expect(await screen.findByTestId("test-verdict")).toHaveTextContent("stopped at authentication");
    const stages = within(screen.getByTestId("stages")).getAllByRole("listitem");
    expect(stages.map((stage) => stage.dataset.state)).toEqual(["passed", "passed", "passed", "failed", "skipped", "skipped", "skipped"]);
    expect(stages[3]).toHaveTextContent("Replace the secret PARTNERS_PG_URL");
  });

  it("allows an address", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByTestId("tab-connection"));
    await user.type(screen.getByTestId("allow-endpoint"), "127.0.0.1:5432");
    await user.click(screen.getByTestId("allow-add"));
    await waitFor(() => expect(world.workspace.connections[0]?.allowed).toContain("127.0.0.1:5432"));
    expect(await screen.findByText("127.0.0.1:5432")).toBeVisible();
  });

  it("takes an address away by mouse, and by keyboard goes on at the next", async () => {
    const { user, world } = await openWindow({ prepare: (world) => world.workspace.connections[0]?.allowed.push("a.test:1", "b.test:2", "c.test:3") });
    await user.click(screen.getByTestId("tab-connection"));
    await expectAccessible();
    await user.click(screen.getByRole("button", { name: "Remove legacy.sqlite" }));
    await waitFor(() => expect(world.workspace.connections[0]?.allowed).toEqual(["a.test:1", "b.test:2", "c.test:3"]));
    await waitFor(() => expect(screen.getByTestId("allow-remove-a.test:1")).toHaveFocus());
    await user.tab();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.queryByTestId("allow-remove-b.test:2")).toBeNull());
    await waitFor(() => expect(screen.getByTestId("allow-remove-c.test:3")).toHaveFocus());
    await user.keyboard("{Delete}");
    await waitFor(() => expect(screen.getByTestId("allow-remove-a.test:1")).toHaveFocus());
    await user.keyboard(" ");
    await waitFor(() => expect(screen.getByTestId("allow-endpoint")).toHaveFocus());
    expect(world.workspace.connections[0]?.allowed).toEqual([]);
    expect(screen.getByText("a.test:1 is no longer allowed")).toHaveAttribute("role", "status");
  });

  it("says why an address was not taken away", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByTestId("tab-connection"));
    world.workspace.connections[0]?.allowed.pop();
    await user.click(screen.getByTestId("allow-remove-legacy.sqlite"));
    expect(await screen.findByTestId("connection-fault")).toHaveTextContent("it is not allowed in the settings of customers");
  });

  it("names a request that only asks, refuses what is none, and takes it away by keyboard", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByTestId("tab-connection"));
    await user.type(screen.getByTestId("safe-request"), "/login{Enter}");
    const list = screen.getByRole("region", { name: "Requests that only ask" });
    expect(await within(list).findByTestId("connection-fault")).toHaveTextContent("it is no method and address");
    await user.clear(screen.getByTestId("safe-request"));
    await user.type(screen.getByTestId("safe-request"), "POST https://api.test/login{Enter}");
    await waitFor(() => expect(world.workspace.connections[0]?.safe_requests).toEqual(["POST https://api.test/login"]));
    expect(screen.queryByTestId("connection-fault")).toBeNull();
    expect(screen.getByTestId("safe-request")).toHaveValue("");
    expect(screen.getByText("POST https://api.test/login is sent when a script is tried")).toHaveAttribute("role", "status");
    await expectAccessible();
    (await screen.findByTestId("safe-remove-POST https://api.test/login")).focus();
    await user.keyboard("{Delete}");
    await waitFor(() => expect(world.workspace.connections[0]?.safe_requests).toEqual([]));
    await waitFor(() => expect(screen.getByTestId("safe-request")).toHaveFocus());
  });

  it("sets the runtime and says what it means", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByTestId("tab-connection"));
    expect(screen.getByTestId("runtime-says")).toHaveTextContent("each use is reported");
    await user.click(within(screen.getByTestId("runtime-choice")).getByLabelText("Node 18"));
    await waitFor(() => expect(world.workspace.connections[0]).toMatchObject({ runtime: "node18" }));
    await waitFor(() => expect(screen.getByTestId("runtime-says")).toHaveTextContent("As in production on Node 18"));
  });

  it("recycles the container of this connection", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByTestId("tab-connection"));
    await user.click(screen.getByTestId("recycle"));
    expect(await screen.findByText(/the next run starts with an empty global/)).toBeVisible();
    expect(world.recycled).toEqual(["customers"]);
  });

  it("makes production read-only", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByTestId("tab-connection"));
    await user.click(within(screen.getByTestId("environment-choice")).getByLabelText("PRODUCTION"));
    await waitFor(() => expect(world.workspace.connections[0]).toMatchObject({ environment: "production", read_only: true }));
    expect(await screen.findByTestId("read-only")).toBeChecked();
  });
});
