import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { CallError, calls, type CountsView } from "../../ipc/client";
import { firstCount, keys, useCounts } from "../../ipc/queries";

/** Live counts of a connection, and the order to ask the legacy store again. */
export function useMigration(connection: string) {
  const client = useQueryClient();
  const counts = useCounts(connection, true);
  const runId = useRef("");
  const recount = useMutation<CountsView, CallError, string>({
    mutationFn: (name) => {
      runId.current = crypto.randomUUID();
      return calls.counts(runId.current, name, true);
    },
    onSuccess: (fresh) => client.setQueryData(keys.counts(connection), fresh),
  });
  const thrown = recount.error ?? counts.error;
  return {
    counts: counts.data,
    error: thrown ? CallError.from(thrown) : null,
    recount: () => recount.mutate(connection),
    counting: recount.isPending || (counts.isFetching && !counts.data),
    // Stopping what is over already is no error, and the count itself says what came of it.
    stop: () => void calls.stopRun(recount.isPending ? runId.current : firstCount(connection)).catch(() => undefined),
  };
}
