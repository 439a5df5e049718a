import { UsersRound } from "lucide-react";
import { useState } from "react";
import type { SampleUser } from "../../ipc/client";

/** The sample's known users; their passwords are public by design. */
export function TestUsers({ users, onFill }: { users: SampleUser[]; onFill(user: SampleUser): void }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="test-users" data-testid="test-users" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="icon-text"><UsersRound size={14} aria-hidden /> Test users of the sample</summary>
      <ul>
        {users.map((user) => (
          <li key={user.identifier}>
            <button type="button" className="plain" onClick={() => { onFill(user); setOpen(false); }} data-testid={`fill-${user.identifier}`} title={`Fill in ${user.identifier}`}>
              <span className="clip">{user.identifier}</span>
              <span className="mono">{user.password}</span>
              <span className="dim small clip">{user.format}</span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
