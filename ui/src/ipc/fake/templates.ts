// Templates of the fake: two of them, told as the desktop side tells them.
import type { TemplateView } from "../bindings";

export const templates: TemplateView[] = [
  {
    key: "postgres", name: "PostgreSQL", needs: "A users table with bcrypt hashes.", modules: ["pg", "bcrypt"],
    configuration: ["PG_HOST", "PG_PORT", "PG_DATABASE", "PG_USER", "PG_PASSWORD", "PG_TLS"], secrets: ["PG_USER", "PG_PASSWORD"],
    schema: "schema.sql",
  },
  {
    key: "ldap", name: "LDAP directory",
    needs: "Entries of people, and a service account that may read them; to write, one that may write. Active Directory for Login and Get User.",
    modules: ["ldapjs", "bcrypt"], configuration: ["LDAP_URL", "LDAP_BIND_DN", "LDAP_BIND_PASSWORD", "LDAP_BASE_DN"],
    secrets: ["LDAP_BIND_PASSWORD"], schema: "schema.ldif",
  },
];

/** What their scripts expect to find. */
export const schemas: Record<string, string> = {
  postgres: "CREATE TABLE users (\n  id uuid PRIMARY KEY,\n  email text NOT NULL UNIQUE,\n  password text NOT NULL\n);\n",
  ldap: "dn: uid=ada,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: ada\n",
};
