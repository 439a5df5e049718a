import { describe, expect, it } from "vitest";
import { expectAccessible, openWindow, screen, waitFor } from "../../test/window";

describe("a new connection", () => {
  it("is made from a template, which says what it needs, and shows the secrets to set", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByTestId("new-connection"));
    const make = await screen.findByTestId("new-connection-make");
    expect(make).toBeDisabled();
    await user.click(await screen.findByTestId("template-ldap"));
    expect(screen.getByTestId("new-connection-dialog")).toHaveTextContent("a service account that may read them");
    expect(screen.getByTestId("template-left")).toHaveTextContent("LDAP_BIND_PASSWORD");
    await user.type(screen.getByTestId("new-connection-name"), "directory");
    await user.click(make);
    await waitFor(() => expect(world.workspace.connections.map((one) => one.name)).toContain("directory"));
    expect(await screen.findByTestId("connection-directory")).toBeVisible();
    expect(screen.queryByTestId("new-connection-make")).toBeNull();
  });

  it("begins in the list of templates, for the keyboard", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("new-connection"));
    await waitFor(() => expect(screen.getByTestId("template-postgres")).toHaveFocus());
    await user.keyboard(" {ArrowDown}");
    expect(screen.getByTestId("template-ldap")).toBeChecked();
  });

  it("shows the schema that the scripts expect, and copies it", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("new-connection"));
    await user.click(await screen.findByTestId("template-postgres"));
    expect(screen.queryByTestId("schema-text")).toBeNull();
    screen.getByRole("button", { name: "Show schema.sql" }).focus();
    await user.keyboard("{Enter}");
    expect(await screen.findByTestId("schema-text")).toHaveTextContent("CREATE TABLE users");
    await expectAccessible();
    await user.click(screen.getByTestId("schema-copy"));
    await waitFor(() => expect(screen.getByTestId("schema-copy")).toHaveTextContent("Copied"));
    expect(await navigator.clipboard.readText()).toContain("CREATE TABLE users (\n  id uuid");
    await user.click(screen.getByTestId("template-ldap"));
    expect(screen.queryByTestId("schema-text")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Show schema.ldif" }));
    expect(await screen.findByTestId("schema-text")).toHaveTextContent("inetOrgPerson");
    expect(screen.queryByTestId("new-connection-fault")).toBeNull();
  });

  it("is what an empty workspace offers, on every screen", async () => {
    const { user } = await openWindow({ open: false, prepare: (world) => (world.workspace.connections = []) });
    await user.click(screen.getByTestId("welcome-open"));
    expect(await screen.findByTestId("no-connection")).toBeVisible();
    await user.click(screen.getByTestId("tab-migration"));
    await user.click(screen.getByTestId("no-connection-new"));
    expect(await screen.findByTestId("new-connection-make")).toBeDisabled();
  });

  it("refuses a name that is taken before anything is asked, and tells what the desktop side refuses", async () => {
    const { user, world } = await openWindow();
    const before = world.workspace.connections.length;
    await user.click(screen.getByTestId("new-connection"));
    await user.click(await screen.findByTestId("template-postgres"));
    const name = screen.getByTestId("new-connection-name");
    await user.type(name, "partners");
    expect(await screen.findByText("There is a connection of this name")).toBeVisible();
    expect(screen.getByTestId("new-connection-make")).toBeDisabled();
    await user.clear(name);
    await user.type(name, "a--b");
    await user.click(screen.getByTestId("new-connection-make"));
    expect(await screen.findByTestId("new-connection-fault")).toHaveTextContent("single hyphens");
    expect(world.workspace.connections).toHaveLength(before);
  });
});
