// What is typed into the Try panel, shared by the scripts of a connection. Passwords are not among it.
import { useCallback } from "react";
import { create } from "zustand";
import type { ScriptId } from "../../app/desk";

export interface Fields {
  identifier: string;
  id: string;
  newEmail: string;
  verified: boolean;
  user: string;
  context: string;
}

const blank: Fields = {
  identifier: "", id: "", newEmail: "", verified: false, context: "{}",
  user: '{\n  "email": "new.user@acme.test",\n  "user_metadata": {}\n}',
};

export const useTyped = create<{ typed: Record<string, Fields>; clear(): void }>((set) => ({ typed: {}, clear: () => set({ typed: {} }) }));

export function useFields({ connection }: ScriptId) {
  const values = useTyped((state) => state.typed[connection]) ?? blank;
  const set = useCallback(
    (change: Partial<Fields>) =>
      useTyped.setState(({ typed }) => ({ typed: { ...typed, [connection]: { ...(typed[connection] ?? blank), ...change } } })),
    [connection],
  );
  return { values, set };
}
