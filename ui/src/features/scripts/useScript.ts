// The text of one script: read, typed, kept, saved, and the conflict when the file changed outside.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { isDirty, keyOf, useDesk, type ScriptId } from "../../app/desk";
import { CallError, calls, type SaveResult } from "../../ipc/client";
import { keys, useScript as useScriptText } from "../../ipc/queries";

/** Typing is journalled this long after the last key (promise: at most 500 ms are lost). */
export const KEEP_AFTER_MS = 250;

/** An open script and what one can do to it. */
export type OpenText = ReturnType<typeof useScript>;

export function useScript(script: ScriptId) {
  const { connection, action } = script;
  const key = keyOf(script);
  const client = useQueryClient();
  const query = useScriptText(connection, action);
  const draft = useDesk((desk) => desk.drafts[key]);
  const setDraft = useDesk((desk) => desk.setDraft);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // What was read meets what is typed: take it, or name the conflict.
  const data = query.data;
  useEffect(() => {
    if (!data) return;
    const now = useDesk.getState().drafts[key];
    if (!now) {
      setDraft(key, {
        text: data.unsaved ?? data.text, base: data.text, revision: data.revision, conflict: null,
        recovered: data.unsaved !== null && data.unsaved !== data.text,
      });
    } else if (now.revision !== data.revision && now.conflict?.revision !== data.revision) {
      if (now.text === data.text || !isDirty(now)) {
        setDraft(key, { text: data.text, base: data.text, revision: data.revision, conflict: null });
      } else {
        setDraft(key, { text: now.text, conflict: { theirs: data.text, revision: data.revision } });
      }
    }
  }, [data, key, setDraft]);

  const keep = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const now = useDesk.getState().drafts[key];
    if (!now) return;
    const done = isDirty(now)
      ? calls.keepDraft(connection, action, now.text, now.revision ?? "")
      : calls.dropDraft(connection, action);
    // Losing the journal must not stop the typing; the dirty mark still says that nothing is saved.
    done.catch(() => undefined);
  }, [action, connection, key]);

  const type = useCallback(
    (text: string) => {
      setDraft(key, { text });
      clearTimeout(timer.current);
      timer.current = setTimeout(keep, KEEP_AFTER_MS);
    },
    [keep, key, setDraft],
  );

  // Leaving the tab keeps what was typed at once.
  useEffect(
    () => () => {
      if (timer.current !== undefined) keep();
    },
    [keep],
  );

  const saving = useMutation<SaveResult, CallError, string>({
    mutationFn: () => {
      clearTimeout(timer.current);
      timer.current = undefined;
      const now = useDesk.getState().drafts[key];
      return calls.saveScript(connection, action, now?.text ?? "", now?.revision ?? null);
    },
    onSuccess: (result) => {
      const now = useDesk.getState().drafts[key];
      if (!now) return;
      if (result.kind === "conflict") {
        setDraft(key, { text: now.text, conflict: { theirs: result.theirs, revision: result.revision } });
        return;
      }
      const wasNew = now.revision === null;
      setDraft(key, { text: now.text, base: now.text, revision: result.revision, conflict: null, recovered: false });
      client.setQueryData(keys.script(connection, action), { text: now.text, revision: result.revision, unsaved: null });
      useDesk.getState().saved(result.saved_at);
      void client.invalidateQueries({ queryKey: keys.versions(connection, action) });
      void client.invalidateQueries({ queryKey: keys.findings });
      if (wasNew) void client.invalidateQueries({ queryKey: keys.workspace });
    },
  });

  return {
    draft,
    dirty: isDirty(draft),
    error: query.error ? CallError.from(query.error) : null,
    retry: () => void query.refetch(),
    type,
    save: () => saving.mutate(key),
    saving: saving.isPending,
    saveError: saving.variables === key ? saving.error : null,
    /** Puts a text into the editor as if it were typed (a version, a template). */
    put: (text: string) => type(text),
    /** Starts a file that does not exist yet. */
    begin: (text: string) => setDraft(key, { text, base: "", revision: null, conflict: null, recovered: false }),
    takeTheirs: () => {
      if (!draft?.conflict) return;
      setDraft(key, { text: draft.conflict.theirs, base: draft.conflict.theirs, revision: draft.conflict.revision, conflict: null });
      keep();
    },
    keepMine: () => {
      if (!draft?.conflict) return;
      setDraft(key, { text: draft.text, base: draft.conflict.theirs, revision: draft.conflict.revision, conflict: null });
    },
    /** Throws the recovered typing away and goes back to the file. */
    discardRecovered: () => {
      if (!draft) return;
      setDraft(key, { text: draft.base, recovered: false });
      keep();
    },
    acceptRecovered: () => draft && setDraft(key, { text: draft.text, recovered: false }),
  };
}
